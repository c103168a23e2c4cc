"""The lists of tests: what they show, in a number of queries that does not grow with them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.paper_queries import get_paper
from lms.quizzes.participation_actions import allow_more
from tests.factories import People
from tests.quizzes.samples import make_paper, right_answers
from tests.quizzes.test_taking import begin, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]


def count_queries(client: FlaskClient, path: str) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("path", ["/", "/quizzes/"])
def test_a_list_takes_the_same_queries_however_many_limited_tests(
    client_of: Clients, people: People, actor: Actors, path: str
) -> None:
    learner, owner = client_of("learner"), actor("owner")

    def offer() -> None:
        made = make_paper(owner, people.north, attempts_allowed=3)
        paper = get_paper(made.paper_id, member=owner)
        allow_more(paper, unit_id=people.north_team, attempts=1, by=None)
        db.session.commit()
        attempt_id = begin(learner, made.paper_id)
        save(learner, attempt_id, right_answers()[0])
        learner.post(f"/quizzes/attempts/{attempt_id}/submit")

    offer()
    few = count_queries(learner, path)
    for _time in range(4):
        offer()
    assert count_queries(learner, path) == few


def test_allowances_of_the_person_and_of_the_units_above_count_the_largest(
    client_of: Clients, people: People, actor: Actors
) -> None:
    owner = actor("owner")
    made = make_paper(owner, people.north, attempts_allowed=1)
    paper = get_paper(made.paper_id, member=owner)
    allow_more(paper, unit_id=people.north, attempts=2, by=None)
    allow_more(paper, member_id=people.learner, attempts=1, by=None)
    allow_more(paper, unit_id=people.south, attempts=9, by=None)
    db.session.commit()
    assert "还可以考 3 次" in client_of("learner").get("/quizzes/").text
