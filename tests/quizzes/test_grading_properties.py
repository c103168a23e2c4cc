"""What holds for every rule of the grader, whatever is answered."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.definition import (
    RULES,
    Accepted,
    Definition,
    Item,
    Kind,
    Number,
    Rule,
    digest,
    from_json,
    key_letter,
    to_json,
)
from lms.quizzes.grading import grade
from lms.quizzes.grading_text import best_assignment
from tests.quizzes.test_grading import choice, fill, matching

D = Decimal


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["choice", "choices", "gaps", "text", "matches", "order", "parts", "files"])
SAMPLES = [
    choice(Rule.WEIGHTED, "1 0", Kind.SINGLE),
    choice(Rule.WEIGHTED, "1 0 -1"),
    choice(Rule.SHARED, "1 1 0"),
    fill("a", "b", ordered=False),
    matching(),
    Definition(
        kind=Kind.ORDERING, text="", rule=Rule.PAIRS, items=(Item("1", "x"), Item("2", "y"))
    ),
    Definition(kind=Kind.NUMERIC, text="", rule=Rule.ACCEPTED, numbers=(Number(D(1)),)),
    Definition(kind=Kind.SHORT, text="", rule=Rule.ACCEPTED, accepted=(Accepted("a*"),)),
    Definition(kind=Kind.ESSAY, text="", rule=Rule.PER_PART),
    Definition(kind=Kind.MATERIAL, text="", rule=Rule.PER_PART, parts=(matching(),)),
]


@given(st.sampled_from(SAMPLES), st.dictionaries(NAMES, json_values, max_size=4))
def test_any_response_gets_a_fraction_within_bounds(
    definition: Definition, response: dict[str, object]
) -> None:
    assert 0 <= grade(definition, response).fraction <= 1


@given(
    st.sampled_from(RULES[Kind.MULTIPLE]),
    st.lists(st.sampled_from(["1", "0.5", "0", "-0.5", "-1"]), min_size=2, max_size=6),
    st.sets(st.integers(0, 5)),
    st.randoms(),
)
def test_order_of_options_never_changes_a_grade(
    rule: Rule, weights: list[str], chosen: set[int], random: object
) -> None:
    definition = choice(rule, " ".join(weights))
    keys = [key_letter(index) for index in sorted(chosen)]
    shuffled = list(definition.options)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Definition(
        kind=definition.kind, text=definition.text, rule=rule, options=tuple(shuffled)
    )
    random.shuffle(keys)  # type: ignore[attr-defined]
    first, second = grade(definition, {"choices": sorted(keys)}), grade(other, {"choices": keys})
    assert (first.outcome, first.fraction) == (second.outcome, second.fraction)


@given(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=4, max_size=4))
def test_assignment_is_the_best_of_all(table: list[list[int]]) -> None:
    from itertools import permutations

    rows = [[Fraction(value) for value in row] for row in table]
    columns = best_assignment(rows)
    assert sorted(columns) == [0, 1, 2, 3]
    total = sum(rows[i][j] for i, j in enumerate(columns))
    assert total == max(sum(rows[i][p[i]] for i in range(4)) for p in permutations(range(4)))


@given(st.permutations("12345"))
def test_every_ordering_rule_stays_within_bounds(order: list[str]) -> None:
    items = tuple(Item(key, key) for key in "12345")
    for rule in RULES[Kind.ORDERING]:
        definition = Definition(kind=Kind.ORDERING, text="", rule=rule, items=items)
        fraction = grade(definition, {"order": order}).fraction
        assert 0 <= fraction <= 1
        assert (fraction == 1) is (list(order) == list("12345"))


@pytest.mark.parametrize("definition", SAMPLES)
def test_a_definition_survives_json(definition: Definition) -> None:
    again = from_json(to_json(definition))
    assert again == definition
    assert digest(again) == digest(definition)
