"""What is asked of a member in a month and where they stand: pro rata, carry-over, pace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum

from lms.study.months import Month

ZERO = Decimal(0)
TENTH = Decimal("0.1")
ANNUAL_PRESETS = (32, 56, 90)

# A member is behind once the days left would have to bear this much more than an even share.
HARDEST_PACE = Decimal("1.5")

Period = tuple[date, date | None]  # first day, last day that still counts


class CarryOver(StrEnum):
    """How long surplus hours of a month count for later ones."""

    NONE = "none"  # each month stands alone
    QUARTER = "quarter"  # until the quarter ends
    YEAR = "year"  # until the year ends


class Status(StrEnum):
    """Where a member stands in a month."""

    MET = "met"  # has all the hours
    ON_TRACK = "on_track"  # the days left suffice at an ordinary pace
    BEHIND = "behind"  # would have to hurry, or the month is over
    EXEMPT = "exempt"  # nothing is asked


@dataclass(frozen=True, slots=True)
class Terms:
    """One published version of what is asked, as the rules see it."""

    id: int
    unit_path: str
    since: Month
    month_hours: Decimal | None
    year_hours: Decimal | None = None
    required_part_hours: Decimal | None = None
    carry_over: CarryOver = CarryOver.NONE
    role: str | None = None
    member_id: int | None = None

    @property
    def base_hours(self) -> Decimal:
        """The hours of a full month: as written, or a twelfth of the year's."""
        if self.month_hours is not None:
            return self.month_hours
        return (self.year_hours or ZERO) / 12

    @property
    def year_total(self) -> Decimal:
        """The hours of a full year: as written, or twelve months'."""
        return self.year_hours if self.year_hours is not None else 12 * (self.month_hours or ZERO)


def applicable(
    terms: Iterable[Terms], *, month: Month, unit_path: str, member_id: int, roles: frozenset[str]
) -> Terms | None:
    """The version that applies: a person's own first, then a role's, then the nearest unit's.

    Within one scope the newest version that has begun counts.
    """
    best: Terms | None = None
    best_rank: tuple[int, int, int, int] = (-1, 0, 0, 0)
    for candidate in terms:
        if candidate.since > month or not unit_path.startswith(candidate.unit_path):
            continue
        if candidate.member_id is not None and candidate.member_id != member_id:
            continue
        if candidate.role is not None and candidate.role not in roles:
            continue
        scope = 2 if candidate.member_id is not None else 1 if candidate.role is not None else 0
        rank = (scope, len(candidate.unit_path), candidate.since.key, candidate.id)
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best


def obliged_days(month: Month, belongs: Sequence[Period], exempt: Sequence[Period]) -> int:
    """On how many days of the month the member belonged to the organisation and was not exempt."""
    if len(belongs) == 1 and not exempt:
        first_on, last_on = _within(month, belongs[0])
        return max(0, (last_on - first_on).days + 1)
    days = {day for period in belongs for day in _days(month, period)}
    days -= {day for period in exempt for day in _days(month, period)}
    return len(days)


def required_hours(terms: Terms | None, *, month: Month, days: int) -> Decimal:
    """What is asked in `month` of somebody obliged on `days` of its days, to a tenth of an hour."""
    if terms is None:
        return ZERO
    share = terms.base_hours * days / month.days
    return share.quantize(TENTH, rounding=ROUND_HALF_UP)


def required_part(terms: Terms | None, *, month: Month, days: int) -> Decimal | None:
    """How much of it the required part asks for, pro rata alike; None where nothing is set."""
    if terms is None or terms.required_part_hours is None:
        return None
    share = terms.required_part_hours * days / month.days
    return share.quantize(TENTH, rounding=ROUND_HALF_UP)


