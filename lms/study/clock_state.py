"""What the study clock knows between two reports, as values and as stored text."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from lms.study.media_ranges import Ranges
from lms.study.spans import Reason, Span, decode, encode

Item = tuple[str, int]  # kind and id of the subject
Steady = tuple[str, int]  # which clock that nobody sets, and its milliseconds


@dataclass(frozen=True, slots=True)
class Seat:
    """The item that the holder of the clock studies, with its limits at that time."""

    item: Item
    item_before_ms: int = 0  # counted for it in spans that have ended
    item_cap_ms: int | None = None
    day_cap_ms: int = 8 * 3_600_000
    duration_ms: int = 0  # zero for a text
    frontier_ms: int = 0  # how far the media has been watched without a hole
    no_skip: bool = False
    rate_percent: int = 200
    attention_every_ms: int = 0  # zero: no checks
    attention_limit_ms: int = 60_000
    is_required: bool = False  # counts for the required part


@dataclass(frozen=True, slots=True)
class Check:
    """An attention check that was shown and not yet answered."""

    number: int
    asked_at_ms: int
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A window that is open while another one is counted."""

    session: int
    item: Item
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Everything that is known between two reports; a new one counts nothing yet."""

    session: int = 0  # the window that holds the clock
    seat: Seat | None = None
    seen: tuple[tuple[int, int], ...] = ()  # the last sequence number of each window
    forgotten: int = 0  # windows up to this number that are not in `seen` are over
    beat_at_ms: int = 0
    steady: Steady | None = None  # read together with it
    counted_until_ms: int = 0
    is_active: bool = False  # the holder said that study goes on
    pause: Reason = Reason.CLAIM  # why not, where it does not
    is_left: bool = False  # the holder said goodbye
    span: Span | None = None
    day: date = date.min  # the last day on which something was counted, and how much in ended spans
    day_before_ms: int = 0
    media_budget_ms: int = 0
    last_ranges: Ranges = ()  # of the report before
    fresh_ranges: Ranges = ()  # accepted and not yet handed down
    position_ms: int | None = None
    reached_end: bool = False
    check: Check | None = None
    checks: int = 0  # how many have been asked
    since_check_ms: int = 0
    next_check_ms: int = 0
    waiting: tuple[Waiting, ...] = ()
    handed_ms: int = 0  # how much of the item the part that keeps progress has been told of
    fraction: float = 0.0  # and what it answered
    is_completed: bool = False

    @property
    def item_counted_ms(self) -> int:
        """What has been counted for the item on the seat, in all spans."""
        before = self.seat.item_before_ms if self.seat else 0
        return before + (self.span.counted_ms if self.span else 0)


@dataclass(frozen=True, slots=True)
class Beat:
    """One report of a window, its shape already checked."""

    session: int
    sequence: int
    item: Item
    claim_ms: int  # active time since the last report that was answered
    is_active: bool = True  # study goes on after this report
    reason: Reason = Reason.CLAIM  # why not, where it does not
    is_left: bool = False
    take_over: bool = False
    ranges: Ranges = ()
    position_ms: int | None = None
    reached_end: bool = False
    answer: int | None = None  # number of the attention check that was answered


@dataclass(frozen=True, slots=True)
class Closed:
    """A span that has ended, for the ledger."""

    item: Item
    span: Span
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a report made of the clock. `left` is the clock whose item was left for another."""

    clock: Clock
    reason: Reason | None  # what the time since the last report was; None: a repeated report
    closed: tuple[Closed, ...] = ()
    left: Clock | None = None
    counted_ms: int = 0


def dump(clock: Clock) -> str:
    """The clock as text; `load` gives back an equal one."""
    values: dict[str, Any] = {}
    for field in _CLOCK_FIELDS:
        value = getattr(clock, field)
        if value != getattr(_NEW, field):
            values[field] = value
    if clock.seat is not None:
        values["seat"] = [getattr(clock.seat, field) for field in _SEAT_FIELDS]
    if clock.span is not None:
        span = clock.span
        values["span"] = [span.day.isoformat(), span.start_ms, encode(span.stretches)]
    if clock.day != _NEW.day:
        values["day"] = clock.day.isoformat()
    if clock.check is not None:
        check = clock.check
        values["check"] = [check.number, check.asked_at_ms, check.is_missed]
    if clock.waiting:
        values["waiting"] = [[w.session, w.item, w.since_ms, w.until_ms] for w in clock.waiting]
    return json.dumps(values, separators=(",", ":"))


def load(text: str) -> Clock:
    """The clock that `dump` wrote; empty text is a new one."""
    if not text:
        return _NEW
    values = json.loads(text)
    for name in ("seen", "last_ranges", "fresh_ranges"):
        if name in values:
            values[name] = tuple((a, b) for a, b in values[name])
    if "seat" in values:
        seat = values["seat"]
        values["seat"] = Seat((seat[0][0], seat[0][1]), *seat[1:])
    if "span" in values:
        day, start_ms, stretches = values["span"]
        values["span"] = Span(date.fromisoformat(day), start_ms, decode(stretches))
    for name, read in _READ.items():
        if name in values:
            values[name] = read(values[name])
    if "waiting" in values:
        values["waiting"] = tuple(
            Waiting(session, (item[0], item[1]), since, until)
            for session, item, since, until in values["waiting"]
        )
    return Clock(**values)


_READ: dict[str, Callable[[Any], Any]] = {
    "steady": tuple,
    "pause": Reason,
    "day": date.fromisoformat,
    "check": lambda values: Check(*values),
}
_NEW = Clock()
_CLOCK_FIELDS = tuple(field.name for field in fields(Clock))
_SEAT_FIELDS = tuple(field.name for field in fields(Seat))
