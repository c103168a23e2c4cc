"""Who is signed in: the signed cookie names a session row, the row names the person."""

import secrets
from datetime import timedelta
from typing import cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import update

from lms import clock
from lms.db import db
from lms.errors import NotFound
from lms.members.models import SignInSession
from lms.members.passwords import hash_token
from lms.members.policy import Actor
from lms.members.queries import find_session
from lms.web.settings import settings

SEEN_EVERY = timedelta(hours=1)
login_manager = LoginManager()


class SignedIn(UserMixin):
    """Flask-Login's view of a session; everything else reads the Actor behind it."""

    def __init__(self, actor: Actor, token: str, session_id: int) -> None:
        self.actor = actor
        self.token = token
        self.session_id = session_id

    def get_id(self) -> str:
        """The session token, which the signed cookie carries."""
        return self.token

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or name == "actor":
            raise AttributeError(name)
        return getattr(self.actor, name)


def init_sessions(app: Flask) -> None:
    """Bind Flask-Login and the cookie's attributes."""
    config = app.config["SETTINGS"]
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=config.session_days),
        # A new cookie with every answer would be a new stranger to the short ways each time.
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    login_manager.init_app(app)
    login_manager.user_loader(load_signed_in)


def load_signed_in(token: str) -> SignedIn | None:
    """The person behind a session token, or None when it is unknown, revoked or too old."""
    found = find_session(hash_token(token), at=clock.now())
    if found is None:
        return None
    g.member_id = found.actor.id
    if found.language:
        g.language = found.language
    if clock.now() - found.seen_at > SEEN_EVERY:
        _mark_seen(found.id)
    return SignedIn(found.actor, token, found.id)


def _mark_seen(session_id: int) -> None:
    now = clock.now()
    session.modified = True  # the cookie lasts as long as the row
    values = {"seen_at": now, "expires_at": now + timedelta(days=settings().session_days)}
    change = update(SignInSession).where(SignInSession.id == session_id).values(values)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        # The request's own transaction already holds SQLite's lock; it commits with the view.
        db.session.execute(change)
        return
    # A connection of its own: reading pages must not leave a write in the request's transaction.
    with db.engine.begin() as connection:
        connection.execute(change)


def current_actor() -> Actor:
    """The signed-in person; behind the guard there always is one."""
    if not current_user.is_authenticated:
        raise NotFound("nobody is signed in")
    return cast(SignedIn, current_user).actor


def find_actor() -> Actor | None:
    """The signed-in person, or None on public pages."""
    return cast(SignedIn, current_user).actor if current_user.is_authenticated else None


def current_session_id() -> int:
    """The id of the session row behind this request."""
    return cast(SignedIn, current_user).session_id


def open_session(member_id: int) -> None:
    """Sign a person in on this device: a new row and a new cookie. The caller commits."""
    now = clock.now()
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        token_hash=hash_token(token),
        member_id=member_id,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=settings().session_days),
        device=str(request.user_agent)[:200],
        address=request.remote_addr or "",
    )
    db.session.add(row)
    db.session.flush()
    session.clear()
    session.permanent = True
    signed_in = load_signed_in(token)
    if signed_in is None:
        raise NotFound("the session is gone")
    login_user(signed_in)


def close_session() -> None:
    """Sign out on this device: the row is revoked, the cookie emptied. The caller commits."""
    revoke = update(SignInSession).where(SignInSession.id == current_session_id())
    db.session.execute(revoke.values(revoked_at=clock.now()))
    logout_user()
    session.clear()
