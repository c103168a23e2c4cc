"""The signed cookie and the CSRF token in it: what was checked or signed lately is not so again.

A browser sends the same cookie with each of its requests. Who is signed in by it is still asked of
the database every time.
"""

import time
from collections.abc import MutableMapping
from typing import Any

from flask import Flask, Request, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf

MOST_KEPT = 10_000
AGAIN_SECONDS = 60  # a cookie that gets too old is noticed so much later


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own, which remembers the cookies that it has read."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[dict[str, Any], float]] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; nothing when it is forged or too old."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        held, read_at = self._read.get(cookie, ({}, 0.0))
        if held and time.monotonic() - read_at < AGAIN_SECONDS:
            return self.session_class(held)
        opened = super().open_session(app, request)
        # A list, such as messages that wait to be shown, could be changed in place.
        if opened and not any(isinstance(value, list | dict) for value in opened.values()):
            keep(self._read, cookie, (dict(opened), time.monotonic()))
        return opened


class CsrfToken:
    """`csrf_token()` of templates: signed once for a session, whose end is the only end it has."""

    def __init__(self) -> None:
        self._signed: dict[str, str] = {}

    def __call__(self) -> str:
        """The signed token; the session gets one if it has none."""
        known = self._signed.get(session.get("csrf_token", ""))
        if known:
            g.csrf_token = known  # where forms look before they sign it
            return known
        token: str = generate_csrf()
        keep(self._signed, session["csrf_token"], token)
        return token


def keep(kept: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Put a value in; when there are too many, begin anew."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value


def init_cookies(app: Flask) -> None:
    """Read the cookie in this way; must run after CSRF protection is there."""
    token = CsrfToken()
    app.session_interface = CookieSessions()
    app.jinja_env.globals["csrf_token"] = token
    app.context_processor(lambda: {"csrf_token": token})
