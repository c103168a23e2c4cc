"""Tests of managing people and units."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.members.actions import end_role, grant_role, move_member
from lms.members.first_people import create_first_people
from lms.members.models import AuditEvent, Member, Membership, OrgUnit, RoleGrant
from lms.members.policy import Role
from lms.members.queries import find_actor_by_number, list_units_below, today


def test_an_operator_adds_a_person_and_gets_a_code_once(client_of, people):
    client = client_of("operator")
    data = {"number": "E100", "name": "新人", "unit_id": people.north}
    answer = client.post("/people/new", data=data)
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", page)
    assert not re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", client.get(answer.location).text)
    assert "编号“E100”已经有人使用" in client.post("/people/new", data=data).text


@pytest.mark.parametrize("number", ["", "有 空格", "x" * 33, "<script>"])
def test_a_bad_number_is_refused_with_a_sentence(client_of, people, number):
    data = {"number": number, "name": "新人", "unit_id": people.north}
    assert client_of("operator").post("/people/new", data=data).status_code == 422


def test_people_are_found_by_number_and_name(client_of, people):
    page = client_of("operator").get("/people?q=学员").text
    assert "李学员" in page
    assert "马经理" not in page
    assert "没有找到人" in client_of("operator").get("/people?q=%25").text


def test_an_operator_of_a_branch_reaches_only_that_branch(client_of, people, app):
    north = db.session.get_one(OrgUnit, people.north)
    grant_role(people.owner, unit=north, role=Role.OPERATOR)
    db.session.commit()
    client = client_of("owner")
    assert client.get(f"/people/{people.learner}").status_code == 200
    assert client.get(f"/people/{people.stranger}").status_code == 404
    assert client.post(f"/people/{people.stranger}/code").status_code == 404
    assert "沈学员" not in client.get("/people").text
    data = {"number": "E9", "name": "x", "unit_id": people.south}
    assert client.post("/people/new", data=data).status_code == 422
    assert (
        client.post(f"/people/{people.learner}/unit", data={"unit_id": people.south}).status_code
        == 404
    )
    data = {"role": "manager", "unit_id": people.root}
    assert client.post(f"/people/{people.learner}/roles", data=data).status_code == 422


def test_moving_a_person_keeps_the_past(people, actor):
    south = db.session.get_one(OrgUnit, people.south)
    move_member(people.learner, unit=south, by=actor("operator"))
    db.session.commit()
    rows = db.session.scalars(
        select(Membership).where(Membership.member_id == people.learner).order_by(Membership.id)
    ).all()
    assert [row.unit_id for row in rows] == [people.north_team, people.south]
    assert rows[0].until_on == today() - timedelta(days=1)
    assert rows[1].until_on is None
    assert actor("learner").unit_id == people.south


def test_moving_twice_on_one_day_leaves_one_row_for_the_day(people, actor):
    for unit_id in (people.south, people.north):
        move_member(people.learner, unit=db.session.get_one(OrgUnit, unit_id), by=actor("operator"))
    db.session.commit()
    assert actor("learner").unit_id == people.north
    count = len(
        db.session.scalars(select(Membership).where(Membership.member_id == people.learner)).all()
    )
    assert count == 2


def test_a_role_holds_from_its_first_to_its_last_day(people, actor):
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.member_id == people.manager)).one()
    grant.since_on, grant.until_on = today(), today() + timedelta(days=3)
    db.session.commit()
    now = clock.now()
    for days, held in ((-1, False), (0, True), (3, True), (4, False)):
        with clock.frozen(now + timedelta(days=days)):
            assert find_actor_by_number("manager").has(Role.MANAGER) is held
            db.session.rollback()


def test_ending_a_role_takes_effect_now_and_is_audited(client_of, people):
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.member_id == people.manager)).one()
    grant.since_on = today() - timedelta(days=9)
    db.session.commit()
    client = client_of("operator")
    url = f"/people/{people.manager}/roles/{grant.id}/end"
    assert client.post(f"/people/{people.learner}/roles/{grant.id}/end").status_code == 404
    assert client.post(url).status_code == 302
    assert not find_actor_by_number("manager").has(Role.MANAGER)
    assert "收回角色" in client.get("/audit").text


def test_operators_cannot_lock_themselves_out(people, actor, client_of):
    grant = db.session.scalars(
        select(RoleGrant).where(RoleGrant.member_id == people.operator)
    ).one()
    db.session.rollback()
    client = client_of("operator")
    assert client.post(f"/people/{people.operator}/roles/{grant.id}/end").status_code == 409
    assert (
        client.post(f"/people/{people.operator}/suspend", data={"suspended": "1"}).status_code
        == 409
    )
    with pytest.raises(Exception, match="自己"):
        end_role(grant.id, member_id=people.operator, by=actor("operator"))


def test_units_are_added_renamed_and_listed_in_the_order_of_the_tree(client_of, people):
    client = client_of("operator")
    data = {"name": "二组", "code": "north-two", "parent_id": people.north}
    assert client.post("/units", data=data).status_code == 302
    assert client.post("/units", data=data).status_code == 422
    assert (
        client.post(f"/units/{people.north}/name", data={"name": "北方党支部"}).status_code == 302
    )
    names = [unit.name for unit in list_units_below(f"/{people.root}/")]
    assert names == ["示例集团", "北方党支部", "北方一组", "二组", "南方支部"]
    assert client.post("/units/999/name", data={"name": "x"}).status_code == 404


def test_the_first_people_come_once(app):
    created = create_first_people()
    db.session.commit()
    assert [person.number for person in created] == ["operator", "teacher", "manager", "member"]
    assert create_first_people() == []
    assert db.session.scalars(select(Member.password_hash)).all() == [None] * 4


def test_the_audit_trail_names_the_person(client_of, people):
    client = client_of("operator")
    client.post(f"/people/{people.learner}/code")
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.member_id, event.subject_id) == (
        "member.issue_code",
        people.operator,
        people.learner,
    )
