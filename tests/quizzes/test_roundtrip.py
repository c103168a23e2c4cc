"""Export then import gives equal questions, and what a format cannot carry is said."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.quizzes.definition import (
    ONE,
    Accepted,
    Definition,
    Gap,
    GapKind,
    Item,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Unit,
    key_letter,
)
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.formats.answers import true_false_options
from lms.quizzes.formats.parsed import ParsedQuestion
from lms.quizzes.formats.writing import FORMATS, export

WORDS = st.text(
    st.sampled_from("安全生产法甲乙丙丁一二三aB9 ，。？()~=#{}:%\\|;；<>&\"'/*->"),
    min_size=1,
    max_size=12,
).map(lambda text: f"字{' '.join(text.split())}字")
NOTES = st.one_of(st.just(""), WORDS)
POINTS = st.integers(1, 40).map(lambda n: Decimal(n) / 2)


@st.composite
def single(draw: st.DrawFn) -> Definition:
    texts = draw(st.lists(WORDS, min_size=2, max_size=6, unique=True))
    right = draw(st.integers(0, len(texts) - 1))
    return Definition(
        kind=Kind.SINGLE,
        text=draw(WORDS),
        rule=Rule.WEIGHTED,
        options=tuple(
            Option(key_letter(i), text, ONE if i == right else Decimal(0))
            for i, text in enumerate(texts)
        ),
        points=draw(POINTS),
        explanation=draw(NOTES),
    )


@st.composite
def multiple(draw: st.DrawFn, rule: Rule = Rule.ALL_OR_NOTHING) -> Definition:
    texts = draw(st.lists(WORDS, min_size=3, max_size=6, unique=True))
    right = draw(st.sets(st.integers(0, len(texts) - 1), min_size=1))
    return Definition(
        kind=Kind.MULTIPLE,
        text=draw(WORDS),
        rule=rule,
        options=tuple(
            Option(key_letter(i), text, ONE if i in right else Decimal(0))
            for i, text in enumerate(texts)
        ),
        points=draw(POINTS),
        explanation=draw(NOTES),
    )


@st.composite
def weighted(draw: st.DrawFn) -> Definition:
    shares = draw(
        st.sampled_from([("0.5", "0.5", "-0.5"), ("0.25", "0.75", "0", "-1"), ("1", "0")])
    )
    texts = draw(st.lists(WORDS, min_size=len(shares), max_size=len(shares)))
    return Definition(
        kind=Kind.MULTIPLE,
        text=draw(WORDS),
        rule=Rule.WEIGHTED,
        options=tuple(
            Option(key_letter(i), text, Decimal(share))
            for i, (text, share) in enumerate(zip(texts, shares, strict=True))
        ),
    )


@st.composite
def true_false(draw: st.DrawFn) -> Definition:
    return Definition(
        kind=Kind.TRUE_FALSE,
        text=draw(WORDS),
        rule=Rule.WEIGHTED,
        options=true_false_options(draw(st.booleans())),
        points=draw(POINTS),
        explanation=draw(NOTES),
    )


@st.composite
def fill_in(draw: st.DrawFn) -> Definition:
    count = draw(st.integers(1, 3))
    gaps = tuple(
        Gap(
            str(n),
            accepted=tuple(
                map(Accepted, draw(st.lists(WORDS, min_size=1, max_size=3, unique=True)))
            ),
        )
        for n in range(1, count + 1)
    )
    text = draw(WORDS) + "，".join(f"[[{gap.key}]]" for gap in gaps) + "。"
    return Definition(
        kind=Kind.FILL_IN, text=text, rule=Rule.PER_PART, gaps=gaps, explanation=draw(NOTES)
    )


@st.composite
def short(draw: st.DrawFn) -> Definition:
    texts = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    return Definition(
        kind=Kind.SHORT,
        text=draw(WORDS),
        rule=Rule.ACCEPTED,
        has_wildcards=True,
        accepted=tuple(
            Accepted(text, ONE if i == 0 else Decimal("0.5")) for i, text in enumerate(texts)
        ),
        explanation=draw(NOTES),
    )


@st.composite
def numeric(draw: st.DrawFn) -> Definition:
    value = Decimal(draw(st.integers(-(10**6), 10**6))) / 100
    off = Decimal(draw(st.integers(0, 500))) / 100
    return Definition(
        kind=Kind.NUMERIC,
        text=draw(WORDS),
        rule=Rule.ACCEPTED,
        numbers=(
            Number(
                value.normalize() if value else Decimal(0), off.normalize() if off else Decimal(0)
            ),
        ),
        explanation=draw(NOTES),
    )


@st.composite
def matching(draw: st.DrawFn) -> Definition:
    rights = draw(st.lists(WORDS, min_size=2, max_size=5, unique=True))
    lefts = draw(st.lists(WORDS, min_size=2, max_size=len(rights), unique=True))
    return Definition(
        kind=Kind.MATCHING,
        text=draw(WORDS),
        rule=Rule.PER_PART,
        stems=tuple(Stem(str(i + 1), text, key_letter(i)) for i, text in enumerate(lefts)),
        choices=tuple(Item(key_letter(i), text) for i, text in enumerate(rights)),
    )


@st.composite
def ordering(draw: st.DrawFn) -> Definition:
    texts = draw(st.lists(WORDS, min_size=2, max_size=6))
    return Definition(
        kind=Kind.ORDERING,
        text=draw(WORDS),
        rule=Rule.ALL_OR_NOTHING,
        items=tuple(Item(str(i), text) for i, text in enumerate(texts, 1)),
    )


@st.composite
def essay(draw: st.DrawFn) -> Definition:
    model = draw(NOTES)
    return Definition(
        kind=Kind.ESSAY,
        text=draw(WORDS),
        rule=Rule.PER_PART,
        accepted=(Accepted(model),) if model else (),
    )


@st.composite
def cloze(draw: st.DrawFn) -> Definition:
    texts = draw(st.lists(WORDS, min_size=2, max_size=4, unique=True))
    gaps = (
        Gap("1", accepted=(Accepted(draw(WORDS)),)),
        Gap("2", GapKind.NUMBER, numbers=(Number(Decimal(draw(st.integers(1, 99)))),)),
        Gap(
            "3",
            GapKind.CHOICE,
            options=tuple(
                Option(key_letter(i), text, ONE if i == 0 else Decimal(0))
                for i, text in enumerate(texts)
            ),
        ),
    )
    return Definition(
        kind=Kind.CLOZE,
        text="字[[1]]，[[2]]，[[3]]",
        rule=Rule.PER_PART,
        gaps=gaps,
        points=Decimal(3),
    )


def without(kind: st.SearchStrategy[Definition], *fields: str) -> st.SearchStrategy[Definition]:
    """The questions without what the format has no place for."""
    empty = {"explanation": "", "points": ONE, "accepted": ()}
    return kind.map(lambda each: replace(each, **{name: empty[name] for name in fields}))


CARRIED: dict[str, list[st.SearchStrategy[Definition]]] = {
    "excel": [
        single(),
        multiple(),
        multiple(Rule.MISSED),
        multiple(Rule.SHARED),
        weighted(),
        true_false(),
        fill_in(),
        short(),
        numeric(),
        ordering(),
        essay(),
    ],
    "gift": [
        without(single(), "points"),
        weighted().filter(lambda each: len(each.options) > 2),
        without(true_false(), "points"),
        short(),
        numeric(),
        matching(),
        without(essay(), "accepted"),
    ],
    "moodle-xml": [
        single(),
        weighted(),
        true_false(),
        short(),
        numeric(),
        matching(),
        ordering(),
        essay(),
        cloze(),
    ],
    "qti": [
        without(single(), "points", "explanation"),
        without(multiple(), "points", "explanation"),
        without(fill_in(), "explanation"),
        matching(),
        ordering(),
        essay(),
    ],
}


@pytest.mark.parametrize("name", CARRIED)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_export_then_import_gives_equal_questions(name: str, data: st.DataObject) -> None:
    definition = data.draw(st.one_of(CARRIED[name]))
    chosen = FORMATS[name]
    question = ParsedQuestion("1", definition)
    back = chosen.read(chosen.write([question], {}))
    assert [each.problems for each in back.bad] == []
    assert [each.definition for each in back.good] == [definition]


def test_categories_tags_and_files_travel() -> None:
    definition = Definition(
        kind=Kind.ESSAY,
        text='<p>看图 <img src="attachment:a.png" alt=""></p>',
        is_html=True,
        rule=Rule.PER_PART,
    )
    question = ParsedQuestion("1", definition, ("安全", "总/则"), ("重点",))
    chosen = FORMATS["moodle-xml"]
    back = chosen.read(chosen.write([question], {"a.png": b"picture"}))
    assert back.good[0].category == ("安全", "总/则")
    assert back.good[0].tags == ("重点",)
    assert list(back.attachments.values()) == [b"picture"]
    packed = FORMATS["qti"].read(FORMATS["qti"].write([question], {"a.png": b"picture"}))
    assert list(packed.attachments.values()) == [b"picture"]


def test_what_a_format_cannot_carry_is_listed() -> None:
    numeric_with_unit = Definition(
        kind=Kind.NUMERIC,
        text="多长？",
        rule=Rule.ACCEPTED,
        numbers=(Number(Decimal(5)),),
        units=(Unit("m"),),
        source="/library/1#p3",
    )
    material = Definition(
        kind=Kind.MATERIAL, text="材料", rule=Rule.PER_PART, parts=(numeric_with_unit,)
    )
    questions = [
        ParsedQuestion("1", numeric_with_unit, tags=("重点",), difficulty=5),
        ParsedQuestion("2", material),
    ]
    exported = export(questions, "gift")
    assert exported.written == 2
    assert exported.losses[0] == ("多长？", ("单位", "出处", "难度"))
    assert exported.losses[1] == (
        "材料",
        ("材料题拆成 1 道题，每道前面都有材料", "单位", "出处"),
    )
    assert export(questions[:1], "excel").losses == (("多长？", ("单位",)),)
    none = export(questions[1:], "excel")
    assert (none.written, none.losses) == (0, (("材料", ("整道题：这种格式没有这种题型",)),))


@given(st.one_of(single(), multiple(Rule.MISSED), weighted(), true_false(), numeric(), ordering()))
def test_the_editor_shows_and_reads_the_same_question(definition: Definition) -> None:
    assert definition_of(draft_of(definition), definition) == definition
