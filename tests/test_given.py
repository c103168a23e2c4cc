"""Rows as one value: what comes out is what went in, as columns of every type store it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, literal, literal_column, select, update
from sqlalchemy.exc import SQLAlchemyError

from lms.db import db
from lms.given import GivenRows
from lms.given_change import GivenChange
from lms.quizzes.models import Answer
from lms.study.models import StudyClock, StudyItem

AT = datetime(2026, 2, 28, 15, 59, 59, 123456, tzinfo=UTC)


def test_every_type_comes_back(app):
    columns = {
        "number": StudyClock.__table__.c.open_subject_id,
        "text": StudyClock.__table__.c.state,
        "yes": StudyClock.__table__.c.is_open,
        "at": StudyClock.__table__.c.beat_at,
        "day": StudyClock.__table__.c.open_on,
        "exact": StudyItem.__table__.c.credit,
        "values": Answer.__table__.c.response,
    }
    rows = [
        {
            "number": 2**40,
            "text": "“学时”\n\\ \" ' {} 😀",
            "yes": True,
            "at": AT,
            "day": date(2026, 2, 28),
            "exact": Decimal("1.2500"),
            "values": {"blanks": ["甲", None, 'a"b'], "n": [1, 2.5], "bad": "\0 \ud800"},
        },
        dict.fromkeys(columns) | {"number": 0, "text": "", "yes": False, "values": {}},
    ]
    with app.app_context():
        given = GivenRows(db.engine.dialect, columns)
        query = select(*(given.c[name] for name in columns))
        found = db.session.execute(query, given.fill(rows)).mappings().all()
        assert [dict(row) for row in found] == rows
        assert db.session.execute(query, given.fill([])).all() == []


def clock_change(name, values, *told):
    """What makes a change of the clocks that are given by one column beside their member."""
    table = StudyClock.__table__
    columns = {"member_id": table.c.member_id, name: table.c[name]}
    given = GivenRows(db.engine.dialect, columns)
    statement = (
        update(table)
        .where(table.c.member_id == given.c.member_id)
        .values(values(given.c[name]))
        .returning(table.c.member_id, *told)
    )
    return given, statement, db.engine.dialect


def test_a_change_tells_which_rows_it_found(app, people, actor):
    member_id = actor("learner").id
    with app.app_context():
        db.session.add(StudyClock(member_id=member_id, state="before"))
        db.session.flush()
        change = GivenChange(*clock_change("beat_at", lambda given: {"beat_at": given}))
        rows = [{"member_id": one, "beat_at": AT} for one in (member_id, 10**12)]
        assert [tuple(row) for row in change.run(db.session.connection(), rows)] == [(member_id,)]
        assert db.session.scalar(select(StudyClock.beat_at)) == AT
        db.session.commit()
        later = AT + timedelta(seconds=15)
        with autocommitting() as connection:
            rows = [row | {"beat_at": later} for row in rows]
            for _again in range(2):  # prepared by the first
                assert [tuple(row) for row in change.run(connection, rows)] == [(member_id,)]
        assert db.session.scalar(select(StudyClock.beat_at)) == later


def test_a_change_that_the_database_refuses_is_told_and_the_connection_goes_on(app, people, actor):
    member_id = actor("learner").id
    table = StudyClock.__table__
    with app.app_context():
        db.session.add(StudyClock(member_id=member_id, state="before"))
        db.session.commit()
        change = GivenChange(
            *clock_change(
                "state",
                lambda given: {"state": given, "sessions": literal(5) / func.length(given)},
                table.c.sessions,
            )
        )
        with autocommitting() as connection:
            if db.engine.dialect.name == "postgresql":
                with pytest.raises(SQLAlchemyError, match="division by zero"):
                    change.run(connection, [{"member_id": member_id, "state": ""}])
                assert db.session.scalar(select(StudyClock.state)) == "before"
                db.session.rollback()
            found = change.run(connection, [{"member_id": member_id, "state": "学"}])
            assert [tuple(row) for row in found] == [(member_id, 5)]


def test_a_change_is_never_taken_for_one_that_is_gone(app, people, actor):
    member_id = actor("learner").id
    with app.app_context():
        db.session.add(StudyClock(member_id=member_id, state="before"))
        db.session.commit()
        numbers = range(1, 20)
        makings = [
            clock_change(
                "state",
                lambda given, n=number: {"sessions": literal_column(str(n))},
                StudyClock.sessions,
            )
            for number in numbers
        ]
        with autocommitting() as connection:
            for number, making in zip(numbers, makings, strict=True):
                # The change before is gone, and this one may take its place in memory.
                rows = [{"member_id": member_id, "state": ""}]
                found = GivenChange(*making).run(connection, rows)
                assert [tuple(row) for row in found] == [(member_id, number)]


@contextmanager
def autocommitting():
    """A connection on which each statement is committed by itself."""
    with db.engine.connect() as plain:
        if db.engine.dialect.name == "postgresql":
            yield plain.execution_options(isolation_level="AUTOCOMMIT")
        else:
            with plain.begin():
                yield plain
