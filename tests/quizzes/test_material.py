"""Passages with questions of their own, written on pages."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.definition import Definition, from_json
from lms.quizzes.grading import grade
from lms.quizzes.models import Question, QuestionState, QuestionVersion
from tests.factories import People
from tests.quizzes.test_editor import fields_of

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
TRUE = {"text": "甲的做法对。", "answer": "false", "points": "2"}
BLANK = {
    "text": "<p>他应当先<b>____</b>。</p>",
    "text_format": "html",
    "answer": "停机",
    "points": "3",
}


@pytest.fixture
def passage(client_of: Clients, actor: Actors, people: People) -> int:
    """A passage as it stands after its first page: a draft without questions."""
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=actor("owner"))
    db.session.commit()
    url = f"/quizzes/banks/{bank.id}/questions/new/material"
    client = client_of("owner")
    assert client.get(url).status_code == 200
    form = {"text": "阅读<下面>的材料。", "category": "案例", "difficulty": "4"}
    response = client.post(url, data=form)
    assert response.status_code == 302 and response.location.endswith("#parts")
    return db.session.scalars(select(Question.id)).one()


def stored(question_id: int) -> Definition:
    db.session.expire_all()
    question = db.session.get_one(Question, question_id)
    definition: Definition = from_json(newest_version(question).definition)
    db.session.rollback()
    return definition


def add(client: FlaskClient, passage: int, kind: str, form: dict[str, str]) -> None:
    url = f"/quizzes/questions/{passage}/parts/new/{kind}"
    assert client.get(url).status_code == 200
    response = client.post(url, data=form)
    assert response.status_code == 302, response.text


def state_of(question_id: int) -> QuestionState:
    db.session.expire_all()
    state = db.session.get_one(Question, question_id).state
    db.session.rollback()
    return state


def test_a_passage_is_written_question_by_question(client_of: Clients, passage: int) -> None:
    client = client_of("owner")
    assert "还没有小题" in client.get(f"/quizzes/questions/{passage}").text
    add(client, passage, "true_false", TRUE)
    add(client, passage, "fill_in", BLANK)
    made = stored(passage)
    assert made.points == 5 and not made.is_html and made.parts[1].is_html
    assert [part.points for part in made.parts] == [Decimal(2), Decimal(3)]
    answer = {"1": {"choice": "false"}, "2": {"gaps": {"1": "停车"}}}
    assert grade(made, {"parts": answer}).fraction * 5 == 2
    page = client.get(f"/quizzes/questions/{passage}").text
    assert "他应当先 ____ 。" in page and "共 5 分" in page
    client.post(f"/quizzes/questions/{passage}/state", data={"state": "reviewed"})
    assert state_of(passage) == QuestionState.REVIEWED


def test_a_passage_without_questions_cannot_be_used(client_of: Clients, passage: int) -> None:
    client = client_of("owner")
    refused = client.post(f"/quizzes/questions/{passage}/state", data={"state": "reviewed"})
    assert refused.status_code == 422 and "至少要有一个小题" in refused.text
    assert state_of(passage) == QuestionState.DRAFT


def test_the_last_question_of_a_passage_in_use_stays(client_of: Clients, passage: int) -> None:
    client = client_of("owner")
    add(client, passage, "true_false", TRUE)
    client.post(f"/quizzes/questions/{passage}/state", data={"state": "reviewed"})
    assert client.post(f"/quizzes/questions/{passage}/parts/1/remove").status_code == 422
    assert len(stored(passage).parts) == 1


def test_questions_of_a_passage_are_changed_moved_and_taken_out(
    client_of: Clients, passage: int
) -> None:
    client = client_of("owner")
    add(client, passage, "true_false", TRUE)
    add(client, passage, "fill_in", BLANK)
    page = client.get(f"/quizzes/questions/{passage}/parts/2")
    fields = fields_of(page.text)
    assert client.post(page.request.path, data=fields).status_code == 302
    assert stored(passage).parts[1].text == "<p>他应当先<b>[[1]]</b>。</p>"
    again = client.post(page.request.path, data={**fields, "points": ["4"], "version": ["3"]})
    assert again.status_code == 302 and stored(passage).points == 6
    base = f"/quizzes/questions/{passage}/parts"
    assert client.post(f"{base}/2/up").status_code == 302
    assert [part.kind for part in stored(passage).parts] == ["fill_in", "true_false"]
    assert client.post(f"{base}/1/up").status_code == 302  # nothing above the first
    assert client.post(f"{base}/1/remove").status_code == 302
    assert [part.kind for part in stored(passage).parts] == ["true_false"]
    assert client.post(f"{base}/7/remove").status_code == 404
    assert client.get(f"{base}/2").status_code == 404


def test_saving_the_passage_keeps_its_questions(client_of: Clients, passage: int) -> None:
    client = client_of("owner")
    add(client, passage, "true_false", TRUE)
    url = f"/quizzes/questions/{passage}"
    before = stored(passage)
    fields = fields_of(client.get(url).text)
    assert client.post(url, data=fields).status_code == 302
    assert stored(passage) == before
    changed = {**fields, "text": ["<p>新<b>材料</b></p>"], "text_format": ["html"]}
    assert client.post(url, data=changed).status_code == 302
    after = stored(passage)
    assert (after.text, after.parts) == ("<p>新<b>材料</b></p>", before.parts)


def test_two_authors_do_not_overwrite_each_other(client_of: Clients, passage: int) -> None:
    owner, colleague = client_of("owner"), client_of("colleague")
    url = f"/quizzes/questions/{passage}"
    mine = fields_of(owner.get(url).text)
    add(colleague, passage, "true_false", TRUE)
    refused = owner.post(url, data={**mine, "text": ["我的版本"]})
    assert refused.status_code == 409
    assert "别人刚刚改过" in refused.text and "我的版本" in refused.text
    part = {**TRUE, "version": mine["version"][0]}
    assert owner.post(f"{url}/parts/new/true_false", data=part).status_code == 409
    count = select(QuestionVersion.number).order_by(QuestionVersion.number.desc())
    assert db.session.scalars(count).first() == 2


@pytest.mark.parametrize(("number", "status"), [("outsider", 404), ("learner", 403)])
def test_only_authors_write_questions_of_a_passage(
    client_of: Clients, passage: int, number: str, status: int
) -> None:
    client = client_of(number)
    url = f"/quizzes/questions/{passage}/parts"
    assert client.get(f"{url}/new/single").status_code == status
    assert client.post(f"{url}/new/true_false", data=TRUE).status_code == status
    assert client.post(f"{url}/1/remove").status_code == status


def test_a_fault_in_a_question_of_a_passage_is_said_on_its_page(
    client_of: Clients, passage: int
) -> None:
    url = f"/quizzes/questions/{passage}/parts/new/single"
    form = {"text": "？", "points": "1", "option-0": "甲", "option-1": "乙"}
    response = client_of("owner").post(url, data=form)
    assert response.status_code == 422 and "没有标出正确答案" in response.text
    assert "乙" in response.text


def test_a_question_is_kept_as_a_draft(client_of: Clients, actor: Actors, people: People) -> None:
    bank = create_bank(code="d", title="题库", unit_id=people.north, by=actor("owner"))
    db.session.commit()
    url = f"/quizzes/banks/{bank.id}/questions/new/true_false"
    client_of("owner").post(url, data={**TRUE, "state": "draft"})
    assert db.session.scalars(select(Question.state)).one() == QuestionState.DRAFT
