"""Beats through HTTP: what is counted, what is refused, and what reaches the ledger."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from lms import clock
from lms.courses.models import LessonProgress
from lms.db import db
from lms.study import jobs, proofs
from lms.study.models import EntryKind, StudyEntry, StudyMonth
from lms.study.months import Month
from lms.study.queries import month_summary, year_months
from tests.study.lessons import course_of


def entries():
    db.session.rollback()
    return db.session.scalars(select(StudyEntry).order_by(StudyEntry.id)).all()


def end_all(time):
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()


def test_time_is_counted_shown_at_once_and_entered_when_the_span_ends(
    people, material, window, time
):
    page = window("learner", material.text)
    assert page.beat()["counted_seconds"] == 0
    for _ in range(12):
        answer = page.beat(15)
    assert answer["counting"] is True
    assert answer["counted_seconds"] == 180
    with clock.frozen(time.at):
        standing = month_summary(people.learner, Month(2026, 11)).standing
    assert standing.seconds == 180
    assert standing.credit == Decimal("0.0666")
    assert entries() == []
    end_all(time)
    (entry,) = entries()
    assert (entry.kind, entry.seconds, entry.unit_id) == (EntryKind.ONLINE, 180, people.north_team)
    assert entry.title == "安全生产法二十讲 · 总则"
    assert entry.stretches == "c180000"
    total = db.session.get_one(StudyMonth, (people.learner, 202611))
    assert (total.seconds, total.credit) == (180, Decimal("0.0666"))
    assert list(proofs.verify()) == []


def test_progress_is_handed_down_once_a_minute_and_on_leaving(people, material, window, time):
    page = window("learner", material.text)
    page.beat()
    page.beat(30)
    assert db.session.scalar(select(LessonProgress)) is None
    page.beat(30)
    progress = db.session.scalars(select(LessonProgress)).one()
    assert progress.fraction == Decimal("0.1")
    answer = page.beat(30, state="left", at_end=True)
    assert (answer["completed"], answer["fraction"], answer["counting"]) == (True, 1.0, False)


@pytest.mark.parametrize(
    "values",
    [
        {"sequence": "1"},
        {"sequence": -1},
        {"sequence": 2**80},
        {"sequence": True},
        {"active_seconds": -5},
        {"active_seconds": "15"},
        {"active_seconds": None},
        {"active_seconds": 1e300},
        {"state": "asleep"},
        {"state": ["active"]},
        {"ranges": "all"},
        {"ranges": [[5, 1]]},
        {"ranges": [[0, 1, 2]]},
        {"ranges": [[-3, 1]]},
        {"ranges": [[0, 1]] * 201},
        {"position": -1},
        {"take_over": "yes"},
        {"answer": 0},
        {"at_end": 1},
    ],
)
def test_malformed_beats_are_refused_and_count_nothing(material, window, values):
    page = window("learner", material.text)
    page.beat()
    page.time.pass_(15)
    answer = page.send(**values)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "malformed"
    assert page.beat()["counted_seconds"] == 15


def test_non_finite_numbers_and_broken_json_are_refused(material, window):
    page = window("learner", material.text)
    for body in ('{"session": NaN}', "{", "[]", '"x"', '{"session": {}}', "null"):
        answer = page.client.post("/study/beats", data=body, content_type="application/json")
        assert 400 <= answer.status_code < 500, body
    body = f'{{"session": "{page.token}", "sequence": 1, "active_seconds": Infinity}}'
    with clock.frozen(page.time.at):
        answer = page.client.post("/study/beats", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_session_of_somebody_else_or_of_nobody_is_not_found(material, window):
    mine = window("learner", material.text)
    theirs = window("peer", material.text)
    assert mine.send(session=theirs.token).status_code == 404
    assert mine.send(session=mine.token[:-2] + "xx").status_code == 404
    assert mine.send(session="").status_code == 404


def test_what_may_not_be_seen_can_not_be_studied(material, window, client_of):
    stranger = client_of("stranger")
    answer = stranger.post("/study/sessions", json={"kind": "lesson", "id": material.text})
    assert answer.status_code == 404
    assert stranger.post("/study/sessions", json={"kind": "ghost", "id": 1}).status_code == 404
    for wrong in ({}, {"kind": "lesson"}, {"kind": "lesson", "id": "1"}, {"kind": 5, "id": 1}, [1]):
        assert stranger.post("/study/sessions", json=wrong).status_code == 400


def test_a_session_ends_after_a_day(material, window, time):
    page = window("learner", material.text)
    time.pass_(24 * 3600 + 1)
    answer = page.send()
    assert (answer.status_code, answer.get_json()["error"]) == (410, "session_over")


def test_two_windows_of_one_person_never_both_count(people, material, window, time, client_of):
    client = client_of("learner")
    first = window("learner", material.text, client)
    second = window("learner", material.clip, client)
    first.beat()
    for at in range(8):
        first.beat(7.5)
        answer = second.beat(7.5, ranges=[[at * 15, at * 15 + 15]])
        assert (answer["reason"], answer["counting"]) == ("elsewhere", False)
    assert second.beat(0, take_over=True)["counting"] is True
    assert second.beat(15, ranges=[[120, 135]])["counted_seconds"] == 15
    assert first.beat(0)["reason"] == "elsewhere"
    end_all(time)
    by_subject = {entry.subject_id: entry for entry in entries()}
    assert by_subject[material.text].seconds == 112
    assert by_subject[material.clip].seconds == 15
    assert by_subject[material.clip].stretches.startswith("e105000 c15000")
    assert list(proofs.verify()) == []


def test_no_skip_is_enforced_by_the_server(people, material, window, time):
    course_of(material).no_skip = True
    db.session.commit()
    page = window("learner", material.clip)
    page.beat()
    assert page.beat(15, ranges=[[0, 15]])["counting"] is True
    assert page.beat(15, ranges=[[300, 315]])["reason"] == "skipped"
    assert page.beat(15, ranges=[[15, 30]])["counted_seconds"] == 30


def test_the_ledger_refuses_change_and_removal(people, material, window, time):
    page = window("learner", material.text)
    page.beat()
    page.beat(30)
    end_all(time)
    for statement in (
        update(StudyEntry).values(seconds=9),
        text("DELETE FROM study_entry"),
        text("UPDATE study_title SET text = '别的'"),
        text("DELETE FROM study_title"),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(statement)
        db.session.rollback()
    assert len(entries()) == 1


def test_a_year_shows_twelve_months_and_the_open_span(people, material, window, time):
    page = window("learner", material.text)
    page.beat()
    page.beat(45)
    with clock.frozen(time.at):
        months = year_months(people.learner, Month(2026, 11))
    assert [str(one.month) for one in months][::11] == ["2025-12", "2026-11"]
    assert months[-1].seconds == 45


def test_totals_can_be_rebuilt_from_entries(people, material, window, time):
    page = window("learner", material.text)
    page.beat()
    page.beat(30)
    time.at += timedelta(days=12)
    page = window("learner", material.clip)
    page.beat()
    page.beat(30, ranges=[[0, 30]])
    end_all(time)
    db.session.execute(text("UPDATE study_month SET seconds = seconds + 60"))
    db.session.execute(text("UPDATE study_item SET counted_seconds = 1"))
    stray = "INSERT INTO study_item (member_id, subject_kind, subject_id, counted_seconds, credit, "
    stray += f"frontier_ms, length_seconds) VALUES ({people.learner}, 'lesson', 999, 60, 0, 0, 0)"
    db.session.execute(text(stray))
    stray = "INSERT INTO study_month SELECT member_id, 202501, seconds, credit, required_credit, "
    stray += "online_credit, offline_credit, test_credit, reflection_credit, adjustment_credit "
    db.session.execute(text(f"{stray} FROM study_month WHERE month = 202611"))
    db.session.commit()
    assert len(list(proofs.verify())) == 6
    assert proofs.rebuild() == 2
    db.session.commit()
    assert list(proofs.verify()) == []
