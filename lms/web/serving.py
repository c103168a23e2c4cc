"""How gunicorn serves: its threaded worker, with connections shared out evenly over the processes.

Browsers and proxies keep their connections, so whoever accepts one has its requests from then on.
Left to themselves the processes race for new connections, and one may win nearly all of them while
a core idles beside it.

A thread that has answered gives its connection back to the poller itself: gunicorn wakes the loop
of the process for it, which takes the turn of a thread that has work. Nor does a request leave more
behind than a line in a queue, where gunicorn makes three locks for each.
"""

import mmap
import os
import struct
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from lms.web.crowding import Threads, has_turn
from lms.web.quiet_socket import QuietSocket

PLACES = 64  # more than there are processes
PLACE = struct.Struct("=qq")  # process id, or 0; its open connections
PATIENCE_SECONDS = 0.02  # how long a connection waits for a process that has fewer
PAUSE_SECONDS = 0.0005
PAGES = ("GET", "HEAD")
SIGN_SECONDS = 1.0  # how often the process tells gunicorn that it is alive
# Made before gunicorn forks, so that all processes see the same page.
_board = mmap.mmap(-1, PLACES * PLACE.size)


class _HandedOver(BaseException):
    """Leaves gunicorn's handling of a request, exceptions and all, with a request that was read."""

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


class _Again:
    """Stands in for a connection's parser until it has given a request once more."""

    def __init__(self, conn: TConn, request: Any) -> None:
        self._conn = conn
        self._parser = conn.parser
        self._request = request

    def __next__(self) -> Any:
        self._conn.parser = self._parser
        return self._request


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Leaves a new connection to the others while one of them has fewer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._left_since = 0.0
        self._signed_at = 0.0
        # Connections that threads have given back; the loop alone touches the list of all.
        self._given_back: deque[TConn] = deque()

    def get_thread_pool(self) -> Threads:
        """The threads that serve."""
        return Threads(self.cfg.threads)

    def run(self) -> None:
        """Serve until told to end; the application has been loaded."""
        self.tpool.start()
        super().run()

    def notify(self) -> None:
        """Tell gunicorn that the process is alive."""
        now = time.monotonic()
        if now - self._signed_at >= SIGN_SECONDS:
            self._signed_at = now
            super().notify()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the loop; what it has changed is told to the others."""
        super().wait_for_and_dispatch_events(min(timeout, self.tpool.lend_turn()))
        self._note_given_back()
        pid = os.getpid() if self.alive else 0
        PLACE.pack_into(_board, self.age % PLACES * PLACE.size, pid, self.nr_conns)

    def accept(self, listener: Any) -> None:
        """Take the connection that waits, unless it is rather another's."""
        now = time.monotonic()
        if any(count < self.nr_conns and is_alive(pid) for pid, count in PLACE.iter_unpack(_board)):
            self._left_since = self._left_since or now
            if now - self._left_since < PATIENCE_SECONDS:
                time.sleep(PAUSE_SECONDS)
                return
        self._left_since = 0.0
        try:
            accepted, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was first, or nobody is there any more
        self.nr_conns += 1
        own = accepted if self.cfg.is_ssl else QuietSocket(accepted)
        conn = TConn(self.cfg, own, client, listener.getsockname())
        # No thread waits for what it brings: browsers open connections before they need them.
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn: TConn) -> None:
        """Let a thread serve what the connection brings."""
        self.tpool.submit(self._serve, conn)

    def _serve(self, conn: TConn) -> None:
        """Serve one request and give the connection back, or leave to the loop what is to be done.

        Runs in a thread.
        """
        try:
            kept = self.handle(conn)
            if isinstance(conn.sock, QuietSocket):
                conn.sock.flush()
        except _HandedOver as other:
            conn.parser = _Again(conn, other.request)
            self.tpool.hand_over(self._serve, conn)
            return
        except OSError:
            kept = False  # nobody is there any more
        if kept is True and self.alive and not conn.parser.unreader.buf.getbuffer():
            conn.set_timeout()
            conn.sock.setblocking(False)
            self._given_back.append(conn)  # first, as the loop may hear from it at once
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_given_back, conn))
            return
        outcome: Future[Any] = Future()
        outcome.set_result(kept)
        self.method_queue.defer(self.finish_request, conn, outcome)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer a request, unless it is one for those who need no turn."""
        if req.method not in PAGES and has_turn():
            raise _HandedOver(req)
        return bool(super().handle_request(req, conn))

    def _on_given_back(self, conn: TConn, client: Any) -> None:
        self._note_given_back()
        self.on_client_socket_readable(conn, client)

    def _note_given_back(self) -> None:
        while self._given_back:
            self.keepalived_conns.append(self._given_back.popleft())


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that was killed leaves its place as it was."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid > 0
