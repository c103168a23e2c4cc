"""Cookies that were read before are neither forged, nor old, nor another's."""

import time
from copy import deepcopy

import pytest
from flask import Flask, flash, session
from flask_wtf.csrf import validate_csrf

from lms.web.cookies import AGAIN_SECONDS, CsrfToken


def cookie_of(app: Flask, **values: object) -> str:
    with app.test_request_context("/"):
        session.update(values)
        response = app.make_response("")
        app.session_interface.save_session(app, session, response)
        return response.headers["Set-Cookie"].split(";")[0]


def held_by(app: Flask, cookie: str) -> dict[str, object]:
    with app.test_request_context("/", headers={"Cookie": cookie}):
        held = deepcopy(dict(session))
        session["more"] = "of this request only"
        flash("of this request only")
        return held


def test_a_cookie_holds_the_same_every_time(app: Flask) -> None:
    one, other = cookie_of(app, who="one"), cookie_of(app, who="other")
    for _again in range(3):
        assert held_by(app, one) == {"who": "one"}
        assert held_by(app, other) == {"who": "other"}


def test_messages_that_wait_are_not_changed_by_another_request(app: Flask) -> None:
    waiting = cookie_of(app, _flashes=[("info", "waits")])
    for _again in range(3):
        assert held_by(app, waiting) == {"_flashes": [("info", "waits")]}


def test_a_changed_cookie_holds_nothing_though_the_true_one_was_read(app: Flask) -> None:
    cookie = cookie_of(app, who="one")
    assert held_by(app, cookie) == {"who": "one"}
    assert held_by(app, cookie[:-2] + "xx") == {}


def test_a_cookie_that_has_become_too_old_is_noticed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = cookie_of(app, who="one")
    assert held_by(app, cookie) == {"who": "one"}
    much_later = app.permanent_session_lifetime.total_seconds() + AGAIN_SECONDS
    now, passed = time.time(), time.monotonic()
    monkeypatch.setattr(time, "time", lambda: now + much_later)
    monkeypatch.setattr(time, "monotonic", lambda: passed + much_later)
    assert held_by(app, cookie) == {}


def test_each_session_has_a_token_of_its_own_that_holds_on_every_page(app: Flask) -> None:
    token = CsrfToken()
    made = []
    for cookie in (cookie_of(app, csrf_token="a"), cookie_of(app, csrf_token="b")) * 2:
        with app.app_context(), app.test_request_context("/", headers={"Cookie": cookie}):
            made.append(token())
            validate_csrf(made[-1])
    assert made[:2] == made[2:]
    assert made[0] != made[1]
