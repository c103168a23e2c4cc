"""Reading what months of members rest on: membership, requirements, exemptions, totals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from lms.db import db
from lms.members.models import Membership, OrgUnit, RoleGrant
from lms.study.clock_state import load
from lms.study.credit import CreditKind, Rules, from_data
from lms.study.models import (
    ClosedMonth,
    Exemption,
    Requirement,
    StudyClock,
    StudyMonth,
    StudyRule,
)
from lms.study.months import Month
from lms.study.requirements import (
    CarryOver,
    Period,
    Status,
    Terms,
    applicable,
    carried_hours,
    obliged_days,
    required_hours,
    required_part,
    status_of,
)

ZERO = Decimal(0)
KINDS = tuple(CreditKind)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of one member and month, the open span included; `by_kind` in the order of KINDS."""

    seconds: int = 0
    credit: Decimal = ZERO
    required_credit: Decimal = ZERO
    by_kind: tuple[Decimal, ...] = (ZERO,) * len(KINDS)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A month as it was when it was closed."""

    seconds: int
    credit: Decimal
    carried: Decimal
    required: Decimal
    status: Status


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that a member belonged to a unit."""

    since_on: date
    until_on: date | None
    unit_id: int
    unit_path: str

    def touches(self, month: Month) -> bool:
        """Whether it covers a day of the month."""
        return self.since_on <= month.last_on and (
            self.until_on is None or self.until_on >= month.first_on
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one member stands in one month."""

    month: Month
    stay: Stay | None
    totals: Totals
    required: Decimal
    carried: Decimal
    status: Status
    required_part: Decimal | None = None
    exemption: str = ""
    correction: Decimal = ZERO
    is_closed: bool = False


@dataclass(slots=True)
class Basis:
    """All that the standings of some members in some months rest on."""

    first: Month
    last: Month
    today: date
    terms: tuple[Terms, ...]
    roles: Mapping[int, frozenset[str]] = field(default_factory=dict)
    stays: dict[int, list[Stay]] = field(default_factory=lambda: defaultdict(list))
    exempt: dict[int, list[tuple[date, date | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    totals: dict[tuple[int, int], Totals] = field(default_factory=dict)
    frozen: dict[tuple[int, int], Frozen] = field(default_factory=dict)
    _shared_terms: dict[tuple[str, Month, frozenset[str]], Terms | None] = field(
        default_factory=dict
    )
    _shared_hours: dict[tuple[int, Month, int], Decimal] = field(default_factory=dict)
    personal: frozenset[int] = frozenset()  # the members who have a requirement of their own

    def terms_of(self, member_id: int, unit_path: str, month: Month) -> Terms | None:
        """What applies to the member; looked up once for all who share unit and roles."""
        roles = self.roles.get(member_id, frozenset())
        if member_id in self.personal:
            return applicable(
                self.terms, month=month, unit_path=unit_path, member_id=member_id, roles=roles
            )
        key = (unit_path, month, roles)
        if key not in self._shared_terms:
            self._shared_terms[key] = applicable(
                self.terms, month=month, unit_path=unit_path, member_id=0, roles=roles
            )
        return self._shared_terms[key]

    def stand(self, member_id: int, month: Month) -> Standing:
        """Where the member stands in `month`."""
        totals = self.totals.get((member_id, month.key), NOTHING)
        required, days, terms, stay, exemption = self._required(member_id, month)
        frozen = self.frozen.get((member_id, month.key))
        if frozen is not None:
            return Standing(
                month,
                stay,
                replace(totals, credit=frozen.credit, seconds=frozen.seconds),
                frozen.required,
                frozen.carried,
                frozen.status,
                exemption=exemption,
                correction=totals.credit - frozen.credit,
                is_closed=True,
            )
        carried = self._carried(member_id, month, terms)
        part = required_part(terms, month=month, days=days) if required else None
        status = status_of(
            required=required,
            earned=totals.credit + carried,
            month=month,
            today=self.today,
            days=days,
        )
        if status is Status.MET and part and totals.required_credit < part:
            over = month.last_on < self.today
            status = Status.BEHIND if over else Status.ON_TRACK
        return Standing(
            month, stay, totals, required, carried, status, required_part=part, exemption=exemption
        )

    def _required(
        self, member_id: int, month: Month
    ) -> tuple[Decimal, int, Terms | None, Stay | None, str]:
        stays = [stay for stay in self.stays.get(member_id, ()) if stay.touches(month)]
        if not stays:
            return ZERO, 0, None, None, ""
        stay = stays[-1]
        terms = self.terms_of(member_id, stay.unit_path, month)
        exempt = [
            period
            for period in self.exempt.get(member_id, ())
            if period[0] <= month.last_on and (period[1] is None or period[1] >= month.first_on)
        ]
        belongs: list[Period] = [(stay.since_on, stay.until_on) for stay in stays]
        days = obliged_days(month, belongs, [(since, until) for since, until, _kind in exempt])
        # Most people of a unit share terms and days, and with them the result of exact arithmetic.
        key = (terms.id if terms else 0, month, days)
        if key not in self._shared_hours:
            self._shared_hours[key] = required_hours(terms, month=month, days=days)
        return self._shared_hours[key], days, terms, stay, exempt[-1][2] if exempt else ""

    def _carried(self, member_id: int, month: Month, terms: Terms | None) -> Decimal:
        if terms is None or terms.carry_over is CarryOver.NONE:
            return ZERO
        history = {}
        for earlier in self.first.until(month)[:-1]:
            totals = self.totals.get((member_id, earlier.key), NOTHING)
            history[earlier] = (self._required(member_id, earlier)[0], totals.credit)
        return carried_hours(terms.carry_over, month, history)


NOTHING = Totals()


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
    for kept in (basis.stays, basis.exempt, basis.totals, basis.frozen):
        kept.clear()
    _load_stays(basis, member_ids)
    _load_exemptions(basis, member_ids)
    _load_totals(basis, member_ids)
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


def _load_stays(basis: Basis, member_ids: Iterable[int]) -> None:
    table = Membership.__table__.c
    query = (
        select(table.member_id, table.since_on, table.until_on, table.unit_id, OrgUnit.path)
        .join(OrgUnit, OrgUnit.id == table.unit_id)
        .where(
            table.member_id.in_(member_ids),
            table.since_on <= basis.last.last_on,
            or_(table.until_on.is_(None), table.until_on >= basis.first.first_on),
        )
        .order_by(table.since_on)
    )
    for member_id, *stay in db.session.execute(query):
        basis.stays[member_id].append(Stay(*stay))


def _load_exemptions(basis: Basis, member_ids: Iterable[int]) -> None:
    table = Exemption.__table__.c
    query = select(table.member_id, table.since_on, table.until_on, table.kind).where(
        table.member_id.in_(member_ids),
        table.ended_at.is_(None),
        table.since_on <= basis.last.last_on,
        or_(table.until_on.is_(None), table.until_on >= basis.first.first_on),
    )
    for member_id, *exemption in db.session.execute(query):
        basis.exempt[member_id].append(tuple(exemption))


def _load_totals(basis: Basis, member_ids: Iterable[int]) -> None:
    table = StudyMonth.__table__.c
    credits = [table[f"{kind}_credit"] for kind in KINDS]
    query = select(
        table.member_id, table.month, table.seconds, table.credit, table.required_credit, *credits
    ).where(
        table.member_id.in_(member_ids),
        table.month.between(basis.first.key, basis.last.key),
    )
    for member_id, month, seconds, credit, required, *by_kind in db.session.execute(query):
        basis.totals[member_id, month] = Totals(seconds, credit, required, tuple(by_kind))


def _load_open(basis: Basis, member_ids: Iterable[int], rules: Rules) -> None:
    table = StudyClock.__table__.c
    query = select(table.member_id, table.open_on, table.open_seconds, table.state).where(
        table.member_id.in_(member_ids), table.is_open, table.open_seconds > 0
    )
    for member_id, open_on, seconds, state in db.session.execute(query):
        seat = load(state).seat
        key = (member_id, Month.of(open_on).key)
        totals = basis.totals.get(key, NOTHING)
        credit = rules.for_online(seconds)
        basis.totals[key] = replace(
            totals,
            seconds=totals.seconds + seconds,
            credit=totals.credit + credit,
            required_credit=totals.required_credit
            + (credit if seat and seat.is_required else ZERO),
            by_kind=(totals.by_kind[0] + credit, *totals.by_kind[1:]),
        )


def _load_frozen(basis: Basis, member_ids: Iterable[int]) -> None:
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
        table.member_id.in_(member_ids),
        table.month.between(basis.first.key, basis.last.key),
    )
    for member_id, month, *values in db.session.execute(query):
        basis.frozen[member_id, month] = Frozen(*values)
