"""Blanks in which several options are ticked: in from Moodle, graded, shown, out again."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.checking import problems_of
from lms.quizzes.definition import ONE, Definition, Gap, GapKind, Kind, Option, Rule, key_letter
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.formats.cloze import read_cloze
from lms.quizzes.formats.gift_adapt import adapt_to_gift
from lms.quizzes.formats.parsed import ParsedQuestion
from lms.quizzes.formats.writing import FORMATS, export
from lms.quizzes.grading import grade
from lms.quizzes.models import Answer
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from lms.quizzes.responses import read_response, write_fields
from tests.factories import People
from tests.quizzes.test_editor import fields_of
from tests.quizzes.test_taking import begin, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
SOURCE = "应当做到{2:MULTIRESPONSE:=登记~=报告#对~隐瞒}，电话{1:SHORTANSWER:=119}。"


def cloze(source: str = SOURCE) -> Definition:
    text, gaps = read_cloze(source)
    points = sum((gap.weight for gap in gaps), Decimal(0))
    return Definition(kind=Kind.CLOZE, rule=Rule.PER_PART, text=text, gaps=gaps, points=points)


def weights(body: str, name: str = "MULTIRESPONSE") -> list[str]:
    gap = read_cloze(f"{{1:{name}:{body}}}")[1][0]
    assert gap.kind == GapKind.CHOICES
    return [str(option.weight) for option in gap.options]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("=a~=b~c", ["0.5", "0.5", "-0.5"]),  # no shares: a wrong one takes a right one back
        ("=a~=b~=c~d", ["0.3333333", "0.3333333", "0.3333333", "-0.3333333"]),
        ("%50%a~%50%b~%-50%c", ["0.5", "0.5", "-0.5"]),
        ("%100%a~%100%b~%-50%c~d", ["0.5", "0.5", "-0.5", "0"]),
        ("=a~b", ["1", "-1"]),
    ],
)
def test_shares_are_those_of_moodle(body: str, expected: list[str]) -> None:
    assert weights(body) == expected


@pytest.mark.parametrize(
    "name", ["MULTIRESPONSE", "MULTIRESPONSE_H", "MR", "MRS", "MULTIRESPONSE_HS"]
)
def test_all_names_of_moodle_are_known(name: str) -> None:
    assert weights("=a~=b~c", name)


@pytest.mark.parametrize(
    ("ticked", "earned"),
    [("a b", 1), ("a", Fraction(1, 2)), ("a c", 0), ("a b c", Fraction(1, 2)), ("c", 0), ("x", 0)],
)
def test_each_tick_earns_its_share(ticked: str, earned: int | Fraction) -> None:
    made = cloze("{1:MULTIRESPONSE:=登记~=报告~隐瞒}")
    assert grade(made, {"gaps": {"1": ticked}}).fraction == earned


@given(st.lists(st.sampled_from("abcdz"), max_size=6))
def test_ticks_never_earn_outside_the_blank(ticked: list[str]) -> None:
    made = cloze("{1:MULTIRESPONSE:%33.333%a~%33.333%b~%33.333%c~%-100%d}")
    result = grade(made, {"gaps": {"1": " ".join(ticked)}})
    assert 0 <= result.fraction <= 1
    if set(ticked) & set("abcdz") == set("abc"):
        assert result.fraction == 1  # three written thirds make the whole


def test_the_feedback_of_every_tick_is_given() -> None:
    result = grade(cloze(), {"gaps": {"1": "a b", "2": "119"}})
    assert result.fraction == 1
    assert "对" in [reason.feedback for reason in result.reasons]


def test_ticks_travel_between_form_and_response() -> None:
    fields = {"q1-g-1": ["b", "a"], "q1-g-2": ["119"]}
    response = read_response(cloze(), "q1", fields)
    assert response == {"gaps": {"1": "a b", "2": "119"}}
    assert write_fields(cloze(), "q1", response) == {**fields, "q1-g-1": ["a", "b"]}


def test_a_blank_without_right_options_is_a_fault() -> None:
    gap = Gap("1", GapKind.CHOICES, options=(Option("a", "甲"), Option("b", "乙")))
    made = Definition(kind=Kind.CLOZE, rule=Rule.PER_PART, text="[[1]]", gaps=(gap,))
    assert problems_of(made) == ["第 1 个空没有能得满分的答案。"]
    assert problems_of(cloze()) == []


@given(st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_moodle_xml_carries_the_blank_there_and_back(right: int, wrong: int, takes: bool) -> None:
    share = round(ONE / right, 7).normalize()
    shares = [share] * right + [-share if takes else Decimal(0)] * wrong
    options = tuple(Option(key_letter(n), f"项{n}~=}}%", weight) for n, weight in enumerate(shares))
    gap = Gap("1", GapKind.CHOICES, options=options)
    made = Definition(kind=Kind.CLOZE, rule=Rule.PER_PART, text="选[[1]]", gaps=(gap,))
    chosen = FORMATS["moodle-xml"]
    back = chosen.read(chosen.write([ParsedQuestion("1", made)], {}))
    assert [each.definition for each in back.good] == [made]


def test_other_formats_say_what_becomes_of_it() -> None:
    question = ParsedQuestion("1", cloze())
    assert export([question], "qti").written == 0
    assert export([question], "qti").losses[0][1] == ("整道题：这种格式没有这种题型",)
    adapted = adapt_to_gift(cloze()).definitions
    assert [each.kind for each in adapted] == [Kind.MULTIPLE, Kind.SHORT]
    assert grade(adapted[0], {"choices": ["a", "b"]}).fraction == 1


def test_it_is_written_and_taken_on_pages(
    client_of: Clients, actor: Actors, people: People
) -> None:
    owner = actor("owner")
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=owner)
    made = create_question(bank, cloze(), by=owner)
    paper = create_paper(title="测试", unit_id=people.north, by=owner)
    add_questions_to(paper.sections[0], [made], points=Decimal(3))
    publish_paper(paper, by=owner)
    question_id, paper_id = made.id, paper.id
    db.session.commit()
    page = client_of("owner").get(f"/quizzes/questions/{question_id}").text
    assert "多选[2]：登记:50%|报告:50%|隐瞒:-50%" in fields_of(page)["answer"][0]
    learner = client_of("learner")
    attempt_id = begin(learner, paper_id)
    assert (
        'type="checkbox" name="q1-g-1" value="b"'
        in learner.get(f"/quizzes/attempts/{attempt_id}").text
    )
    fields = {"q1-g-1": ["a", "b"], "q1-g-2": ["110"]}
    save(learner, attempt_id, {"slot": 1, "sequence": 1, "fields": fields})
    assert db.session.get_one(Answer, (attempt_id, 1)).response["gaps"]["1"] == "a b"
    taken = learner.get(f"/quizzes/attempts/{attempt_id}").text
    assert 'name="q1-g-1" value="a" checked' in taken
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    result = learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert "登记、报告" in result and "2 / 3 分" in result


def test_the_editor_shares_the_credit_between_stars() -> None:
    before = cloze()
    draft = draft_of(before)
    draft.answer = "多选[2]：*登记|*报告|*上报|隐瞒\n文本：119"
    gap = definition_of(draft, before).gaps[0]
    assert [str(option.weight) for option in gap.options] == ["0.3333333"] * 3 + ["0"]
    assert gap.options[1].feedback == "对"  # kept from before
