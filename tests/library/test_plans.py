"""What the database looks through to show a text or the list, however many texts there are."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.db import db
from lms.library.models import Document

Client = Callable[[str], FlaskClient]
Plan = Callable[[str], list[str]]


@pytest.fixture
def plan(app: Flask, client_of: Client) -> Plan:
    """The steps by which SQLite answers all statements of a page."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it has counted in the tables")

    def steps(path: str) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, text: str, values: Any, *_more: Any) -> None:
            if text.startswith("SELECT"):
                asked.append((text, values))

        client = client_of("owner")
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        with db.engine.connect() as connection:
            plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {t}", v) for t, v in asked]
            return [row[3] for rows in plans for row in rows]

    return steps


@pytest.mark.parametrize("behind", ["", "?q=责任制", "/cited"])
def test_a_text_is_shown_without_looking_through_all_texts(
    plan: Plan, rules: Document, behind: str
) -> None:
    texts = [one for one in plan(f"/library/{rules.id}{behind}") if " library_document" in one]
    assert texts
    for step in texts:
        assert "PRIMARY KEY" in step or "(work_id=?)" in step, step


def test_the_list_reads_no_more_texts_than_it_shows(plan: Plan, rules: Document) -> None:
    steps = [one for one in plan("/library/") if " library_document" in one]
    # The page in its order; how many there are, and of which kinds, from an index alone.
    assert sum("USING INDEX ix_library_document_list" in one for one in steps) == 1, steps
    assert sum("COVERING INDEX ix_library_document_facets" in one for one in steps) == 2, steps
    assert len(steps) == 3
