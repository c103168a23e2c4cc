"""The short way of a beat: from the web server to the queue and back, without a request of Flask.

Beats are by far the most frequent request. Their ticket is signed and names its owner, so all that
is left to find out is whether the sign-in still holds; the view tells that to the gate once in half
a minute. Whatever is not the usual case - an unknown sign-in, a malformed beat, a window that takes
the clock - goes on to the view, where all rules and sentences stand.
"""

import io
import json
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask

from lms import clock
from lms.study.beat_queue import BeatQueue
from lms.study.beat_report import Foreign, Outdated, Tickets, read_report
from lms.study.months import to_ms
from lms.study.wire import Malformed
from lms.web.logs import write_request
from lms.web.security import HEADERS, PRIVATE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/study/beats"
LONGEST_BODY = 65_536
KEEP = timedelta(seconds=30)
MOST_KEPT = 20_000


class SignIns:
    """Whose cookies have been checked lately; a sign-in that is revoked is noticed after KEEP."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, datetime]] = {}

    def note(self, cookies: str, member_id: int, at: datetime) -> None:
        """The view has found out that these cookies are that member's sign-in."""
        with self._lock:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[cookies] = (member_id, at)

    def find(self, cookies: str, at: datetime) -> int | None:
        """The member behind the cookies, when that was found out lately."""
        member_id, since = self._known.get(cookies, (0, at))
        return member_id if member_id and timedelta(0) <= at - since < KEEP else None


class BeatGate:
    """Stands before the application and answers the usual beat itself."""

    def __init__(self, app: Flask) -> None:
        self.following: WSGIApplication = app.wsgi_app
        self.sign_ins = SignIns()
        self.tickets = Tickets(app.config["SECRET_KEY"])
        self.queue = BeatQueue(app)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a usual beat; hand everything else on."""
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "POST":
            return self.following(environ, start_response)
        began = time.perf_counter()
        member_id = self.sign_ins.find(environ.get("HTTP_COOKIE", ""), clock.now())
        body = self._answer(environ, member_id) if member_id else None
        if body is None:
            return self.following(environ, start_response)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", [*headers, *HEADERS.items(), PRIVATE])
        write_request("study.beat", "POST", 200, began, member_id)
        return [body]

    def _answer(self, environ: "WSGIEnvironment", member_id: int) -> bytes | None:
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or not 0 < int(length) <= LONGEST_BODY:
            return None
        given = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(given)  # for the view, should it come to that
        at_ms = to_ms(clock.now())
        try:
            report = read_report(json.loads(given), self.tickets, member_id=member_id, at_ms=at_ms)
        except (Malformed, Foreign, Outdated, ValueError, RecursionError):
            return None
        answer = self.queue.take(report)
        return None if answer is None else json.dumps(answer.to_json()).encode()


def init_beats(app: Flask) -> None:
    """Put the gate before the application."""
    gate = BeatGate(app)
    app.extensions["study.beats"] = gate
    app.wsgi_app = gate  # type: ignore[method-assign]
