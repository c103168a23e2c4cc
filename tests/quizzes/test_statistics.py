"""Statistics against values worked out by hand, and against the definitions."""

import statistics as plain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes import statistics as s


def test_facility_and_discrimination() -> None:
    fractions = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    totals = [9.0, 8.0, 7.0, 1.0, 2.0, 3.0, 6.0, 4.0]
    assert s.facility(fractions) == 0.5
    assert s.discrimination_index(fractions, totals) == 1.0
    assert s.facility([]) is None


def test_point_biserial_leaves_the_item_out_of_the_total() -> None:
    # The rest scores are 2, 1, 1, 0: r = 1 / sqrt(1 * 2).
    assert s.point_biserial([1, 1, 0, 0], [3, 2, 1, 0]) == pytest.approx(0.7071, abs=1e-4)
    assert s.point_biserial([1, 1, 1, 1], [3, 2, 1, 0]) is None


def test_alpha() -> None:
    # Item variances 1/3 each, totals 2 2 0 0 with variance 4/3: alpha = 2 * (1 - 2/3 / (4/3)) = 1.
    assert s.cronbach_alpha([[1, 1, 0, 0], [1, 1, 0, 0]]) == pytest.approx(1.0)
    assert s.cronbach_alpha([[1, 0, 1, 0], [1, 1, 0, 0]]) == pytest.approx(0.0)
    assert s.cronbach_alpha([[1, 1]]) is None
    assert s.standard_error(2.0, 0.75) == 1.0


def test_histogram_puts_full_marks_into_the_last_bin() -> None:
    assert s.histogram([0, 0.05, 0.1, 0.95, 1.0]) == (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)


def test_distractors_by_group() -> None:
    table = s.distractors([(), ["a"], ["b", "c"]], [1, 1, 2, 2], [4, 3, 2, 1], ["a", "b", "d"])
    assert [(row.count, row.upper, row.lower) for row in table] == [(2, 1, 0), (2, 0, 1), (0, 0, 0)]


def test_item_facts_of_nobody() -> None:
    facts = s.item_facts([], [], [])
    assert facts == s.ItemFacts(0, None, None, None, None)


@pytest.mark.parametrize(
    ("values", "low", "middle", "high"),
    [([7], 7, 7, 7), ([1, 2, 3, 4], 1.75, 2.5, 3.25), ([30, 10, 20], 15, 20, 25)],
)
def test_quartiles(values, low, middle, high) -> None:
    assert s.spread(values) == s.Spread(low, middle, high)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=30))
def test_quartiles_are_those_of_the_inclusive_method(values: list[float]) -> None:
    found = s.spread(values)
    assert found is not None
    assert (found.low, found.middle, found.high) == pytest.approx(
        tuple(plain.quantiles(values, n=4, method="inclusive"))
    )


FRACTIONS = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(
    st.integers(2, 12).flatmap(
        lambda n: st.lists(st.lists(FRACTIONS, min_size=n, max_size=n), min_size=3, max_size=6)
    )
)
def test_alpha_without_a_question_is_the_alpha_of_the_others(items: list[list[float]]) -> None:
    for place, found in enumerate(s.alphas_without(items)):
        others = s.cronbach_alpha(items[:place] + items[place + 1 :])
        assert found == (None if others is None else pytest.approx(others))


@given(st.lists(st.tuples(FRACTIONS, st.floats(0, 20)), min_size=2, max_size=40))
def test_figures_stay_within_their_bounds(pairs: list[tuple[float, float]]) -> None:
    fractions = [fraction for fraction, _rest in pairs]
    facts = s.item_facts(fractions, [fraction + rest for fraction, rest in pairs], [])
    assert facts.facility is not None and 0 <= facts.facility <= 1
    assert facts.discrimination_index is not None and -1 <= facts.discrimination_index <= 1
    assert facts.point_biserial is None or -1 <= facts.point_biserial <= 1


@pytest.mark.parametrize(
    ("takers", "facility", "index", "upper", "found"),
    [
        (9, 0.0, -1.0, (0, 9), ()),
        (30, 0.5, 0.45, (8, 0), ()),
        (30, 0.5, 0.15, (8, 0), (s.Concern.WEAK,)),
        (30, 0.4, -0.3, (2, 6), (s.Concern.KEY, s.Concern.NEGATIVE)),
        (30, 0.1, 0.3, (4, 3), (s.Concern.HARD,)),
        (30, 0.98, 0.0, (8, 0), (s.Concern.EASY,)),
    ],
)
def test_what_speaks_for_looking_again(takers, facility, index, upper, found) -> None:
    facts = s.ItemFacts(takers, facility, index, None, None)
    choices = [s.Choice("a", 0, upper[0], 0), s.Choice("b", 0, upper[1], 0)]
    assert s.concerns(facts, choices, ["a"]) == found
