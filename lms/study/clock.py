"""The study clock: what the server counts of the time between two reports of an open page.

One clock belongs to one member. It is held by one window at a time, and everything that it counts
lies after everything that it counted before, so that counted time can neither overlap nor exceed
the wall clock, whatever is sent. What a page says can only lower what the server measured.

Plain values in and out: moments are milliseconds, the wall clock, the zone (as `day_end`) and
chance (as `draw`) are arguments.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum

from lms.study.attention import judge_check, maybe_ask, next_check
from lms.study.clock_state import Beat, Clock, Closed, Seat, Steady, Step, Waiting
from lms.study.media_ranges import accept, length, merge
from lms.study.spans import JITTER_MS, DayEnd, Reason, Stretch, extend

GAP_MS = 45_000  # the longest time between two reports that counts
SILENCE_MS = 600_000  # after this the span has ended
LEAVE_MS = 60_000  # a page that said goodbye is waited for this long: it may only be reloading
SLOWEST_RATE = 2  # media may be played at half speed: this many wall seconds for one of media
MOST_SESSIONS = 8  # of how many windows the last sequence number is remembered


class Verdict(StrEnum):
    """What a report is, before anything is counted."""

    OVER = "over"  # its window is too old to be known; it has to open a new session
    REPEATED = "repeated"  # seen before, or overtaken by a later one
    ELSEWHERE = "elsewhere"  # another window is being counted
    TAKES = "takes"  # the clock passes to its window, which needs a seat
    HOLDS = "holds"  # its window holds the clock


def judge(clock: Clock, beat: Beat, at_ms: int) -> Verdict:
    """What `beat` is when it arrives at `at_ms`."""
    last = dict(clock.seen).get(beat.session)
    if last is None and beat.session <= clock.forgotten:
        return Verdict.OVER
    if last is not None and beat.sequence <= last:
        return Verdict.REPEATED
    if clock.session == beat.session and clock.seat is not None:
        return Verdict.HOLDS
    if clock.session and not beat.take_over and _is_live(clock, at_ms):
        return Verdict.ELSEWHERE
    return Verdict.TAKES


def _is_live(clock: Clock, at_ms: int) -> bool:
    return clock.is_active and abs(at_ms - clock.beat_at_ms) <= GAP_MS


def step(
    clock: Clock,
    beat: Beat,
    at_ms: int,
    *,
    day_end: DayEnd,
    seat: Seat | None = None,
    draw: float = 0.5,
    steady: Steady | None = None,
) -> Step:
    """The clock after a report; `seat` is needed when `judge` says TAKES.

    `draw`, from 0 up to 1, decides when the next attention check comes. `steady` is a second
    reading, of a clock that nobody sets: no more counts than it says has passed. Raises ValueError
    for a report that is over or for a missing seat.
    """
    verdict = judge(clock, beat, at_ms)
    if verdict is Verdict.OVER:
        raise ValueError("the session is over")
    if verdict is Verdict.REPEATED:
        return Step(clock, None)
    clock = _note_sequence(clock, beat)
    if verdict is Verdict.ELSEWHERE:
        return Step(_let_wait(clock, beat, at_ms), Reason.ELSEWHERE)
    real_ms = _really_passed(clock, at_ms, steady)
    clock = replace(clock, steady=steady)
    if verdict is Verdict.TAKES:
        if seat is None or seat.item != beat.item:
            raise ValueError("a window that takes the clock needs its own seat")
        return _take(clock, beat, at_ms, seat, day_end=day_end, draw=draw)
    return _count(clock, beat, at_ms, real_ms, day_end=day_end, draw=draw)


def _really_passed(clock: Clock, at_ms: int, steady: Steady | None) -> int:
    """The time since the holder's last report: the wall's, or less where the wall was put on."""
    wall_ms, before = at_ms - clock.beat_at_ms, clock.steady
    if steady is None or before is None or steady[0] != before[0] or steady[1] < before[1]:
        return wall_ms
    return min(wall_ms, steady[1] - before[1])


def _note_sequence(clock: Clock, beat: Beat) -> Clock:
    seen = dict(clock.seen)
    seen.pop(beat.session, None)
    seen[beat.session] = beat.sequence
    forgotten = clock.forgotten
    while len(seen) > MOST_SESSIONS:
        oldest = min(number for number in seen if number not in (beat.session, clock.session))
        del seen[oldest]
        forgotten = max(forgotten, oldest)
    return replace(clock, seen=tuple(seen.items()), forgotten=forgotten)


def _let_wait(clock: Clock, beat: Beat, at_ms: int) -> Clock:
    if not beat.is_active or (clock.seat and clock.seat.item == beat.item):
        return clock
    kept = [waiting for waiting in clock.waiting if waiting.session != beat.session]
    known = next((w for w in clock.waiting if w.session == beat.session), None)
    since_ms = min(known.since_ms, at_ms) if known else at_ms
    kept.append(Waiting(beat.session, beat.item, since_ms, at_ms))
    return replace(clock, waiting=tuple(kept[-MOST_SESSIONS:]))


def _take(
    clock: Clock, beat: Beat, at_ms: int, seat: Seat, *, day_end: DayEnd, draw: float
) -> Step:
    same = clock.seat is not None and clock.seat.item == seat.item
    left = clock if clock.seat is not None and not same else None
    clock, closed = _leave_window(clock, at_ms, same, day_end)
    if same and clock.seat is not None:
        seat = replace(seat, item_before_ms=clock.seat.item_before_ms)
    clock = replace(
        clock,
        session=beat.session,
        seat=replace(seat, frontier_ms=max(seat.frontier_ms, _frontier(clock, same))),
        beat_at_ms=at_ms,
        is_active=beat.is_active,
        pause=beat.reason,
        is_left=beat.is_left,
        media_budget_ms=min(0, clock.media_budget_ms),
        last_ranges=(),
        fresh_ranges=clock.fresh_ranges if same else (),
        position_ms=beat.position_ms,
        reached_end=clock.reached_end and same,
        check=None,
        since_check_ms=0,
        next_check_ms=next_check(seat, draw),
        handed_ms=clock.handed_ms if same else seat.item_before_ms,
        fraction=clock.fraction if same else 0.0,
        is_completed=clock.is_completed and same,
    )
    clock, waited = _start_after_waiting(clock, at_ms, day_end)
    return Step(clock, Reason.OPENED, (*closed, *waited), left)


def _leave_window(
    clock: Clock, at_ms: int, same: bool, day_end: DayEnd
) -> tuple[Clock, tuple[Closed, ...]]:
    """Take leave of the holder: for the same item its span goes on, else it ends."""
    silent_ms = at_ms - clock.beat_at_ms
    if not same or clock.span is None or not 0 <= silent_ms <= SILENCE_MS:
        return _end_span(clock)
    clock = replace(clock, span=clock.span.settle(Reason.ATTENTION))
    return _lay(clock, [Stretch(Reason.OPENED, silent_ms)], clock.beat_at_ms, day_end)


def _frontier(clock: Clock, same: bool) -> int:
    return clock.seat.frontier_ms if same and clock.seat else 0


def _start_after_waiting(
    clock: Clock, at_ms: int, day_end: DayEnd
) -> tuple[Clock, tuple[Closed, ...]]:
    """Begin the new holder's span with the time for which it had to wait."""
    own = next((w for w in clock.waiting if w.session == clock.session), None)
    clock = replace(clock, waiting=tuple(w for w in clock.waiting if w.session != clock.session))
    if own is None or clock.span is not None or not 0 < at_ms - own.since_ms <= SILENCE_MS:
        return clock, ()
    waited = Stretch(Reason.ELSEWHERE, at_ms - own.since_ms)
    return _lay(clock, [waited], own.since_ms, day_end)


