"""What a report covers: a month, a quarter or a year, as values that are written in addresses."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lms.study.months import Month

EARLIEST = Month(2000, 1)
SHAPE = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)


class Span(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """Months that follow one another; written 2026-11, 2026-Q4 or 2026."""

    span: Span
    first: Month

    def __str__(self) -> str:
        if self.span is Span.YEAR:
            return f"{self.first.year:04d}"
        if self.span is Span.QUARTER:
            return f"{self.first.year:04d}-Q{self.quarter}"
        return str(self.first)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The period written as `text`; raises ValueError for anything else."""
        match = SHAPE.fullmatch(text)
        if match is None:
            raise ValueError(f"not a period: {text!r}")
        year = int(match[1])
        if match[3]:
            return cls(Span.MONTH, Month(year, int(match[3])))
        if match[2]:
            return cls(Span.QUARTER, Month(year, int(match[2]) * 3 - 2))
        return cls(Span.YEAR, Month(year, 1))

    @classmethod
    def of(cls, span: Span, month: Month) -> "Period":
        """The period of that length in which `month` lies."""
        first = {Span.MONTH: month, Span.QUARTER: month.quarter_start, Span.YEAR: month.year_start}
        return cls(span, first[span])

    @property
    def quarter(self) -> int:
        """The number of the quarter in which it begins."""
        return (self.first.number + 2) // 3

    @property
    def last(self) -> Month:
        """Its last month."""
        return self.first.plus({Span.MONTH: 0, Span.QUARTER: 2, Span.YEAR: 11}[self.span])

    @property
    def months(self) -> list[Month]:
        """Its months, oldest first."""
        return self.first.until(self.last)

    @property
    def first_on(self) -> date:
        """Its first day."""
        return self.first.first_on

    @property
    def last_on(self) -> date:
        """Its last day."""
        return self.last.last_on

    def plus(self, steps: int) -> "Period":
        """The period of the same length so many later, or earlier for a negative number."""
        return Period(self.span, self.first.plus(steps * len(self.months)))

    def last_begun(self, day: date) -> Month:
        """Its last month that has begun on `day`."""
        return min(self.last, Month.of(day))

    def begun_by(self, day: date) -> bool:
        """Whether it has begun on `day` and does not lie before all records."""
        return self.first >= EARLIEST and self.first_on <= day
