"""The question editor: what it shows and what it makes of its fields, files and formulas."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import NewQuestion, add_questions, create_question
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.definition import (
    ONE,
    Accepted,
    Definition,
    Item,
    Kind,
    Option,
    Rule,
    Stem,
    from_json,
)
from lms.quizzes.drafts import OptionRow
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.formats.reading import read_questions
from lms.quizzes.grading import grade
from lms.quizzes.models import Bank, Question, QuestionVersion
from lms.quizzes.rich import Before, Rich, Texts, opened, simplified
from lms.quizzes.richtext import clean_definition
from tests.conftest import shared

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
HALF = Decimal("0.5")


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send from the editor's form when nothing is touched."""
    tree = html.document_fromstring(page)
    form = next(each for each in tree.forms if each.xpath(".//*[@name='text_format']"))
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    return fields


# Texts


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("<p>方针</p>", "方针"),
        ("<p>一</p><p>二</p>", "一\n二"),
        ("一<br>二", "一\n二"),
        ("<p>a &lt; b&nbsp;c</p>", "a < b c"),
        ("<p>一<b>二</b></p>", None),
        ('<p>看<img src="file-id:3"></p>', None),
    ],
)
def test_html_that_says_no_more_than_plain_text_is_plain(source: str, plain: str | None) -> None:
    rich = simplified(Rich(source, is_html=True))
    assert rich == (Rich(source, True) if plain is None else Rich(plain))


def test_one_text_with_marks_makes_the_whole_question_html() -> None:
    texts = Texts([Rich("<p>一<b>二</b></p>", True), Rich("a < b")])
    assert texts.block(Rich("a < b\nc")) == "a &lt; b<br>c"
    assert texts.inline(Rich("<p>一<b>二</b></p>", True)) == "一<b>二</b>"


def test_a_text_left_alone_keeps_its_words() -> None:
    before = Before(["<p>题干</p>"], ["<p>甲 &amp; 乙</p>"])
    texts = Texts([], before)
    assert texts.block(Rich("题干")) == "<p>题干</p>"
    assert texts.inline(opened("<p>甲 &amp; 乙</p>", True)) == "<p>甲 &amp; 乙</p>"
    assert texts.inline(Rich("丙 & 丁")) == "丙 &amp; 丁"


# Through the page


