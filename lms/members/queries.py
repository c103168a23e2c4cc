"""Reading people and units; every list and loader takes the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    false,
    or_,
    select,
)

from lms import clock
from lms.db import db
from lms.errors import Forbidden, NotFound
from lms.members.models import (
    Member,
    Membership,
    MemberState,
    OrgUnit,
    RoleGrant,
    SignInSession,
)
from lms.members.policy import Action, Actor, Grant, Role, holds, may_record
from lms.web.settings import settings


@dataclass(frozen=True, slots=True)
class Person:
    """A member with the unit they belong to on the day asked about."""

    id: int
    number: str
    name: str
    state: MemberState
    unit_id: int
    unit_name: str
    unit_path: str


def current_on(
    dated: type[Membership] | type[RoleGrant] | Table, on: date | BindParameter[date]
) -> ColumnElement[bool]:
    """The condition that a dated row holds on the day `on`."""
    row: Any = dated.c if isinstance(dated, Table) else dated
    return and_(row.since_on <= on, or_(row.until_on.is_(None), row.until_on >= on))


def today() -> date:
    """Today in the organisation's zone."""
    return clock.today(settings().zone)


# Every request asks for a session, so this is put together once, and of bare tables: the mapper
# costs as much again. A person with several grants comes in several rows.
_SESSIONS, _MEMBERS, _MEMBERSHIPS, _UNITS, _GRANTS = (
    cast(Table, model.__table__)
    for model in (SignInSession, Member, Membership, OrgUnit, RoleGrant)
)
_GRANTED = _UNITS.alias()
_TODAY: BindParameter[date] = bindparam("today", type_=Date())
_ACTOR = (
    select(
        _MEMBERS.c.id,
        _MEMBERS.c.number,
        _MEMBERS.c.name,
        _UNITS.c.id.label("unit_id"),
        _UNITS.c.path.label("unit_path"),
        _GRANTS.c.role,
        _GRANTED.c.path.label("granted_path"),
    )
    .join_from(_MEMBERS, _MEMBERSHIPS, _MEMBERSHIPS.c.member_id == _MEMBERS.c.id)
    .join(_UNITS, _UNITS.c.id == _MEMBERSHIPS.c.unit_id)
    .outerjoin(_GRANTS, and_(_GRANTS.c.member_id == _MEMBERS.c.id, current_on(_GRANTS, _TODAY)))
    .outerjoin(_GRANTED, _GRANTED.c.id == _GRANTS.c.unit_id)
    .where(current_on(_MEMBERSHIPS, _TODAY))
    .order_by(_GRANTS.c.id)
)
_SESSION = (
    _ACTOR.add_columns(_SESSIONS.c.id.label("session_id"), _SESSIONS.c.seen_at, _MEMBERS.c.language)
    .join(_SESSIONS, _SESSIONS.c.member_id == _MEMBERS.c.id)
    .where(
        _SESSIONS.c.token_hash == bindparam("token_hash"),
        _SESSIONS.c.revoked_at.is_(None),
        _SESSIONS.c.expires_at > bindparam("at"),
        _MEMBERS.c.state == MemberState.ACTIVE,
    )
)
_NUMBERED = _ACTOR.where(_MEMBERS.c.number == bindparam("number"))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A sign-in that admits its person; `language` is their own choice, if they made one."""

    id: int
    seen_at: datetime
    actor: Actor
    language: str | None


def find_session(token_hash: str, *, at: datetime) -> OpenSession | None:
    """The session with its person; None when it does not admit anybody at `at`."""
    given = {"token_hash": token_hash, "at": at, "today": today()}
    rows = db.session.execute(_SESSION, given).all()
    if not rows:
        return None
    return OpenSession(rows[0].session_id, rows[0].seen_at, _actor(rows), rows[0].language)


def _actor(rows: Sequence[Row[Any]]) -> Actor:
    row = rows[0]
    grants = tuple(Grant(one.role, one.granted_path) for one in rows if one.role)
    return Actor(row.id, row.number, row.name, row.unit_id, row.unit_path, grants)


def find_actor_by_number(number: str) -> Actor | None:
    """The person as the rules see them; for commands, which name people by number."""
    rows = db.session.execute(_NUMBERED, {"number": number, "today": today()}).all()
    return _actor(rows) if rows else None


def find_member_by_number(number: str) -> Member | None:
    """The member who signs in with `number`, whatever their state."""
    return db.session.scalar(select(Member).where(Member.number == number.strip()))


def people() -> Select[tuple[int, str, str, MemberState, int, str, str]]:
    """The rows behind Person: members with their unit of today."""
    return (
        select(
            Member.id,
            Member.number,
            Member.name,
            Member.state,
            OrgUnit.id.label("unit_id"),
            OrgUnit.name.label("unit_name"),
            OrgUnit.path.label("unit_path"),
        )
        .join(Membership, and_(Membership.member_id == Member.id, current_on(Membership, today())))
        .join(OrgUnit, OrgUnit.id == Membership.unit_id)
    )


def to_person(row: Row[tuple[int, str, str, MemberState, int, str, str]]) -> Person:
    """A row of `people` as a value."""
    return Person(*row)


def get_member(member_id: int, *, member: Actor, action: Action) -> Person:
    """The member with their unit; raises NotFound for people whom the asker may not see.

    VIEW and SUPERVISE are about study records, OPERATE about the account.
    """
    row = db.session.execute(people().where(Member.id == member_id)).first()
    if row is None or not _may_person(to_person(row), member, action):
        raise NotFound(_("没有找到这位学员。"))
    return to_person(row)


def _may_person(person: Person, actor: Actor, action: Action) -> bool:
    if action is Action.OPERATE:
        return holds(actor, Role.OPERATOR, person.unit_path)
    return may_record(actor, action, member_id=person.id, unit_path=person.unit_path)


def get_unit(unit_id: int, *, member: Actor, role: Role) -> OrgUnit:
    """The unit, where the person holds `role`; raises NotFound otherwise."""
    unit = db.session.get(OrgUnit, unit_id)
    if unit is None or not holds(member, role, unit.path):
        raise NotFound(_("没有找到这个单位。"))
    return unit


def get_first_unit(*, member: Actor, role: Role) -> OrgUnit:
    """The highest unit on which the person holds `role`; raises Forbidden when there is none."""
    paths = sorted(member.paths(role), key=len)
    if not paths:
        raise Forbidden(_("你没有做这件事的权限。"))
    return db.session.scalars(select(OrgUnit).where(OrgUnit.path == paths[0])).one()


def find_unit_by_code(code: str) -> OrgUnit | None:
    """The unit with that code; for commands and imports, which name units by code."""
    return db.session.scalar(select(OrgUnit).where(OrgUnit.code == code.strip()))


def list_units_below(path: str) -> Sequence[OrgUnit]:
    """The unit at `path` and all below, parents before children, in the tree's order."""
    units = db.session.scalars(select(OrgUnit).where(OrgUnit.path.like(f"{path}%"))).all()
    position = {unit.id: (unit.position, unit.id) for unit in units}

    def place(unit: OrgUnit) -> list[tuple[int, int]]:
        ids = [int(part) for part in unit.path.strip("/").split("/")]
        return [position.get(unit_id, (0, unit_id)) for unit_id in ids]

    return sorted(units, key=place)


