"""Tests of signing in: codes, passwords, sessions."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.members import passwords
from lms.members.actions import issue_code, set_suspended
from lms.members.models import AuditEvent, Member, MemberState, SignInSession
from lms.members.passwords import hash_password, is_weak, verify_password

PASSWORD = "shan-gao-yue-xiao"


@pytest.fixture
def invited(people):
    member = db.session.get_one(Member, people.learner)
    member.state = MemberState.INVITED
    code = issue_code(member.id)
    db.session.commit()
    return code


def activate(client, code, number="learner", password=PASSWORD, again=None):
    data = {"number": number, "code": code, "password": password, "again": again or password}
    return client.post("/activate", data=data)


def test_a_code_sets_the_password_and_signs_in_at_once(anonymous, invited):
    answer = activate(anonymous, f" {invited.lower().replace('-', ' ')} ")
    assert answer.status_code == 302
    assert anonymous.get("/account").status_code == 200


def test_a_code_works_once(anonymous, invited, app):
    activate(anonymous, invited)
    answer = activate(type(anonymous)(app), invited, password="another-password-9")
    assert answer.status_code == 422
    assert "激活码" in answer.text


def test_a_newer_code_and_two_weeks_end_an_older_one(anonymous, people, invited):
    newer = issue_code(people.learner)
    db.session.commit()
    assert activate(anonymous, invited).status_code == 422
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert activate(anonymous, newer).status_code == 422
    assert activate(anonymous, newer).status_code == 302


def test_a_code_is_for_its_own_person(anonymous, invited):
    assert activate(anonymous, invited, number="peer").status_code == 422


@pytest.mark.parametrize("password", ["short", "12345678", "aaaaaaaaaa", "learner1", "password"])
def test_a_weak_password_is_refused_and_the_code_stays_good(anonymous, invited, password):
    assert activate(anonymous, invited, password=password).status_code == 422
    assert activate(anonymous, invited).status_code == 302


def with_password(member_id):
    member = db.session.get_one(Member, member_id)
    member.password_hash = hash_password(PASSWORD)
    db.session.commit()


def sign_in(client, number="learner", password=PASSWORD, **more):
    return client.post("/sign-in", data={"number": number, "password": password, **more})


def test_signing_in_leads_back_to_where_one_wanted_to_go(anonymous, people):
    with_password(people.learner)
    assert anonymous.get("/account?x=1").location == "/sign-in?next=/account?x%3D1"
    assert sign_in(anonymous, next="/account?x=1").location == "/account?x=1"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:1"]
)
def test_signing_in_never_leads_off_the_server(anonymous, people, target):
    with_password(people.learner)
    assert sign_in(anonymous, next=target).location == "/"


def test_a_wrong_password_and_an_unknown_number_get_the_same_sentence(anonymous, people):
    with_password(people.learner)
    wrong = sign_in(anonymous, password="wrong-password")
    unknown = sign_in(anonymous, number="nobody")
    assert wrong.status_code == unknown.status_code == 422
    assert "编号或密码不对" in wrong.text
    assert "编号或密码不对" in unknown.text


def test_the_suspended_are_signed_out_and_stay_out(client_of, anonymous, people, actor):
    with_password(people.learner)
    client = client_of("learner")
    assert client.get("/account").status_code == 200
    set_suspended(people.learner, is_suspended=True, by=actor("operator"))
    db.session.commit()
    assert client.get("/account").status_code == 302
    assert sign_in(anonymous).status_code == 422


def test_signing_out_revokes_the_session_itself(client_of, people):
    client = client_of("learner")
    cookie = client.get_cookie("session")
    assert client.post("/sign-out").status_code == 302
    client.set_cookie("session", cookie.value)
    assert client.get("/account").status_code == 302


def test_one_can_end_ones_own_sessions_and_nobody_elses(client_of, people):
    client_of("peer")
    theirs = db.session.scalars(select(SignInSession.id)).one()
    client, other = client_of("learner"), client_of("learner")
    ids = db.session.scalars(
        select(SignInSession.id).where(SignInSession.member_id == people.learner).order_by("id")
    ).all()
    db.session.rollback()
    assert client.post(f"/account/sessions/{theirs}/revoke").status_code == 404
    assert client.post(f"/account/sessions/{ids[1]}/revoke").status_code == 302
    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_changing_the_password_ends_the_other_sessions(client_of, people):
    with_password(people.learner)
    client, other = client_of("learner"), client_of("learner")
    data = {"present": PASSWORD, "password": "new-" + PASSWORD, "again": "new-" + PASSWORD}
    assert client.post("/account/password", data=data).status_code == 302
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert client.post("/account/password", data=data).status_code == 422
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert "member.change_password" in actions


def test_an_unused_session_ends(client_of, people):
    client = client_of("learner")
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert client.get("/account").status_code == 302


def test_a_session_in_use_lives_on(client_of, people):
    client = client_of("learner")
    start = clock.now()
    for days in (10, 20, 30):
        with clock.frozen(start + timedelta(days=days)):
            assert client.get("/account").status_code == 200


def test_posting_without_the_token_changes_nothing(app, people, client_of):
    client = client_of("learner")
    answer = client.post("/sign-out", headers={"X-CSRFToken": "forged"})
    assert answer.status_code == 400
    assert client.get("/account").status_code == 200


def test_a_script_whose_session_is_over_gets_401_and_a_sentence(anonymous, people):
    answer = anonymous.post("/account/password", json={})
    assert answer.status_code == 401
    assert answer.json["error"] == "signed_out"


def test_passwords_are_kept_as_argon2(shipped_hasher, monkeypatch):
    monkeypatch.setattr(passwords, "HASHER", shipped_hasher)
    stored = hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert verify_password(stored, PASSWORD)
    assert not verify_password(stored, PASSWORD + "x")
    assert not verify_password(None, PASSWORD)
    assert not verify_password("not a hash", PASSWORD)


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("E20261121", True),
        ("e20261121x", True),
        ("春风又绿江南岸明月", False),
        ("correct horse", False),
    ],
)
def test_a_password_like_the_number_is_weak(password, weak):
    assert is_weak(password, "E20261121") is weak


def test_the_cookie_is_renewed_once_an_hour_and_not_with_every_page(client_of):
    client = client_of("learner")
    client.get("/account")  # the first page puts its token into the session
    assert "Set-Cookie" not in client.get("/account").headers
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert "session=" in client.get("/account").headers["Set-Cookie"]
        assert "Set-Cookie" not in client.get("/account").headers
