"""Points of the check-in kind: days with study, and how many of them follow each other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from lms.study.months import Month

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Points:
    """One point for each day of the month on which something was studied."""

    points: int
    streak: int  # days without a gap up to today, or to yesterday while today is still open


def points_of(days: Collection[date], *, month: Month, today: date) -> Points:
    """The points of `month`, and the streak as of `today`, from all days with study."""
    studied = frozenset(days)
    last = today if today in studied else today - ONE_DAY
    streak = 0
    while last - streak * ONE_DAY in studied:
        streak += 1
    return Points(sum(month.first_on <= day <= month.last_on for day in studied), streak)
