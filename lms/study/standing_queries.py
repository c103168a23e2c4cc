"""Reading what months of members rest on: membership, requirements, exemptions, totals."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, and_, or_, select, type_coerce

from lms.db import db, exact, is_one_of
from lms.members.models import Membership, OrgUnit, RoleGrant
from lms.study.clock_state import load
from lms.study.credit import Rules, from_data
from lms.study.models import (
    ClosedMonth,
    Exemption,
    Requirement,
    StudyClock,
    StudyMonth,
    StudyRule,
)
from lms.study.months import Month
from lms.study.requirements import CarryOver, Terms
from lms.study.standing import KINDS, NOTHING, ZERO, Basis, Frozen, Totals


def load_basis(
    member_ids: Sequence[int] | None, first: Month, last: Month, *, today: date, rules: Rules
) -> Basis:
    """Load what the months from `first` to `last` need; carry-over may reach further back.

    Without `member_ids` only what is common to all is loaded; `add_members` then adds the rest.
    """
    terms = list_terms()
    if any(one.carry_over is CarryOver.YEAR for one in terms):
        first = min(first, first.year_start)
    elif any(one.carry_over is CarryOver.QUARTER for one in terms):
        first = min(first, first.quarter_start)
    roles = _roles(member_ids) if any(one.role for one in terms) else {}
    basis = Basis(first, last, today, terms, roles)
    basis.personal = frozenset(one.member_id for one in terms if one.member_id is not None)
    if member_ids is not None:
        add_members(basis, member_ids, rules=rules)
    return basis


def add_members(basis: Basis, member_ids: Sequence[int], *, rules: Rules) -> None:
    """Load what concerns these members, in place of what was loaded for others."""
    basis.forget()
    _load_stays(basis, member_ids)
    _load_totals(basis, member_ids, basis.first.until(basis.last))
    _load_rest(basis, member_ids, rules)


def add_rows(basis: Basis, rows: Sequence[Any], *, rules: Rules) -> None:
    """The same for rows that bring the last month's sums along, as `with_last_month` adds them.

    Each has `id`, `unit_id` and `unit_path`.
    """
    basis.forget()
    key, totals, sums = basis.last.key, basis.totals, -len(_SUMS)
    member_ids = [row.id for row in rows]
    for member_id, row in zip(member_ids, rows, strict=True):
        if (seconds := row[sums - 1]) is not None:
            totals[member_id, key] = Totals(seconds, *map(exact, row[sums:]))
    settled = {one: row for one, row in zip(member_ids, rows, strict=True) if row[sums - 2]}
    basis.settled = settled
    _load_stays(basis, [one for one in member_ids if one not in settled])
    _load_totals(basis, member_ids, basis.first.until(basis.last)[:-1])
    _load_rest(basis, member_ids, rules)


def with_last_month(query: Select[Any], basis: Basis) -> Select[Any]:
    """A query of members and memberships with the sums of the basis's last month as last columns.

    `is_settled` says that the membership covers all months of the basis, `seconds` is empty for
    whom the projection has no row.
    """
    table, stay = StudyMonth.__table__, Membership.__table__.c
    covers = and_(
        stay.since_on <= basis.first.first_on,
        or_(stay.until_on.is_(None), stay.until_on >= basis.last.last_on),
    )
    mine = and_(table.c.member_id == stay.member_id, table.c.month == basis.last.key)
    columns = (covers.label("is_settled"), table.c.seconds, *_SUMS)
    return query.outerjoin(table, mine).add_columns(*columns)


def _load_rest(basis: Basis, member_ids: Sequence[int], rules: Rules) -> None:
    _load_exemptions(basis, member_ids)
    _load_open(basis, member_ids, rules)
    _load_frozen(basis, member_ids)


def list_terms() -> tuple[Terms, ...]:
    """All published requirements as the rules see them."""
    query = select(Requirement, OrgUnit.path).join(OrgUnit, OrgUnit.id == Requirement.unit_id)
    return tuple(
        Terms(
            id=row.id,
            unit_path=path,
            since=Month.from_key(row.since_month),
            month_hours=row.month_hours,
            year_hours=row.year_hours,
            required_part_hours=row.required_part_hours,
            carry_over=row.carry_over,
            role=row.role.value if row.role else None,
            member_id=row.member_id,
        )
        for row, path in db.session.execute(query.order_by(Requirement.id))
    )


def find_rules(day: date) -> Rules:
    """The rules in force on `day`; the plain ones where none were put down yet."""
    query = select(StudyRule.data).where(StudyRule.effective_on <= day)
    newest = query.order_by(StudyRule.effective_on.desc(), StudyRule.id.desc())
    data = db.session.scalars(newest).first()
    return from_data(data) if data else Rules()


def _roles(member_ids: Sequence[int] | None) -> dict[int, frozenset[str]]:
    query = select(RoleGrant.member_id, RoleGrant.role).where(RoleGrant.until_on.is_(None))
    if member_ids is not None:
        query = query.where(RoleGrant.member_id.in_(member_ids))
    held: dict[int, set[str]] = defaultdict(set)
    for member_id, role in db.session.execute(query):
        held[member_id].add(role.value)
    return {member_id: frozenset(roles) for member_id, roles in held.items()}


def _load_stays(basis: Basis, member_ids: Sequence[int]) -> None:
    if not member_ids:
        return
    table = Membership.__table__.c
    query = (
        select(
            table.member_id,
            table.since_on,
            table.until_on,
            table.unit_id,
            OrgUnit.path.label("unit_path"),
        )
        .join(OrgUnit, OrgUnit.id == table.unit_id)
        .where(
            is_one_of(table.member_id, member_ids),
            table.since_on <= basis.last.last_on,
            or_(table.until_on.is_(None), table.until_on >= basis.first.first_on),
        )
        .order_by(table.since_on)
    )
    for stay in db.session.execute(query):
        basis.stays[stay.member_id].append(stay)


def _load_exemptions(basis: Basis, member_ids: Sequence[int]) -> None:
    table = Exemption.__table__.c
    query = select(table.member_id, table.since_on, table.until_on, table.kind).where(
        is_one_of(table.member_id, member_ids),
        table.ended_at.is_(None),
        table.since_on <= basis.last.last_on,
        or_(table.until_on.is_(None), table.until_on >= basis.first.first_on),
    )
    for member_id, *exemption in db.session.execute(query):
        basis.exempt[member_id].append(tuple(exemption))


def _load_totals(basis: Basis, member_ids: Sequence[int], months: Sequence[Month]) -> None:
    table = StudyMonth.__table__.c
    query = select(table.member_id, table.month, table.seconds, *_SUMS).where(
        is_one_of(table.member_id, member_ids), table.month.in_([month.key for month in months])
    )
    for row in db.session.execute(query) if months else ():
        basis.totals[row[0], row[1]] = Totals(row[2], *map(exact, row[3:]))


# Fetched as the whole numbers that are stored, and made decimals with the help of `exact`.
_SUMS = tuple(
    type_coerce(StudyMonth.__table__.c[name], BigInteger).label(name)
    for name in ("credit", "required_credit", *(f"{kind}_credit" for kind in KINDS))
)


def _load_open(basis: Basis, member_ids: Sequence[int], rules: Rules) -> None:
    table = StudyClock.__table__.c
    query = select(table.member_id, table.open_on, table.open_seconds, table.state).where(
        is_one_of(table.member_id, member_ids), table.is_open, table.open_seconds > 0
    )
    for member_id, open_on, seconds, state in db.session.execute(query):
        seat = load(state).seat
        key = (member_id, Month.of(open_on).key)
        totals = basis.totals.get(key, NOTHING)
        credit = rules.for_online(seconds)
        required = credit if seat and seat.is_required else ZERO
        basis.totals[key] = totals._replace(
            seconds=totals.seconds + seconds,
            credit=totals.credit + credit,
            required_credit=totals.required_credit + required,
            online=totals.online + credit,
        )


def _load_frozen(basis: Basis, member_ids: Sequence[int]) -> None:
    table = ClosedMonth.__table__.c
    query = select(
        table.member_id,
        table.month,
        table.seconds,
        table.credit,
        table.carried,
        table.required,
        table.status,
    ).where(
        is_one_of(table.member_id, member_ids),
        table.month.between(basis.first.key, basis.last.key),
    )
    for member_id, month, *values in db.session.execute(query):
        basis.frozen[member_id, month] = Frozen(*values)