def list_units_with_role(member: Actor, role: Role) -> Sequence[OrgUnit]:
    """All units on which the person holds `role`, directly or from above."""
    found: dict[int, OrgUnit] = {}
    for path in sorted(set(member.paths(role))):
        found |= {unit.id: unit for unit in list_units_below(path)}
    return list(found.values())


def supervised_by(actor: Actor) -> ColumnElement[bool]:
    """The condition on `people` that the person's records are the asker's to supervise."""
    paths = actor.paths(Role.MANAGER)
    return or_(*(OrgUnit.path.like(f"{path}%") for path in paths)) if paths else false()


def search_people(member: Actor, *, text: str = "", unit_path: str = "") -> Select[tuple[int, ...]]:
    """The people whose accounts the asker may operate, by number or name, in one subtree."""
    mine = [OrgUnit.path.like(f"{path}%") for path in member.paths(Role.OPERATOR)]
    query = people().where(or_(false(), *mine)).order_by(OrgUnit.path, Member.number)
    if text:
        query = query.where(
            or_(
                Member.number.contains(text, autoescape=True),
                Member.name.contains(text, autoescape=True),
            )
        )
    if unit_path:
        query = query.where(OrgUnit.path.like(f"{unit_path}%"))
    return query  # type: ignore[return-value]


def list_grants(member_id: int) -> Sequence[tuple[RoleGrant, OrgUnit]]:
    """What a person is entrusted with today, with the units."""
    query = (
        select(RoleGrant, OrgUnit)
        .join(OrgUnit, OrgUnit.id == RoleGrant.unit_id)
        .where(RoleGrant.member_id == member_id, current_on(RoleGrant, today()))
        .order_by(RoleGrant.id)
    )
    return [(grant, unit) for grant, unit in db.session.execute(query)]


def list_sessions(member: Actor) -> Sequence[SignInSession]:
    """The person's own sign-ins that are still open, newest first."""
    query = select(SignInSession).where(
        SignInSession.member_id == member.id,
        SignInSession.revoked_at.is_(None),
        SignInSession.expires_at > clock.now(),
    )
    return db.session.scalars(query.order_by(SignInSession.seen_at.desc())).all()
