"""The drawn paper of one attempt as it is stored: sections, slots, versions, order of options."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.quizzes.definition import plain_decimal


@dataclass(frozen=True, slots=True)
class SheetSection:
    """A heading of the drawn paper."""

    title: str
    instructions: str


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One question as it was asked: `slot` counts from 1, `order` holds the shown option keys."""

    slot: int
    section: int
    question_id: int
    version_id: int
    digest: str
    points: Decimal
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole drawn paper."""

    sections: tuple[SheetSection, ...]
    items: tuple[SheetItem, ...]

    @property
    def max_points(self) -> Decimal:
        """The sum of the points of all questions."""
        return sum((item.points for item in self.items), Decimal(0))

    def item(self, slot: int) -> SheetItem | None:
        """The question at `slot`, or None."""
        return self.items[slot - 1] if 1 <= slot <= len(self.items) else None


NO_SHEET = Sheet((), ())


def sheet_to_json(sheet: Sheet) -> dict[str, Any]:
    """What is stored with the attempt; short, because every attempt carries it."""
    return {
        "sections": [[section.title, section.instructions] for section in sheet.sections],
        "items": [
            [
                item.section,
                item.question_id,
                item.version_id,
                item.digest,
                plain_decimal(item.points),
                list(item.order),
            ]
            for item in sheet.items
        ],
    }


def sheet_from_json(data: dict[str, Any]) -> Sheet:
    """The inverse of `sheet_to_json`."""
    return Sheet(
        tuple(SheetSection(title, instructions) for title, instructions in data["sections"]),
        tuple(
            SheetItem(slot, section, question, version, name, Decimal(points), tuple(order))
            for slot, (section, question, version, name, points, order) in enumerate(
                data["items"], 1
            )
        ),
    )
