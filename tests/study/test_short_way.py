"""The short way of a beat: taken for what is usual only, and with the same answers as the view."""

import pytest
from flask import got_request_exception, request, request_started
from sqlalchemy import update

from lms.db import db
from lms.members.models import SignInSession
from lms.web.security import HEADERS
from lms.web.short_ways import LONGEST_BODY


@pytest.fixture
def seen(app):
    """The addresses that Flask has been asked for."""
    paths = []

    def note(_app, **_rest):
        paths.append(request.path)

    request_started.connect(note, app)
    yield paths
    request_started.disconnect(note, app)


def test_the_usual_beat_never_reaches_flask(material, window, seen):
    page = window("learner", material.text)
    first = page.send()
    assert "Set-Cookie" not in first.headers  # the next beat comes with the same cookies
    seen.clear()
    answer = page.beat(15)
    page.time.pass_(10)
    response = page.send()
    assert seen == []
    assert (answer["counting"], answer["counted_seconds"]) == (True, 15)
    assert response.get_json()["counted_seconds"] == 25
    assert response.content_type == "application/json"
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_a_sign_in_is_looked_at_again_after_half_a_minute(material, window, seen):
    page = window("learner", material.text)
    page.beat()
    seen.clear()
    page.beat(20)
    assert seen == []
    page.beat(20)
    assert seen == ["/study/beats"]


def test_a_revoked_sign_in_ends_for_beats_too(people, material, window):
    page = window("learner", material.text)
    page.beat()
    revoke = update(SignInSession).where(SignInSession.member_id == people.learner)
    db.session.execute(revoke.values(revoked_at=page.time.at))
    db.session.commit()
    page.time.pass_(40)
    assert page.send().status_code == 401


def test_cookies_of_somebody_else_do_not_pass_with_a_known_ticket(material, window, anonymous):
    page = window("learner", material.text)
    page.beat()
    page.client, client = anonymous, page.client
    assert page.send().status_code == 401
    page.client = client
    assert page.beat(15)["counted_seconds"] == 15


def test_what_is_unusual_gets_its_sentence_from_the_view(app, material, window, seen):
    faults = []
    got_request_exception.connect(lambda _app, exception: faults.append(exception), app, weak=False)
    page = window("learner", material.text)
    page.beat()
    other = window("peer", material.text)
    for wrong, status in (
        ({"session": other.token}, 404),
        ({"sequence": 0}, 400),
        ({"state": "x" * LONGEST_BODY}, 400),
    ):
        seen.clear()
        response = page.send(**wrong)
        assert (response.status_code, seen) == (status, ["/study/beats"])
        assert response.get_json()["message"]
    for body in (b"", b"[" * 60_000, b"\xff\xfe"):
        response = page.client.post("/study/beats", data=body, content_type="application/json")
        assert response.status_code == 400
    assert faults == []
    page.sequence = 1  # the wrong ones counted nothing and took no number
    assert page.beat(15)["counted_seconds"] == 15


def test_without_a_token_of_its_page_nobody_passes(material, window, seen):
    page = window("learner", material.text)
    page.beat()
    seen.clear()
    body = {"session": page.token, "sequence": 9, "active_seconds": 9}
    response = page.client.post("/study/beats", json=body, headers={"X-CSRFToken": ""})
    assert (response.status_code, seen) == (400, ["/study/beats"])
