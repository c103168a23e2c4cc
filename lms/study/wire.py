"""The wire format of a beat, both ways: JSON values in, a Beat out; a Clock in, JSON values out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.study.clock_state import Beat, Clock, Item
from lms.study.spans import Reason

MOST_RANGES = 200
LONGEST_SECONDS = 10_000_000
LARGEST_NUMBER = 2**53

STATES = {
    "active": Reason.CLAIM,
    "hidden": Reason.HIDDEN,
    "idle": Reason.IDLE,
    "paused": Reason.PAUSED,
    "left": Reason.HIDDEN,
}

# What stops the time from counting further, whatever the page does.
STOPS = frozenset(
    {
        Reason.ELSEWHERE,
        Reason.ATTENTION,
        Reason.ITEM_CAP,
        Reason.DAY_CAP,
        Reason.SKIPPED,
        Reason.RANGES,
        Reason.CLOCK,
    }
)


class Malformed(ValueError):
    """A beat that is not of the documented shape; the message names the field."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a beat is answered with."""

    counting: bool  # whether the time from now on counts
    reason: str  # what the time since the last beat was
    counted_seconds: int  # of this item, all sessions together
    fraction: float
    completed: bool
    check: tuple[int, int] | None  # number and seconds left of an open attention check

    def to_json(self) -> dict[str, Any]:
        """The answer as documented."""
        check = {"number": self.check[0], "seconds": self.check[1]} if self.check else None
        return {
            "counting": self.counting,
            "reason": self.reason,
            "counted_seconds": self.counted_seconds,
            "fraction": self.fraction,
            "completed": self.completed,
            "check": check,
        }


def read_beat(values: Mapping[str, Any], *, session: int, item: Item) -> Beat:
    """The beat in a JSON object; raises Malformed. Whose session it is was found out before."""
    state = values.get("state", "active")
    if not isinstance(state, str) or state not in STATES:
        raise Malformed("state")
    position = values.get("position")
    answer = values.get("answer")
    return Beat(
        session=session,
        sequence=_whole(values, "sequence"),
        item=item,
        claim_ms=_milliseconds(values.get("active_seconds", 0), "active_seconds"),
        is_active=state == "active",
        reason=STATES[state],
        is_left=state == "left",
        take_over=_flag(values, "take_over"),
        ranges=_ranges(values.get("ranges", [])),
        position_ms=None if position is None else _milliseconds(position, "position"),
        reached_end=_flag(values, "at_end"),
        answer=None if answer is None else _whole(values, "answer"),
    )


def write_answer(clock: Clock, *, session: int, reason: Reason | None, at_ms: int) -> Answer:
    """What to tell the window `session` when its beat made `reason` of the time before."""
    holds = clock.session == session and clock.seat is not None
    counting = holds and clock.is_active and reason not in STOPS
    check = None
    if holds and clock.check is not None and clock.seat is not None:
        until_ms = clock.check.asked_at_ms + clock.seat.attention_limit_ms
        check = (clock.check.number, max(0, until_ms - at_ms) // 1000)
    word = "repeated" if reason is None else reason.name.lower()
    return Answer(
        counting=counting,
        reason=word,
        counted_seconds=clock.item_counted_ms // 1000 if holds else 0,
        fraction=clock.fraction if holds else 0.0,
        completed=clock.is_completed and holds,
        check=check,
    )


def _whole(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < LARGEST_NUMBER:
        raise Malformed(name)
    return value


def _flag(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise Malformed(name)
    return value


def _milliseconds(value: Any, name: str) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Malformed(name)
    if not 0 <= value <= LONGEST_SECONDS:
        raise Malformed(name)
    return int(value * 1000)


def _ranges(value: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or len(value) > MOST_RANGES:
        raise Malformed("ranges")
    ranges = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Malformed("ranges")
        start_ms, end_ms = (_milliseconds(edge, "ranges") for edge in pair)
        if end_ms < start_ms:
            raise Malformed("ranges")
        ranges.append((start_ms, end_ms))
    return tuple(ranges)
