"""Short ways: frequent small writes go from the web server to their part without a Flask request.

A short way answers only what is usual. Whatever is not - an unknown sign-in, a malformed body, a
rule that says no - goes on to the view at the same address, where all rules and sentences stand.
The view also tells who is signed in: after it has answered somebody, the short way takes the same
cookies with the same CSRF token for half a minute.
"""

import io
import json
import re
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, current_app, request

from lms import clock
from lms.web.logs import write_request
from lms.web.security import HEADERS, PRIVATE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_BODY = 65_536
KEEP = timedelta(seconds=30)
MOST_KEPT = 20_000


class ShortWay(Protocol):
    """What a part offers: which addresses it answers, and how."""

    path: re.Pattern[str]
    endpoint: str

    def answer(
        self, values: Any, found: re.Match[str], *, member_id: int, at: datetime
    ) -> dict[str, Any] | None:
        """The JSON to answer a body with, once it is committed; None leaves it to the view."""


class SignIns:
    """Whose cookies have been checked lately; a sign-in that is revoked is noticed after KEEP."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[int, datetime]] = {}

    def note(self, cookies: str, token: str, member_id: int, at: datetime) -> None:
        """A view has found out that these cookies and this CSRF token are that member's."""
        with self._lock:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[cookies, token] = (member_id, at)

    def find(self, cookies: str, token: str, at: datetime) -> int | None:
        """The member behind them, when that was found out lately."""
        member_id, since = self._known.get((cookies, token), (0, at))
        return member_id if member_id and timedelta(0) <= at - since < KEEP else None


class Gate:
    """Stands before the application and lets the short ways answer first."""

    def __init__(self, app: Flask) -> None:
        self.following: WSGIApplication = app.wsgi_app
        self.sign_ins = SignIns()
        self.ways: list[ShortWay] = []

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer what is usual; hand everything else on."""
        if environ.get("REQUEST_METHOD") == "POST":
            path = environ.get("PATH_INFO", "")
            for way in self.ways:
                if found := way.path.fullmatch(path):
                    began = time.perf_counter()
                    member_id = self._member_of(environ)
                    body = self._answer(way, found, environ, member_id) if member_id else None
                    if body is not None:
                        size = ("Content-Length", str(len(body)))
                        headers = [("Content-Type", "application/json"), size, PRIVATE]
                        start_response("200 OK", [*headers, *HEADERS.items()])
                        write_request(way.endpoint, "POST", 200, began, member_id)
                        return [body]
        return self.following(environ, start_response)

    def _member_of(self, environ: "WSGIEnvironment") -> int | None:
        cookies, token = environ.get("HTTP_COOKIE", ""), environ.get("HTTP_X_CSRFTOKEN", "")
        return self.sign_ins.find(cookies, token, clock.now())

    def _answer(
        self, way: ShortWay, found: re.Match[str], environ: "WSGIEnvironment", member_id: int
    ) -> bytes | None:
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or not 0 < int(length) <= LONGEST_BODY:
            return None
        given = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(given)  # for the view, should it come to that
        try:
            values = json.loads(given)
        except (ValueError, RecursionError):
            return None
        answer = way.answer(values, found, member_id=member_id, at=clock.now())
        return None if answer is None else json.dumps(answer).encode()


def init_short_ways(app: Flask) -> None:
    """Put the gate before the application."""
    gate = Gate(app)
    app.extensions["short_ways"] = gate
    app.wsgi_app = gate  # type: ignore[method-assign]


def add_short_way(app: Flask, way: ShortWay) -> None:
    """Let `way` answer first at its addresses."""
    app.extensions["short_ways"].ways.append(way)


def note_sign_in(member_id: int) -> None:
    """Let short ways take what follows with the cookies and token of this request."""
    gate: Gate = current_app.extensions["short_ways"]
    cookies = request.headers.get("Cookie", "")
    token = request.headers.get("X-CSRFToken", "")
    if token:
        gate.sign_ins.note(cookies, token, member_id, clock.now())
