"""Coverage: the union of played ranges."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.media.coverage import (
    JOIN_SECONDS,
    covered_fraction,
    covered_seconds,
    is_complete,
    union,
)

DURATION = 100.0
moments = st.floats(min_value=-20, max_value=130, allow_nan=False).map(lambda t: round(t, 2))
ranges = st.lists(st.tuples(moments, moments), max_size=12)


@pytest.mark.parametrize(
    ("played", "expected"),
    [
        ([], ()),
        ([(0, 10)], ((0, 10),)),
        ([(0, 10), (5, 20)], ((0, 20),)),
        ([(5, 20), (0, 10)], ((0, 20),)),
        ([(0, 10), (10.4, 20)], ((0, 20),)),
        ([(0, 10), (11, 20)], ((0, 10), (11, 20))),
        ([(10, 5)], ()),
        ([(-5, 3), (95, 400)], ((0, 3), (95, 100))),
        ([(math.nan, 5), (1, math.nan)], ()),
        ([(200, 300)], ()),
    ],
)
def test_union_of_played_ranges(played, expected):
    assert union((), played, duration_seconds=DURATION) == expected


@given(ranges, ranges)
def test_union_is_sorted_disjoint_and_inside_the_medium(first, second):
    result = union(union((), first, duration_seconds=DURATION), second, duration_seconds=DURATION)
    for start, end in result:
        assert 0 <= start < end <= DURATION
    for (_, end), (start, _) in pairwise(result):
        assert start - end > JOIN_SECONDS - 0.01
    assert 0 <= covered_fraction(result, duration_seconds=DURATION) <= 1


@given(ranges, ranges)
def test_watching_again_adds_nothing_and_more_never_takes_away(first, second):
    once = union((), first, duration_seconds=DURATION)
    assert union(once, first, duration_seconds=DURATION) == once
    more = union(once, second, duration_seconds=DURATION)
    assert covered_seconds(more) >= covered_seconds(once) - 1e-6


@given(ranges, ranges)
def test_order_does_not_matter(first, second):
    one = union(union((), first, duration_seconds=DURATION), second, duration_seconds=DURATION)
    other = union(union((), second, duration_seconds=DURATION), first, duration_seconds=DURATION)
    assert one == other


@given(ranges)
def test_coverage_is_the_measure_of_the_points_played(played):
    result = union((), played, duration_seconds=DURATION)
    points = [index / 4 for index in range(int(DURATION * 4))]
    hit = [t for t in points if any(start <= t < end for start, end in played)]
    inside = [t for t in points if any(start <= t < end for start, end in result)]
    assert set(hit) <= set(inside)


def test_completion_needs_95_percent():
    assert not is_complete(((0, 94.9),), duration_seconds=DURATION)
    assert is_complete(((0, 95.0),), duration_seconds=DURATION)
    assert not is_complete((), duration_seconds=0)
