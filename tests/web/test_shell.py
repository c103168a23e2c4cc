"""Tests of the shell: headers, errors, health, language, limits, logs."""

import json
import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.exc import OperationalError

from lms import create_app
from lms.errors import Conflict, Invalid
from lms.web.i18n import (
    format_bytes,
    format_clock,
    format_day,
    format_duration,
    format_hours,
    format_percent,
)
from lms.web.limits import limiter
from lms.web.logs import JsonFormatter
from lms.web.pages import safe_next
from tests.pages import LintingClient, lint


def test_every_answer_carries_the_security_headers(anonymous, people):
    for path in ("/sign-in", "/healthz", "/nowhere"):
        headers = anonymous.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-ID"]


def test_health_and_readiness(anonymous):
    assert anonymous.get("/healthz").json == {"status": "ok"}
    assert anonymous.get("/readyz").json["checks"] == {"database": True, "data_dir": True}


def test_readiness_says_what_is_missing(app, anonymous, settings_with, tmp_path):
    settings_with(data_dir=tmp_path / "gone")
    answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["data_dir"] is False


def test_an_unknown_page_is_told_in_a_sentence(anonymous):
    answer = anonymous.get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.text
    as_json = anonymous.get("/nowhere", headers={"Accept": "application/json"})
    assert as_json.json["error"] == "not_found"


def test_a_proxys_request_id_is_kept_when_it_is_well_formed(anonymous):
    good = anonymous.get("/healthz", headers={"X-Request-ID": "abc-12345"})
    bad = anonymous.get("/healthz", headers={"X-Request-ID": "a b<c>12345"})
    assert good.headers["X-Request-ID"] == "abc-12345"
    assert bad.headers["X-Request-ID"] != "a b<c>12345"


@pytest.fixture
def failing(app, monkeypatch, anonymous):
    """A client whose /healthz raises what the test wants."""

    def fail(error):
        def view():
            raise error

        monkeypatch.setitem(app.view_functions, "web.healthz", view)
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        return anonymous

    return fail


def test_a_fault_is_told_without_details(failing):
    answer = failing(RuntimeError("secret detail")).get("/healthz")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


def test_a_busy_database_asks_to_try_again(failing):
    answer = failing(OperationalError("x", {}, Exception("database is locked"))).get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_a_broken_rule_names_each_problem(failing):
    client = failing(Invalid("名单里有错。", problems=["第 2 行没有姓名", "第 5 行编号重复"]))
    answer = client.get("/healthz")
    assert answer.status_code == 422
    assert "第 5 行编号重复" in answer.text
    as_json = client.get("/healthz", headers={"Accept": "application/json"})
    assert as_json.json["problems"] == ["第 2 行没有姓名", "第 5 行编号重复"]


def test_an_error_sentence_cannot_carry_markup(failing):
    answer = failing(Conflict("<b>x</b>")).get("/healthz")
    assert "<b>x</b>" not in answer.text


def test_preferences_are_remembered_on_the_device(anonymous, people):
    answer = anonymous.post(
        "/preferences", data={"text": "large", "theme": "dark", "next": "/sign-in"}
    )
    assert answer.location == "/sign-in"
    assert anonymous.get_cookie("text").value == "large"
    page = anonymous.get("/sign-in").text
    assert 'data-text="large"' in page
    assert 'data-theme="dark"' in page


def test_nonsense_preferences_are_ignored(anonymous, people):
    anonymous.post("/preferences", data={"text": "<x>", "language": "xx"})
    assert anonymous.get_cookie("text") is None
    assert anonymous.get_cookie("language") is None


def test_the_language_is_chinese_unless_chosen(anonymous, people):
    assert 'lang="zh' in anonymous.get("/sign-in").text
    anonymous.post("/preferences", data={"language": "en"})
    page = anonymous.get("/sign-in").text
    assert 'lang="en' in page
    assert "Sign in" in page


@pytest.fixture
def unlimited_again():
    yield
    limiter.reset()
    limiter.enabled = False


def test_guessing_passwords_is_slowed_down(app, people, unlimited_again):
    limited = create_app(replace(app.config["SETTINGS"], rate_limits=True))
    client = LintingClient(limited)
    data = {"number": "learner", "password": "wrong-guess"}
    codes = [client.post("/sign-in", data=data).status_code for _ in range(12)]
    assert codes[:10] == [422] * 10
    assert codes[-1] == 429


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/a?b=c", True),
        ("/", True),
        ("", False),
        (None, False),
        ("//evil", False),
        ("/\\evil", False),
        ("http://evil/", False),
        ("a", False),
    ],
)
def test_a_way_back_stays_on_this_server(target, safe):
    assert safe_next(target, "/home") == (target if safe else "/home")


def test_formats(app):
    with app.test_request_context():
        assert format_day(date(2026, 11, 20)) == "2026 年 11 月 20 日"
        assert format_day(datetime(2026, 11, 20, 17, tzinfo=UTC)) == "2026 年 11 月 21 日"
        assert format_duration(552) == "9 分 12 秒"
        assert format_duration(3725) == "1 小时 2 分"
        assert format_duration(None) == "0 秒"
        assert format_clock(686) == "11:26"
        assert format_clock(3725) == "1:02:05"
        assert format_hours(Decimal("4.2")) == "4.2"
        assert format_hours(Decimal("0.255")) == "0.26"
        assert format_hours(None) == "0.0"
        assert format_percent(Decimal("0.999")) == "99%"
        assert format_bytes(12_345_678) == "12.3 MB"
        assert format_bytes(999) == "999 B"


def test_days_are_written_in_the_language_of_the_page(app):
    with app.app_context(), app.test_request_context(headers={"Cookie": "language=en"}):
        assert format_day(date(2026, 11, 20)) == "20 November 2026"


def test_log_lines_are_json_and_carry_the_exception():
    try:
        raise ValueError("x")
    except ValueError as error:
        record = logging.LogRecord("lms", 20, "p", 1, "说 %s", ("好",), (ValueError, error, None))
    record.fields = {"status": 200}
    event = json.loads(JsonFormatter().format(record))
    assert (event["message"], event["status"]) == ("说 好", 200)
    assert "ValueError" in event["exception"]


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("<h1>a</h1>", "no title"),
        ("<title>t</title>", "0 h1"),
        ("<title>t</title><h1>a</h1><i id=a></i><i id=a></i>", "id a twice"),
        ("<title>t</title><h1 style='x'>a</h1>", "style="),
        ("<title>t</title><h1 onclick='x'>a</h1>", "onclick"),
        ("<title>t</title><h1>a</h1><script>1</script>", "inline <script>"),
        ("<title>t</title><h1>a</h1><img src='https://x/y.png' alt=''>", "src="),
        ("<title>t</title><h1>a</h1><input name=a>", "no label"),
        ("<title>t</title><h1>a</h1><form method=post></form>", "csrf"),
        ("<title>t</title><h1>a</h1><a href='/x'></a>", "without a name"),
        ("<title>t</title><h1>a</h1><a href='javascript:1'>x</a>", "javascript"),
    ],
)
def test_the_page_linter_sees(page, problem):
    found = lint(f"<!doctype html><html lang=zh>{page}</html>")
    assert any(problem in line for line in found), found


def test_an_id_that_no_database_could_hold_is_not_found(client_of):
    assert client_of("operator").get(f"/people/{2**63}").status_code == 404
    assert client_of("operator").get("/people/" + "9" * 400).status_code == 404
