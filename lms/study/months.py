"""The organisation's months as values: order, arithmetic, bounds and the quarter they stand in."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One calendar month."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and 1900 <= self.year <= 9998):
            raise ValueError(f"no such month: {self.year}-{self.number}")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that `day` lies in."""
        return cls(day.year, day.month)

    @classmethod
    def from_key(cls, key: int) -> "Month":
        """The month written as one number, 202611."""
        return cls(*divmod(key, 100))

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month written as 2026-11; raises ValueError for anything else."""
        year, _, number = text.partition("-")
        if not (len(year) == 4 and len(number) == 2 and (year + number).isascii()):
            raise ValueError(f"not a month: {text!r}")
        return cls(int(year), int(number))

    @property
    def key(self) -> int:
        """The month as one number that sorts, 202611."""
        return self.year * 100 + self.number

    @property
    def first_on(self) -> date:
        """Its first day."""
        return _bounds(self.year, self.number)[0]

    @property
    def last_on(self) -> date:
        """Its last day."""
        return _bounds(self.year, self.number)[1]

    @property
    def days(self) -> int:
        """How many days it has."""
        return _bounds(self.year, self.number)[1].day

    def plus(self, months: int) -> "Month":
        """The month so many later, or earlier for a negative number."""
        year, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, index + 1)

    def until(self, last: "Month") -> list["Month"]:
        """This month and all that follow up to and with `last`."""
        span = (last.year - self.year) * 12 + last.number - self.number
        return [self.plus(step) for step in range(span + 1)]

    @property
    def quarter_start(self) -> "Month":
        """The first month of its quarter."""
        return Month(self.year, (self.number - 1) // 3 * 3 + 1)

    @property
    def year_start(self) -> "Month":
        """January of its year."""
        return Month(self.year, 1)


@lru_cache(maxsize=512)
def _bounds(year: int, number: int) -> tuple[date, date]:
    last = calendar.monthrange(year, number)[1]
    return date(year, number, 1), date(year, number, last)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_at(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of a moment in `zone`."""
    return moment.astimezone(zone).date()


def to_ms(moment: datetime) -> int:
    """A moment as whole milliseconds since 1970; the unit in which study time is added up."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The moment that `to_ms` gave, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def day_and_end(at_ms: int, zone: ZoneInfo) -> tuple[date, int]:
    """The calendar day of a moment in `zone`, and the millisecond at which the next one begins."""
    day = day_at(from_ms(at_ms), zone)
    return day, to_ms(midnight(day + timedelta(days=1), zone))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
