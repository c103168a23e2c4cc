"""Which part of a medium was watched: the union of played ranges in any order."""

from collections.abc import Iterable

Range = tuple[float, float]
Ranges = tuple[Range, ...]

COMPLETE_FRACTION = 0.95  # the last words of a lecture are seldom waited for
JOIN_SECONDS = 0.5  # a smaller hole comes from rounding between two reports, not from skipping


def union(ranges: Iterable[Range], added: Iterable[Range], *, duration_seconds: float) -> Ranges:
    """All of both, cut to 0..duration, sorted, without overlap or holes up to JOIN_SECONDS.

    Ranges are (start, end) in seconds; empty and backward ones are dropped. Adding the same range
    again changes nothing, and the order of additions does not matter beyond the joining of holes.
    """
    cut = sorted(
        (max(0.0, start), min(end, duration_seconds))
        for start, end in (*ranges, *added)
        if start == start and end == end  # a NaN is not equal to itself
    )
    merged: list[Range] = []
    for start, end in cut:
        if end <= start:
            continue
        if merged and start - merged[-1][1] <= JOIN_SECONDS:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple((round(start, 3), round(end, 3)) for start, end in merged)


def covered_seconds(ranges: Ranges) -> float:
    """The length of a union."""
    return sum(end - start for start, end in ranges)


def covered_fraction(ranges: Ranges, *, duration_seconds: float) -> float:
    """The share of the medium that the union covers, 0 to 1; 0 when the duration is unknown."""
    if duration_seconds <= 0:
        return 0.0
    return min(1.0, covered_seconds(ranges) / duration_seconds)


def is_complete(ranges: Ranges, *, duration_seconds: float) -> bool:
    """Whether enough was watched for the lesson to count as studied."""
    return covered_fraction(ranges, duration_seconds=duration_seconds) >= COMPLETE_FRACTION