def _count(
    clock: Clock, beat: Beat, at_ms: int, real_ms: int, *, day_end: DayEnd, draw: float
) -> Step:
    wall_ms = at_ms - clock.beat_at_ms
    if wall_ms < 0 or wall_ms > SILENCE_MS:
        clock, closed = _end_span(clock)
        clock = replace(
            clock, span=None, last_ranges=(), media_budget_ms=min(0, clock.media_budget_ms)
        )
        reason = Reason.CLOCK if wall_ms < 0 else Reason.GAP
        return Step(_after(clock, beat, at_ms), reason, closed)
    clock, answered = judge_check(clock, beat, at_ms, draw)
    clock, media_ms, media_reason = _take_ranges(clock, beat, real_ms)
    counted_ms, reason = _cut(clock, beat, at_ms, real_ms, media_ms, media_reason)
    if (clock.check is not None and clock.check.is_missed) or answered is False:
        counted_ms, reason = 0, Reason.ATTENTION
    kind = Reason.PENDING if clock.check is not None else Reason.COUNTED
    parts = _parts(clock, counted_ms, reason, at_ms, kind, day_end)
    laid_ms = sum(part.counted_ms for part in parts)
    if laid_ms < counted_ms:
        reason = Reason.DAY_CAP
    clock, closed = _lay(clock, parts, clock.beat_at_ms, day_end)
    clock = _after(clock, beat, at_ms)
    clock = maybe_ask(clock, laid_ms, at_ms)
    return Step(clock, _told(counted_ms, laid_ms, wall_ms, reason), closed, counted_ms=laid_ms)


