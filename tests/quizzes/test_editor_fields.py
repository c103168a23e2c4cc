"""Definitions through the fields of the editor and back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.members.policy import Actor
from lms.quizzes.definition import (
    ONE,
    RULES,
    Accepted,
    Criterion,
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
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
HALF = Decimal("0.5")


PLAIN = st.sampled_from(["甲", "a < b", "北京|北平", "5%", "安全；生产", "a\\b", "*星", "比例:50%"])
MARKED = st.sampled_from(["甲 &amp; 乙", "<b>甲</b>", 'x<sup>2</sup><img src="file-id:3">'])
SHARES = st.sampled_from([ONE, HALF, Decimal("0.3333333")])


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A question of any kind with everything that it can carry."""
    kind = draw(st.sampled_from([kind for kind in Kind if kind != Kind.MATERIAL]))
    is_html = draw(st.booleans())
    text = MARKED if is_html else PLAIN
    note = st.one_of(st.just(""), text)
    common: dict[str, Any] = {
        "kind": kind,
        "is_html": is_html,
        "rule": draw(st.sampled_from(RULES[kind])),
        "text": "题" + draw(text),
        "title": draw(st.sampled_from(["", "名称"])),
        "points": draw(st.sampled_from([ONE, HALF, Decimal(3)])),
        "penalty_fraction": draw(st.sampled_from([Decimal(0), Decimal("0.3333333")])),
        "explanation": draw(note),
        "feedback_right": draw(note),
        "feedback_partly": draw(note),
        "feedback_wrong": draw(note),
        "folding": Folding(case=draw(st.booleans()), width=draw(st.booleans())),
        "source": draw(st.sampled_from(["", "第三条", "/library/at/1/art3", "《法》 /library/1"])),
    }
    return Definition(**common | draw(answers(kind, common["rule"], text, note)))


@st.composite
def answers(
    draw: st.DrawFn, kind: Kind, rule: Rule, text: st.SearchStrategy[str], note: Any
) -> dict[str, Any]:
    accepted = st.builds(Accepted, PLAIN, SHARES, note)
    several = st.lists(accepted, min_size=1, max_size=3, unique_by=lambda entry: entry.text)
    if kind in (Kind.SINGLE, Kind.MULTIPLE):
        weights = [ONE, Decimal(0), Decimal(0)]
        if rule in (Rule.WEIGHTED, Rule.NEGATIVE):
            weights = [ONE, Decimal("0.3333333"), Decimal("-0.5")]
        return {
            "options": tuple(
                Option(key_letter(n), f"{n}{draw(text)}", weight, draw(note))
                for n, weight in enumerate(weights)
            ),
            "shuffles": draw(st.booleans()),
            "missed_fraction": draw(st.sampled_from([HALF, Decimal("0.3")])),
        }
    if kind == Kind.TRUE_FALSE:
        wrong = -HALF if rule == Rule.NEGATIVE else Decimal(0)
        return {"options": (Option("true", "", wrong, draw(note)), Option("false", "", ONE))}
    if kind == Kind.NUMERIC:
        return {
            "numbers": tuple(
                Number(Decimal(n), off, mode, draw(SHARES), draw(note))
                for n, mode in enumerate(Tolerance)
                for off in [draw(st.sampled_from([Decimal(0), Decimal("0.05")]))]
            ),
            "units": (Unit("m"), Unit("km", Decimal(1000))),
            "needs_unit": draw(st.booleans()),
        }
    if kind == Kind.SHORT:
        keywords = (Keyword(("预防|为主", "防"), HALF), Keyword(("治",), HALF))
        return {
            "accepted": tuple(draw(several)),
            "keywords": keywords,
            "has_wildcards": draw(st.booleans()),
        }
    if kind == Kind.MATCHING:
        return {
            "stems": (Stem("1", draw(text), "a"), Stem("2", f"2{draw(text)}", "b")),
            "choices": tuple(Item(key_letter(n), f"{n}{draw(text)}") for n in range(3)),
        }
    if kind == Kind.ORDERING:
        return {"items": tuple(Item(str(n), f"{n}{draw(text)}") for n in range(1, 4))}
    if kind == Kind.ESSAY:
        model = draw(note)
        return {
            "accepted": (Accepted(model),) if model else (),
            "rubric": (Criterion("论点", HALF), Criterion("论据", HALF)),
            "allows_files": draw(st.booleans()),
        }
    first = Gap("1", weight=draw(st.sampled_from([ONE, Decimal(2)])), accepted=tuple(draw(several)))
    gaps: tuple[Gap, ...] = (first,)
    if kind == Kind.CLOZE:
        numbers = (
            Number(Decimal(5), HALF, feedback=draw(note)),
            Number(Decimal(6), HALF, Tolerance.RELATIVE, HALF),
            Number(Decimal(7), HALF, Tolerance.GEOMETRIC),
        )
        options = (
            Option("a", f"1{draw(PLAIN.filter(lambda t: t.isalnum()))}", ONE, draw(note)),
            Option("b", "*二", Decimal(0)),
            Option("c", "三:50%", HALF),
        )
        gaps += (
            Gap("2", GapKind.NUMBER, numbers=numbers),
            Gap("3", GapKind.CHOICE, options=options),
            Gap(
                "4",
                GapKind.CHOICES,
                options=(Option("a", "1甲", HALF), Option("b", "2", HALF), Option("c", "3", -HALF)),
            ),
        )
    marks = draw(st.sampled_from(["", "、"])).join(f"[[{gap.key}]]" for gap in gaps)
    return {
        "text": f"填{marks}",
        "gaps": gaps,
        "has_wildcards": draw(st.booleans()),
        "is_ordered": kind == Kind.CLOZE or draw(st.booleans()),
    }


@given(definitions())
def test_the_fields_carry_everything_that_the_grader_knows(definition: Definition) -> None:
    assert definition_of(draft_of(definition), definition) == definition


@given(definitions())
def test_the_fields_say_all_by_themselves(definition: Definition) -> None:
    """Only notes inside a text with blanks have no field; all else is read without the old one."""
    again = definition_of(draft_of(definition), None)
    if definition.is_html and not again.is_html:
        return  # nothing in it needed HTML
    assert again.gaps == definition.gaps or again.gaps[0].accepted[0].feedback == ""
    for name in ("rule", "numbers", "units", "needs_unit", "penalty_fraction", "keywords", "title"):
        assert getattr(again, name) == getattr(definition, name), name
