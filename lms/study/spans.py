"""Spans, the evidence of study: what became of every stretch of time that an item was open.

Time is whole milliseconds here, because sums of many short stretches have to stay exact.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Reason(StrEnum):
    """What a stretch of time was: counted, or why not. The letter is what is stored."""

    COUNTED = "c"  # counted as study
    PENDING = "w"  # counted once the attention check is answered
    CLAIM = "l"  # the page itself reported less
    HIDDEN = "h"  # the page was hidden
    IDLE = "i"  # nobody touched the page
    PAUSED = "p"  # the video or audio was not playing
    GAP = "g"  # nothing was heard from the page for too long
    OPENED = "o"  # before the first report of a window
    ELSEWHERE = "e"  # counted in another window
    ATTENTION = "a"  # the attention check was not answered
    ITEM_CAP = "m"  # the item has been counted in full
    DAY_CAP = "d"  # the day has been counted in full
    SKIPPED = "s"  # played beyond what had been reached, where skipping is off
    RANGES = "r"  # reported more media than the time allows
    CLOCK = "t"  # the server's clock had been moved


# An uncounted remainder this short, with no reason given, is the jitter of the network: it stays
# uncounted but is not worth a stretch of its own.
JITTER_MS = 2_000

# A span with nothing counted is kept only when it explains something that a member may ask about.
WORTH_KEEPING = frozenset(
    {
        Reason.ELSEWHERE,
        Reason.ATTENTION,
        Reason.ITEM_CAP,
        Reason.DAY_CAP,
        Reason.SKIPPED,
        Reason.RANGES,
    }
)

MOST_STRETCHES = 120


@dataclass(frozen=True, slots=True)
class Stretch:
    """A length of time with one reason; a counted one may count a little less than its length."""

    reason: Reason
    length_ms: int
    counted_ms: int = 0

    def __post_init__(self) -> None:
        if self.length_ms < 0 or not 0 <= self.counted_ms <= self.length_ms:
            raise ValueError(f"impossible stretch: {self}")


@dataclass(frozen=True, slots=True)
class Span:
    """Stretches that follow each other without a hole, on one day, for one item."""

    day: date
    start_ms: int
    stretches: tuple[Stretch, ...] = ()

    @property
    def end_ms(self) -> int:
        """The moment at which the last stretch ends."""
        return self.start_ms + sum(stretch.length_ms for stretch in self.stretches)

    @property
    def counted_ms(self) -> int:
        """What counts, without what still waits for an answer."""
        return sum(s.counted_ms for s in self.stretches if s.reason is Reason.COUNTED)

    @property
    def reserved_ms(self) -> int:
        """What counts, with what still waits for an answer."""
        return sum(stretch.counted_ms for stretch in self.stretches)

    @property
    def is_worth_keeping(self) -> bool:
        """Whether the span counts something or explains why it does not."""
        return self.counted_ms >= 1_000 or any(
            stretch.reason in WORTH_KEEPING for stretch in self.stretches
        )

    def add(self, reason: Reason, length_ms: int, counted_ms: int = 0) -> "Span":
        """The span with one more stretch at its end, joined to the last one where they agree."""
        if length_ms <= 0:
            return self
        added = Stretch(reason, length_ms, counted_ms)
        if self.stretches and self.stretches[-1].reason is reason:
            last = self.stretches[-1]
            joined = Stretch(
                reason, last.length_ms + added.length_ms, last.counted_ms + added.counted_ms
            )
            return replace(self, stretches=(*self.stretches[:-1], joined))
        return replace(self, stretches=(*self.stretches, added))

    def settle(self, reason: Reason) -> "Span":
        """The span with everything that waits for an answer turned into `reason`."""
        if all(stretch.reason is not Reason.PENDING for stretch in self.stretches):
            return self
        settled = Span(self.day, self.start_ms)
        for stretch in self.stretches:
            if stretch.reason is not Reason.PENDING:
                settled = settled.add(stretch.reason, stretch.length_ms, stretch.counted_ms)
            else:
                counted_ms = stretch.counted_ms if reason is Reason.COUNTED else 0
                settled = settled.add(reason, stretch.length_ms, counted_ms)
        return settled

    def trimmed(self) -> "Span":
        """The span without the silence at its end, which explains nothing."""
        kept = list(self.stretches)
        while kept and kept[-1].reason in (Reason.GAP, Reason.OPENED, Reason.CLOCK):
            kept.pop()
        return replace(self, stretches=tuple(kept))

    def counted_intervals(self) -> list[tuple[int, int]]:
        """The moments from and to which time was counted."""
        intervals, at_ms = [], self.start_ms
        for stretch in self.stretches:
            if stretch.reason is Reason.COUNTED and stretch.counted_ms:
                intervals.append((at_ms, at_ms + stretch.length_ms))
            at_ms += stretch.length_ms
        return intervals


DayEnd = Callable[[int], tuple[date, int]]


def extend(
    span: Span | None, start_ms: int, parts: Iterable[Stretch], day_end: DayEnd
) -> tuple[Span, list[Span]]:
    """Lay `parts` from `start_ms` on and cut at midnight: the open span, and those that ended.

    `day_end` gives the day of a moment and the millisecond at which the next day begins. The
    counted share of a stretch that crosses midnight lies at its beginning.
    """
    ended: list[Span] = []
    day, end_ms = day_end(start_ms)
    if span is not None and (
        span.day != day or span.end_ms != start_ms or len(span.stretches) >= MOST_STRETCHES
    ):
        ended.append(span)
        span = None
    span = span or Span(day, start_ms)
    for part in parts:
        length_ms, counted_ms = part.length_ms, part.counted_ms
        while length_ms > 0:
            piece_ms = min(length_ms, end_ms - span.end_ms)
            counted_here_ms = min(counted_ms, piece_ms)
            span = span.add(part.reason, piece_ms, counted_here_ms)
            length_ms, counted_ms = length_ms - piece_ms, counted_ms - counted_here_ms
            if span.end_ms == end_ms:
                ended.append(span)
                day, next_end_ms = day_end(end_ms)
                span, end_ms = Span(day, end_ms), next_end_ms
    return span, ended


def encode(stretches: Iterable[Stretch]) -> str:
    """Stretches as short text: a letter, the length and, where it differs, the counted part."""
    words = []
    for stretch in stretches:
        full = stretch.reason in (Reason.COUNTED, Reason.PENDING)
        expected = stretch.length_ms if full else 0
        counted = "" if stretch.counted_ms == expected else f"/{stretch.counted_ms}"
        words.append(f"{stretch.reason}{stretch.length_ms}{counted}")
    return " ".join(words)


def decode(text: str) -> tuple[Stretch, ...]:
    """The stretches that `encode` wrote; raises ValueError for any other text."""
    stretches = []
    for word in text.split():
        match = _WORD.fullmatch(word)
        if match is None:
            raise ValueError(f"not a stretch: {word!r}")
        reason, length_ms = Reason(match[1]), int(match[2])
        full = reason in (Reason.COUNTED, Reason.PENDING)
        counted_ms = int(match[3]) if match[3] else (length_ms if full else 0)
        stretches.append(Stretch(reason, length_ms, counted_ms))
    return tuple(stretches)


_WORD = re.compile(r"([a-z])(\d{1,15})(?:/(\d{1,15}))?")
