"""Rows as one value: what comes out is what went in, as columns of every type store it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select, update

from lms.db import db
from lms.given import GivenRows
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


def test_a_change_tells_which_rows_it_found(app, people, actor):
    member_id = actor("learner").id
    table = StudyClock.__table__
    with app.app_context():
        db.session.add(StudyClock(member_id=member_id, state="before"))
        db.session.flush()
        given = GivenRows(
            db.engine.dialect, {"member_id": table.c.member_id, "beat_at": table.c.beat_at}
        )
        change = (
            update(table)
            .where(table.c.member_id == given.c.member_id)
            .values(beat_at=given.c.beat_at)
            .returning(table.c.member_id)
        )
        rows = [{"member_id": one, "beat_at": AT} for one in (member_id, 10**12)]
        assert db.session.scalars(change, given.fill(rows)).all() == [member_id]
        assert db.session.scalar(select(StudyClock.beat_at)) == AT
