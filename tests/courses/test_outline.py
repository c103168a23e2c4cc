"""The outline kernel: order, numbering, neighbours, moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.outline import (
    Outline,
    OutlineChanged,
    OutlineChapter,
    chinese_number,
    shifted,
)


def outline(*chapters: tuple[int, ...]) -> Outline:
    return Outline(tuple(OutlineChapter(-i - 1, lessons) for i, lessons in enumerate(chapters)))


def shape(of: Outline) -> list[tuple[int, ...]]:
    return [chapter.lesson_ids for chapter in of.chapters]


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    ids = iter(draw(st.permutations(range(1, sum(sizes) + 1))))
    return outline(*(tuple(next(ids) for _ in range(size)) for size in sizes))


@st.composite
def outlines_with_lesson(draw: st.DrawFn) -> tuple[Outline, int]:
    of = draw(outlines().filter(lambda o: o.lesson_ids))
    return of, draw(st.sampled_from(of.lesson_ids))


def test_lessons_are_numbered_through_all_chapters() -> None:
    of = outline((11, 12), (), (13,))
    assert [of.number_of(lesson) for lesson in (11, 12, 13)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("lesson", "expected"), [(11, (None, 12)), (12, (11, 13)), (13, (12, None))]
)
def test_neighbours_cross_chapters(lesson: int, expected: tuple[int | None, int | None]) -> None:
    assert outline((11, 12), (), (13,)).neighbours(lesson) == expected


def test_an_unknown_lesson_has_no_number_and_no_neighbours() -> None:
    with pytest.raises(ValueError, match="not in"):
        outline((1,)).number_of(2)
    with pytest.raises(ValueError, match="not in"):
        outline((1,)).neighbours(2)


@pytest.mark.parametrize(
    ("lesson", "step", "expected"),
    [
        (1, -1, [(1, 2), (3,), ()]),  # the first stays first
        (1, +1, [(2, 1), (3,), ()]),
        (2, +1, [(1,), (2, 3), ()]),  # over the edge into the next chapter
        (3, -1, [(1, 2, 3), (), ()]),  # and back to the end of the one before
        (3, +1, [(1, 2), (), (3,)]),
    ],
)
def test_moving_a_lesson(lesson: int, step: int, expected: list[tuple[int, ...]]) -> None:
    assert shape(outline((1, 2), (3,), ()).with_lesson_moved(lesson, step)) == expected


def test_moving_a_chapter_takes_its_lessons_along() -> None:
    of = outline((1, 2), (3,))
    assert shape(of.with_chapter_moved(-2, -1)) == [(3,), (1, 2)]
    assert of.with_chapter_moved(-1, -1) == of


@pytest.mark.parametrize(
    ("done", "last", "expected"),
    [
        ((), None, 1),
        ((1,), None, 2),
        ((1,), 1, 2),
        ((), 2, 2),  # where they were
        ((2, 3), 2, 1),  # what was skipped
        ((1, 2, 3), 3, 1),  # all done: from the start
        ((1,), 99, 2),  # the last lesson is gone
    ],
)
def test_resume_at(done: tuple[int, ...], last: int | None, expected: int) -> None:
    assert outline((1, 2), (3,)).resume_at(done, last) == expected


def test_an_empty_course_has_nowhere_to_go_on() -> None:
    assert outline((), ()).resume_at((), None) is None


def test_a_wanted_order_must_name_the_same_lessons_and_chapters() -> None:
    of = outline((1, 2), (3,))
    assert shape(of.rearranged(outline((3,), (2, 1)))) == [(3,), (2, 1)]
    for wanted in (outline((1, 2), ()), outline((1, 2, 3)), outline((1, 2), (3, 3))):
        with pytest.raises(OutlineChanged):
            of.rearranged(wanted)


@given(outlines_with_lesson(), st.sampled_from([-1, 1]))
def test_a_move_loses_and_doubles_nothing(case: tuple[Outline, int], step: int) -> None:
    of, lesson = case
    moved = of.with_lesson_moved(lesson, step)
    assert moved.rearranged(of) == of


@given(outlines_with_lesson(), st.sampled_from([-1, 1]))
def test_a_move_can_be_taken_back(case: tuple[Outline, int], step: int) -> None:
    of, lesson = case
    moved = of.with_lesson_moved(lesson, step)
    assert moved == of or moved.with_lesson_moved(lesson, -step) == of


@given(outlines_with_lesson())
def test_next_and_previous_agree(case: tuple[Outline, int]) -> None:
    of, lesson = case
    _, after = of.neighbours(lesson)
    if after is not None:
        assert of.neighbours(after)[0] == lesson
        assert of.number_of(after) == of.number_of(lesson) + 1


@given(outlines(), st.sets(st.integers(1, 20)), st.none() | st.integers(1, 20))
def test_resume_never_offers_a_done_lesson_while_others_wait(
    of: Outline, done: set[int], last: int | None
) -> None:
    where = of.resume_at(done, last)
    if set(of.lesson_ids) - done:
        assert where is not None
        assert where not in done


@given(st.lists(st.integers()), st.integers(0, 5), st.integers(-3, 3))
def test_shifting_permutes(items: list[int], place: int, step: int) -> None:
    if place < len(items):
        assert sorted(shifted(items, place, step)) == sorted(items)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "零"),
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (21, "二十一"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (1100, "一千一百"),
        (9999, "九千九百九十九"),
        (10000, "10000"),
    ],
)
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese_number(number) == text