def _told(counted_ms: int, laid_ms: int, wall_ms: int, reason: Reason) -> Reason:
    """What to tell the window: that its time counts, unless something took a real part of it."""
    if laid_ms and (wall_ms - laid_ms <= JITTER_MS or reason in (Reason.CLAIM, Reason.GAP)):
        return Reason.COUNTED
    if wall_ms <= JITTER_MS and reason in (Reason.CLAIM, Reason.CLOCK):
        return Reason.COUNTED
    return reason


def _cut(
    clock: Clock, beat: Beat, at_ms: int, real_ms: int, media_ms: int | None, media_reason: Reason
) -> tuple[int, Reason]:
    """How much of the time since the last report counts, and what took the rest."""
    seat = clock.seat
    fresh_from_ms = max(clock.beat_at_ms, clock.counted_until_ms)
    limits = [
        (max(0, at_ms - fresh_from_ms), Reason.CLOCK),
        (real_ms, Reason.CLOCK if at_ms - clock.beat_at_ms - real_ms > JITTER_MS else Reason.CLAIM),
        (beat.claim_ms, beat.reason if clock.is_active else clock.pause),
        (GAP_MS, Reason.GAP),
    ]
    if media_ms is not None:
        limits.append((media_ms, media_reason))
    if seat is not None and seat.item_cap_ms is not None:
        reserved_ms = clock.span.reserved_ms if clock.span else 0
        left_ms = max(0, seat.item_cap_ms - seat.item_before_ms - reserved_ms)
        limits.append((left_ms, Reason.ITEM_CAP))
    return min(limits, key=lambda limit: limit[0])


def _parts(
    clock: Clock, counted_ms: int, reason: Reason, at_ms: int, kind: Reason, day_end: DayEnd
) -> list[Stretch]:
    """The time since the last report as stretches, the counted ones first, cut by the day's cap."""
    start_ms = clock.beat_at_ms
    parts = []
    if clock.counted_until_ms > start_ms:
        waited_ms = min(clock.counted_until_ms, at_ms) - start_ms
        parts.append(Stretch(Reason.CLOCK, waited_ms))
        start_ms += waited_ms
    left_ms = counted_ms
    while left_ms > 0:
        day, end_ms = day_end(start_ms)
        piece_ms = min(left_ms, end_ms - start_ms)
        allowed_ms = min(piece_ms, _day_left(clock, day))
        parts += [
            Stretch(kind, allowed_ms, allowed_ms),
            Stretch(Reason.DAY_CAP, piece_ms - allowed_ms),
        ]
        start_ms, left_ms = start_ms + piece_ms, left_ms - piece_ms
    rest_ms = at_ms - start_ms
    parts = [part for part in parts if part.length_ms]
    if rest_ms <= JITTER_MS and reason is Reason.CLAIM and parts and parts[-1].reason is kind:
        last = parts.pop()
        parts.append(Stretch(kind, last.length_ms + rest_ms, last.counted_ms))
    elif rest_ms > 0:
        parts.append(Stretch(reason, rest_ms))
    return parts


def _day_left(clock: Clock, day: date) -> int:
    cap_ms = clock.seat.day_cap_ms if clock.seat else 0
    if day < clock.day:
        return 0
    used_ms = clock.day_before_ms if day == clock.day else 0
    if clock.span is not None and clock.span.day == day:
        used_ms += clock.span.reserved_ms
    return max(0, cap_ms - used_ms)


