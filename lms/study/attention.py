"""Attention checks: when one is asked, what an answer makes of the time that waited for it."""

from dataclasses import replace

from lms.study.clock_state import Beat, Check, Clock, Seat
from lms.study.spans import Reason

GRACE_MS = 20_000  # how late the answer to an attention check may arrive


def judge_check(clock: Clock, beat: Beat, at_ms: int, draw: float) -> tuple[Clock, bool | None]:
    """Settle an open attention check: True answered in time, False answered late, None neither."""
    check, seat = clock.check, clock.seat
    if check is None or seat is None:
        return clock, None
    is_late = check.is_missed or at_ms > check.asked_at_ms + seat.attention_limit_ms + GRACE_MS
    if beat.answer == check.number:
        clock = replace(clock, check=None, since_check_ms=0, next_check_ms=next_check(seat, draw))
        return _settle(clock, Reason.ATTENTION if is_late else Reason.COUNTED), not is_late
    if is_late and not check.is_missed:
        clock = replace(clock, check=replace(check, is_missed=True))
        clock = _settle(clock, Reason.ATTENTION)
    return clock, None


def _settle(clock: Clock, reason: Reason) -> Clock:
    return replace(clock, span=clock.span.settle(reason) if clock.span else None)


def maybe_ask(clock: Clock, counted_ms: int, at_ms: int) -> Clock:
    """The clock with a check asked at `at_ms`, if the time counted since the last one says so."""
    clock = replace(clock, since_check_ms=clock.since_check_ms + counted_ms)
    due = clock.next_check_ms and clock.since_check_ms >= clock.next_check_ms
    if not due or clock.check is not None or not clock.is_active:
        return clock
    number = clock.checks + 1
    return replace(clock, check=Check(number, at_ms), checks=number)


def next_check(seat: Seat, draw: float) -> int:
    """After how much counted time the next check comes: half to one and a half times the usual."""
    return int(seat.attention_every_ms * (0.5 + draw))
