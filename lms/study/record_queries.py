"""Reading the record: a month's days, their items, and the spans behind each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from lms.db import db
from lms.members.models import Member
from lms.study.clock_state import load
from lms.study.models import EntryKind, StudyClock, StudyEntry
from lms.study.months import Month, from_ms, to_ms
from lms.study.spans import Reason, Span, Stretch, decode
from lms.study.standing_queries import find_rules
from lms.study.subjects import title_of

ZERO = Decimal(0)
LEVELS = (1, 15 * 60, 30 * 60, 60 * 60)  # from how many seconds on a day is darker


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a span with the moments it began and ended; its number counts from one."""

    number: int
    reason: Reason
    started_at: datetime
    ended_at: datetime
    seconds: int
    counted_seconds: int


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the ledger as it is shown; `id` is None for the span that is still open."""

    id: int | None
    kind: EntryKind
    title: str
    seconds: int
    credit: Decimal
    reason: str
    actor_name: str
    recorded_at: datetime | None
    pieces: tuple[Piece, ...] = ()
    is_reversed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is still being counted."""
        return self.id is None


@dataclass(frozen=True, slots=True)
class Item:
    """All that a day has for one lesson, document, test or meeting."""

    title: str
    lines: tuple[Line, ...]

    @property
    def seconds(self) -> int:
        """Counted time."""
        return sum(line.seconds for line in self.lines)

    @property
    def credit(self) -> Decimal:
        """Credit hours."""
        return sum((line.credit for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the record."""

    day: date
    items: tuple[Item, ...] = ()

    @property
    def seconds(self) -> int:
        """Counted time."""
        return sum(item.seconds for item in self.items)

    @property
    def credit(self) -> Decimal:
        """Credit hours."""
        return sum((item.credit for item in self.items), ZERO)


@dataclass(frozen=True, slots=True)
class HeatDay:
    """One day of the calendar: `level` from 0 to 4 by how long was studied."""

    day: date
    seconds: int

    @property
    def level(self) -> int:
        """How dark the day is shown."""
        return sum(self.seconds >= least for least in LEVELS)


@dataclass(slots=True)
class _Lines:
    by_day: dict[date, list[tuple[Any, Line]]] = field(default_factory=dict)

    def add(self, day: date, key: Any, line: Line) -> None:
        self.by_day.setdefault(day, []).append((key, line))


def list_days(member_id: int, month: Month) -> list[Day]:
    """The days of the month on which something was entered, newest first."""
    lines = _Lines()
    entries = _entries(member_id, month)
    reversed_ids = frozenset(entry.reverses_id for entry, _name in entries)
    for entry, actor_name in entries:
        line = _line(entry, actor_name, reversed_ids=reversed_ids)
        key = (entry.subject_kind, entry.subject_id or -entry.id)
        lines.add(entry.day_on, key, line)
    _add_open(lines, member_id, month)
    return [
        Day(day, tuple(_items(lines.by_day[day]))) for day in sorted(lines.by_day, reverse=True)
    ]


def lines_of(days: Sequence[Day]) -> list[Line]:
    """All lines of these days."""
    return [line for day in days for item in day.items for line in item.lines]


def list_heat(member_id: int, last_on: date, *, weeks: int = 26) -> list[HeatDay]:
    """Every day of so many weeks up to `last_on`, oldest first."""
    first_on = last_on - timedelta(days=weeks * 7 - 1 - (6 - last_on.weekday()))
    first_on -= timedelta(days=first_on.weekday())
    query = (
        select(StudyEntry.day_on, func.sum(StudyEntry.seconds))
        .where(StudyEntry.member_id == member_id, StudyEntry.day_on >= first_on)
        .group_by(StudyEntry.day_on)
    )
    seconds = {day: int(total) for day, total in db.session.execute(query)}
    clock = db.session.get(StudyClock, member_id)
    if clock is not None and clock.open_on is not None:
        seconds[clock.open_on] = seconds.get(clock.open_on, 0) + clock.open_seconds
    days = (last_on - first_on).days + 1
    return [
        HeatDay(day, seconds.get(day, 0))
        for day in (first_on + timedelta(days=step) for step in range(days))
    ]


def list_study_days(member_id: int, since_on: date) -> list[date]:
    """The days since then on which time was counted, the open span's day among them."""
    query = (
        select(StudyEntry.day_on)
        .where(StudyEntry.member_id == member_id, StudyEntry.day_on >= since_on)
        .group_by(StudyEntry.day_on)
        .having(func.sum(StudyEntry.seconds) > 0)
    )
    days = list(db.session.scalars(query))
    clock = db.session.get(StudyClock, member_id)
    if clock is not None and clock.open_on is not None and clock.open_seconds:
        days.append(clock.open_on)
    return days


def _entries(member_id: int, month: Month) -> Sequence[Any]:
    query = (
        select(StudyEntry, Member.name)
        .outerjoin(Member, Member.id == StudyEntry.actor_id)
        .where(
            StudyEntry.member_id == member_id,
            StudyEntry.day_on.between(month.first_on, month.last_on),
        )
        .order_by(StudyEntry.day_on, StudyEntry.id)
    )
    return db.session.execute(query).all()


def _line(
    entry: StudyEntry, actor_name: str | None, *, reversed_ids: frozenset[int | None]
) -> Line:
    return Line(
        id=entry.id,
        kind=entry.kind,
        title=entry.title,
        seconds=entry.seconds,
        credit=entry.credit,
        reason=entry.reason,
        actor_name=actor_name or "",
        recorded_at=entry.recorded_at,
        pieces=pieces_of(entry),
        is_reversed=entry.id in reversed_ids,
    )


def pieces_of(entry: StudyEntry) -> tuple[Piece, ...]:
    """The stretches behind an entry; none for what has no span."""
    if not entry.stretches or entry.started_at is None:
        return ()
    return _pieces(Span(entry.day_on, to_ms(entry.started_at), decode(entry.stretches)))


def _pieces(span: Span) -> tuple[Piece, ...]:
    pieces, at_ms = [], span.start_ms
    for number, stretch in enumerate(span.stretches, start=1):
        pieces.append(_piece(number, stretch, at_ms))
        at_ms += stretch.length_ms
    return tuple(piece for piece in pieces if piece.seconds)


def _piece(number: int, stretch: Stretch, at_ms: int) -> Piece:
    return Piece(
        number=number,
        reason=stretch.reason,
        started_at=from_ms(at_ms),
        ended_at=from_ms(at_ms + stretch.length_ms),
        seconds=round(stretch.length_ms / 1000),
        counted_seconds=stretch.counted_ms // 1000,
    )


def _add_open(lines: _Lines, member_id: int, month: Month) -> None:
    row = db.session.get(StudyClock, member_id)
    clock = load(row.state) if row is not None else None
    if clock is None or clock.span is None or clock.seat is None:
        return
    span = clock.span
    if Month.of(span.day) != month:
        return
    seconds = span.counted_ms // 1000
    line = Line(
        id=None,
        kind=EntryKind.ONLINE,
        title=title_of(*clock.seat.item),
        seconds=seconds,
        credit=find_rules(span.day).for_online(seconds),
        reason="",
        actor_name="",
        recorded_at=None,
        pieces=_pieces(span),
    )
    lines.add(span.day, clock.seat.item, line)


def _items(lines: list[tuple[Any, Line]]) -> list[Item]:
    order = {key: place for place, (key, _line) in reversed(list(enumerate(lines)))}
    ranked = sorted(lines, key=lambda pair: order[pair[0]])
    return [
        Item(group[0].title, tuple(group))
        for _key, pairs in groupby(ranked, key=lambda pair: pair[0])
        for group in [[line for _same, line in pairs]]
    ]
