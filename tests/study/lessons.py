"""A course with a text and a clip to study, of kinds made for these tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.courses import kinds
from lms.courses.actions import add_chapter, add_lesson, create_course, record_progress
from lms.courses.kinds import LessonKind, LessonPage, Measure, MeasureBasis
from lms.courses.models import Course, Lesson
from lms.db import db
from lms.members.scope import ContentState


@dataclass(frozen=True, slots=True)
class Material:
    """Ids of what there is to study."""

    course: int
    text: int  # 3,000 characters: ten minutes at the expected speed, fifteen at most
    clip: int  # 600 seconds


def studied(lesson: Lesson, *, member_id: int, facts: Any, at: Any) -> None:
    """Half of the text after five minutes; the clip by its furthest range."""
    fraction = Decimal(str(min(1.0, facts.counted_seconds / 600)))
    if facts.reached_end:
        fraction = Decimal(1)
    position = {"at": facts.position} if facts.position is not None else None
    record_progress(
        member_id=member_id, lesson_id=lesson.id, fraction=fraction, position=position, at=at
    )


def _kind(code: str, measure: Measure) -> LessonKind:
    return LessonKind(
        code=code,
        label=code,
        icon="book",
        measure=lambda lesson: measure,
        page=lambda lesson, actor: LessonPage("courses/none.html", {}),
        studied=studied,
    )


@contextmanager
def registered() -> Iterator[None]:
    """The kinds of these tests, for a while."""
    before = dict(kinds._kinds)
    kinds.register(_kind("try-text", Measure(MeasureBasis.TEXT, chars=3000)))
    kinds.register(_kind("try-clip", Measure(MeasureBasis.MEDIA, duration_seconds=600.0)))
    try:
        yield
    finally:
        kinds._kinds.clear()
        kinds._kinds.update(before)


def make_material(unit_id: int, **course_values: Any) -> Material:
    """A published course of the unit; commits."""
    course = create_course(title="安全生产法二十讲", unit_id=unit_id, by=None)
    chapter = add_chapter(course, title="第一章")
    lessons = []
    for title, kind in (("总则", "try-text"), ("安全保障义务", "try-clip")):
        lesson = add_lesson(chapter, kind=kind, title=title)
        lesson.is_required = True
        lessons.append(lesson)
    for name, value in course_values.items():
        setattr(course, name, value)
    course.state = ContentState.PUBLISHED
    made = Material(course.id, lessons[0].id, lessons[1].id)
    db.session.commit()
    return made


def course_of(material: Material) -> Course:
    """The course itself."""
    return db.session.get_one(Course, material.course)
