"""Who moved or left stays visible to the managers of then, for the months of then only."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lms import clock
from lms.db import db
from lms.members.actions import move_member
from lms.members.models import OrgUnit
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry, add
from lms.study.models import EntryKind, StudyEntry

TITLES = {9: "九月的课", 10: "十月的课", 11: "十一月的课"}


@pytest.fixture
def moved(people, actor, time):
    """The learner studies in three months and moves from the north to the south on 10 October."""
    operator = actor("operator")
    for month, title in TITLES.items():
        with clock.frozen(time.at):
            add(
                NewEntry(
                    member_id=people.learner,
                    kind=EntryKind.OFFLINE,
                    counts_as=CreditKind.OFFLINE,
                    day=date(2026, month, 3),
                    title=title,
                    at=clock.now(),
                    seconds=3600,
                    credit=Decimal(1),
                )
            )
    south = db.session.get_one(OrgUnit, people.south)
    with clock.frozen(time.at - timedelta(days=41)):
        move_member(people.learner, unit=south, by=operator)
    db.session.commit()
    return people.learner


@pytest.fixture
def pages(client_of, time):
    """Fetch pages at the time of the tests."""

    def fetch(address, number, data=None):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            return client.get(address) if data is None else client.post(address, data=data)

    return fetch


def record(moved, month=""):
    return f"/study/members/{moved}" + (f"?month=2026-{month}" if month else "")


def test_the_manager_of_then_sees_the_months_of_then_and_no_others(moved, pages):
    for month in ("09", "10"):
        page = pages(record(moved, month), "manager")
        assert page.status_code == 200
        assert TITLES[int(month)] in page.text
        assert TITLES[11] not in page.text
    assert pages(record(moved, "11"), "manager").status_code == 404
    assert pages(record(moved), "manager").status_code == 404
    page = pages(record(moved, "09"), "manager").text
    assert "已经调离" in page and "北方一组" in page
    assert 'value="2026-10"' in page and 'value="2026-11"' not in page
    assert "今年累计" not in page and "学习日历" not in page


def test_the_list_of_a_past_month_leads_to_the_record(moved, pages):
    listed = pages("/study/unit?month=2026-09", "manager").text
    assert record(moved, "09") in listed
    assert "李学员" not in pages("/study/unit?month=2026-11", "manager").text
    assert "李学员" in pages("/study/unit?month=2026-11", "south-manager").text


def test_the_manager_of_today_sees_all_months(moved, pages):
    for month in ("09", "10", "11"):
        assert TITLES[int(month)] in pages(record(moved, month), "south-manager").text


def test_nobody_else_sees_anything(moved, people, pages):
    for number in ("peer", "owner", "operator"):
        for month in ("09", "11"):
            assert pages(record(moved, month), number).status_code in (403, 404), number
    assert pages(record(people.stranger, "09"), "manager").status_code == 404


def test_who_only_looks_back_corrects_nothing(moved, pages):
    page = pages(record(moved, "09"), "manager").text
    assert "更正学时" not in page and "冲销这条记录" not in page
    entry_id = db.session.query(StudyEntry.id).order_by(StudyEntry.id).first()[0]
    reverse = pages(f"/study/entries/{entry_id}/reverse", "manager", {"reason": "x"})
    assert reverse.status_code == 404
    assert pages(f"/study/members/{moved}/adjust", "manager").status_code == 404
