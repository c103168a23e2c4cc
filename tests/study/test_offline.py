"""Offline hours, pasted lists, approvals, questions and corrections."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.members.queries import find_member_by_number
from lms.study import actions, jobs, proofs
from lms.study.attendees import Bad, Person, Problem, match, read_rows
from lms.study.models import EntryKind, StudyEntry, StudySetting
from lms.study.months import Month
from lms.study.offline_actions import NEEDS_APPROVAL, POINTS, is_on, switch
from lms.study.offline_models import EventState, OfflineEvent, QueryState, StudyQuery
from lms.study.queries import month_summary

KNOWN = [
    Person(1, "1001", "李建国"),
    Person(2, "1002", "王秀兰"),
    Person(3, "1003", "李建国"),
    Person(4, "A7", "陈立"),
]


def test_rows_are_read_from_what_a_spreadsheet_pastes():
    rows = read_rows("工号\t姓名\n1001\t李建国\n\n  1002，王秀兰 \nA7 | 陈立\n")
    assert [row.cells for row in rows] == [("1001", "李建国"), ("1002", "王秀兰"), ("A7", "陈立")]
    assert [row.line for row in rows] == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "people", "problems"),
    [
        ("1001\n1002\na7", [1, 2, 4], []),
        ("王秀兰\n陈立", [2, 4], []),
        ("李建国", [], [Problem.AMBIGUOUS]),
        ("李建国\t1003", [3], []),
        ("1001\t王秀兰", [], [Problem.MISMATCH]),
        ("1\t1002\t王秀兰\t签到", [2], []),
        ("1002\n王秀兰", [2], [Problem.TWICE]),
        ("张三\n1002", [2], [Problem.UNKNOWN]),
        ("", [], []),
    ],
)
def test_each_row_names_one_person_or_fails(text, people, problems):
    matched = match(read_rows(text), KNOWN)
    assert [person.id for person in matched.people] == people
    assert [bad.problem for bad in matched.bad] == problems
    assert all(isinstance(bad, Bad) for bad in matched.bad)


def event_form(people, **changes):
    return {
        "title": "党课：安全生产",
        "kind": "lecture",
        "unit_id": str(people.north),
        "started_at": "2026-11-18T09:00",
        "ended_at": "2026-11-18T10:30",
        "place": "三楼会议室",
        "host": "陈立",
        "attendees": "learner\n彭学员",
        **changes,
    }


@pytest.fixture
def manager_pages(client_of, time):
    """Fetch pages as a manager at the time of the tests."""

    def fetch(address, data=None, number="manager"):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            return client.get(address) if data is None else client.post(address, data=data)

    return fetch


def events():
    db.session.rollback()
    return db.session.scalars(select(OfflineEvent)).all()


def credit_of(member_id, time):
    db.session.rollback()
    with clock.frozen(time.at):
        return month_summary(member_id, Month(2026, 11)).standing.credit


def test_an_event_counts_once_somebody_else_approves_it(people, manager_pages, time):
    answer = manager_pages("/study/offline/new", event_form(people))
    assert answer.status_code == 302, answer.text
    (event,) = events()
    assert event.state is EventState.WAITING
    assert credit_of(people.learner, time) == 0
    own = manager_pages(f"/study/offline/{event.id}/approve", {"note": ""})
    assert own.status_code == 422
    approve = f"/study/offline/{event.id}/approve"
    assert manager_pages(approve, {"note": ""}, number="south-manager").status_code == 404
    assert manager_pages(approve, {"note": "属实"}, number="chief").status_code == 302
    assert credit_of(people.learner, time) == credit_of(people.peer, time) == Decimal(2)
    assert manager_pages(approve, {"note": ""}, number="chief").status_code == 409
    assert "党课：安全生产" in manager_pages("/study/", number="learner").text
    page = manager_pages(f"/study/offline/{event.id}").text
    assert "李学员" in page and "总管" in page


def test_an_approved_event_can_be_taken_back_with_a_reason(people, manager_pages, time):
    manager_pages("/study/offline/new", event_form(people))
    (event,) = events()
    base = f"/study/offline/{event.id}"
    assert manager_pages(f"{base}/refuse", {"note": ""}, number="chief").status_code == 422
    manager_pages(f"{base}/approve", {"note": ""}, number="chief")
    assert manager_pages(f"{base}/cancel", {"note": ""}).status_code == 422
    assert manager_pages(f"{base}/cancel", {"note": "登记错了日期"}).status_code == 302
    assert credit_of(people.learner, time) == 0
    assert events()[0].state is EventState.CANCELLED
    assert list(proofs.verify()) == []
    page = manager_pages("/study/", number="learner").text
    assert "登记错了日期" in page and "已冲销" in page


def test_bad_rows_are_named_and_nothing_is_saved_until_they_are_left_out(people, manager_pages):
    form = event_form(people, attendees="learner\n张三\nstranger\npeer")
    answer = manager_pages("/study/offline/new", form)
    assert answer.status_code == 422
    assert "第 2 行“张三”：没有找到这个人" in answer.text
    assert "第 3 行“stranger”" in answer.text  # of another branch: not theirs to list
    assert events() == []
    answer = manager_pages("/study/offline/new", form | {"leave_out": "y"})
    assert answer.status_code == 302
    assert len(events()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_at": "2026-11-18T08:00"},
        {"ended_at": "2026-11-20T10:00"},
        {"started_at": "2026-12-18T09:00", "ended_at": "2026-12-18T10:00"},
        {"title": ""},
        {"started_at": "yesterday"},
        {"kind": "party"},
        {"unit_id": "999"},
        {"attendees": "\n"},
    ],
)
def test_events_that_can_not_be_are_refused(people, manager_pages, changes):
    answer = manager_pages("/study/offline/new", event_form(people, **changes))
    assert answer.status_code == 422
    assert events() == []


def test_without_the_setting_an_event_counts_at_once(people, manager_pages, actor, time):
    switch(NEEDS_APPROVAL, False, by=actor("operator"))
    db.session.commit()
    manager_pages("/study/offline/new", event_form(people))
    assert credit_of(people.learner, time) == 2
    assert is_on(NEEDS_APPROVAL) is False and is_on(POINTS) is False
    assert db.session.scalars(select(StudySetting)).one().changed_by_id == people.operator


def entry_of(window, material, time):
    page = window("learner", material.text)
    page.beat()
    page.beat(45)
    page.beat(45, active_seconds=0, state="hidden")
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    return db.session.scalars(select(StudyEntry.id)).one()


def test_a_member_asks_and_a_granted_answer_is_an_adjustment(
    people, material, window, manager_pages, time
):
    entry_id = entry_of(window, material, time)
    ask = f"/study/entries/{entry_id}/ask"
    assert manager_pages(ask, {"text": "还在看"}, number="peer").status_code == 404
    assert manager_pages(ask, {"text": "还在看"}, number="manager").status_code == 422
    assert manager_pages(ask, {"text": ""}, number="learner").status_code == 422
    assert manager_pages(ask, {"text": "我一直在看"}, number="learner").status_code == 302
    assert manager_pages(ask, {"text": "再问"}, number="learner").status_code == 409
    assert "我一直在看" in manager_pages("/study/waiting").text
    assert "我一直在看" not in manager_pages("/study/waiting", number="south-manager").text
    query_id = db.session.scalars(select(StudyQuery.id)).one()
    answer = f"/study/queries/{query_id}"
    values = {"answer": "核对过，补记", "credit": "0.25"}
    assert manager_pages(answer, values, number="south-manager").status_code == 404
    before = credit_of(people.learner, time)
    assert manager_pages(answer, values).status_code == 302
    assert manager_pages(answer, values).status_code == 409
    assert credit_of(people.learner, time) == before + Decimal("0.25")
    assert db.session.get_one(StudyQuery, query_id).state is QueryState.GRANTED
    page = manager_pages("/study/", number="learner").text
    assert "核对过，补记" in page and "疑问已采纳" in page


def test_a_reversal_needs_a_reason_and_happens_once(people, material, window, manager_pages, time):
    entry_id = entry_of(window, material, time)
    address = f"/study/entries/{entry_id}/reverse"
    assert manager_pages(address, {"reason": ""}).status_code == 422
    assert manager_pages(address, {"reason": "x"}, number="learner").status_code == 403
    assert manager_pages(address, {"reason": "误计"}).status_code == 302
    assert manager_pages(address, {"reason": "误计"}).status_code == 409
    kinds = db.session.scalars(select(StudyEntry.kind).order_by(StudyEntry.id)).all()
    assert kinds == [EntryKind.ONLINE, EntryKind.REVERSAL]
    assert credit_of(people.learner, time) == 0
    assert list(proofs.verify()) == []


def test_a_manager_adjusts_others_but_never_themselves(people, manager_pages, time):
    form = {"day": "2026-11-10", "title": "补记", "credit": "1.5", "reason": "纸质签到"}
    address = f"/study/members/{people.learner}/adjust"
    assert "更正" in manager_pages(address).text
    assert manager_pages(address, form | {"reason": ""}).status_code == 200
    assert manager_pages(address, form).status_code == 302
    assert credit_of(people.learner, time) == Decimal("1.5")
    own = f"/study/members/{people.manager}/adjust"
    assert manager_pages(own, form).status_code == 422
    outside = f"/study/members/{people.stranger}/adjust"
    assert manager_pages(outside, form).status_code == 404


def test_a_passed_test_is_credited_once(people, actor, time):
    learner = find_member_by_number("learner").id
    values = {"subject_kind": "paper", "subject_id": 5, "title": "测试", "at": time.at}
    assert actions.record_test_passed(member_id=learner, **values) is not None
    assert actions.record_test_passed(member_id=learner, **values) is None
    reflection = {"subject_id": 3, "title": "体会", "chars": 800, "at": time.at}
    by = actor("manager")
    first = actions.record_reflection_accepted(member_id=learner, by=by, **reflection)
    assert first is not None
    db.session.commit()
    assert date(2026, 11, 20) == db.session.get_one(StudyEntry, first).day_on
