"""What the generator is asked for, and what all of its rows rest on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lms.db import Base
from lms.study.months import Month

Rows = Iterator[tuple[type[Base], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How large, over which months, and from which seed."""

    members: int = 1_000
    members_per_unit: int = 25
    units_per_unit: int = 8  # how many units stand below each
    courses: int = 20
    lessons_per_course: int = 8
    months: int = 3
    entries_per_month: int = 8  # of a member, on average
    last_on: str = "2026-11-20"  # nothing is studied after this day
    studies: float = 0.9  # the share of members who study at all
    seed: int = 7

    @property
    def units(self) -> int:
        """How many units, the root included."""
        return 1 + -(-self.members // self.members_per_unit)

    @property
    def last_day(self) -> date:
        """The last day of study."""
        return date.fromisoformat(self.last_on)

    def month_list(self) -> list[Month]:
        """The months, oldest first."""
        last = Month.of(self.last_day)
        return [last.plus(step) for step in range(1 - self.months, 1)]


@dataclass(frozen=True, slots=True)
class Ids:
    """The first free id of each table before anything is written."""

    unit: int
    member: int
    course: int
    chapter: int
    lesson: int
    rule: int
    title: int
    entry: int


def moment(day: date, hour: float) -> datetime:
    """A moment of the day, told by the clock of UTC+8."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def unit_of(plan: Plan, n: int) -> int:
    """The place of member `n`'s unit in the tree: blocks of neighbours share a unit."""
    return 1 + n // plan.members_per_unit if plan.units > 1 else 0
