"""Pages one after the other: the threads of a process share one interpreter.

Eight threads that put pages together at the same time take it from each other at every row that
they read, so that all are late and some are very late. So a page waits until those before it are
done. Whoever writes does not queue here: writers wait for the database, and for each other.
"""

import threading
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT_ONCE = 1  # SQLite works inside this process
AT_ONCE_ELSEWHERE = 2  # while one waits for another machine's database, the other computes
PATIENCE_SECONDS = 0.5  # behind pages that take long, such as a large export


class Queue:
    """Lets `at_once` threads through at a time, in the order in which they came."""

    def __init__(self, at_once: int, patience: float) -> None:
        self._patience = patience
        self._mutex = threading.Lock()
        self._free = at_once  # below 0 when some have lost patience
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._mutex:
            if self._free > 0:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if not mine.acquire(timeout=self._patience):
            with self._mutex:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    self._free -= 1

    def __exit__(self, *_error: object) -> None:
        with self._mutex:
            if self._free >= 0 and self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


def init_crowding(app: Flask) -> None:
    """Let pages queue before the application."""
    following: WSGIApplication = app.wsgi_app
    is_here = app.config["SETTINGS"].database_url.startswith("sqlite")
    queue = Queue(AT_ONCE if is_here else AT_ONCE_ELSEWHERE, PATIENCE_SECONDS)

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return following(environ, start_response)
        with queue:
            return following(environ, start_response)

    app.wsgi_app = serve  # type: ignore[method-assign]
