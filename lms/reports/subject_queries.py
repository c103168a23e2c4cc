"""Reading for reports about one course or one test: how far the people of a subtree are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, Subquery, and_, case, func, select

from lms.courses.models import Course, CourseProgress, Lesson, LessonProgress
from lms.db import db
from lms.errors import NotFound
from lms.members.models import OrgUnit
from lms.members.policy import Actor
from lms.members.queries import people, supervised_by
from lms.members.scope import ContentState, visible_to
from lms.quizzes.models import Attempt, AttemptState, Paper

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A course or test and how many of the people have begun and finished it."""

    id: int
    title: str
    people: int
    begun: int
    finished: int

    @property
    def fraction(self) -> float:
        """The share of the people who have finished it."""
        return self.finished / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class CoursePerson:
    """One person's way through a course."""

    member_id: int
    number: str
    name: str
    unit_name: str
    unit_path: str
    fraction: Decimal  # of the required lessons, 0 to 1
    seen_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TestPerson:
    """One person's results in a test; the best share of the points, None before any."""

    __test__ = False  # not a test of ours

    member_id: int
    number: str
    name: str
    unit_name: str
    unit_path: str
    attempts: int
    best: Decimal | None
    is_passed: bool
    submitted_at: datetime | None


def people_below(actor: Actor, unit_path: str) -> Subquery:
    """Everybody of today in the subtree whom the person supervises."""
    mine = people().where(OrgUnit.path.like(f"{unit_path}%"), supervised_by(actor))
    return mine.subquery()


def list_courses(actor: Actor, unit_path: str) -> list[SubjectLine]:
    """The published courses that the asker sees, and how far the people of the subtree are."""
    who = people_below(actor, unit_path)
    counts = (
        select(
            CourseProgress.course_id,
            func.count().label("begun"),
            func.count(CourseProgress.completed_at).label("finished"),
        )
        .where(CourseProgress.member_id.in_(select(who.c.id)))
        .group_by(CourseProgress.course_id)
        .subquery()
    )
    query = (
        select(Course.id, Course.title, counts.c.begun, counts.c.finished)
        .join(counts, counts.c.course_id == Course.id, isouter=True)
        .where(Course.state == ContentState.PUBLISHED, visible_to(actor, Course))
        .order_by(func.coalesce(counts.c.begun, 0).desc(), Course.id)
    )
    return _lines(query, who)


def list_tests(actor: Actor, unit_path: str) -> list[SubjectLine]:
    """The published tests that the asker sees; finished is passed."""
    who = people_below(actor, unit_path)
    counts = (
        select(
            Attempt.paper_id,
            func.count(Attempt.member_id.distinct()).label("begun"),
            func.count(case((Attempt.is_passed, Attempt.member_id)).distinct()).label("finished"),
        )
        .where(Attempt.state != AttemptState.VOID, Attempt.member_id.in_(select(who.c.id)))
        .group_by(Attempt.paper_id)
        .subquery()
    )
    query = (
        select(Paper.id, Paper.title, counts.c.begun, counts.c.finished)
        .join(counts, counts.c.paper_id == Paper.id, isouter=True)
        .where(Paper.state == ContentState.PUBLISHED, visible_to(actor, Paper))
        .order_by(func.coalesce(counts.c.begun, 0).desc(), Paper.id)
    )
    return _lines(query, who)


def _lines(query: Select[Any], who: Subquery) -> list[SubjectLine]:
    total = db.session.scalar(select(func.count()).select_from(who)) or 0
    return [
        SubjectLine(row[0], row[1], total, row[2] or 0, row[3] or 0)
        for row in db.session.execute(query)
    ]


def get_title(actor: Actor, model: type[Course] | type[Paper], subject_id: int | None) -> str:
    """The title of a published course or test that the asker sees; raises NotFound."""
    query = select(model.title).where(model.id == subject_id)
    published = model.state == ContentState.PUBLISHED
    title = db.session.scalar(query.where(published, visible_to(actor, model)))
    if title is None:
        raise NotFound(_("没有找到这门课程或考试，它可能已经下架。"))
    return title


def course_people(actor: Actor, unit_path: str, course_id: int) -> Select[Any]:
    """The rows behind CoursePerson, by unit and number."""
    who = people_below(actor, unit_path)
    required = select(func.count()).where(Lesson.course_id == course_id, Lesson.is_required)
    done = (
        select(LessonProgress.member_id, func.sum(LessonProgress.fraction).label("sum"))
        .join(Lesson, and_(Lesson.id == LessonProgress.lesson_id, Lesson.is_required))
        .where(Lesson.course_id == course_id)
        .group_by(LessonProgress.member_id)
        .subquery()
    )
    mine = and_(CourseProgress.member_id == who.c.id, CourseProgress.course_id == course_id)
    return (
        select(
            who.c.id,
            who.c.number,
            who.c.name,
            who.c.unit_name,
            who.c.unit_path,
            done.c.sum,
            required.scalar_subquery(),
            CourseProgress.seen_at,
            CourseProgress.completed_at,
        )
        .join(CourseProgress, mine, isouter=True)
        .join(done, done.c.member_id == who.c.id, isouter=True)
        .order_by(who.c.unit_path, who.c.number)
    )


def to_course_person(row: Sequence[Any]) -> CoursePerson:
    """A row of `course_people` as a value; who has completed the course has all of it."""
    *person, total, required, seen_at, completed_at = row
    share = Decimal(total or 0) / required if required else ZERO
    fraction = Decimal(1) if completed_at else min(Decimal(1), share)
    return CoursePerson(*person, fraction, seen_at, completed_at)


def test_people(actor: Actor, unit_path: str, paper_id: int) -> Select[Any]:
    """The rows behind TestPerson, by unit and number."""
    who = people_below(actor, unit_path)
    best = (
        select(
            Attempt.member_id,
            func.count().label("attempts"),
            func.max(Attempt.points).label("points"),
            func.max(Attempt.max_points).label("most"),
            func.max(case((Attempt.is_passed, 1), else_=0)).label("passed"),
            func.max(Attempt.submitted_at).label("submitted_at"),
        )
        .where(Attempt.paper_id == paper_id, Attempt.state != AttemptState.VOID)
        .group_by(Attempt.member_id)
        .subquery()
    )
    return (
        select(
            who.c.id,
            who.c.number,
            who.c.name,
            who.c.unit_name,
            who.c.unit_path,
            best.c.attempts,
            best.c.points,
            best.c.most,
            best.c.passed,
            best.c.submitted_at,
        )
        .join(best, best.c.member_id == who.c.id, isouter=True)
        .order_by(who.c.unit_path, who.c.number)
    )


def to_test_person(row: Sequence[Any]) -> TestPerson:
    """A row of `test_people` as a value."""
    *person, attempts, points, most, passed, submitted_at = row
    best = points / most if points is not None and most else None
    return TestPerson(*person, attempts or 0, best, bool(passed), submitted_at)


def stream(query: Select[Any], size: int) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a query in parts, each read in a transaction of its own."""
    start = 0
    while part := db.session.execute(query.limit(size).offset(start)).all():
        db.session.rollback()
        yield part
        start += len(part)


test_people.__test__ = False  # type: ignore[attr-defined]
