"""Statistics against values worked out by hand."""

import pytest

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
    chosen = [["a"], ["a"], ["b"], ["b"]]
    table = s.distractors(chosen, [4, 3, 2, 1], ["a", "b", "c"])
    assert [(row.count, row.upper, row.lower) for row in table] == [(2, 1, 0), (2, 0, 1), (0, 0, 0)]


def test_item_facts_of_nobody() -> None:
    facts = s.item_facts([], [], [])
    assert facts == s.ItemFacts(0, None, None, None, None)
