"""The rules of a team's score and of places, by cases and against the plain reckoning."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.contest_score import (
    ScoreRule,
    Tally,
    board_of,
    nearest_team,
    score_of,
)


@pytest.mark.parametrize(
    ("rule", "finished", "points", "members", "score"),
    [
        (ScoreRule.BEST, 3, "24", 10, "8"),
        (ScoreRule.BEST, 2, "20", 10, "6.6667"),  # the third place is nobody's
        (ScoreRule.BEST, 0, "0", 10, None),
        (ScoreRule.TAKERS, 4, "30", 10, "7.5"),
        (ScoreRule.TAKERS, 0, "0", 10, None),
        (ScoreRule.MEMBERS, 4, "30", 10, "3"),
        (ScoreRule.MEMBERS, 4, "30", 2, "7.5"),  # two have moved away since
    ],
)
def test_score_of_a_team(rule, finished, points, members, score):
    tally = Tally(1, finished, finished, Decimal(points))
    found = score_of(tally, rule, best_count=3, members=members)
    assert found == (None if score is None else Decimal(score))


def test_equal_scores_share_a_place_and_teams_without_takers_have_none():
    tallies = {
        unit: Tally(unit, 1, 1, Decimal(points)) for unit, points in ((1, 8), (2, 9), (3, 8))
    }
    board = board_of([(1, "甲"), (2, "乙"), (3, "丙"), (4, "丁")], tallies, {}, ScoreRule.TAKERS, 1)
    assert [(place.name, place.rank) for place in board] == [
        ("乙", 1),
        ("丙", 2),
        ("甲", 2),
        ("丁", None),
    ]


@given(
    st.lists(st.decimals(0, 100, places=4), max_size=12),
    st.integers(1, 6),
    st.integers(0, 20),
    st.sampled_from(ScoreRule),
)
def test_no_team_scores_above_its_best_member(points, best_count, members, rule):
    counted = sorted(points, reverse=True)
    if rule == ScoreRule.BEST:
        counted = counted[:best_count]
    tally = Tally(1, len(points), len(points), sum(counted, Decimal(0)))
    score = score_of(tally, rule, best_count=best_count, members=members)
    if not points:
        assert score is None
    else:
        assert score is not None
        assert 0 <= score <= max(points).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_the_nearest_team_above_is_ones_own():
    assert nearest_team([1, 4, 9], [1, 4]) == 4
    assert nearest_team([1, 4, 9], [9, 1]) == 9
    assert nearest_team([1, 4, 9], [7]) is None