def _lay(
    clock: Clock, parts: list[Stretch], start_ms: int, day_end: DayEnd
) -> tuple[Clock, tuple[Closed, ...]]:
    """Add stretches to the open span; spans that end at midnight come back closed."""
    if not any(part.length_ms for part in parts):
        return clock, ()
    span, ended = extend(clock.span, start_ms, parts, day_end)
    at_ms, until_ms = start_ms, clock.counted_until_ms
    for part in parts:
        at_ms += part.length_ms
        if part.counted_ms:
            until_ms = max(until_ms, at_ms)
    clock = replace(clock, counted_until_ms=until_ms)
    closed: list[Closed] = []
    for old in ended:
        clock, one = _end_span(replace(clock, span=old))
        closed += one
    return replace(clock, span=span if span.stretches else None), tuple(closed)


def _end_span(clock: Clock) -> tuple[Clock, tuple[Closed, ...]]:
    """Take the open span off the clock and keep its sums; whole seconds only go to the ledger."""
    if clock.span is None or clock.seat is None:
        return replace(clock, span=None), ()
    span = clock.span.settle(Reason.ATTENTION).trimmed()
    whole_ms = span.counted_ms // 1000 * 1000
    day, day_before_ms = clock.day, clock.day_before_ms
    if whole_ms and span.day >= day:
        day_before_ms = whole_ms + (day_before_ms if span.day == day else 0)
        day = span.day
    seat = replace(clock.seat, item_before_ms=clock.seat.item_before_ms + whole_ms)
    clock = replace(clock, seat=seat, span=None, day=day, day_before_ms=day_before_ms)
    return clock, (Closed(seat.item, span, seat.is_required),) if span.is_worth_keeping else ()


def _after(clock: Clock, beat: Beat, at_ms: int) -> Clock:
    position_ms = clock.position_ms if beat.position_ms is None else beat.position_ms
    return replace(
        clock,
        beat_at_ms=at_ms,
        is_active=beat.is_active,
        pause=beat.reason,
        is_left=beat.is_left,
        position_ms=position_ms,
        reached_end=clock.reached_end or beat.reached_end,
    )


def _take_ranges(clock: Clock, beat: Beat, real_ms: int) -> tuple[Clock, int | None, Reason]:
    """Accept played ranges; how much time they can stand for (None: no media), or why not."""
    seat = clock.seat
    if seat is None or seat.duration_ms <= 0:
        return clock, None, Reason.PAUSED
    allowed_ms = clock.media_budget_ms + real_ms * seat.rate_percent // 100
    accepted = accept(
        beat.ranges,
        duration_ms=seat.duration_ms,
        budget_ms=min(allowed_ms, SILENCE_MS * seat.rate_percent // 100),
        before=clock.last_ranges,
        frontier_ms=seat.frontier_ms,
        no_skip=seat.no_skip,
    )
    clock = replace(
        clock,
        seat=replace(seat, frontier_ms=accepted.frontier_ms),
        media_budget_ms=accepted.budget_ms,
        last_ranges=accepted.ranges,
        fresh_ranges=merge((*clock.fresh_ranges, *accepted.ranges)),
    )
    reason = Reason.PAUSED
    if accepted.is_refused:
        reason = Reason.RANGES
    elif accepted.is_skipping:
        reason = Reason.SKIPPED
    return clock, length(accepted.ranges) * SLOWEST_RATE, reason


def is_expired(clock: Clock, at_ms: int) -> bool:
    """Whether nothing more is expected of the open span."""
    silent_ms = abs(at_ms - clock.beat_at_ms)
    return silent_ms > SILENCE_MS or (clock.is_left and silent_ms > LEAVE_MS)


def close(clock: Clock, *, day_end: DayEnd) -> Step:
    """End everything that is open: the span of the holder, and what other windows waited for."""
    left = clock if clock.seat is not None else None
    clock, closed = _end_span(clock)
    waited = []
    for waiting in clock.waiting:
        length_ms = waiting.until_ms - waiting.since_ms
        if length_ms > JITTER_MS:
            parts = [Stretch(Reason.ELSEWHERE, length_ms)]
            span, ended = extend(None, waiting.since_ms, parts, day_end)
            waited += [Closed(waiting.item, one) for one in (*ended, span) if one.stretches]
    clock = replace(clock, seat=None, session=0, span=None, is_active=False, waiting=())
    return Step(clock, None, (*closed, *waited), left)
