"""Drawing papers: exact, repeatable, never the same question twice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.drawing import (
    Draw,
    Fixed,
    PoolTooSmall,
    Section,
    draw_paper,
    missing_questions,
    shuffled,
)

ONE = Decimal(1)


def test_fixed_and_drawn_in_the_order_of_the_paper() -> None:
    sections = [
        Section(1, (Fixed(7, ONE), Draw(2, (1, 2, 3, 7), Decimal(2)))),
        Section(2, (Fixed(9, ONE),)),
    ]
    drawn = draw_paper(sections, seed=5)
    assert [entry.section for entry in drawn] == [1, 1, 1, 2]
    assert drawn[0].question_id == 7
    assert {entry.question_id for entry in drawn[1:3]} <= {1, 2, 3}
    assert drawn == draw_paper(sections, seed=5)


def test_a_rule_gives_way_so_that_all_can_be_filled() -> None:
    sections = [Section(1, (Draw(2, (1, 2, 3), ONE), Draw(2, (1, 2, 3, 4), ONE)))]
    for seed in range(30):
        assert len({entry.question_id for entry in draw_paper(sections, seed)}) == 4


def test_the_builder_learns_what_is_missing() -> None:
    sections = [Section(1, (Draw(3, (1, 2), ONE), Fixed(1, ONE)))]
    assert missing_questions(sections) == {(0, 0): 2}
    with pytest.raises(PoolTooSmall):
        draw_paper(sections, 1)


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sets(st.integers(1, 9), max_size=9)), min_size=1, max_size=4
    ),
    st.integers(0, 2**31),
)
def test_no_question_twice_and_a_possible_paper_is_drawn(
    rules: list[tuple[int, set[int]]], seed: int
) -> None:
    sections = [Section(1, tuple(Draw(n, tuple(sorted(pool)), ONE) for n, pool in rules), True)]
    slots = [pool for n, pool in rules for _ in range(n)]
    possible = _matching_size(slots) == len(slots)
    assert (missing_questions(sections) == {}) is possible
    if possible:
        ids = [entry.question_id for entry in draw_paper(sections, seed)]
        assert len(ids) == len(set(ids)) == len(slots)


def _matching_size(slots: list[set[int]]) -> int:
    holder: dict[int, int] = {}

    def place(slot: int, seen: set[int]) -> bool:
        for value in slots[slot] - seen:
            seen.add(value)
            if value not in holder or place(holder[value], seen):
                holder[value] = slot
                return True
        return False

    return sum(place(slot, set()) for slot in range(len(slots)))


def test_options_shuffle_by_seed_and_slot() -> None:
    keys = list("abcdef")
    assert shuffled(keys, 1, 1) == shuffled(keys, 1, 1)
    assert sorted(shuffled(keys, 1, 2)) == keys
    assert len({shuffled(keys, seed, 1) for seed in range(20)}) > 10
