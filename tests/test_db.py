"""Connections: one for each thread; on PostgreSQL requests that read keep what was prepared."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from lms.db import db
from lms.members.models import Member
from lms.members.queries import find_member_by_number
from tests.factories import People


@pytest.fixture
def postgresql(app: Flask) -> None:
    """These tests are about PostgreSQL; see bin/test_postgresql.py."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("the database is not PostgreSQL")


def test_every_thread_keeps_its_connection(app: Flask) -> None:
    pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    # Beats and autosaves keep one each beside those.
    assert pool.size() == app.config["SETTINGS"].web_threads + 2


@pytest.mark.usefixtures("postgresql")
def test_statements_stay_prepared_from_page_to_page(
    client_of: Callable[[str], FlaskClient],
) -> None:
    client = client_of("learner")
    db.session.remove()
    db.engine.dispose()
    for _ in range(8):
        assert client.get("/quizzes/").status_code == 200
    with db.engine.connect() as connection:
        count = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :session")
        assert connection.scalar(count, {"session": "%sign_in_session%"}) == 1


@pytest.mark.usefixtures("postgresql")
def test_a_request_that_reads_cannot_write(app: Flask, people: People) -> None:
    number = db.session.scalars(select(func.min(Member.number))).one()
    db.session.rollback()
    change = update(Member).where(Member.number == number)
    with (
        app.test_request_context("/", method="GET"),
        pytest.raises(SQLAlchemyError, match="read-only transaction"),
    ):
        db.session.execute(change.values(name="甲"))
    db.session.remove()
    with app.test_request_context("/", method="POST"):
        db.session.execute(change.values(name="乙"))
        db.session.commit()
    found = find_member_by_number(number)
    assert found is not None
    assert found.name == "乙"
