"""The grader: tables of cases for every rule."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.definition import (
    ONE,
    Accepted,
    Definition,
    Folding,
    Gap,
    GapKind,
    Item,
    Keyword,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Tolerance,
    Unit,
    key_letter,
)
from lms.quizzes.folding import fold, matches
from lms.quizzes.grade import Outcome, points_of, share
from lms.quizzes.grading import grade, marked, with_certainty, with_retries
from lms.quizzes.grading_numbers import read_number

D = Decimal


def choice(rule: Rule, weights: str, kind: Kind = Kind.MULTIPLE, **more: object) -> Definition:
    options = tuple(
        Option(key_letter(index), f"选项{index}", D(weight))
        for index, weight in enumerate(weights.split())
    )
    return Definition(kind=kind, text="题干", rule=rule, options=options, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "weights", "chosen", "fraction"),
    [
        (Rule.ALL_OR_NOTHING, "1 1 0 0", "ab", Fraction(1)),
        (Rule.ALL_OR_NOTHING, "1 1 0 0", "a", Fraction(0)),
        (Rule.ALL_OR_NOTHING, "1 1 0 0", "abc", Fraction(0)),
        (Rule.MISSED, "1 1 1 0", "ab", Fraction(1, 2)),
        (Rule.MISSED, "1 1 1 0", "a", Fraction(1, 2)),
        (Rule.MISSED, "1 1 1 0", "abd", Fraction(0)),
        (Rule.MISSED, "1 1 1 0", "abc", Fraction(1)),
        (Rule.SHARED, "1 1 1 0", "ab", Fraction(2, 3)),
        (Rule.SHARED, "1 1 1 0", "abcd", Fraction(0)),
        (Rule.WEIGHTED, "0.5 0.5 -0.5 -0.5", "ab", Fraction(1)),
        (Rule.WEIGHTED, "0.5 0.5 -0.5 -0.5", "abc", Fraction(1, 2)),
        (Rule.WEIGHTED, "0.5 0.5 -0.5 -0.5", "cd", Fraction(0)),
        (Rule.WEIGHTED, "0.33333 0.33333 0.33333", "abc", Fraction(1)),
    ],
)
def test_multiple_choice(rule: Rule, weights: str, chosen: str, fraction: Fraction) -> None:
    result = grade(choice(rule, weights), {"choices": list(chosen)})
    assert result.fraction == fraction


def test_negative_weights_count_only_where_the_rule_allows() -> None:
    wrong = {"choice": "b"}
    assert grade(choice(Rule.NEGATIVE, "1 -0.25", Kind.SINGLE), wrong).fraction == Fraction(-1, 4)
    assert grade(choice(Rule.WEIGHTED, "1 -0.25", Kind.SINGLE), wrong).fraction == 0


@pytest.mark.parametrize(
    "response", [None, {}, {"choices": []}, {"choices": ["nonsense"]}, {"x": 1}]
)
def test_no_answer_is_not_a_wrong_answer(response: dict[str, object] | None) -> None:
    assert grade(choice(Rule.ALL_OR_NOTHING, "1 0"), response).outcome is Outcome.UNANSWERED


def fill(*accepted: str, ordered: bool = True, rule: Rule = Rule.PER_PART) -> Definition:
    gaps = tuple(
        Gap(str(index), accepted=tuple(Accepted(text) for text in texts.split("|")))
        for index, texts in enumerate(accepted, 1)
    )
    text = "，".join(f"[[{gap.key}]]" for gap in gaps)
    return Definition(kind=Kind.FILL_IN, text=text, rule=rule, gaps=gaps, is_ordered=ordered)


@pytest.mark.parametrize(
    ("definition", "given_texts", "fraction"),
    [
        (fill("北京", "上海"), ("北京", "上海"), Fraction(1)),
        (fill("北京", "上海"), ("上海", "北京"), Fraction(0)),
        (fill("北京", "上海", ordered=False), ("上海", "北京"), Fraction(1)),
        (fill("北京|上海", "北京|上海", ordered=False), ("上海", "上海 "), Fraction(1, 2)),
        (fill("a|b", "b|c", ordered=False), ("b", "c"), Fraction(1)),
        (fill("a|b", "b", ordered=False), ("b", "a"), Fraction(1)),
        (fill("北京", "上海"), ("北京", ""), Fraction(1, 2)),
        (fill("北京", "上海", rule=Rule.ALL_OR_NOTHING), ("北京", "天津"), Fraction(0)),
        (fill("ＡＢＣ"), (" abc ",), Fraction(1)),
        (fill("5*3"), ("553",), Fraction(0)),
    ],
)
def test_blanks(definition: Definition, given_texts: tuple[str, ...], fraction: Fraction) -> None:
    gaps = {str(index): text for index, text in enumerate(given_texts, 1)}
    assert grade(definition, {"gaps": gaps}).fraction == fraction


def test_gaps_have_points_of_their_own() -> None:
    definition = Definition(
        kind=Kind.CLOZE,
        text="[[1]] [[2]] [[3]]",
        rule=Rule.PER_PART,
        gaps=(
            Gap("1", GapKind.TEXT, D(1), accepted=(Accepted("长江"),)),
            Gap("2", GapKind.NUMBER, D(2), numbers=(Number(D("6300"), D("100")),)),
            Gap("3", GapKind.CHOICE, D(1), options=(Option("a", "是", ONE), Option("b", "否"))),
        ),
    )
    response = {"gaps": {"1": "长江", "2": "6,397", "3": "b"}}
    assert grade(definition, response).fraction == Fraction(3, 4)


@pytest.mark.parametrize(
    ("folding", "left", "right", "same"),
    [
        (Folding(), "ＡＢＣ１２３", "abc123", True),
        (Folding(), "安全生產法", "安全生产法", True),
        (Folding(), "是，否", "是,否", True),
        (Folding(), "a  b", "a b", True),
        (Folding(width=False), "Ａ", "a", False),
        (Folding(case=False), "A", "a", False),
        (Folding(traditional=False), "產", "产", False),
        (Folding(punctuation=False, width=False), "，", ",", False),
        (Folding(spaces=False), "a  b", "a b", False),
        (Folding(), "e\u0301", "\u00e9", True),
    ],
)
def test_folding_is_a_setting_of_the_question(
    folding: Folding, left: str, right: str, same: bool
) -> None:
    assert (fold(left, folding) == fold(right, folding)) is same


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text, Folding())
    assert fold(once, Folding()) == once


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*c", "abbbc", True),
        ("a*c", "ac", True),
        ("a*c", "ab", False),
        ("*", "", True),
        ("ab*ba", "aba", False),
        (r"5\*3", "5*3", True),
        (r"5\*3", "553", False),
        ("*x*x*", "xx", True),
        ("*x*x*", "x", False),
    ],
)
def test_wildcards(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits


def test_no_pattern_hangs_the_grader() -> None:
    definition = Definition(
        kind=Kind.SHORT,
        text="?",
        rule=Rule.ACCEPTED,
        has_wildcards=True,
        accepted=(Accepted("*a" * 2000 + "b"),),
    )
    assert grade(definition, {"text": "a" * 20_000}).fraction == 0


def test_keywords_add_up_and_are_held_at_one() -> None:
    definition = Definition(
        kind=Kind.SHORT,
        text="?",
        rule=Rule.KEYWORDS,
        keywords=(
            Keyword(("预防为主",), D("0.6")),
            Keyword(("综合治理", "综治"), D("0.6")),
        ),
    )
    assert grade(definition, {"text": "坚持预防为主"}).fraction == Fraction(3, 5)
    assert grade(definition, {"text": "预防为主、综治"}).fraction == 1


@pytest.mark.parametrize(
    ("number", "text", "right"),
    [
        (Number(D("1822")), "1822", True),
        (Number(D("1822")), "１８２２", True),
        (Number(D("1822")), "1,822", True),
        (Number(D("1822"), D("5")), "1827", True),
        (Number(D("1822"), D("5")), "1827.1", False),
        (Number(D("100"), D("0.05"), Tolerance.RELATIVE), "105", True),
        (Number(D("100"), D("0.05"), Tolerance.RELATIVE), "105.01", False),
        (Number(D("100"), D("1"), Tolerance.GEOMETRIC), "50", True),
        (Number(D("100"), D("1"), Tolerance.GEOMETRIC), "200", True),
        (Number(D("100"), D("1"), Tolerance.GEOMETRIC), "49.9", False),
        (Number(D("-100"), D("1"), Tolerance.GEOMETRIC), "-60", True),
        (Number(D("1500")), "1.5×10^3", True),
        (Number(D("1500")), "1.5e3", True),
        (Number(D("-3")), "−3", True),
        (Number(D("3")), "三", False),
    ],
)
def test_numbers(number: Number, text: str, right: bool) -> None:
    definition = Definition(kind=Kind.NUMERIC, text="?", rule=Rule.ACCEPTED, numbers=(number,))
    assert (grade(definition, {"text": text}).fraction == 1) is right


def test_units_convert_and_may_be_required() -> None:
    definition = Definition(
        kind=Kind.NUMERIC,
        text="?",
        rule=Rule.ACCEPTED,
        numbers=(Number(D("1500")),),
        units=(Unit("m"), Unit("km", D("1000"))),
        needs_unit=True,
    )
    assert grade(definition, {"text": "1.5 km"}).fraction == 1
    assert grade(definition, {"text": "1500 M"}).fraction == 1
    assert grade(definition, {"text": "1500"}).fraction == 0
    assert grade(definition, {"text": "1500 kg"}).fraction == 0


def matching(rule: Rule = Rule.PER_PART) -> Definition:
    return Definition(
        kind=Kind.MATCHING,
        text="配对",
        rule=rule,
        stems=(Stem("1", "中国", "a"), Stem("2", "日本", "b"), Stem("3", "韩国", "c")),
        choices=(Item("a", "北京"), Item("b", "东京"), Item("c", "首尔"), Item("d", "河内")),
    )


def test_matching_by_stem_and_as_a_whole() -> None:
    response = {"matches": {"1": "a", "2": "b", "3": "d"}}
    assert grade(matching(), response).fraction == Fraction(2, 3)
    assert grade(matching(Rule.ALL_OR_NOTHING), response).fraction == 0


@pytest.mark.parametrize(
    ("rule", "order", "fraction"),
    [
        (Rule.ALL_OR_NOTHING, "1234", Fraction(1)),
        (Rule.ALL_OR_NOTHING, "1243", Fraction(0)),
        (Rule.POSITION, "1243", Fraction(1, 2)),
        (Rule.NEXT, "2341", Fraction(2, 3)),
        (Rule.NEIGHBOURS, "1243", Fraction(3, 8)),
        (Rule.PAIRS, "1243", Fraction(5, 6)),
        (Rule.PAIRS, "4321", Fraction(0)),
        (Rule.LONGEST_SUBSET, "2341", Fraction(3, 4)),
        (Rule.LONGEST_SUBSET, "4321", Fraction(0)),
        (Rule.LONGEST_RUN, "3412", Fraction(1, 2)),
    ],
)
def test_ordering(rule: Rule, order: str, fraction: Fraction) -> None:
    items = tuple(Item(key, f"第{key}步") for key in "1234")
    definition = Definition(kind=Kind.ORDERING, text="排序", rule=rule, items=items)
    assert grade(definition, {"order": list(order)}).fraction == fraction


def test_a_passage_adds_its_questions_by_points() -> None:
    definition = Definition(
        kind=Kind.MATERIAL,
        text="材料",
        rule=Rule.PER_PART,
        parts=(
            choice(Rule.WEIGHTED, "1 0", Kind.SINGLE, points=D(1)),
            choice(Rule.ALL_OR_NOTHING, "1 1", points=D(3)),
        ),
    )
    response = {"parts": {"1": {"choice": "a"}, "2": {"choices": ["a"]}}}
    assert grade(definition, response).fraction == Fraction(1, 4)
    assert grade(definition, {"parts": {}}).outcome is Outcome.UNANSWERED


def test_an_essay_waits_for_a_person() -> None:
    definition = Definition(kind=Kind.ESSAY, text="论述", rule=Rule.PER_PART)
    assert grade(definition, {"text": "……"}).outcome is Outcome.PENDING
    assert grade(definition, {"text": "  "}).outcome is Outcome.UNANSWERED
    assert marked(D("0.85")).fraction == Fraction(17, 20)


@pytest.mark.parametrize(
    ("chosen", "certainty", "fraction"),
    [
        ("a", 1, Fraction(1, 3)),
        ("a", 3, Fraction(1)),
        ("b", 1, 0),
        ("b", 2, Fraction(-2, 3)),
        ("b", 3, -2),
    ],
)
def test_certainty(chosen: str, certainty: int, fraction: Fraction) -> None:
    result = grade(choice(Rule.WEIGHTED, "1 0", Kind.SINGLE), {"choice": chosen})
    assert with_certainty(result, certainty).fraction == fraction


def test_repeated_tries_cost_in_practice() -> None:
    right = grade(choice(Rule.WEIGHTED, "1 0", Kind.SINGLE), {"choice": "a"})
    assert with_retries(right, tries=1, penalty=D("0.33333")).fraction == 1
    assert with_retries(right, tries=3, penalty=D("0.33333")).fraction == Fraction(1, 3)
    assert with_retries(right, tries=9, penalty=D("0.33333")).fraction == 0


def test_points_round_half_up_to_four_places() -> None:
    assert points_of(Fraction(1, 3), D(2)) == D("0.6667")
    assert points_of(Fraction(1, 80000), D(1)) == D("0.0000")
    assert points_of(Fraction(1, 20000), D(1)) == D("0.0001")
    assert share(D("0.1666667")) == Fraction(1, 6)
    assert share(D("0.35")) == Fraction(7, 20)


def test_reading_numbers_keeps_what_follows() -> None:
    assert read_number(" 12.5 km/h") == (D("12.5"), "km/h")
    assert read_number("abc") is None
