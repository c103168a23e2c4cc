"""The pages of the record: what members see of themselves, and managers of their people."""

from datetime import date
from decimal import Decimal

import pytest

from lms import clock
from lms.db import db
from lms.members.models import OrgUnit
from lms.study import actions, jobs
from lms.study.months import Month
from lms.study.requirement_actions import grant_exemption, publish_requirement


@pytest.fixture
def required(people):
    root = db.session.get_one(OrgUnit, people.root)
    publish_requirement(unit=root, since=Month(2026, 1), month_hours=Decimal(8), by=None)
    db.session.commit()


def studied(window, time, subject, number="learner", beats=8):
    page = window(number, subject)
    page.beat()
    for _ in range(beats):
        page.beat(45)
    page.beat(20, active_seconds=0, state="hidden")
    return page


def fetch(client_of, time, number, address):
    with clock.frozen(time.at):
        return client_of(number).get(address)


def test_my_study_shows_the_month_and_every_stretch(required, material, window, time, client_of):
    studied(window, time, material.text)
    page = fetch(client_of, time, "learner", "/study/").text
    assert "共需 8 学时" in page
    assert "正在计时" in page
    assert "计入学习" in page and "页面在后台" in page
    assert "安全生产法二十讲 · 总则" in page
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    assert "安全生产法二十讲 · 总则" in fetch(client_of, time, "learner", "/study/").text


def test_an_empty_month_and_nonsense_months(required, time, client_of):
    assert "还没有学习记录" in fetch(client_of, time, "learner", "/study/?month=2026-01").text
    for month in ("2026-13", "x", "2031-01", "1999-01", "２０２６-01"):
        assert fetch(client_of, time, "learner", f"/study/?month={month}").status_code == 404


def test_a_manager_sees_the_unit_and_the_people_in_it_only(
    required, people, material, window, time, client_of
):
    studied(window, time, material.text)
    page = fetch(client_of, time, "manager", "/study/unit").text
    assert "李学员" in page and "沈学员" not in page
    detail = f"/study/members/{people.learner}?month=2026-11"
    assert "总则" in fetch(client_of, time, "manager", detail).text
    assert fetch(client_of, time, "south-manager", detail).status_code == 404
    assert fetch(client_of, time, "peer", detail).status_code == 404
    assert fetch(client_of, time, "learner", "/study/unit").status_code == 403
    south = f"/study/unit?unit={people.south}"
    assert fetch(client_of, time, "manager", south).status_code == 404


def test_the_list_can_be_cut_to_one_status(required, people, actor, time, client_of):
    with clock.frozen(time.at):
        manager = actor("manager")
        for number, hours in (("learner", 9), ("peer", 7)):
            actions.adjust(
                member_id=getattr(people, number),
                day=date(2026, 11, 3),
                title="补记",
                credit=Decimal(hours),
                reason="纸质签到",
                by=manager,
            )
        grant_exemption(
            member_id=people.owner,
            kind="sick",
            since_on=date(2026, 10, 1),
            until_on=None,
            reason="住院",
            by=manager,
        )
        db.session.commit()
    met = fetch(client_of, time, "manager", "/study/unit?status=met").text
    assert "李学员" in met and "彭学员" not in met
    assert "彭学员" in fetch(client_of, time, "manager", "/study/unit?status=on_track").text
    exempt = fetch(client_of, time, "manager", "/study/unit?status=exempt").text
    assert "欧阳主编" in exempt and "病假" in exempt
    record = fetch(client_of, time, "learner", "/study/").text
    assert "纸质签到" in record and "经手：马经理" in record
