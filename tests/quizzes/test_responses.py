"""Fields of a page and the responses that they mean; pages give no right order away."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.definition import Definition, Item, Kind, Rule, Stem, key_letter
from lms.quizzes.grading import grade
from lms.quizzes.presenting import Asking, present
from lms.quizzes.responses import read_response, shown_keys, write_fields

ORDERING = Definition(
    kind=Kind.ORDERING,
    text="排序",
    rule=Rule.ALL_OR_NOTHING,
    items=tuple(Item(str(n), f"第{n}步") for n in range(1, 5)),
)
MATCHING = Definition(
    kind=Kind.MATCHING,
    text="配对",
    rule=Rule.PER_PART,
    stems=tuple(Stem(str(n), f"左{n}", key_letter(n - 1)) for n in range(1, 5)),
    choices=tuple(Item(key_letter(n), f"右{n}") for n in range(5)),
)


@given(st.permutations(["1", "2", "3", "4"]), st.permutations(["1", "2", "3", "4"]))
def test_an_order_survives_the_page(order: list[str], placed: list[str]) -> None:
    response = {"places": {key: str(place) for place, key in enumerate(placed, 1)}}
    fields = write_fields(ORDERING, "q1", response, order)
    assert read_response(ORDERING, "q1", fields, order) == response
    right = placed == ["1", "2", "3", "4"]
    assert grade(ORDERING, response).fraction == (1 if right else 0)


@given(st.permutations(list("abcde")))
def test_matches_survive_the_page(order: list[str]) -> None:
    response = {"matches": {"1": "a", "2": "c", "4": "d"}}
    fields = write_fields(MATCHING, "q1", response, order)
    assert read_response(MATCHING, "q1", fields, order) == response
    assert grade(MATCHING, response).fraction == Fraction(1, 2)


@pytest.mark.parametrize(
    "places",
    [
        {"1": "1"},
        {"1": "1", "2": "1", "3": "1", "4": "1"},
        {"1": "1", "2": "2", "3": "3"},
        {"1": "1", "2": "2", "3": "3", "4": "x"},
    ],
)
def test_an_order_that_is_not_complete_earns_nothing(places: dict[str, str]) -> None:
    for rule in (Rule.ALL_OR_NOTHING, Rule.POSITION, Rule.PAIRS, Rule.LONGEST_SUBSET):
        definition = Definition(kind=Kind.ORDERING, text="", rule=rule, items=ORDERING.items)
        result = grade(definition, {"places": places})
        assert (result.outcome.value, result.fraction) == ("graded", 0)


def test_names_on_the_page_follow_the_shown_order() -> None:
    order = ("3", "1", "4", "2")
    how = Asking(1, "q1", ORDERING.points, str, order=order)
    rows = present(ORDERING, None, how).rows
    assert [str(row.markup) for row in rows] == ["第3步", "第1步", "第4步", "第2步"]
    assert [row.name for row in rows] == ["q1-o-1", "q1-o-2", "q1-o-3", "q1-o-4"]
    choices = present(MATCHING, None, Asking(1, "q1", ORDERING.points, str, order=tuple("ecabd")))
    assert choices.choices[0] == ("1", "右4")


def test_without_a_drawn_order_the_items_are_mixed_all_the_same() -> None:
    assert any(shown_keys(ORDERING, (), f"q{n}") != ["1", "2", "3", "4"] for n in range(3))
