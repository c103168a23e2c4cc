"""What a report is made of, whatever it is written to: typed columns, sheets and their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

Value = str | int | Decimal | date | None
Row = Sequence[Value]


class Type(StrEnum):
    """What the cells of a column hold; it decides format and alignment."""

    TEXT = "text"
    COUNT = "count"  # whole numbers
    HOURS = "hours"  # credit hours, exact decimals
    SHARE = "share"  # a fraction from 0 to 1, shown as a percentage
    DURATION = "duration"  # whole seconds, shown as h:mm:ss
    DAY = "day"  # a calendar day


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what its cells hold, and how wide it is in characters."""

    title: str
    type: Type = Type.TEXT
    width: int = 10
    is_summed: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name and lines above it that say what it is; `rows` may be a stream."""

    name: str
    headline: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    total_label: str = ""  # the first cell of the totals row; empty for no such row


class Totals:
    """The sums of the summed columns, gathered while the rows pass by."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._summed = [at for at, column in enumerate(columns) if column.is_summed]
        self._sums: dict[int, Decimal | int] = dict.fromkeys(self._summed, 0)

    def add(self, row: Row) -> None:
        """Take one row into the sums; empty cells count as nothing."""
        for at in self._summed:
            value = row[at]
            if isinstance(value, int | Decimal):
                self._sums[at] += value

    def row(self, label: str, columns: int) -> list[Value]:
        """The totals row: the label, and a sum under each summed column."""
        return [label if at == 0 else self._sums.get(at) for at in range(columns)]


def text_width(text: str) -> int:
    """How many narrow characters a text is wide: Chinese characters count two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def duration_text(seconds: int) -> str:
    """Seconds as h:mm:ss, with as many hours as there are."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def sheet_name(name: str, taken: Iterable[str] = ()) -> str:
    """A name that Excel accepts for a sheet: 31 characters, none of []:*?/\\, none twice."""
    clean = "".join("·" if c in "[]:*?/\\" or ord(c) < 32 else c for c in name).strip("' ")
    clean = clean[:31].rstrip("' ") or "1"
    used = {other.casefold() for other in taken}
    number = 2
    unique = clean
    while unique.casefold() in used:
        suffix = f" {number}"
        unique = clean[: 31 - len(suffix)] + suffix
        number += 1
    return unique
