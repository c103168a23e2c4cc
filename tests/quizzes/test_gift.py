"""GIFT carries what it can: questions of other types are adapted, and what is lost is listed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.quizzes.definition import (
    Accepted,
    Definition,
    Folding,
    Gap,
    GapKind,
    Kind,
    Number,
    Option,
    Rule,
    Tolerance,
)
from lms.quizzes.formats.gift import read_gift
from lms.quizzes.formats.gift_adapt import adapt_to_gift
from lms.quizzes.formats.gift_writer import write_gift
from lms.quizzes.formats.parsed import ParsedQuestion
from lms.quizzes.formats.writing import FORMATS, export
from tests.quizzes.test_roundtrip import (
    WORDS,
    cloze,
    essay,
    fill_in,
    matching,
    multiple,
    numeric,
    ordering,
    short,
    single,
    true_false,
    weighted,
)

SIMPLE = (
    single(),
    multiple(),
    multiple(Rule.MISSED),
    weighted(),
    true_false(),
    short(),
    numeric(),
    matching(),
    ordering(),
    essay(),
    fill_in(),
    cloze(),
)


@st.composite
def material(draw: st.DrawFn) -> Definition:
    parts = draw(st.lists(st.one_of(SIMPLE), min_size=1, max_size=3))
    return Definition(kind=Kind.MATERIAL, text=draw(WORDS), rule=Rule.PER_PART, parts=tuple(parts))


@st.composite
def anything(draw: st.DrawFn) -> ParsedQuestion:
    """A question of any type, with or without what other formats have no place for."""
    definition = draw(st.one_of(*SIMPLE, material()))
    extras = {
        "title": draw(st.sampled_from(("", "第一题"))),
        "shuffles": draw(st.booleans()),
        "source": draw(st.sampled_from(("", "/library/1#p3"))),
        "folding": draw(st.sampled_from((Folding(), Folding(case=False)))),
        "penalty_fraction": draw(st.sampled_from((Decimal(0), Decimal("0.1")))),
    }
    tags = tuple(draw(st.lists(WORDS, max_size=2, unique=True)))
    return ParsedQuestion("1", replace(definition, **extras), ("安全",), tags)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything())
def test_what_is_not_listed_is_carried(question: ParsedQuestion) -> None:
    exported = export([question], "gift")
    back = read_gift(exported.data)
    assert back.bad == ()
    assert exported.written == 1
    if not exported.losses:
        assert [
            (each.definition, each.category, each.tags, each.difficulty) for each in back.good
        ] == [(question.definition, question.category, question.tags, question.difficulty)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(fill_in(), cloze(), ordering(), material()))
def test_every_piece_of_an_adapted_question_comes_back(definition: Definition) -> None:
    adapted = adapt_to_gift(definition)
    back = read_gift(write_gift([ParsedQuestion("1", definition)]))
    assert [each.problems for each in back.bad] == []
    expected = [replace(each, points=Decimal(1)) for each in adapted.definitions]
    pairs = zip(expected, back.good, strict=True)
    for before, after in pairs:
        assert after.definition is not None
        assert (after.definition.kind, after.definition.text) == (before.kind, before.text)
        if before.kind in (Kind.SHORT, Kind.NUMERIC, Kind.SINGLE, Kind.MATCHING):
            assert after.definition == before
    (_words, lost), *_more = export([ParsedQuestion("1", definition)], "gift").losses
    assert lost[0] == adapted.note


def test_an_ordering_becomes_a_matching_with_places() -> None:
    adapted = adapt_to_gift(
        Definition(
            kind=Kind.ORDERING,
            text="停电操作的步骤",
            rule=Rule.POSITION,
            items=(Option("1", "停电"), Option("2", "验电")),  # type: ignore[arg-type]
        )
    )
    text = write_gift([ParsedQuestion("1", adapted.definitions[0])]).decode()
    assert "=停电 -> 1" in text and "=验电 -> 2" in text
    assert adapted.note == "排序题写成配对题：每一项配第几位"


def test_each_gap_becomes_a_question_of_its_own() -> None:
    gaps = (
        Gap("1", accepted=(Accepted("立即"),), weight=Decimal(2)),
        Gap("2", GapKind.CHOICE, options=(Option("a", "甲", Decimal(1)), Option("b", "乙"))),
        Gap("3", GapKind.NUMBER, numbers=(Number(Decimal(5)),)),
    )
    definition = Definition(
        kind=Kind.CLOZE,
        text="应当[[1]]向[[2]]报告[[3]]次。",
        rule=Rule.PER_PART,
        gaps=gaps,
        points=Decimal(4),
    )
    made = adapt_to_gift(definition).definitions
    assert [each.kind for each in made] == [Kind.SHORT, Kind.SINGLE, Kind.NUMERIC]
    assert made[0].text == "应当_____向_____报告_____次。（第 1 空）"
    assert [each.points for each in made] == [Decimal(2), Decimal(1), Decimal(1)]


def test_gaps_in_any_order_accept_each_other() -> None:
    gaps = tuple(Gap(str(n), accepted=(Accepted(text),)) for n, text in ((1, "甲"), (2, "乙")))
    definition = Definition(
        kind=Kind.FILL_IN, text="[[1]]和[[2]]", rule=Rule.PER_PART, gaps=gaps, is_ordered=False
    )
    for made in adapt_to_gift(definition).definitions:
        assert [entry.text for entry in made.accepted] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("mode", "tolerance", "value", "off"),
    [
        (Tolerance.RELATIVE, "0.05", "200", "10"),
        (Tolerance.GEOMETRIC, "1", "250", "150"),  # 100 to 400
        (Tolerance.ABSOLUTE, "3", "200", "3"),
    ],
)
def test_tolerances_are_written_in_the_units_of_the_number(
    mode: Tolerance, tolerance: str, value: str, off: str
) -> None:
    number = Number(Decimal(200), Decimal(tolerance), mode)
    definition = Definition(kind=Kind.NUMERIC, text="多少？", rule=Rule.ACCEPTED, numbers=(number,))
    found = read_gift(write_gift([ParsedQuestion("1", definition)])).good[0].definition
    assert found is not None
    assert found.numbers == (Number(Decimal(value), Decimal(off)),)


def test_a_passage_in_html_stays_html_before_plain_questions() -> None:
    part = Definition(
        kind=Kind.TRUE_FALSE,
        text="1 < 2 对吗？",
        rule=Rule.WEIGHTED,
        options=(Option("true", "", Decimal(1)), Option("false", "")),
    )
    definition = Definition(
        kind=Kind.MATERIAL, text="<p>材料</p>", is_html=True, rule=Rule.PER_PART, parts=(part,)
    )
    (made,) = adapt_to_gift(definition).definitions
    assert (made.text, made.is_html) == ("<p>材料</p><br>（1）1 &lt; 2 对吗？", True)


def test_pictures_that_gift_leaves_behind_are_listed() -> None:
    definition = Definition(
        kind=Kind.ESSAY,
        text='<p>看图 <img src="attachment:a.png" alt=""></p>',
        is_html=True,
        rule=Rule.PER_PART,
    )
    exported = export([ParsedQuestion("1", definition)], "gift", {"a.png": b"picture"})
    assert "图片、声音等文件" in exported.losses[0][1]
    assert not export([ParsedQuestion("1", definition)], "moodle-xml", {"a.png": b"x"}).losses


def test_tags_of_moodle_comments_are_read() -> None:
    text = "// question: 1 [id:x] [tag:重点] [tag:a\\]b]\n::甲:: 一加一？{=2}\n\n// 说明\n乙{T}\n"
    assert [each.tags for each in read_gift(text.encode()).good] == [("重点", "a]b"), ()]


def test_only_what_a_format_has_no_place_for_is_lost_as_a_whole() -> None:
    assert FORMATS["gift"].adapt is adapt_to_gift
    words = Definition(kind=Kind.SHORT, text="为什么？", rule=Rule.KEYWORDS)
    exported = export([ParsedQuestion("1", words)], "gift")
    assert exported.losses[0][1][0] == "按关键词给分的简答题写成论述题"
