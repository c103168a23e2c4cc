"""The generator: the same seed gives the same rows, and they keep the product's own rules."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

from flask import Flask
from sqlalchemy import func, select

from bench.generate import generate, number_of
from bench.generate_plan import Plan
from lms.courses.models import CourseProgress
from lms.db import db
from lms.members.models import Member, Membership, OrgUnit
from lms.members.policy import Role
from lms.members.queries import find_actor_by_number
from lms.study.models import StudyEntry, StudyItem, StudyMonth
from lms.study.months import from_ms, to_ms
from lms.study.spans import Span, decode
from tests.factories import People

SMALL = Plan(members=60, courses=2, lessons_per_course=3, months=2, seed=3)


def made(plan: Plan = SMALL) -> dict[str, int]:
    counts = generate(plan, db.engine)
    db.session.rollback()
    return counts


def rows(model: type) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.session.execute(select(model.__table__)).all()]


def test_there_is_as_much_as_was_asked_for(app: Flask) -> None:
    counts = made()
    assert counts["member"] == 60
    assert counts["org_unit"] == SMALL.units == 4
    assert counts["lesson"] == 6
    assert counts["study_entry"] == db.session.scalar(select(func.count(StudyEntry.id)))


def test_the_tree_is_whole(app: Flask) -> None:
    made()
    units = {unit.id: unit for unit in db.session.scalars(select(OrgUnit))}
    for unit in units.values():
        above = units[unit.parent_id].path if unit.parent_id else "/"
        assert unit.path == f"{above}{unit.id}/"
    assert db.session.scalar(select(func.count(Membership.id))) == 60


def test_totals_equal_entries(app: Flask) -> None:
    made()
    sums = select(StudyEntry.member_id, StudyEntry.month, func.sum(StudyEntry.seconds))
    entries = {
        (member, month): (seconds, credit)
        for member, month, seconds, credit in db.session.execute(
            sums.add_columns(func.sum(StudyEntry.credit)).group_by(
                StudyEntry.member_id, StudyEntry.month
            )
        )
    }
    months = {
        (m.member_id, m.month): (m.seconds, m.credit)
        for m in db.session.scalars(select(StudyMonth))
    }
    assert months == entries
    items = db.session.scalar(select(func.sum(StudyItem.counted_seconds)))
    assert items == db.session.scalar(select(func.sum(StudyEntry.seconds)))


def test_counted_time_never_overlaps_and_equals_its_evidence(app: Flask) -> None:
    made()
    spans = defaultdict(list)
    for entry in db.session.scalars(select(StudyEntry).order_by(StudyEntry.started_at)):
        span = Span(entry.day_on, to_ms(entry.started_at), decode(entry.stretches))
        assert span.counted_ms == entry.seconds * 1000
        assert from_ms(span.end_ms) == entry.recorded_at
        assert (entry.started_at + timedelta(hours=8)).date() == entry.day_on
        assert (entry.recorded_at + timedelta(hours=8)).date() == entry.day_on
        spans[entry.member_id].append(span)
    for own in spans.values():
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(own))


def test_the_same_seed_gives_the_same_rows(app: Flask) -> None:
    made()
    first = rows(StudyEntry), rows(Member), rows(CourseProgress)
    db.session.rollback()
    db.drop_all()
    db.create_all()
    made()
    assert (rows(StudyEntry), rows(Member), rows(CourseProgress)) == first


def test_it_adds_to_what_is_there(app: Flask, people: People) -> None:
    made()
    made(Plan(members=10, courses=1, months=1, seed=4))
    assert len(rows(Member)) == 10 + 60 + 10
    top = db.session.scalar(select(func.max(Member.id)))
    actor = find_actor_by_number(number_of(Plan(seed=4), top - 9))
    assert actor is not None
    assert actor.has(Role.MANAGER)
    assert actor.has(Role.ADMINISTRATOR)