def carried_hours(
    carry_over: CarryOver, month: Month, history: dict[Month, tuple[Decimal, Decimal]]
) -> Decimal:
    """The surplus that earlier months of the period hand on to `month`.

    `history` gives (required, earned) of earlier months; a deficit is not handed on.
    """
    if carry_over is CarryOver.NONE:
        return ZERO
    start = month.quarter_start if carry_over is CarryOver.QUARTER else month.year_start
    surplus = ZERO
    for earlier in start.until(month)[:-1]:
        required, earned = history.get(earlier, (ZERO, ZERO))
        surplus = max(ZERO, surplus + earned - required)
    return surplus


def status_of(
    *, required: Decimal, earned: Decimal, month: Month, today: date, days: int | None = None
) -> Status:
    """Where somebody stands on `today` who has `earned`, carried hours included.

    `days` are those on which they are obliged, all of the month by default: the even share of
    somebody who joined late is that of the days since.
    """
    return _status(required, earned, _least(required, days or month.days, month, today))


Least = tuple[int, Decimal] | None


def _least(required: Decimal, days: int, month: Month, today: date) -> Least:
    """Who is still on track has earned so much, both given times `days`; None: no day is left.

    (required - earned) / left is compared with HARDEST_PACE * required / days, without dividing.
    """
    left = days_left(month, today)
    return (days, required * days - HARDEST_PACE * required * left) if left else None


def _status(required: Decimal, earned: Decimal, least: Least) -> Status:
    if required <= ZERO:
        return Status.EXEMPT
    if earned >= required:
        return Status.MET
    if least is None or earned * least[0] < least[1]:
        return Status.BEHIND
    return Status.ON_TRACK


@dataclass(frozen=True, slots=True)
class Asked:
    """What a month asks; one value for all of whom the same is asked."""

    terms: Terms | None
    required: Decimal
    part: Decimal | None  # of it the required part
    least: Least
    is_over: bool

    def status(self, earned: Decimal, required_credit: Decimal) -> Status:
        """Where somebody stands who has `earned`, carried hours included."""
        status = _status(self.required, earned, self.least)
        if status is Status.MET and self.part and required_credit < self.part:
            return Status.BEHIND if self.is_over else Status.ON_TRACK
        return status


def asked_of(terms: Terms | None, *, month: Month, days: int, today: date) -> Asked:
    """What `terms` ask in `month` of those who are obliged on `days` of its days."""
    required = required_hours(terms, month=month, days=days)
    return Asked(
        terms=terms,
        required=required,
        part=required_part(terms, month=month, days=days) if required else None,
        least=_least(required, days or month.days, month, today),
        is_over=month.last_on < today,
    )


def days_left(month: Month, today: date) -> int:
    """The days of the month that can still be used, today included."""
    if today < month.first_on:
        return month.days
    return max(0, (month.last_on - today).days + 1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the pace so far leads to."""

    missing: Decimal  # credit hours
    finish_on: date | None  # at this pace, when within the month
    days_left: int
    minutes_a_day: int  # what each day left would have to bear


def outlook(
    *, required: Decimal, earned: Decimal, month: Month, today: date, minutes_per_credit: int
) -> Outlook:
    """How the month will end at the pace so far, and what would still make it."""
    missing = max(ZERO, required - earned)
    left = days_left(month, today)
    finish_on = None
    passed = month.days - left + 1
    if missing and earned > 0 and left and today >= month.first_on:
        needed = (missing * passed / earned).to_integral_value(rounding=ROUND_CEILING)
        if needed <= left - 1:
            finish_on = today + timedelta(days=int(needed))
    minutes = (
        (missing * minutes_per_credit / left).to_integral_value(ROUND_CEILING) if left else ZERO
    )
    return Outlook(missing, finish_on, left, int(minutes))


def _within(month: Month, period: Period) -> tuple[date, date]:
    since_on, until_on = period
    return max(since_on, month.first_on), min(until_on or month.last_on, month.last_on)


def _days(month: Month, period: Period) -> Iterable[date]:
    first_on, last_on = _within(month, period)
    return (first_on + timedelta(days=step) for step in range((last_on - first_on).days + 1))
