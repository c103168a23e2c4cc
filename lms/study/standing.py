"""Where members stand in a month, from all that a month rests on; nothing is read here."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from lms.study.credit import CreditKind
from lms.study.months import Month
from lms.study.requirements import (
    Asked,
    CarryOver,
    Period,
    Status,
    Terms,
    applicable,
    asked_of,
    carried_hours,
    obliged_days,
)

ZERO = Decimal(0)
KINDS = tuple(CreditKind)


class Totals(NamedTuple):
    """Sums of one member and month, the open span included; the last ones in the order of KINDS."""

    seconds: int = 0
    credit: Decimal = ZERO
    required_credit: Decimal = ZERO
    online: Decimal = ZERO
    offline: Decimal = ZERO
    test: Decimal = ZERO
    reflection: Decimal = ZERO
    adjustment: Decimal = ZERO

    @property
    def by_kind(self) -> dict[CreditKind, Decimal]:
        """The credit under each heading."""
        return dict(zip(KINDS, self[3:], strict=True))


@dataclass(frozen=True, slots=True)
class Frozen:
    """A month as it was when it was closed."""

    seconds: int
    credit: Decimal
    carried: Decimal
    required: Decimal
    status: Status


class Stay(Protocol):
    """A row that tells of a unit to which a member belonged."""

    unit_id: int
    unit_path: str


class DatedStay(Stay, Protocol):
    """The same with its first day and its last, if it has one."""

    since_on: date
    until_on: date | None


class Standing(NamedTuple):
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
    settled: dict[int, Stay] = field(default_factory=dict)  # one unit through all these months
    stays: dict[int, list[DatedStay]] = field(default_factory=lambda: defaultdict(list))  # others
    exempt: dict[int, list[tuple[date, date | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    totals: dict[tuple[int, int], Totals] = field(default_factory=dict)
    frozen: dict[tuple[int, int], Frozen] = field(default_factory=dict)
    personal: frozenset[int] = frozenset()  # the members who have a requirement of their own
    _shared_terms: dict[tuple[str, Month, frozenset[str]], Terms | None] = field(
        default_factory=dict
    )
    _months: dict[Month, "MonthBasis"] = field(default_factory=dict)

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
        return self.of(month).stand(member_id)

    def forget(self) -> None:
        """Make room for other members."""
        for kept in (self.settled, self.stays, self.exempt, self.totals, self.frozen):
            kept.clear()

    def of(self, month: Month) -> "MonthBasis":
        """The same for one month."""
        if month not in self._months:
            self._months[month] = MonthBasis(self, month)
        return self._months[month]


class MonthBasis:
    """What the standings of one month rest on; made for many members, one after the other."""

    def __init__(self, basis: Basis, month: Month) -> None:
        self.basis, self.month, self.key = basis, month, month.key
        self.first_on, self.last_on = month.first_on, month.last_on
        self.usual: dict[str, Asked] = {}  # of the people of a unit for whom nothing is special
        self.shared: dict[tuple[int, int], Asked] = {}

    def stand(self, member_id: int) -> Standing:
        """Where the member stands."""
        basis, key = self.basis, (member_id, self.key)
        totals = basis.totals.get(key, NOTHING)
        asked, stay, exemption = self._ask(member_id)
        if key in basis.frozen:
            return _as_frozen(basis.frozen[key], totals, self.month, stay, exemption)
        carried = self._carried(member_id, asked.terms)
        earned = totals.credit + carried if carried else totals.credit
        status = asked.status(earned, totals.required_credit)
        return Standing(
            self.month, stay, totals, asked.required, carried, status, asked.part, exemption
        )

    def _ask(self, member_id: int) -> tuple[Asked, Stay | None, str]:
        """What is asked of the member; for most it is what is asked of everybody in the unit."""
        basis = self.basis
        stay = basis.settled.get(member_id)
        special = member_id in basis.exempt or member_id in basis.personal
        if stay is None or special or member_id in basis.roles:
            return self._ask_closely(member_id)
        asked = self.usual.get(stay.unit_path)
        if asked is None:
            asked = self.usual[stay.unit_path] = self._ask_closely(member_id)[0]
        return asked, stay, ""

    def _ask_closely(self, member_id: int) -> tuple[Asked, Stay | None, str]:
        basis = self.basis
        stays = basis.stays.get(member_id, ())
        inside = [one for one in stays if self._is_inside(one.since_on, one.until_on)]
        belongs: list[Period] = [(one.since_on, one.until_on) for one in inside]
        stay: Stay | None = inside[-1] if inside else None
        if member_id in basis.settled:
            stay, belongs = basis.settled[member_id], [(self.first_on, None)]
        terms = basis.terms_of(member_id, stay.unit_path, self.month) if stay else None
        exempt = [
            (since_on, until_on, kind)
            for since_on, until_on, kind in basis.exempt.get(member_id, ())
            if self._is_inside(since_on, until_on)
        ]
        days = obliged_days(self.month, belongs, [(since, until) for since, until, _ in exempt])
        # Most people of a unit share terms and days, and with them the result of exact arithmetic.
        key = (terms.id if terms else 0, days)
        if key not in self.shared:
            self.shared[key] = asked_of(terms, month=self.month, days=days, today=basis.today)
        return self.shared[key], stay, exempt[-1][2] if exempt else ""

    def _is_inside(self, since_on: date, until_on: date | None) -> bool:
        return since_on <= self.last_on and (until_on is None or until_on >= self.first_on)

    def _carried(self, member_id: int, terms: Terms | None) -> Decimal:
        if terms is None or terms.carry_over is CarryOver.NONE:
            return ZERO
        history = {}
        for earlier in self.basis.first.until(self.month)[:-1]:
            totals = self.basis.totals.get((member_id, earlier.key), NOTHING)
            asked, _stay, _exemption = self.basis.of(earlier)._ask(member_id)
            history[earlier] = (asked.required, totals.credit)
        return carried_hours(terms.carry_over, self.month, history)


def _as_frozen(
    frozen: Frozen, totals: Totals, month: Month, stay: Stay | None, exemption: str
) -> Standing:
    """A month as it was closed; what was entered later stands beside it."""
    return Standing(
        month,
        stay,
        totals._replace(credit=frozen.credit, seconds=frozen.seconds),
        frozen.required,
        frozen.carried,
        frozen.status,
        exemption=exemption,
        correction=totals.credit - frozen.credit,
        is_closed=True,
    )


NOTHING = Totals()
