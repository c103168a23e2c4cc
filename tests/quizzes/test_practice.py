"""Practice: what another try costs, as the author of the question has set it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import revise_question
from lms.quizzes.bank_queries import definitions_of, newest_version
from lms.quizzes.models import Question, WrongQuestion
from tests.factories import People
from tests.quizzes.samples import make_paper
from tests.quizzes.test_editor import fields_of
from tests.quizzes.test_taking import begin

Clients = Callable[[str], FlaskClient]


@pytest.fixture
def wrong(client_of: Clients, actor: Callable[[str], Actor], people: People) -> int:
    """A true-or-false question of two points that the learner got wrong; another try costs 25 %."""
    made = make_paper(actor("owner"), people.north)
    question_id = made.question_ids[2]
    owner = client_of("owner")
    url = f"/quizzes/questions/{question_id}"
    fields = {**fields_of(owner.get(url).text), "penalty_percent": ["25"], "points": ["2"]}
    assert owner.post(url, data=fields).status_code == 302
    learner = client_of("learner")
    attempt_id = begin(learner, made.paper_id)
    learner.post(f"/quizzes/attempts/{attempt_id}/submit", data={"s3": "1", "q3": "false"})
    assert db.session.scalars(select(WrongQuestion.question_id)).all() == [question_id]
    return question_id


def test_each_further_try_costs_what_the_author_set(client_of: Clients, wrong: int) -> None:
    learner, url = client_of("learner"), f"/quizzes/wrong/{wrong}"
    first = learner.post(url, data={"q1": "false"}).text
    assert "0 / 2 分" in first and f"{url}?try=2" in first
    again = learner.get(f"{url}?try=2").text
    assert "第 2 次尝试，每多试一次扣 25%" in again
    assert "1.5 / 2 分" in learner.post(f"{url}?try=2", data={"q1": "true"}).text
    assert "0 / 2 分" in learner.post(f"{url}?try=99999", data={"q1": "false"}).text


def test_the_first_try_costs_nothing(client_of: Clients, wrong: int) -> None:
    page = client_of("learner").post(f"/quizzes/wrong/{wrong}", data={"q1": "true"}).text
    assert "2 / 2 分" in page and "每多试一次" not in page


def test_without_a_penalty_tries_are_free(
    client_of: Clients, actor: Callable[[str], Actor], wrong: int
) -> None:
    owner = actor("owner")
    question = db.session.get_one(Question, wrong)
    version = newest_version(question)
    definition = definitions_of({version.id: version.digest})[version.id]
    revise_question(question, replace(definition, penalty_fraction=Decimal(0)), by=owner)
    db.session.commit()
    page = client_of("learner").post(f"/quizzes/wrong/{wrong}?try=3", data={"q1": "true"}).text
    assert "2 / 2 分" in page and "每多试一次" not in page