def test_saving_what_was_not_touched_makes_no_new_version(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    names = ("moodle-xml", "gift", "qti")
    paths = [path for name in names for path in sorted(shared("formats", name).rglob("*"))]
    parsed = [
        question.definition
        for path in paths
        if path.suffix in (".xml", ".txt", ".gift", ".zip") and path.stat().st_size < 200_000
        for question in good_questions(path)
        if question.definition and question.definition.kind != Kind.MATERIAL
    ]
    assert len({(each.kind, each.is_html) for each in parsed}) > 10
    owner = actor("owner")
    new = [NewQuestion(clean_definition(each)) for each in parsed[:400]]
    ids = add_questions(db.session.get_one(Bank, bank_id), new, by=owner)
    db.session.commit()
    client = client_of("owner")
    for question_id in ids:
        url = f"/quizzes/questions/{question_id}"
        saved = client.post(url, data=fields_of(client.get(url).text))
        assert saved.status_code == 302, fields_of(saved.text)
    versions = select(func.count()).select_from(QuestionVersion)
    changed = select(QuestionVersion.definition).where(
        QuestionVersion.question_id.in_(select(Question.id).where(Question.version_number > 1))
    )
    assert db.session.scalars(changed).all() == []
    assert db.session.scalar(versions) == len(ids)


def good_questions(path: Any) -> Any:
    try:
        return read_questions(path.name, path.read_bytes()).good
    except Exception:
        return ()


def test_what_an_author_writes_with_marks_is_made_safe(client_of: Clients, bank_id: int) -> None:
    form = {
        "text": '<p onclick="x()">看<b>图</b><script>alert(1)</script></p>',
        "text_format": "html",
        "option-0": "a < b",
        "option-1": "<p>x<sup>2</sup></p>",
        "option-1_format": "html",
        "right": "1",
        "feedback-1": "对",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/single"
    assert client_of("owner").post(url, data=form).status_code == 302
    stored = newest_version(db.session.scalars(select(Question)).one()).definition
    assert stored["text"] == "<p>看<b>图</b></p>"
    assert [option["text"] for option in stored["options"]] == ["a &lt; b", "x<sup>2</sup>"]


def test_plain_texts_stay_plain_in_the_editor(client_of: Clients, bank_id: int) -> None:
    form = {
        "text": "<p>方针？</p>",
        "text_format": "html",
        "answer": "true",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    assert client_of("owner").post(url, data=form).status_code == 302
    stored = newest_version(db.session.scalars(select(Question)).one()).definition
    assert stored["text"] == "方针？" and "is_html" not in stored


# Every rule of the grader has a field


def written(client: FlaskClient, bank_id: int, kind: str, **form: Any) -> Definition:
    fields = {"points": "1", "text": "题？", **form}
    response = client.post(f"/quizzes/banks/{bank_id}/questions/new/{kind}", data=fields)
    assert response.status_code == 302, response.text
    question = db.session.scalars(select(Question).order_by(Question.id.desc())).first()
    assert question is not None
    definition: Definition = from_json(newest_version(question).definition)
    db.session.rollback()
    return definition


def test_the_three_tolerances_are_set_and_graded(client_of: Clients, bank_id: int) -> None:
    client = client_of("owner")
    cases = (("absolute", "5", "105", "106"), ("relative", "10", "110", "111"))
    for mode, off, inside, outside in (*cases, ("geometric", "25", "80", "79")):
        row = {"number-0": "100", "tolerance-0": off, "mode-0": mode}
        made = written(client, bank_id, "numeric", **row)
        assert grade(made, {"text": inside}).fraction == 1, mode
        assert grade(made, {"text": outside}).fraction == 0, mode


def test_a_unit_can_be_required(client_of: Clients, bank_id: int) -> None:
    form = {"number-0": "3", "extra": "m=1\nkm=1000", "needs_unit": "1"}
    made = written(client_of("owner"), bank_id, "numeric", **form)
    assert grade(made, {"text": "3"}).fraction == 0
    assert grade(made, {"text": "0.003km"}).fraction == 1


def test_wrong_verdicts_can_cost_and_tries_can_cost(client_of: Clients, bank_id: int) -> None:
    form = {
        "answer": "true",
        "rule": "negative",
        "wrong_percent": "-50",
        "penalty_percent": "25",
        "feedback-1": "再看看第五条",
    }
    made = written(client_of("owner"), bank_id, "true_false", **form)
    result = grade(made, {"choice": "false"})
    assert result.fraction == -HALF and result.reasons[0].feedback == "再看看第五条"
    assert made.penalty_fraction == Decimal("0.25")


def test_answers_carry_shares_and_feedback(client_of: Clients, bank_id: int) -> None:
    form = {"accepted-0": "马克思*", "accepted-1": "恩格斯", "share-1": "50", "note-1": "近了"}
    made = written(client_of("owner"), bank_id, "short", **form, feedback_wrong="不对")
    assert (made.has_wildcards, made.feedback_wrong) == (False, "不对")
    assert grade(made, {"text": "马克思主义"}).fraction == 0
    assert grade(made, {"text": "恩格斯"}).reasons[0].feedback == "近了"
    starred = written(client_of("owner"), bank_id, "short", **form, has_wildcards="1")
    assert grade(starred, {"text": "马克思主义"}).fraction == 1


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("numeric", {"number-0": "3", "needs_unit": "1"}, "请列出接受的单位"),
        ("numeric", {"number-0": "3", "tolerance-0": "-1"}, "误差不能是负数"),
        ("true_false", {"answer": "true", "rule": "negative"}, "请写出答错得多少"),
        ("true_false", {"answer": "true", "penalty_percent": "200"}, "重试扣分"),
    ],
)
def test_what_cannot_be_meant_is_said(
    client_of: Clients, bank_id: int, kind: str, form: dict[str, str], sentence: str
) -> None:
    url = f"/quizzes/banks/{bank_id}/questions/new/{kind}"
    response = client_of("owner").post(url, data={"text": "？", "points": "1", **form})
    assert response.status_code == 422 and sentence in response.text


def test_more_rows_are_made_without_losing_anything(client_of: Clients, bank_id: int) -> None:
    url = f"/quizzes/banks/{bank_id}/questions/new/numeric"
    form = {"text": "？", "number-0": "3", "note-0": "好", "points": "1", "more": "1"}
    page = client_of("owner").post(url, data=form).text
    fields = fields_of(page)
    assert (fields["number-0"], fields["note-0"], fields["number-1"]) == (["3"], ["好"], [""])


def test_an_essays_model_answer_is_shown_with_its_marks(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    essay = Definition(
        kind=Kind.ESSAY,
        rule=Rule.PER_PART,
        text="<p>论述</p>",
        is_html=True,
        accepted=(Accepted("<p><b>要点</b><script>x</script></p>"),),
    )
    owner = actor("owner")
    made = create_question(db.session.get_one(Bank, bank_id), essay, by=owner)
    assert made.id and "script" not in str(newest_version(made).definition)
    db.session.commit()
    page = client_of("owner").get(f"/quizzes/questions/{made.id}").text
    assert "<p><b>要点</b></p>" in page


def test_answers_given_before_still_mean_the_same_options() -> None:
    """Regrading reads old answers with the new version, so keys stay with what they name."""
    options = (Option("a", "甲", ONE), Option("b", "乙"), Option("c", "丙"))
    before = Definition(kind=Kind.SINGLE, rule=Rule.WEIGHTED, text="？", options=options)
    draft = draft_of(before)
    del draft.options[1]
    draft.options[0].is_right, draft.options[1].is_right = False, True
    draft.options.append(OptionRow(Rich("丁")))
    corrected = definition_of(draft, before)
    assert [option.key for option in corrected.options] == ["a", "c", "b"]
    assert grade(corrected, {"choice": "c"}).fraction == 1


def test_a_corrected_order_is_still_told_from_the_old_one() -> None:
    items = (Item("1", "甲"), Item("2", "乙"), Item("3", "丙"))
    before = Definition(kind=Kind.ORDERING, rule=Rule.ALL_OR_NOTHING, text="？", items=items)
    draft = draft_of(before)
    draft.answer = "乙\n甲\n丙"
    corrected = definition_of(draft, before)
    assert grade(corrected, {"order": ["2", "1", "3"]}).fraction == 1
    assert grade(corrected, {"order": ["1", "2", "3"]}).fraction == 0


def test_a_corrected_pair_keeps_its_choices() -> None:
    stems = (Stem("1", "中国", "a"), Stem("2", "日本", "b"))
    choices = (Item("a", "东京"), Item("b", "北京"))
    before = Definition(
        kind=Kind.MATCHING, rule=Rule.PER_PART, text="？", stems=stems, choices=choices
    )
    draft = draft_of(before)
    draft.answer = "中国 -> 北京\n日本 -> 东京"
    corrected = definition_of(draft, before)
    assert grade(corrected, {"matches": {"1": "b", "2": "a"}}).fraction == 1
