"""Lessons as things to study: between the study clock and the kinds of lessons."""

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from lms.courses import kinds
from lms.courses.kinds import Measure, StudyFacts
from lms.courses.models import Course, Lesson, LessonProgress
from lms.courses.programme_queries import is_course_required
from lms.courses.queries import (
    course_of,
    find_lesson_progress,
    get_lesson,
    list_required_tests,
)
from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, OrgUnit
from lms.members.policy import Action, Actor
from lms.members.queries import people
from lms.members.scope import ContentState
from lms.study.models import StudyItem
from lms.study.subjects import Studied, Subject, SubjectKind


def find(lesson_id: int, actor: Actor) -> Subject:
    """The lesson, if the person may study it; a draft seen by its author is not studied."""
    lesson = get_lesson(lesson_id, member=actor, action=Action.VIEW)
    course = course_of(lesson)
    if course.state != ContentState.PUBLISHED:
        raise NotFound(_("这门课程还没有发布，预览不计学习时间。"))
    kind = kinds.find(lesson.kind)
    return Subject(
        kind="lesson",
        id=lesson.id,
        title=lesson.title,
        url=url_for("courses.lesson", lesson_id=lesson.id),
        measure=kind.measure(lesson) if kind else Measure(),
        no_skip=course.no_skip,
        attention_checks=course.attention_checks,
        is_required=lesson.is_required and is_course_required(course.id, actor.unit_ids),
    )


def title(lesson_id: int) -> str | None:
    """The lesson's title behind its course's, None when it is gone."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        return None
    course = db.session.get_one(Course, lesson.course_id)
    return _("%(course)s · %(lesson)s", course=course.title, lesson=lesson.title)


def studied(lesson_id: int, *, member_id: int, facts: StudyFacts, at: datetime) -> Studied | None:
    """Let the lesson's kind make progress of the facts; None when the lesson is gone."""
    lesson = db.session.get(Lesson, lesson_id)
    kind = kinds.find(lesson.kind) if lesson else None
    if lesson is None or kind is None:
        return None
    kind.studied(lesson, member_id=member_id, facts=facts, at=at)
    progress = find_lesson_progress(member_id, lesson_id)
    if progress is None:
        return None
    return Studied(float(progress.fraction), is_completed=progress.completed_at is not None)


def measure(lesson_id: int) -> Measure | None:
    """What the lesson's kind measures; None when lesson or kind is gone."""
    lesson = db.session.get(Lesson, lesson_id)
    kind = kinds.find(lesson.kind) if lesson else None
    return kind.measure(lesson) if lesson and kind else None


def tests(lesson_id: int) -> Sequence[int]:
    """The required tests of the lesson's course; none when the lesson is gone."""
    lesson = db.session.get(Lesson, lesson_id)
    return list_required_tests(lesson.course_id) if lesson else ()


def list_ready_members(limit: int) -> Sequence[int]:
    """Members with credit that waits for a test that their course has no more, or they passed."""
    test, done = aliased(Lesson), LessonProgress
    passed = exists().where(
        done.lesson_id == test.id,
        done.member_id == StudyItem.member_id,
        done.completed_at.is_not(None),
    )
    codes = [kind.code for kind in kinds.list_kinds() if kind.is_test]
    open_test = exists().where(
        test.course_id == Lesson.course_id, test.kind.in_(codes), test.is_required, ~passed
    )
    query = (
        select(StudyItem.member_id)
        .outerjoin(Lesson, Lesson.id == StudyItem.subject_id)
        .where(
            StudyItem.waits_rule_id.is_not(None),
            StudyItem.subject_kind == "lesson",
            or_(Lesson.id.is_(None), ~open_test),
        )
    )
    return db.session.scalars(query.distinct().limit(limit)).all()


def is_required(lesson_id: int, member_id: int) -> bool:
    """Whether the lesson is a required one of a course required of the member's unit."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None or not lesson.is_required:
        return False
    mine = people().where(Member.id == member_id).with_only_columns(OrgUnit.path)
    path = db.session.scalar(mine) or ""
    return is_course_required(lesson.course_id, [int(one) for one in path.split("/") if one])


KIND = SubjectKind(
    code="lesson",
    label=_l("课程"),
    find=find,
    title=title,
    studied=studied,
    measure=measure,
    tests=tests,
    is_required=is_required,
)
