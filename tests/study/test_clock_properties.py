"""The study clock under arbitrary windows, losses, repeats, reorderings, clock jumps and lies."""

from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lms.study.clock import Verdict, close, is_expired, judge, step
from lms.study.clock_state import Beat, Clock, Seat, dump, load
from lms.study.media_ranges import accept, length, merge, minus
from lms.study.months import day_and_end
from lms.study.spans import Reason, Span, Stretch, decode, encode, extend

ZONE = ZoneInfo("Asia/Shanghai")
DAY_END = partial(day_and_end, zone=ZONE)
START = 1_795_190_000_000  # some time before midnight of a 21 November
HOUR = 3_600_000

ITEMS = [("lesson", 1), ("lesson", 2), ("document", 1)]
SEATS = {
    ITEMS[0]: Seat(ITEMS[0], item_cap_ms=HOUR),
    ITEMS[1]: Seat(ITEMS[1], duration_ms=600_000, item_cap_ms=720_000, no_skip=True),
    ITEMS[2]: Seat(ITEMS[2], attention_every_ms=60_000),
}
REASONS = st.sampled_from([Reason.CLAIM, Reason.HIDDEN, Reason.IDLE, Reason.PAUSED])
CLAIMS = st.one_of(st.just(15_000), st.integers(0, 10**12))
RANGES = st.lists(st.tuples(st.integers(0, 700_000), st.integers(0, 60_000)), max_size=4).map(
    lambda pairs: tuple((start, start + size) for start, size in pairs)
)


