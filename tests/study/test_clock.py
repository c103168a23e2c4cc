"""The study clock: what counts, what does not, and why."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from lms.study.clock import Verdict, close, is_expired, judge, step
from lms.study.clock_state import Beat, Clock, Seat, Step, dump, load
from lms.study.months import day_and_end, to_ms
from lms.study.spans import Reason, decode, encode

ZONE = ZoneInfo("Asia/Shanghai")
DAY_END = partial(day_and_end, zone=ZONE)
NOON = to_ms(datetime(2026, 11, 20, 4, 0, tzinfo=UTC))
TEXT = ("lesson", 1)
CLIP = ("lesson", 2)


class Desk:
    """A member at one clock: sends reports and keeps what was closed."""

    def __init__(self, at_ms: int = NOON) -> None:
        self.at_ms = at_ms
        self.clock = Clock()
        self.closed: list = []
        self.sequence: dict[int, int] = {}

    def beat(
        self,
        after: float = 0,
        *,
        session: int = 1,
        item=TEXT,
        claim: float | None = None,
        seat: Seat | None = None,
        sequence: int | None = None,
        **options,
    ) -> Step:
        self.at_ms += int(after * 1000)
        number = sequence or self.sequence.get(session, 0) + 1
        self.sequence[session] = max(number, self.sequence.get(session, 0))
        claim_ms = int((after if claim is None else claim) * 1000)
        ranges = tuple((int(a * 1000), int(b * 1000)) for a, b in options.pop("ranges", ()))
        beat = Beat(session, number, item, claim_ms, ranges=ranges, **options)
        took = step(self.clock, beat, self.at_ms, day_end=DAY_END, seat=seat or Seat(item))
        self.clock = load(dump(took.clock))
        assert self.clock == took.clock
        self.closed += took.closed
        return took

    def end(self) -> None:
        took = close(self.clock, day_end=DAY_END)
        self.clock = took.clock
        self.closed += took.closed

    @property
    def counted(self) -> float:
        open_ms = self.clock.span.counted_ms if self.clock.span else 0
        return (open_ms + sum(closed.span.counted_ms for closed in self.closed)) / 1000


def test_first_report_counts_nothing_and_the_next_counts_the_time_between():
    desk = Desk()
    assert desk.beat(claim=3600).reason is Reason.OPENED
    assert desk.counted == 0
    assert desk.beat(15).reason is Reason.COUNTED
    assert desk.counted == 15


@pytest.mark.parametrize(
    ("after", "claim", "options", "counted", "reason"),
    [
        (15, 15, {}, 15, Reason.COUNTED),
        (15, 10**9, {}, 15, Reason.COUNTED),  # a claim never raises what the server measured
        (15, 9, {}, 9, Reason.COUNTED),
        (15, 0, {"reason": Reason.HIDDEN, "is_active": False}, 0, Reason.HIDDEN),
        (15, 0, {"reason": Reason.IDLE, "is_active": False}, 0, Reason.IDLE),
        (15, 4, {"reason": Reason.PAUSED, "is_active": False}, 4, Reason.PAUSED),
        (45, 45, {}, 45, Reason.COUNTED),
        (300, 300, {}, 45, Reason.COUNTED),  # the longest gap
        (601, 601, {}, 0, Reason.GAP),  # the span had ended
        (0, 15, {}, 0, Reason.COUNTED),  # no time has passed
    ],
)
def test_what_one_report_counts(after, claim, options, counted, reason):
    desk = Desk()
    desk.beat()
    took = desk.beat(after, claim=claim, **options)
    assert desk.counted == counted
    assert took.reason is reason


def test_repeated_and_overtaken_reports_add_nothing():
    desk = Desk()
    desk.beat()
    desk.beat(15)
    desk.beat(15)
    before = desk.clock
    assert desk.beat(15, sequence=3).reason is None
    assert desk.beat(15, sequence=2).reason is None
    assert desk.clock == before


def test_a_second_window_waits_until_it_takes_over_and_the_first_then_waits():
    desk = Desk()
    desk.beat()
    desk.beat(15)
    assert desk.beat(5, session=2, item=("lesson", 9)).reason is Reason.ELSEWHERE
    desk.beat(10, claim=15)
    assert desk.beat(5, session=2, item=("lesson", 9)).reason is Reason.ELSEWHERE
    assert desk.counted == 30
    took = desk.beat(5, session=2, item=("lesson", 9), take_over=True)
    assert took.reason is Reason.OPENED
    assert took.left is not None and took.left.seat.item == TEXT
    assert [closed.item for closed in took.closed] == [TEXT]
    assert desk.beat(5).reason is Reason.ELSEWHERE
    desk.beat(10, session=2, item=("lesson", 9), claim=15)
    desk.end()
    assert desk.counted == 30 + 15
    evidence = {closed.item: closed.span for closed in desk.closed}
    assert [s.reason for s in evidence[("lesson", 9)].stretches] == [
        Reason.ELSEWHERE,
        Reason.COUNTED,
    ]
    assert evidence[("lesson", 9)].stretches[0].length_ms == 20_000


@pytest.mark.parametrize(
    "last", [{"is_active": False, "reason": Reason.HIDDEN}, {"is_left": True, "is_active": False}]
)
def test_a_hidden_or_closed_window_gives_the_clock_up_by_itself(last):
    desk = Desk()
    desk.beat()
    desk.beat(15, **last)
    assert desk.beat(1, session=2).reason is Reason.OPENED
    desk.beat(14, session=2)
    assert desk.counted == 29


def test_a_reload_of_the_same_item_goes_on_with_the_same_span():
    desk = Desk()
    desk.beat()
    desk.beat(15, is_left=True, is_active=False)
    desk.beat(2, session=2)
    desk.beat(15, session=2)
    desk.end()
    assert len(desk.closed) == 1
    assert encode(desk.closed[0].span.stretches) == "c15000 o2000 c15000"


def test_the_item_cap_holds_over_several_spans():
    desk = Desk()
    seat = Seat(TEXT, item_before_ms=20_000, item_cap_ms=60_000)
    desk.beat(seat=seat)
    for _ in range(5):
        took = desk.beat(15)
    assert desk.counted == 40
    assert took.reason is Reason.ITEM_CAP
    desk.beat(700)
    desk.beat(15)
    assert desk.counted == 40


def test_the_day_cap_holds_over_items_and_is_fresh_after_midnight():
    desk = Desk(to_ms(datetime(2026, 11, 20, 15, 59, 0, tzinfo=UTC)))  # 23:59 in Shanghai
    seat = Seat(TEXT, day_cap_ms=25_000)
    desk.beat(seat=seat)
    desk.beat(15)
    desk.beat(
        1, session=2, item=("document", 4), seat=replace(seat, item=("document", 4)), take_over=True
    )
    took = desk.beat(15, session=2, item=("document", 4))
    assert (desk.counted, took.reason) == (25, Reason.DAY_CAP)
    desk.beat(40, session=2, item=("document", 4))  # ends 11 s into the next day
    desk.end()
    assert desk.counted == 25 + 11
    assert {closed.span.day.day for closed in desk.closed} == {20, 21}


def test_a_span_over_midnight_at_the_end_of_a_month_is_split_to_the_millisecond():
    midnight = to_ms(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    desk = Desk(midnight - 10_400)
    desk.beat()
    desk.beat(15)
    desk.beat(15)
    desk.end()
    november, december = (closed.span for closed in desk.closed)
    assert (november.day.month, december.day.month) == (11, 12)
    assert november.end_ms == december.start_ms == midnight
    assert (november.counted_ms, december.counted_ms) == (10_400, 19_600)


def test_media_counts_only_while_it_plays():
    desk = Desk()
    clip = Seat(CLIP, duration_ms=600_000, item_cap_ms=720_000)
    desk.beat(item=CLIP, seat=clip)
    assert desk.beat(15, item=CLIP, ranges=[(0, 15)]).reason is Reason.COUNTED
    took = desk.beat(15, item=CLIP)  # claims 15 s, played nothing
    assert took.reason is Reason.PAUSED
    assert desk.counted == 15
    assert desk.clock.fresh_ranges == ((0, 15_000),)


def test_double_speed_counts_wall_time_and_is_the_fastest_believed():
    desk = Desk()
    clip = Seat(CLIP, duration_ms=600_000)
    desk.beat(item=CLIP, seat=clip)
    desk.beat(15, item=CLIP, ranges=[(0, 30)])
    assert desk.counted == 15
    took = desk.beat(15, item=CLIP, ranges=[(30, 75)])
    assert took.reason is Reason.RANGES
    assert desk.counted == 15
    assert desk.clock.fresh_ranges == ((0, 30_000),)


def test_ranges_sent_again_after_a_lost_answer_cost_nothing():
    desk = Desk()
    desk.beat(item=CLIP, seat=Seat(CLIP, duration_ms=600_000))
    desk.beat(15, item=CLIP, ranges=[(0, 30)])
    took = desk.beat(15, item=CLIP, claim=30, ranges=[(0, 60)])
    assert took.reason is Reason.COUNTED
    assert desk.clock.fresh_ranges == ((0, 60_000),)


def test_no_skip_leaves_out_what_lies_beyond_the_frontier():
    desk = Desk()
    clip = Seat(CLIP, duration_ms=600_000, no_skip=True, frontier_ms=20_000)
    desk.beat(item=CLIP, seat=clip)
    desk.beat(15, item=CLIP, ranges=[(20, 35)])
    took = desk.beat(15, item=CLIP, ranges=[(400, 415)])
    assert took.reason is Reason.SKIPPED
    assert desk.clock.seat.frontier_ms == 35_000
    desk.beat(15, item=CLIP, ranges=[(10, 25)])  # looking back is free
    assert desk.counted == 30


def test_the_frontier_can_not_creep_faster_than_the_rate():
    desk = Desk()
    desk.beat(item=CLIP, seat=Seat(CLIP, duration_ms=600_000, no_skip=True))
    for at in range(20):
        desk.beat(0.1, item=CLIP, ranges=[(at * 1.4, at * 1.4 + 0.01)])
    assert desk.clock.seat.frontier_ms <= 2 * 2_000 + 2_000


class TestAttention:
    seat = Seat(TEXT, attention_every_ms=60_000, attention_limit_ms=60_000)

    def asked(self) -> Desk:
        desk = Desk()
        desk.beat(seat=self.seat)
        for _ in range(4):
            desk.beat(15)
        assert desk.clock.check is not None and desk.clock.check.number == 1
        return desk

    def test_an_answer_in_time_loses_nothing(self):
        desk = self.asked()
        desk.beat(15)
        assert desk.counted == 60
        desk.beat(5, answer=1)
        assert desk.counted == 80
        assert desk.clock.check is None

    def test_a_missing_answer_stops_counting_from_the_moment_of_asking(self):
        desk = self.asked()
        for _ in range(8):
            took = desk.beat(15)
        assert desk.counted == 60
        assert took.reason is Reason.ATTENTION
        assert desk.beat(15, answer=1).reason is Reason.ATTENTION
        assert desk.beat(15).reason is Reason.COUNTED
        assert desk.counted == 75

    def test_a_wrong_number_is_no_answer(self):
        desk = self.asked()
        desk.beat(15, answer=7)
        assert desk.clock.check is not None

    def test_leaving_while_asked_drops_only_what_waited(self):
        desk = self.asked()
        desk.beat(15)
        desk.end()
        assert desk.counted == 60


@pytest.mark.parametrize("jump", [-3600, 3600, -86400, 86400])
def test_a_jump_of_the_server_clock_makes_no_time(jump):
    desk = Desk()
    desk.beat()
    desk.beat(15)
    desk.at_ms += jump * 1000
    desk.beat(15, claim=10**6)
    assert desk.counted == 15
    desk.beat(15)
    desk.at_ms -= jump * 1000
    desk.beat(15, claim=10**6)
    desk.beat(15)
    desk.end()
    assert desk.counted <= 15 + 15 * 4
    intervals = sorted(i for closed in desk.closed for i in closed.span.counted_intervals())
    assert all(a[1] <= b[0] for a, b in pairwise(intervals))


def test_old_windows_are_over_once_forgotten():
    desk = Desk()
    for session in range(1, 12):
        desk.beat(1, session=session, take_over=True)
    stale = Beat(1, 99, TEXT, 15_000)
    assert judge(desk.clock, stale, desk.at_ms) is Verdict.OVER
    with pytest.raises(ValueError, match="over"):
        step(desk.clock, stale, desk.at_ms, day_end=DAY_END)


def test_silence_and_goodbye_end_the_span():
    desk = Desk()
    desk.beat()
    desk.beat(15)
    assert not is_expired(desk.clock, desk.at_ms + 600_000)
    assert is_expired(desk.clock, desk.at_ms + 600_001)
    desk.beat(15, is_left=True, is_active=False)
    assert not is_expired(desk.clock, desk.at_ms + 60_000)
    assert is_expired(desk.clock, desk.at_ms + 60_001)


def test_jitter_stays_in_one_stretch_without_being_counted():
    desk = Desk()
    desk.beat()
    for _ in range(10):
        desk.beat(15.1, claim=15)
    assert encode(desk.clock.span.stretches) == "c151000/150000"
    assert decode("c151000/150000") == desk.clock.span.stretches


@pytest.mark.parametrize("text", ["x", "c", "c-5", "c5/9", "z5", "c1 ?"])
def test_damaged_evidence_is_not_read(text):
    with pytest.raises(ValueError):
        decode(text)
