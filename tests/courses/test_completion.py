"""The completion kernel: fractions that never fall, what is complete and what is not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.completion import (
    CourseStanding,
    LessonStanding,
    completes_lesson,
    course_standing,
    raised,
)

fractions = st.decimals(0, 1, places=4)
reports = st.decimals(allow_nan=False, allow_infinity=False, min_value=-5, max_value=5)


def standing(fraction: str, *, required: bool = True, complete: bool = False) -> LessonStanding:
    return LessonStanding(required, Decimal(fraction), complete)


@st.composite
def standings(draw: st.DrawFn) -> LessonStanding:
    complete = draw(st.booleans())
    return LessonStanding(draw(st.booleans()), draw(fractions), complete)


@pytest.mark.parametrize(
    ("before", "reported", "after"),
    [
        ("0", "0.5", "0.5"),
        ("0.5", "0.2", "0.5"),  # never falls
        ("0", "1.7", "1"),  # never above the whole
        ("0", "-3", "0"),
        ("0", "0.99999", "0.9999"),  # rounded down: almost is not done
    ],
)
def test_a_fraction_is_raised_within_bounds(before: str, reported: str, after: str) -> None:
    assert raised(Decimal(before), Decimal(reported)) == Decimal(after)


@given(fractions, st.lists(reports))
def test_a_fraction_never_falls(start: Decimal, reported: list[Decimal]) -> None:
    held = start
    for report in reported:
        held, before = raised(held, report), held
        assert before <= held <= 1


@given(st.lists(reports, min_size=1))
def test_the_order_of_reports_does_not_matter(reported: list[Decimal]) -> None:
    def after(order: list[Decimal]) -> Decimal:
        held = Decimal(0)
        for report in order:
            held = raised(held, report)
        return held

    assert after(reported) == after(sorted(reported)) == after(reported + reported)


def test_a_lesson_is_complete_at_what_its_kind_asks_for() -> None:
    assert completes_lesson(Decimal("0.95"), Decimal("0.95"))
    assert not completes_lesson(Decimal("0.9499"), Decimal("0.95"))
    assert not completes_lesson(Decimal("0.9999"))


@pytest.mark.parametrize(
    ("lessons", "expected"),
    [
        ([], CourseStanding(Decimal(0), False, 0, 0)),
        ([standing("0.5")], CourseStanding(Decimal("0.5"), False, 0, 1)),
        (
            [standing("0.95", complete=True), standing("0.5")],
            CourseStanding(Decimal("0.75"), False, 1, 2),
        ),
        # An optional lesson neither helps nor hinders.
        (
            [standing("1", complete=True), standing("0", required=False)],
            CourseStanding(Decimal(1), True, 1, 1),
        ),
        # Without required lessons all of them decide.
        (
            [standing("1", required=False, complete=True), standing("0", required=False)],
            CourseStanding(Decimal("0.5"), False, 1, 2),
        ),
        # A full fraction that its kind has not called complete does not complete the course.
        ([standing("1")], CourseStanding(Decimal("0.9999"), False, 0, 1)),
    ],
)
def test_course_standing(lessons: list[LessonStanding], expected: CourseStanding) -> None:
    assert course_standing(lessons) == expected


@given(st.lists(standings()))
def test_the_whole_is_reached_exactly_on_completion(lessons: list[LessonStanding]) -> None:
    result = course_standing(lessons)
    assert 0 <= result.fraction <= 1
    assert (result.fraction == 1) == result.is_complete
    assert result.is_complete == (0 < result.needed_count == result.done_count)


@given(st.lists(standings(), min_size=1), st.data())
def test_progress_in_a_lesson_never_lowers_the_course(
    lessons: list[LessonStanding], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(lessons) - 1))
    old = lessons[place]
    better = LessonStanding(
        old.is_required,
        raised(old.fraction, data.draw(fractions)),
        old.is_complete or data.draw(st.booleans()),
    )
    changed = [*lessons[:place], better, *lessons[place + 1 :]]
    assert course_standing(changed).fraction >= course_standing(lessons).fraction