class Study(RuleBasedStateMachine):
    """One member with four windows on three items; `true_ms` is time that really passes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.true_ms = 0  # what a stopwatch shows
        self.skew_ms = 0  # how far the server's clock is off
        self.boot, self.booted_ms = 1, 0  # the machine's steady clock, which nobody sets
        self.has_booted = False  # since the last report that was taken
        self.skew_then_ms = 0  # how far the server's clock was off at that report
        self.closed: list[tuple[tuple[str, int], Span]] = []
        self.sequence = dict.fromkeys(range(1, 5), 0)
        self.sent: list[Beat] = []
        self.item_before: dict[tuple[str, int], int] = {}
        self.arrived: dict[int, int] = {}  # the highest sequence number of each window
        self.arrived_ms = 0  # when the holder's last report arrived

    @property
    def at_ms(self) -> int:
        return START + self.true_ms + self.skew_ms

    def keep(self, took) -> None:
        self.clock = load(dump(took.clock))
        assert self.clock == took.clock
        for one in took.closed:
            self.closed.append((one.item, one.span))
            whole_ms = one.span.counted_ms // 1000 * 1000
            self.item_before[one.item] = self.item_before.get(one.item, 0) + whole_ms

    def arrive(self, beat: Beat) -> None:
        verdict = judge(self.clock, beat, self.at_ms)
        if verdict is Verdict.OVER:
            return
        before, clock_before = self.counted_ms(), self.clock
        seat = None
        if verdict is Verdict.TAKES:
            base = SEATS[beat.item]
            seat = Seat(
                **{name: getattr(base, name) for name in Seat.__slots__}
                | {"item_before_ms": self.item_before.get(beat.item, 0)}
            )
        steady = (f"boot {self.boot}", self.true_ms - self.booted_ms)
        took = step(self.clock, beat, self.at_ms, day_end=DAY_END, seat=seat, steady=steady)
        self.keep(took)
        added_ms = self.counted_ms() - before
        assert added_ms <= beat.claim_ms, "a claim only lowers"
        assert added_ms <= self.true_ms - self.arrived_ms, "no time is made"
        if beat.sequence <= self.arrived.get(beat.session, 0):
            assert added_ms == 0 and took.clock == clock_before, "old reports change nothing"
        if verdict in (Verdict.ELSEWHERE, Verdict.TAKES):
            assert added_ms <= 0, "only the holder's own time counts"
        self.arrived[beat.session] = max(beat.sequence, self.arrived.get(beat.session, 0))
        if verdict in (Verdict.TAKES, Verdict.HOLDS):
            self.arrived_ms = self.true_ms
            self.skew_then_ms, self.has_booted = self.skew_ms, False

    def counted_ms(self) -> int:
        open_ms = self.clock.span.reserved_ms if self.clock.span else 0
        return open_ms + sum(span.counted_ms for _item, span in self.closed)

    @rule(after_ms=st.one_of(st.integers(0, 20_000), st.integers(0, 900_000)))
    def time_passes(self, after_ms: int) -> None:
        self.true_ms += after_ms

    @rule(
        window=st.integers(1, 4),
        after_ms=st.integers(0, 20_000),
        claim_ms=CLAIMS,
        reason=REASONS,
        is_active=st.booleans(),
        is_left=st.booleans(),
        take_over=st.booleans(),
        ranges=RANGES,
        answer=st.one_of(st.none(), st.integers(1, 3)),
        is_lost=st.booleans(),
    )
    def report(self, window: int, after_ms: int, is_lost: bool, **values) -> None:
        self.true_ms += after_ms
        self.sequence[window] += 1
        item = ITEMS[window % 3]
        beat = Beat(window, self.sequence[window], item, **values)
        self.sent.append(beat)
        if not is_lost:
            self.arrive(beat)

    @rule(window=st.integers(1, 4), count=st.integers(2, 12))
    def studies_honestly(self, window: int, count: int) -> None:
        item = ITEMS[window % 3]
        for _ in range(count):
            self.true_ms += 15_000
            self.sequence[window] += 1
            seat = self.clock.seat
            start = seat.frontier_ms if seat and seat.item == item else 0
            ranges = ((start, start + 15_000),) if SEATS[item].duration_ms else ()
            number = self.clock.check.number if self.clock.check else None
            beat = Beat(window, self.sequence[window], item, 15_000, ranges=ranges, answer=number)
            self.sent.append(beat)
            self.arrive(beat)

    @rule(data=st.data())
    def an_old_report_arrives_again(self, data) -> None:
        if self.sent:
            self.arrive(data.draw(st.sampled_from(self.sent)))

    @rule(hours=st.sampled_from([-2, -1, 1, 2]))
    def the_server_clock_jumps(self, hours: int) -> None:
        self.jump(hours * HOUR)

    @rule(jump_ms=st.one_of(st.integers(-900_000, 900_000), st.integers(-3_000, 3_000)))
    def the_server_clock_jumps_a_little(self, jump_ms: int) -> None:
        self.jump(jump_ms)

    @rule()
    def the_server_clock_is_set_right(self) -> None:
        self.jump(-self.skew_ms)

    def jump(self, by_ms: int) -> None:
        # Right after a start of the machine there is nothing to compare the clock with.
        if not self.has_booted:
            self.skew_ms += by_ms

    @rule()
    def the_machine_starts_again(self) -> None:
        self.skew_ms, self.has_booted = self.skew_then_ms, True
        self.true_ms += 20_000
        self.boot, self.booted_ms = self.boot + 1, self.true_ms

    @rule()
    def silent_spans_are_ended(self) -> None:
        if self.clock.seat is not None and is_expired(self.clock, self.at_ms):
            self.keep(close(self.clock, day_end=DAY_END))

    @invariant()
    def counted_never_exceeds_what_passed(self) -> None:
        assert 0 <= self.counted_ms() <= self.true_ms

    @invariant()
    def spans_never_overlap(self) -> None:
        spans = [span for _item, span in self.closed]
        if self.clock.span is not None:
            spans.append(self.clock.span)
        intervals = sorted(i for span in spans for i in span.counted_intervals())
        assert all(before[1] <= after[0] for before, after in pairwise(intervals))

    @invariant()
    def spans_stay_in_their_day(self) -> None:
        for _item, span in self.closed:
            day, end_ms = DAY_END(span.start_ms)
            assert day == span.day and span.end_ms <= end_ms
            assert span.counted_ms <= span.end_ms - span.start_ms

    @invariant()
    def caps_hold(self) -> None:
        totals: dict = {}
        for item, span in self.closed:
            totals[item] = totals.get(item, 0) + span.counted_ms
        if self.clock.span is not None and self.clock.seat is not None:
            item = self.clock.seat.item
            totals[item] = totals.get(item, 0) + self.clock.span.counted_ms
        for item, total_ms in totals.items():
            cap_ms = SEATS[item].item_cap_ms
            # Parts of a second at the end of each span are not carried on.
            assert cap_ms is None or total_ms <= cap_ms + 1000 * len(self.closed)


Study.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStudy = Study.TestCase

LENGTHS = st.lists(
    st.tuples(st.sampled_from(list(Reason)), st.integers(1, 40_000_000)), min_size=1, max_size=8
)


@given(st.integers(START, START + 90 * 86_400_000), LENGTHS)
def test_laying_stretches_splits_at_midnight_and_loses_nothing(start_ms, lengths):
    parts = [
        Stretch(reason, size, size if reason is Reason.COUNTED else 0) for reason, size in lengths
    ]
    span, ended = extend(None, start_ms, parts, DAY_END)
    spans = [*ended, span]
    assert sum(s.end_ms - s.start_ms for s in spans) == sum(part.length_ms for part in parts)
    assert sum(s.counted_ms for s in spans) == sum(part.counted_ms for part in parts)
    for one in ended:
        assert DAY_END(one.start_ms) == (one.day, one.end_ms)
    for before, after in pairwise(spans):
        assert before.end_ms == after.start_ms and before.day < after.day
    for one in spans:
        assert decode(encode(one.stretches)) == one.stretches


PAIRS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=8).map(
    lambda pairs: [(min(pair), max(pair)) for pair in pairs]
)


def moments(ranges):
    return {at for start, end in ranges for at in range(start, end)}


@given(PAIRS, PAIRS)
def test_ranges_are_sets_of_moments(first, second):
    assert moments(merge(first)) == moments(first)
    assert length(merge(first)) == len(moments(first))
    assert moments(minus(merge(first), merge(second))) == moments(first) - moments(second)


@given(PAIRS, st.integers(-2000, 3000), st.booleans(), st.integers(0, 500))
def test_accepted_media_never_exceeds_the_budget(claimed, budget_ms, no_skip, frontier_ms):
    taken = accept(
        tuple(claimed),
        duration_ms=450,
        budget_ms=budget_ms,
        before=(),
        frontier_ms=frontier_ms,
        no_skip=no_skip,
    )
    assert length(taken.ranges) <= budget_ms + 2000
    assert moments(taken.ranges) <= moments(claimed) & set(range(450))
    assert taken.frontier_ms >= frontier_ms
    assert taken.budget_ms >= -2000 or taken.budget_ms == budget_ms
