"""Lessons as things to study: between the study clock and the kinds of lessons."""

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.courses import kinds
from lms.courses.kinds import Measure, StudyFacts
from lms.courses.models import Course, Lesson
from lms.courses.queries import course_of, find_lesson_progress, get_lesson
from lms.db import db
from lms.errors import NotFound
from lms.members.policy import Action, Actor
from lms.members.scope import ContentState
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
        is_required=lesson.is_required,
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


KIND = SubjectKind(
    code="lesson", label=_l("课程"), find=find, title=title, studied=studied, measure=measure
)
