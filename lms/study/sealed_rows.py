"""Entries as seals take them: every value in words, whatever the database keeps it as.

The order and the words are never to be changed, or no earlier seal would hold. Values are read as
they are stored, because a value that somebody broke has to be found and must not stop the search.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlalchemy.types import NullType

from lms.db import db, exact
from lms.study.models import StudyEntry, StudyTitle
from lms.study.months import to_ms
from lms.study.seal import digest

ROWS_AT_ONCE = 1000
EPOCH_DAY = date(1970, 1, 1).toordinal()
ENTRY = StudyEntry.__table__
TITLE = StudyTitle.__table__


def as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column without what its type makes of the values."""
    return type_coerce(column, NullType()).label(column.key)


def stored_ms(value: Any) -> int:
    """A moment as it is stored, in whole milliseconds; raises TypeError for what is none."""
    return to_ms(value) if isinstance(value, datetime) else value // 1000


def moment_words(value: Any) -> Any:
    """A moment as in '2026-11-20 04:00:00.000120+00:00', without microseconds where it has none."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC))
    if not isinstance(value, int):
        return value
    seconds, microseconds = divmod(value, 1_000_000)
    days, second = divmod(seconds, 86_400)
    fraction = f".{microseconds:06}" if microseconds else ""
    hour, minute = second // 3600, second // 60 % 60
    return f"{_day_words(days)} {hour:02}:{minute:02}:{second % 60:02}{fraction}+00:00"


@lru_cache(maxsize=1024)
def _day_words(days: int) -> str:
    try:
        return date.fromordinal(EPOCH_DAY + days).isoformat()
    except (ValueError, OverflowError):
        return str(days)


def credit_words(value: Any) -> Any:
    """Credit as in '0.3207'."""
    return exact(value) if isinstance(value, int) else value


def flag_words(value: Any) -> Any:
    """True or False, which SQLite keeps as numbers."""
    return bool(value) if value in (0, 1) else value


# Words of the title are sealed, not where they are kept.
SEALED: dict[str, ColumnElement[Any]] = {
    name: TITLE.c.text if name == "title" else as_stored(ENTRY.c[name])
    for name in (
        *("id", "member_id", "unit_id", "kind", "counts_as", "day_on", "month", "subject_kind"),
        *("subject_id", "title", "seconds", "credit", "is_required", "rule_id", "actor_id"),
        *("reason", "reverses_id", "award_key", "started_at", "stretches", "recorded_at"),
        "recorded_on",
    )
}
_PLACES = {name: place for place, name in enumerate(SEALED)}
_WORDS: tuple[tuple[int, Callable[[Any], Any]], ...] = (
    (_PLACES["credit"], credit_words),
    (_PLACES["is_required"], flag_words),
    (_PLACES["started_at"], moment_words),
    (_PLACES["recorded_at"], moment_words),
)


def digests(day: date) -> Iterator[bytes]:
    """The digests of all that was recorded on `day`, by id."""
    # Also an entry whose title is gone has to be met here.
    query = select(*SEALED.values()).outerjoin_from(ENTRY, TITLE, TITLE.c.id == ENTRY.c.title_id)
    for row in stream(query.where(ENTRY.c.recorded_on == day).order_by(ENTRY.c.id)):
        values = list(row)
        for place, words in _WORDS:
            values[place] = words(values[place])
        yield digest(values[0], values)


def stream(query: Select[Any]) -> Iterator[Any]:
    """The rows as they come: what is proved may be larger than the memory."""
    with db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        yield from rows
