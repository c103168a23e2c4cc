"""Pages ask the database a fixed number of questions, however many people there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bench.generate import generate
from bench.generate_plan import Plan
from lms.db import db
from lms.members.models import OrgUnit, RoleGrant
from lms.members.policy import Role
from lms.members.queries import today
from tests.factories import People


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that run meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def client(asked: People, client_of: Callable[[str], FlaskClient]) -> FlaskClient:
    """The manager, who also answers for a generated tree of 30 people, and one of 90."""
    for seed, members in ((5, 30), (6, 90)):
        plan = Plan(
            members=members, members_per_unit=5, courses=1, months=1, entries_per_month=2, seed=seed
        )
        generate(plan, db.engine)
        db.session.rollback()
        code = OrgUnit.code.startswith(f"g{seed}-")
        top = db.session.scalars(select(OrgUnit.id).where(code).order_by(OrgUnit.id)).first()
        grant = {"member_id": asked.manager, "unit_id": top, "role": Role.MANAGER}
        db.session.add(RoleGrant(**grant, since_on=today()))
        db.session.commit()
    return client_of("manager")


@pytest.mark.parametrize("page", ["", "people", "print", "courses", "tests"])
def test_questions_do_not_grow_with_the_people(page: str, client: FlaskClient) -> None:
    counts = []
    for seed in (5, 6):
        code = OrgUnit.code.startswith(f"g{seed}-")
        unit = db.session.scalars(select(OrgUnit.id).where(code).order_by(OrgUnit.id)).first()
        db.session.rollback()
        path = f"/reports/{page}"
        client.get(path, query_string={"unit": unit})
        with statements() as seen:
            answer = client.get(path, query_string={"unit": unit})
        assert answer.status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 30
