"""Long lists a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, func, select

from lms.db import db

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: `number` counts from 1."""

    items: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        """Whether a further page follows."""
        return self.number < self.last


def page_number() -> int:
    """The page that the address asks for; nonsense is the first page."""
    text = request.args.get("page", "1")
    return max(1, min(int(text), 1_000_000)) if text.isdecimal() and len(text) < 9 else 1


def paginate(query: Select[Any], *, size: int = 20, scalars: bool = True) -> Page[Any]:
    """Run `query` for the page asked for; `scalars` gives first columns instead of rows."""
    total = (
        db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    )
    number = min(page_number(), max(1, -(-total // size)))
    result = db.session.execute(query.limit(size).offset((number - 1) * size))
    items = result.scalars().unique().all() if scalars else result.all()
    return Page(items, number, size, total)
