"""Requirements, exemptions, rules, and closings through pages."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from lms import clock
from lms.db import db
from lms.members.actions import move_member
from lms.members.models import Member, OrgUnit
from lms.study import actions, jobs
from lms.study.credit import PRESETS, CreditKind, from_data
from lms.study.ledger import NewEntry, add
from lms.study.models import (
    ClosedMonth,
    EntryKind,
    Requirement,
    StudyEntry,
    StudyRule,
)
from lms.study.months import Month
from lms.study.offline_actions import POINTS, is_on
from lms.study.queries import list_member_months, month_summary
from lms.study.requirement_actions import publish_first_requirement, publish_requirement
from lms.study.requirements import CarryOver, Status

NOVEMBER = Month(2026, 11)


@pytest.fixture
def pages(client_of, time):
    """Fetch pages as somebody at the time of the tests."""

    def fetch(address, data=None, number="manager"):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            return client.get(address) if data is None else client.post(address, data=data)

    return fetch


def give(member_id, day, hours, time):
    """Credit without a story; commits."""
    with clock.frozen(time.at):
        entry_id = add(
            NewEntry(
                member_id=member_id,
                kind=EntryKind.TEST,
                counts_as=CreditKind.TEST,
                day=day,
                title="测试",
                at=clock.now(),
                credit=Decimal(hours),
            )
        )
        db.session.commit()
    return entry_id


def standing(member_id, time, month=NOVEMBER):
    db.session.rollback()
    with clock.frozen(time.at):
        return month_summary(member_id, month).standing


def requirement(people, **changes):
    return {
        "unit_id": str(people.north),
        "role": "",
        "number": "",
        "since": "2026-11",
        "month_hours": "8",
        "year_hours": "",
        "required_part_hours": "",
        "carry_over": "none",
        "note": "",
        **changes,
    }


def test_requirements_are_published_inherited_and_overridden(people, pages, time):
    assert pages("/study/requirements", requirement(people)).status_code == 302
    assert standing(people.learner, time).required == 8
    assert standing(people.stranger, time).required == 0
    personal = requirement(people, number="peer", month_hours="2")
    assert pages("/study/requirements", personal).status_code == 302
    role = requirement(people, role="manager", month_hours="10")
    assert pages("/study/requirements", role).status_code == 302
    assert standing(people.peer, time).required == 2
    assert standing(people.manager, time).required == 10
    assert standing(people.learner, time, Month(2026, 10)).required == 0
    page = pages("/study/requirements").text
    assert "彭学员" in page and "单位负责人" in page
    assert "彭学员" not in pages("/study/requirements", number="south-manager").text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"since": "2026-1"}, 404),
        ({"month_hours": "-1"}, 422),
        ({"month_hours": "many"}, 422),
        ({"number": "stranger"}, 404),
        ({"number": "nobody"}, 422),
        ({"number": "peer", "role": "manager"}, 422),
        ({"required_part_hours": "9"}, 422),
        ({"unit_id": "1"}, 422),
        ({"carry_over": "forever"}, 422),
    ],
)
def test_requirements_that_can_not_be_are_refused(people, pages, changes, status):
    assert pages("/study/requirements", requirement(people, **changes)).status_code == status
    assert db.session.scalars(select(Requirement)).all() == []


def test_a_fresh_installation_gets_a_preset_once(people):
    root = db.session.get_one(OrgUnit, people.root)
    assert publish_first_requirement(root).month_hours == 4
    assert publish_first_requirement(root) is None


def test_joining_and_moving_within_the_month(people, actor, time):
    root = db.session.get_one(OrgUnit, people.root)
    south = db.session.get_one(OrgUnit, people.south)
    publish_requirement(unit=root, since=Month(2026, 1), month_hours=Decimal(6), by=None)
    publish_requirement(unit=south, since=Month(2026, 1), month_hours=Decimal(9), by=None)
    db.session.commit()
    operator, manager = actor("operator"), actor("manager")
    with clock.frozen(time.at - timedelta(days=5)):
        peer = db.session.get_one(Member, people.peer)
        move_member(peer.id, unit=south, by=operator)
        db.session.commit()
    assert standing(people.peer, time).required == 9
    with clock.frozen(time.at):
        mine = {one.number for one in list_member_months(manager, f"/{people.root}/", NOVEMBER)}
    assert "learner" in mine and "peer" not in mine


def test_exemptions_count_by_the_day_and_can_be_withdrawn(people, pages, time):
    pages("/study/requirements", requirement(people, since="2026-01"))
    address = f"/study/members/{people.learner}/exemptions"
    form = {"kind": "leave", "since_on": "2026-11-01", "until_on": "2026-11-15", "reason": "探亲"}
    assert pages(address, form | {"until_on": "2026-10-15"}).status_code == 422
    assert pages(address, form | {"reason": ""}).status_code == 422
    assert pages(address, form).status_code == 302
    assert standing(people.learner, time).required == 4
    assert pages(address, form, number="south-manager").status_code == 404
    page = pages(address).text
    assert "探亲" in page
    end = page.split("/study/exemptions/")[1].split("/end")[0]
    assert pages(f"/study/exemptions/{end}/end", {}, number="south-manager").status_code == 404
    assert pages(f"/study/exemptions/{end}/end", {}).status_code == 302
    assert pages(f"/study/exemptions/{end}/end", {}).status_code == 409
    assert standing(people.learner, time).required == 8
    own = f"/study/members/{people.manager}/exemptions"
    assert pages(own, form).status_code == 422


def test_surplus_is_carried_within_the_quarter(people, time):
    north = db.session.get_one(OrgUnit, people.north)
    hours = {"month_hours": Decimal(8), "carry_over": CarryOver.QUARTER}
    publish_requirement(unit=north, since=Month(2026, 1), by=None, **hours)
    db.session.commit()
    give(people.learner, date(2026, 9, 3), 50, time)
    give(people.learner, date(2026, 10, 3), 13, time)
    give(people.learner, date(2026, 11, 3), 3, time)
    found = standing(people.learner, time)
    assert (found.carried, found.credit, found.status) == (5, 3, Status.MET)


def test_the_required_part_has_to_be_met_too(people, time):
    north = db.session.get_one(OrgUnit, people.north)
    hours = {"month_hours": Decimal(2), "required_part_hours": Decimal(1)}
    publish_requirement(unit=north, since=Month(2026, 1), by=None, **hours)
    db.session.commit()
    give(people.learner, date(2026, 11, 3), 2, time)
    assert standing(people.learner, time).status is Status.ON_TRACK


def test_a_closed_month_stays_and_corrections_stand_beside_it(people, pages, actor, time):
    pages("/study/requirements", requirement(people, since="2026-01"))
    give(people.learner, date(2026, 10, 5), 6, time)
    address = f"/study/unit/{people.north}/close"
    assert pages(address, {"month": "2026-11"}).status_code == 422
    assert pages(address, {"month": "October"}).status_code == 404
    assert pages(address, {"month": "2026-10"}, number="south-manager").status_code == 404
    assert pages(address, {"month": "2026-10"}).status_code == 302
    assert pages(address, {"month": "2026-10"}).status_code == 409
    late = requirement(people, since="2026-10", month_hours="1")
    assert pages("/study/requirements", late).status_code == 409
    give(people.learner, date(2026, 10, 20), 4, time)
    found = standing(people.learner, time, Month(2026, 10))
    assert (found.credit, found.correction, found.status) == (6, 4, Status.BEHIND)
    assert found.is_closed
    page = pages("/study/unit?month=2026-10").text
    assert "结账后有更正" in page and "已于" in page
    assert "结账后更正 4.0 学时" in pages("/study/?month=2026-10", number="learner").text
    frozen = db.session.scalars(select(ClosedMonth.member_id)).all()
    assert people.learner in frozen and people.stranger not in frozen
    with clock.frozen(time.at):
        root = f"/study/unit/{people.root}/close"
        assert pages(root, {"month": "2026-10"}, number="chief").status_code == 302
    assert standing(people.learner, time, Month(2026, 10)).credit == 6


def rule_form(**changes):
    return {
        "name": "五十分钟",
        "effective_on": "2026-11-20",
        "minutes_per_credit": "50",
        "earning": "tiers",
        "length_tiers": "30 = 1\n15 = 0.5\n0 = 0.25",
        "test_credit": "0.5",
        "reflection_tiers": "",
        "item_credit_cap": "",
        "day_credit_cap": "3",
        "month_credit_cap": "",
        "chars_per_minute": "300",
        "note": "",
        **changes,
    }


def test_rules_are_tried_on_real_study_before_they_hold(people, material, window, pages, time):
    page = window("learner", material.clip)
    page.beat()
    for at in range(40):
        page.beat(15, ranges=[[at * 15, at * 15 + 15]])
    page.beat(0, at_end=True, state="left")
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    tried = pages("/study/rules", rule_form() | {"preview": "y"}, number="operator").text
    assert "试算结果" in tried and "李学员" in tried
    assert "共计入 0.22 学时；按新规则是 0.25 学时" in tried
    assert db.session.scalar(select(StudyRule).where(StudyRule.name == "五十分钟")) is None
    answer = pages("/study/rules", rule_form() | {"publish": "y"}, number="operator")
    assert answer.status_code == 302
    db.session.rollback()
    with clock.frozen(time.at):
        rule_id, rules = actions.rules_on(date(2026, 11, 20))
    assert rules.length_tiers == PRESETS["tiers"].length_tiers
    assert actions.rules_on(date(2026, 11, 19))[1] == PRESETS["time"]
    page = window("peer", material.clip)
    page.beat()
    page.beat(15, ranges=[[0, 15]])
    page.beat(0, at_end=True, state="left")
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    db.session.rollback()
    query = select(StudyEntry).where(StudyEntry.member_id == people.peer).order_by(StudyEntry.id)
    credited = [(one.kind, one.credit, one.rule_id) for one in db.session.scalars(query)]
    assert sorted(credited) == [
        (EntryKind.COMPLETION, Decimal("0.25"), rule_id),
        (EntryKind.ONLINE, 0, rule_id),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"effective_on": "2026-11-19"},
        {"minutes_per_credit": "0"},
        {"length_tiers": "thirty"},
        {"length_tiers": "30"},
        {"length_tiers": "30 = -1"},
        {"test_credit": "-1"},
        {"earning": "luck"},
    ],
)
def test_rules_that_can_not_be_are_refused(pages, people, changes):
    form = rule_form(**changes) | {"publish": "y"}
    assert pages("/study/rules", form, number="operator").status_code == 422
    assert pages("/study/rules", form).status_code == 403
    assert db.session.scalars(select(StudyRule)).all() == []


def test_presets_fill_the_form_and_points_are_off_until_switched_on(people, pages):
    assert "30 = 1" in pages("/study/rules?preset=tiers", number="operator").text
    page = pages("/study/rules", number="operator").text
    assert "不允许强制打卡" in page and not is_on(POINTS)
    assert pages("/study/settings/points", {"on": "yes"}, number="operator").status_code == 302
    db.session.rollback()
    assert is_on(POINTS)
    assert pages("/study/settings/magic", {"on": "yes"}, number="operator").status_code == 422


def test_credit_caps_hold_for_online_study(people, material, window, actor, time):
    rules = from_data({"day_credit_cap": "0.1"})
    with clock.frozen(time.at):
        actions.rules_on(date(2026, 11, 20))
        db.session.execute(
            text("UPDATE study_rule SET data = :data"),
            {"data": '{"day_credit_cap": "0.1"}'},
        )
        db.session.commit()
    assert rules.day_credit_cap == Decimal("0.1")
    page = window("learner", material.text)
    page.beat()
    for _ in range(20):
        page.beat(30)
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    db.session.rollback()
    (entry,) = db.session.scalars(select(StudyEntry)).all()
    assert (entry.seconds, entry.credit) == (600, Decimal("0.1"))
