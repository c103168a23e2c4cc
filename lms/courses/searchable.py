"""What search finds: courses and programmes by title and summary, lessons by their contents."""

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms.courses import kinds
from lms.courses.models import Course, Lesson, Programme
from lms.db import db
from lms.members.scope import ContentState
from lms.search.sources import Document, Passage, Source


def list_course_ids() -> Iterable[int]:
    """All courses; drafts are found by their administrators."""
    return db.session.scalars(select(Course.id).where(Course.state != ContentState.ARCHIVED)).all()


def find_courses(course_ids: Sequence[int]) -> Iterable[Document]:
    """The courses as documents."""
    query = select(Course).where(Course.id.in_(course_ids), Course.state != ContentState.ARCHIVED)
    for course in db.session.scalars(query):
        yield Document(
            id=course.id,
            kind="course",
            title=course.title,
            endpoint="courses.show",
            values={"course_id": course.id},
            owner_unit_id=course.unit_id,
            audience_unit_id=course.audience_unit_id,
            is_published=course.state == ContentState.PUBLISHED,
            passages=[Passage("", course.summary)] if course.summary else [],
            column=course.category,
        )


def list_lesson_ids() -> Iterable[int]:
    """All lessons of courses that are not archived."""
    query = select(Lesson.id).join(Course, Course.id == Lesson.course_id)
    return db.session.scalars(query.where(Course.state != ContentState.ARCHIVED)).all()


def find_lessons(lesson_ids: Sequence[int]) -> Iterable[Document]:
    """The lessons as documents, with what their kinds let people find."""
    query = (
        select(Lesson, Course)
        .join(Course, Course.id == Lesson.course_id)
        .where(Lesson.id.in_(lesson_ids), Course.state != ContentState.ARCHIVED)
    )
    for lesson, course in db.session.execute(query.order_by(Lesson.id)).all():
        kind = kinds.find(lesson.kind)
        yield Document(
            id=lesson.id,
            kind="lesson",
            title=lesson.title,
            context=course.title,
            endpoint="courses.lesson",
            values={"lesson_id": lesson.id},
            owner_unit_id=course.unit_id,
            audience_unit_id=course.audience_unit_id,
            is_published=course.state == ContentState.PUBLISHED,
            passages=kind.passages(lesson) if kind else [],
            column=course.category,
        )


def list_programme_ids() -> Iterable[int]:
    """All programmes; drafts are found by their administrators."""
    query = select(Programme.id).where(Programme.state != ContentState.ARCHIVED)
    return db.session.scalars(query).all()


def find_programmes(programme_ids: Sequence[int]) -> Iterable[Document]:
    """The programmes as documents."""
    query = select(Programme).where(
        Programme.id.in_(programme_ids), Programme.state != ContentState.ARCHIVED
    )
    for programme in db.session.scalars(query):
        yield Document(
            id=programme.id,
            kind="programme",
            title=programme.title,
            endpoint="courses.programme",
            values={"programme_id": programme.id},
            owner_unit_id=programme.unit_id,
            audience_unit_id=programme.audience_unit_id,
            is_published=programme.state == ContentState.PUBLISHED,
            passages=[Passage("", programme.summary)] if programme.summary else [],
        )


COURSES = Source("course", {"course": _l("课程")}, list_course_ids, find_courses)
LESSONS = Source("lesson", {"lesson": _l("课时")}, list_lesson_ids, find_lessons)
PROGRAMMES = Source("programme", {"programme": _l("专题")}, list_programme_ids, find_programmes)
