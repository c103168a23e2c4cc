"""Played ranges of a clip: which are believed, in milliseconds of the clip."""

from collections.abc import Iterable
from dataclasses import dataclass

Ranges = tuple[tuple[int, int], ...]

# Two clocks, the player's and the server's, may differ by this much over one report.
TOLERANCE_MS = 2_000
# A player reports positions a little apart from where the last report ended.
SEAM_MS = 1_500


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is left of a report of played ranges."""

    ranges: Ranges
    frontier_ms: int
    budget_ms: int
    is_refused: bool = False  # claimed more than the time allows: nothing of it is taken
    is_skipping: bool = False  # part of it lay beyond the frontier


def merge(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The same moments as sorted ranges that neither touch nor overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    return tuple(merged)


def length(ranges: Iterable[tuple[int, int]]) -> int:
    """How many milliseconds the ranges hold; they must not overlap."""
    return sum(end - start for start, end in ranges)


def minus(ranges: Ranges, taken: Ranges) -> Ranges:
    """The moments of `ranges` that are not in `taken`."""
    left = list(ranges)
    for low, high in taken:
        pieces = []
        for start, end in left:
            pieces += [(start, min(end, low)), (max(start, high), end)]
        left = [(start, end) for start, end in pieces if end > start]
    return tuple(left)


def accept(
    claimed: Ranges,
    *,
    duration_ms: int,
    budget_ms: int,
    before: Ranges,
    frontier_ms: int,
    no_skip: bool,
) -> Accepted:
    """What of the claimed ranges is believed.

    `budget_ms` is how much media the wall time still allows; it may run below zero by the
    tolerance. `before` are the ranges of the report before: one that is sent again because its
    answer was lost repeats them at no cost. With `no_skip` a range that begins beyond the frontier
    is left out. The frontier moves with what is accepted, and moving it costs at least as much.
    """
    inside = merge((max(0, start), min(end, duration_ms)) for start, end in claimed)
    taken, reached_ms = [], frontier_ms
    for start, end in inside:
        if start <= reached_ms + SEAM_MS:
            reached_ms = max(reached_ms, end)
        elif no_skip:
            continue
        taken.append((start, end))
    ranges = tuple(taken)
    cost_ms = max(length(minus(inside, before)), reached_ms - frontier_ms)
    if cost_ms > budget_ms + TOLERANCE_MS:
        return Accepted((), frontier_ms, budget_ms, is_refused=True)
    return Accepted(ranges, reached_ms, budget_ms - cost_ms, is_skipping=len(ranges) < len(inside))
