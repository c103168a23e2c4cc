"""Lists of a unit's month and single months agree, whatever is special about a member."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from lms import clock
from lms.db import db
from lms.members.actions import grant_role, move_member
from lms.members.models import Member, Membership, OrgUnit
from lms.members.policy import Role
from lms.study.closing_actions import close_month
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry, add
from lms.study.models import EntryKind
from lms.study.months import Month
from lms.study.queries import MemberMonth, iter_member_months, month_summary
from lms.study.requirement_actions import grant_exemption, publish_requirement
from lms.study.requirements import CarryOver, Status, Terms, asked_of, status_of
from tests.factories import make_member

MONTHS = [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
SHOWN = [name for name in dir(MemberMonth) if not name.startswith("_")]


@pytest.fixture
def organisation(people, actor, material, window, time):
    """Members of whom something special holds each, and one who studies at this moment."""
    operator, manager = actor("operator"), actor("manager")
    with clock.frozen(time.at):
        north, root = (db.session.get_one(OrgUnit, one) for one in (people.north, people.root))
        hours = {"carry_over": CarryOver.QUARTER, "required_part_hours": Decimal(1)}
        publish_requirement(
            unit=root, since=Month(2026, 1), month_hours=Decimal(3), by=None, **hours
        )
        publish_requirement(unit=north, since=Month(2026, 10), month_hours=Decimal(5), by=None)
        publish_requirement(
            unit=root, since=Month(2026, 1), month_hours=Decimal(9), by=None, role=Role.MANAGER
        )
        publish_requirement(
            unit=north,
            since=Month(2026, 1),
            month_hours=Decimal(2),
            by=None,
            member_id=people.colleague,
        )
        grant_exemption(
            member_id=people.owner,
            kind="leave",
            since_on=date(2026, 11, 1),
            until_on=date(2026, 11, 12),
            reason="探亲",
            by=manager,
        )
        make_member("joined", north, since_on=date(2026, 11, 9))
        left = make_member("left", north, since_on=date(2025, 1, 1))
        db.session.flush()
        stay = db.session.query(Membership).filter_by(member_id=left.id).one()
        stay.until_on = date(2026, 11, 15)
        grant_role(people.stranger, unit=root, role=Role.MANAGER)
        for place, member in enumerate(db.session.query(Member).order_by(Member.id).all()):
            for month in (9, 10, 11):
                add(
                    NewEntry(
                        member_id=member.id,
                        kind=EntryKind.TEST,
                        counts_as=list(CreditKind)[place % 3],
                        day=date(2026, month, 2),
                        title="学习",
                        at=clock.now(),
                        seconds=60 * place,
                        credit=Decimal(place % 7) * Decimal("1.4"),
                        is_required=place % 2 == 0,
                    )
                )
        close_month(north, Month(2026, 9), by=manager)
        db.session.commit()
    with clock.frozen(time.at - timedelta(days=4)):
        move_member(people.peer, unit=db.session.get_one(OrgUnit, people.south), by=operator)
        db.session.commit()
    page = window("learner", material.text)
    page.beat()
    page.beat(40)
    db.session.rollback()


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_the_list_says_of_each_member_what_their_own_month_says(organisation, people, time, month):
    with clock.frozen(time.at):
        listed = list(iter_member_months(f"/{people.root}/", month, chunk=3))
        assert len(listed) >= 11
        for one in listed:
            own = month_summary(one.member_id, month).standing
            assert {name: getattr(one, name) for name in SHOWN if name not in SKIPPED} == {
                name: getattr(own, name) for name in SHOWN if name not in SKIPPED
            }, one.name
    db.session.rollback()


SKIPPED = {"person", "standing"}  # the rows behind; all that is shown is compared


def test_a_big_list_takes_few_queries(organisation, people, time):
    statements = []
    listen = (db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with clock.frozen(time.at):
        event.listen(*listen)
        try:
            list(iter_member_months(f"/{people.root}/", Month(2026, 11)))
        finally:
            event.remove(*listen)
    assert len([one for one in statements if one.startswith("SELECT")]) <= 9
    db.session.rollback()


HOURS = st.decimals(0, 20, places=1)
NOVEMBER = Month(2026, 11)


@given(HOURS, HOURS, st.integers(0, 30), st.integers(1, 40), st.integers(0, 9))
def test_what_is_asked_of_many_is_what_is_asked_of_each(hours, earned, days, day, part):
    today = date(2026, 11, 1) + timedelta(days=day - 1)
    terms = Terms(1, "/1/", Month(2026, 1), hours, required_part_hours=Decimal(part))
    asked = asked_of(terms, month=NOVEMBER, days=days, today=today)
    single = status_of(
        required=asked.required, earned=earned, month=NOVEMBER, today=today, days=days
    )
    assert asked.status(earned, Decimal(99)) is single
    short = asked.status(earned, Decimal(-1))
    if single is Status.MET and asked.part:
        over = today > NOVEMBER.last_on
        assert short is (Status.BEHIND if over else Status.ON_TRACK)
    else:
        assert short is single
