"""The lists of courses: what there is to study, where to go on, and what an author works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from lms.courses.completion import CourseStanding, course_standing
from lms.courses.models import Course, CourseProgress, Lesson, LessonProgress
from lms.courses.queries import (
    find_lesson_progress,
    lessons_with_progress,
    standing_of,
    view_course,
)
from lms.db import db
from lms.members.policy import Actor
from lms.members.scope import ContentState, editable_by, visible_to


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in a list, as it stands for one learner."""

    course: Course
    lesson_count: int
    expected_seconds: float
    standing: CourseStanding
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def is_complete(self) -> bool:
        """Whether the learner has completed the course, now or before it grew."""
        return self.standing.is_complete or self.completed_at is not None


@dataclass(frozen=True, slots=True)
class ContinueCard:
    """The lesson that a learner would go on with."""

    course: Course
    lesson: Lesson
    number: int
    fraction: Decimal
    position: dict[str, Any]
    is_started: bool

    @property
    def position_seconds(self) -> float:
        """Where in a medium the learner stopped; 0 for lessons without a place in time."""
        seconds = self.position.get("seconds", 0)
        return float(seconds) if isinstance(seconds, int | float) else 0.0


def open_courses(
    actor: Actor, *, category: str = "", status: str = "", text: str = ""
) -> Select[Course]:
    """The published courses that the person may study, newest first.

    `status` is "started" (begun, not complete), "done", "new" (not begun) or empty for all.
    """
    query = select(Course).where(visible_to(actor, Course), Course.state == ContentState.PUBLISHED)
    if category:
        query = query.where(Course.category == category)
    if text:
        query = query.where(Course.title.contains(text, autoescape=True))
    mine = and_(CourseProgress.course_id == Course.id, CourseProgress.member_id == actor.id)
    conditions = {
        "started": exists().where(mine, CourseProgress.completed_at.is_(None)),
        "done": exists().where(mine, CourseProgress.completed_at.is_not(None)),
        "new": ~exists().where(mine),
    }
    if status in conditions:
        query = query.where(conditions[status])
    return query.order_by(Course.published_at.desc(), Course.id.desc())


def list_open_courses(actor: Actor, *, limit: int = 12) -> list[CourseCard]:
    """The newest courses that the person may study, as cards."""
    return course_cards(db.session.scalars(open_courses(actor).limit(limit)).all(), member=actor)


def unfinished_courses(actor: Actor) -> Select[Course]:
    """The courses that the person has begun and not completed, the latest first."""
    return (
        select(Course)
        .join(CourseProgress, CourseProgress.course_id == Course.id)
        .where(
            CourseProgress.member_id == actor.id,
            CourseProgress.completed_at.is_(None),
            visible_to(actor, Course),
            Course.state == ContentState.PUBLISHED,
        )
        .order_by(CourseProgress.seen_at.desc(), CourseProgress.id.desc())
    )


def list_unfinished(actor: Actor, *, limit: int = 5) -> list[CourseCard]:
    """The latest of the courses begun and not completed, as cards."""
    courses = db.session.scalars(unfinished_courses(actor).limit(limit)).all()
    return course_cards(courses, member=actor)


def course_cards(courses: Sequence[Course], *, member: Actor) -> list[CourseCard]:
    """The courses as cards for the learner; two queries however many there are."""
    ids = [course.id for course in courses]
    lessons: dict[int, list[tuple[Lesson, LessonProgress | None]]] = {key: [] for key in ids}
    for pair in lessons_with_progress(Lesson.course_id.in_(ids), member.id):
        lessons[pair[0].course_id].append(pair)
    mine = select(CourseProgress).where(
        CourseProgress.member_id == member.id, CourseProgress.course_id.in_(ids)
    )
    progress = {row.course_id: row for row in db.session.scalars(mine)}
    return [_card(course, lessons[course.id], progress.get(course.id)) for course in courses]


def _card(
    course: Course,
    lessons: Sequence[tuple[Lesson, LessonProgress | None]],
    progress: CourseProgress | None,
) -> CourseCard:
    return CourseCard(
        course=course,
        lesson_count=len(lessons),
        expected_seconds=sum(lesson.expected_seconds for lesson, _progress in lessons),
        standing=course_standing(standing_of(lesson, row) for lesson, row in lessons),
        started_at=progress.started_at if progress else None,
        completed_at=progress.completed_at if progress else None,
    )


def list_categories(actor: Actor) -> list[str]:
    """The categories of the published courses that the person may study."""
    query = (
        select(Course.category)
        .where(visible_to(actor, Course), Course.state == ContentState.PUBLISHED)
        .where(Course.category != "")
        .distinct()
        .order_by(Course.category)
    )
    return list(db.session.scalars(query))


def authored_courses(actor: Actor, *, state: str = "", text: str = "") -> Select[Course, int]:
    """The courses that the person may change, with their number of lessons, last changed first."""
    lesson_count = (
        select(func.count())
        .where(Lesson.course_id == Course.id)
        .correlate(Course)
        .scalar_subquery()
    )
    query = select(Course, lesson_count).where(editable_by(actor, Course))
    if state in set(ContentState):
        query = query.where(Course.state == state)
    if text:
        query = query.where(Course.title.contains(text, autoescape=True))
    return query.order_by(Course.changed_at.desc(), Course.id.desc())


def count_drafts(actor: Actor) -> int:
    """How many drafts the person could publish."""
    query = select(func.count()).select_from(Course)
    drafts = query.where(editable_by(actor, Course), Course.state == ContentState.DRAFT)
    return db.session.scalar(drafts) or 0


def find_continue(actor: Actor) -> ContinueCard | None:
    """Where the person goes on: in the course studied last of those not complete."""
    course = db.session.scalar(unfinished_courses(actor).limit(1))
    return find_continue_in(course, member=actor) if course else None


def find_continue_in(course: Course, *, member: Actor) -> ContinueCard | None:
    """Where the learner goes on in one course; None when it has no lessons."""
    view = view_course(course, member=member)
    row = next((row for row in view.lessons if row.lesson.id == view.resume_id), None)
    if row is None:
        return None
    progress = find_lesson_progress(member.id, row.lesson.id)
    return ContinueCard(
        course=course,
        lesson=row.lesson,
        number=row.number,
        fraction=row.fraction,
        position=progress.position if progress else {},
        is_started=view.progress is not None,
    )


def list_known_categories(actor: Actor) -> list[str]:
    """The categories already in use where the person writes courses, to choose from."""
    query = select(Course.category).where(editable_by(actor, Course), Course.category != "")
    return list(db.session.scalars(query.distinct().order_by(Course.category)))
