"""A whole attempt asks the database little: most people take a test at the same moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import event

from lms.db import db
from lms.members.policy import Actor
from tests.factories import People
from tests.quizzes.samples import answer, make_paper
from tests.quizzes.test_taking import begin, save

OF_EVERY_REQUEST = ("BEGIN", "SELECT member.id, member.number")


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database, but for who is there."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(OF_EVERY_REQUEST):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_an_attempt_takes_few_statements(
    client_of: Callable[[str], FlaskClient], people: People, actor: Callable[[str], Actor]
) -> None:
    paper_id = make_paper(actor("owner"), people.north).paper_id
    client, other = client_of("learner"), client_of("peer")
    begin(client, paper_id)  # from here on the questions are known
    with statements() as starting:
        attempt_id = begin(other, paper_id)
    save(other, attempt_id, answer(1, 1, q1=["a"]))
    with statements() as saving:
        save(other, attempt_id, answer(1, 2, q1=["b"]))
    with statements() as submitting:
        other.post(f"/quizzes/attempts/{attempt_id}/submit")
    with statements() as showing:
        assert "第 1 题" in other.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert len(starting) <= 5, starting
    assert len(saving) <= 2, saving
    assert len(submitting) <= 5, submitting
    assert len(showing) <= 3, showing
