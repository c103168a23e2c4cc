"""The people that every test starts with, and ways to make more."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from lms.db import db
from lms.members.actions import create_member, create_unit, grant_role
from lms.members.models import Member, MemberState, OrgUnit
from lms.members.policy import Role
from lms.members.queries import today

_serial = count(1)


@dataclass(frozen=True, slots=True)
class People:
    """An organisation of two branches; attributes are member and unit ids.

    Numbers: "owner" (administrator of the north), "colleague" (another administrator of the
    north), "outsider" (administrator of the south), "learner" and "peer" (members of the north
    team), "stranger" (member of the south), "manager" (manager of the north), "south-manager",
    "operator" (operator of the root), "chief" (administrator and manager of the root).
    """

    root: int
    north: int
    north_team: int
    south: int
    owner: int
    colleague: int
    outsider: int
    learner: int
    peer: int
    stranger: int
    manager: int
    south_manager: int
    operator: int
    chief: int


def make_unit(name: str, parent: OrgUnit | None = None, code: str = "") -> OrgUnit:
    """A unit with a code of its own."""
    return create_unit(name=name, code=code or f"u{next(_serial)}", parent=parent)


def make_member(number: str, unit: OrgUnit, name: str = "", since_on: date | None = None) -> Member:
    """An active member who has belonged to the unit for a year, without a password."""
    since_on = since_on or today() - timedelta(days=365)
    member = create_member(
        number=number, name=name or f"学员{number}", unit=unit, since_on=since_on
    )
    member.state = MemberState.ACTIVE
    return member


def make_people() -> People:
    """Create them and commit."""
    root = make_unit("示例集团", code="root")
    north = make_unit("北方支部", root, "north")
    north_team = make_unit("北方一组", north, "north-team")
    south = make_unit("南方支部", root, "south")
    owner = make_member("owner", north, "欧阳主编")
    colleague = make_member("colleague", north, "同事")
    outsider = make_member("outsider", south, "外人")
    learner = make_member("learner", north_team, "李学员")
    peer = make_member("peer", north_team, "彭学员")
    stranger = make_member("stranger", south, "沈学员")
    manager = make_member("manager", north, "马经理")
    south_manager = make_member("south-manager", south, "南经理")
    operator = make_member("operator", root, "运维")
    chief = make_member("chief", root, "总管")
    for member, unit, role in (
        (owner, north, Role.ADMINISTRATOR),
        (colleague, north, Role.ADMINISTRATOR),
        (outsider, south, Role.ADMINISTRATOR),
        (manager, north, Role.MANAGER),
        (south_manager, south, Role.MANAGER),
        (operator, root, Role.OPERATOR),
        (chief, root, Role.ADMINISTRATOR),
        (chief, root, Role.MANAGER),
    ):
        grant_role(member.id, unit=unit, role=role)
    people = People(
        root=root.id,
        north=north.id,
        north_team=north_team.id,
        south=south.id,
        owner=owner.id,
        colleague=colleague.id,
        outsider=outsider.id,
        learner=learner.id,
        peer=peer.id,
        stranger=stranger.id,
        manager=manager.id,
        south_manager=south_manager.id,
        operator=operator.id,
        chief=chief.id,
    )
    db.session.commit()
    return people
