"""Where a person stands over several months: sums, and a status that agrees with the months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from lms.study.credit import CreditKind
from lms.study.requirements import Status

ZERO = Decimal(0)


class MonthOfMember(Protocol):
    """What is needed of one month of one person; lms.study.queries.MemberMonth has it."""

    @property
    def member_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def unit_path(self) -> str: ...
    @property
    def credit(self) -> Decimal: ...
    @property
    def correction(self) -> Decimal: ...
    @property
    def carried(self) -> Decimal: ...
    @property
    def required(self) -> Decimal: ...
    @property
    def seconds(self) -> int: ...
    @property
    def status(self) -> Status: ...
    @property
    def by_kind(self) -> Mapping[CreditKind, Decimal]: ...
    @property
    def exemption(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PeriodStanding:
    """One person over a period; unit and name as they were last in it."""

    member_id: int
    number: str
    name: str
    unit_id: int
    unit_name: str
    unit_path: str
    required: Decimal
    carried: Decimal  # surplus of earlier months that counts for the first one
    credit: Decimal  # of a closed month as it was frozen
    correction: Decimal  # entered after the month was closed
    seconds: int
    by_kind: Mapping[CreditKind, Decimal]
    status: Status
    exemption: str
    has_query: bool = False  # a question about the record waits for an answer

    @property
    def earned(self) -> Decimal:
        """What counts towards the requirement."""
        return self.credit + self.carried

    @property
    def missing(self) -> Decimal:
        """What is still to be earned."""
        return max(ZERO, self.required - self.earned)

    @property
    def fraction(self) -> float:
        """How much of what is required has been earned, 0 to 1."""
        if self.required <= 0:
            return 1.0
        return float(min(Decimal(1), self.earned / self.required))


def combine(months: Sequence[Sequence[MonthOfMember]], *, is_over: bool) -> list[PeriodStanding]:
    """One line a person over `months`, oldest first, in the order of the newest month.

    Over one month the status is the month's own. Over several, all hours together decide: met when
    they suffice, behind when the period is over or the newest month is behind, else on track.
    """
    if len(months) == 1:
        return [of_one_month(month) for month in months[0]]
    found: dict[int, PeriodStanding] = {}
    for month in reversed(months):
        for one in month:
            later = found.get(one.member_id)
            found[one.member_id] = _joined(later, one) if later else of_one_month(one)
    return [replace(one, status=_status(one, is_over)) for one in found.values()]


def of_one_month(month: MonthOfMember) -> PeriodStanding:
    """The line of a person over one month only; the status is the month's own."""
    return PeriodStanding(
        member_id=month.member_id,
        number=month.number,
        name=month.name,
        unit_id=month.unit_id,
        unit_name=month.unit_name,
        unit_path=month.unit_path,
        required=month.required,
        carried=month.carried,
        credit=month.credit,
        correction=month.correction,
        seconds=month.seconds,
        by_kind=month.by_kind,
        status=month.status,
        exemption=month.exemption,
    )


def _joined(later: PeriodStanding, earlier: MonthOfMember) -> PeriodStanding:
    kinds = {*later.by_kind, *earlier.by_kind}
    return replace(
        later,
        required=later.required + earlier.required,
        # Surplus between months of the period is in the sums already.
        carried=earlier.carried,
        credit=later.credit + earlier.credit,
        correction=later.correction + earlier.correction,
        seconds=later.seconds + earlier.seconds,
        by_kind={
            kind: later.by_kind.get(kind, ZERO) + earlier.by_kind.get(kind, ZERO) for kind in kinds
        },
        exemption=later.exemption or earlier.exemption,
    )


def _status(one: PeriodStanding, is_over: bool) -> Status:
    if one.required <= 0:
        return Status.EXEMPT
    if one.earned + one.correction >= one.required:
        return Status.MET
    return Status.BEHIND if is_over or one.status is Status.BEHIND else Status.ON_TRACK
