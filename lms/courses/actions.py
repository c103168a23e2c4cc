"""Changing courses and recording how far learners are. Nothing here commits."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from lms import clock
from lms.courses import kinds
from lms.courses.completion import WHOLE, completes_lesson, raised
from lms.courses.models import Chapter, Course, CourseProgress, Lesson, LessonProgress
from lms.courses.outline import Outline, OutlineChanged
from lms.courses.queries import (
    course_of,
    list_chapters,
    list_lessons,
    outline_of,
    publishing_problems,
    stands,
)
from lms.db import Base, db
from lms.errors import Conflict, Invalid
from lms.files.actions import take_upload
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role, holds
from lms.members.scope import ContentState
from lms.search.outbox import note_changed

COVER_BYTES = 3 * 1024 * 1024  # learners load it on every list
COVER_TYPES = ("image/jpeg", "image/png", "image/webp")

# Courses


def create_course(
    *,
    title: str,
    unit_id: int,
    by: Actor | None,
    audience_unit_id: int | None = None,
    summary: str = "",
    category: str = "",
    code: str = "",
) -> Course:
    """A new draft with one empty chapter; `by` None is the system itself."""
    now = clock.now()
    check_unit(unit_id, by)
    check_unit(audience_unit_id or unit_id, by)
    course = Course(
        code=code or uuid4().hex[:12],
        title=title,
        summary=summary,
        category=category,
        unit_id=unit_id,
        audience_unit_id=audience_unit_id or unit_id,
        state=ContentState.DRAFT,
        revision=0,
        created_at=now,
        changed_at=now,
    )
    db.session.add(course)
    db.session.flush()
    add_chapter(course, title=_("课程内容"))
    _audit("course.create", course, by)
    return course


def change_course(
    course: Course, *, by: Actor | None, revision: int | None = None, **values: Any
) -> None:
    """Set columns of the course; Conflict when it is no longer at the `revision` of the form."""
    check_revision(course, revision)
    for name in ("unit_id", "audience_unit_id"):
        if name in values and values[name] != getattr(course, name):
            check_unit(values[name], by)
    changed = {key: value for key, value in values.items() if getattr(course, key) != value}
    if not changed:
        return
    for key, value in changed.items():
        setattr(course, key, value)
    _touch(course, *list_lessons(course))
    _audit("course.change", course, by, fields=sorted(changed))


def check_revision(course: Course, revision: int | None) -> None:
    """Raise Conflict when somebody has changed the course since the form was opened."""
    if revision is not None and revision != course.revision:
        raise Conflict(_("这门课程刚刚被别人修改过，这次没有保存。再保存一次会以你填写的为准。"))


def take_cover(course: Course, token: str, *, by: Actor) -> None:
    """Make a finished upload the course's cover; Invalid for what is no picture or too large."""
    blob = take_upload(token, by=by, kinds=COVER_TYPES)
    if blob.size_bytes > COVER_BYTES:
        raise Invalid(_("封面图片太大了，请换一张 3 MB 以内的图片。"))
    change_course(course, by=by, cover_blob_id=blob.id)


def publish_course(course: Course, *, by: Actor | None) -> None:
    """Open the course to its audience; Invalid with all problems. Again changes nothing."""
    if course.state == ContentState.PUBLISHED:
        return
    for lesson in list_lessons(course):
        _measure(lesson)
    problems = publishing_problems(course)
    if problems:
        raise Invalid(_("课程还不能发布，请先处理下面的问题。"), problems=problems)
    course.state = ContentState.PUBLISHED
    course.published_at = clock.now()
    _touch(course, *list_lessons(course))
    _audit("course.publish", course, by)


def withdraw_course(course: Course, *, by: Actor | None) -> None:
    """Take the course back to a draft: learners no longer see it, their progress stays."""
    _set_state(course, ContentState.DRAFT, "course.withdraw", by)


def archive_course(course: Course, *, by: Actor | None) -> None:
    """Put the course away for good keeping."""
    _set_state(course, ContentState.ARCHIVED, "course.archive", by)


def _set_state(course: Course, state: ContentState, action: str, by: Actor | None) -> None:
    if course.state == state:
        return
    course.state = state
    _touch(course, *list_lessons(course))
    _audit(action, course, by)


def copy_course(course: Course, *, by: Actor) -> Course:
    """A draft with the same settings and outline; contents where the kind knows how to copy."""
    copy = create_course(
        title=_("%(title)s（副本）", title=course.title)[:120],
        unit_id=course.unit_id,
        audience_unit_id=course.audience_unit_id,
        summary=course.summary,
        category=course.category,
        by=by,
    )
    for name in ("cover_blob_id", "no_skip", "attention_checks", "is_sequential"):
        setattr(copy, name, getattr(course, name))
    delete_chapter(list_chapters(copy)[0])
    lessons = list_lessons(course)
    for chapter in list_chapters(course):
        target = add_chapter(copy, title=chapter.title)
        for lesson in lessons:
            if lesson.chapter_id == chapter.id:
                _copy_lesson(lesson, target)
    return copy


def _copy_lesson(lesson: Lesson, chapter: Chapter) -> None:
    copy = add_lesson(chapter, kind=lesson.kind, title=lesson.title, is_required=lesson.is_required)
    copy.settings = dict(lesson.settings)
    kind = kinds.find(lesson.kind)
    if kind and kind.copy:
        kind.copy(lesson, copy)
    _measure(copy)


# The outline


def add_chapter(course: Course, *, title: str) -> Chapter:
    """A new chapter at the end."""
    positions = [chapter.position for chapter in list_chapters(course)]
    chapter = Chapter(course_id=course.id, title=title, position=max(positions, default=0) + 1)
    db.session.add(chapter)
    _touch(course)
    return chapter


def add_lesson(chapter: Chapter, *, kind: str, title: str, is_required: bool = True) -> Lesson:
    """A new lesson at the end of the chapter; its kind makes room for the contents."""
    lesson_kind = kinds.find(kind)
    if lesson_kind is None:
        raise Invalid(_("没有这种课时类型。"))
    course = db.session.get_one(Course, chapter.course_id)
    positions = [row.position for row in list_lessons(course) if row.chapter_id == chapter.id]
    now = clock.now()
    lesson = Lesson(
        course_id=course.id,
        chapter_id=chapter.id,
        position=max(positions, default=0) + 1,
        title=title,
        kind=kind,
        is_required=is_required,
        settings={},
        created_at=now,
        changed_at=now,
    )
    db.session.add(lesson)
    db.session.flush()
    _touch(course, lesson)
    lesson_kind.after_create(lesson)
    _measure(lesson)
    return lesson


def change_chapter(chapter: Chapter, *, title: str) -> None:
    """Give the chapter another title."""
    chapter.title = title
    _touch(db.session.get_one(Course, chapter.course_id))


def change_lesson(lesson: Lesson, *, title: str, is_required: bool) -> None:
    """Give the lesson another title, make it required or optional."""
    lesson.title = title
    lesson.is_required = is_required
    lesson_changed(lesson)


def lesson_changed(lesson: Lesson) -> None:
    """Kinds call this when they have changed a lesson's contents: it is measured again."""
    lesson.changed_at = clock.now()
    db.session.flush()
    _measure(lesson)
    _touch(course_of(lesson), lesson)


def delete_chapter(chapter: Chapter) -> None:
    """Remove an empty chapter; Conflict when it has lessons."""
    course = db.session.get_one(Course, chapter.course_id)
    if any(lesson.chapter_id == chapter.id for lesson in list_lessons(course)):
        raise Conflict(_("这一章里还有内容。请先把各讲移走或删除，再删除这一章。"))
    db.session.delete(chapter)
    _touch(course)


def delete_lesson(lesson: Lesson, *, by: Actor | None) -> None:
    """Remove the lesson with its contents and progress; the study ledger keeps what was earned."""
    course = course_of(lesson)
    kind = kinds.find(lesson.kind)
    if kind:
        kind.before_delete(lesson)
    db.session.execute(delete(LessonProgress).where(LessonProgress.lesson_id == lesson.id))
    _audit("course.delete_lesson", course, by, lesson_id=lesson.id, title=lesson.title)
    note_changed("lesson", lesson.id)
    db.session.delete(lesson)
    _touch(course)


def move_chapter(chapter: Chapter, *, step: int) -> None:
    """One place up (-1) or down (+1)."""
    course = db.session.get_one(Course, chapter.course_id)
    _apply(course, outline_of(course).with_chapter_moved(chapter.id, step))


def move_lesson(lesson: Lesson, *, step: int) -> None:
    """One place up (-1) or down (+1), over into the neighbouring chapter at the edge."""
    course = course_of(lesson)
    _apply(course, outline_of(course).with_lesson_moved(lesson.id, step))


def reorder(course: Course, wanted: Outline, *, revision: int | None = None) -> None:
    """Bring the whole outline into the wanted order; Conflict when it has changed meanwhile."""
    check_revision(course, revision)
    try:
        _apply(course, outline_of(course).rearranged(wanted))
    except OutlineChanged as error:
        raise Conflict(_("目录刚刚被别人修改过，请刷新页面再排序。")) from error


def _apply(course: Course, outline: Outline) -> None:
    chapters = {chapter.id: chapter for chapter in list_chapters(course)}
    lessons = {lesson.id: lesson for lesson in list_lessons(course)}
    for place, chapter in enumerate(outline.chapters, start=1):
        chapters[chapter.id].position = place
        for inside, lesson_id in enumerate(chapter.lesson_ids, start=1):
            lessons[lesson_id].chapter_id = chapter.id
            lessons[lesson_id].position = inside
    _touch(course)


# Learners


def open_lesson(lesson: Lesson, *, member_id: int, at: datetime) -> LessonProgress:
    """The learner has opened the lesson: from now on the course goes on here."""
    way = _course_progress(member_id, lesson.course_id, at)
    way.last_lesson_id, way.seen_at = lesson.id, at
    return record_progress(member_id=member_id, lesson_id=lesson.id, fraction=Decimal(0), at=at)


def record_progress(
    *,
    member_id: int,
    lesson_id: int,
    fraction: Decimal,
    position: dict[str, Any] | None = None,
    at: datetime,
) -> LessonProgress:
    """Note how far the learner is; the fraction never falls and completion is never taken back.

    `position` is whatever the lesson's kind needs to go on from there; None leaves it. Where the
    course goes on is not touched: what is recorded may come late, from a page already left.
    """
    lesson = db.session.get_one(Lesson, lesson_id)
    way = _course_progress(member_id, lesson.course_id, at)
    progress = _lesson_progress(member_id, lesson_id, at)
    progress.fraction = raised(progress.fraction, fraction)
    progress.seen_at = at
    if position is not None:
        progress.position = position
    if progress.completed_at is None and completes_lesson(progress.fraction, _complete_at(lesson)):
        progress.completed_at = at
        db.session.flush()
        if way.completed_at is None and stands(lesson.course_id, member_id).is_complete:
            way.completed_at = at
    db.session.flush()
    return progress


def _complete_at(lesson: Lesson) -> Decimal:
    kind = kinds.find(lesson.kind)
    return kind.complete_at if kind else WHOLE


def _lesson_progress(member_id: int, lesson_id: int, at: datetime) -> LessonProgress:
    keys = {"member_id": member_id, "lesson_id": lesson_id}
    query = select(LessonProgress).filter_by(**keys).with_for_update()
    found = db.session.scalar(query)
    if found is None:
        others = {"fraction": Decimal(0), "position": {}, "started_at": at, "seen_at": at}
        _insert_once(LessonProgress, {**keys, **others})
        found = db.session.scalars(query).one()
    return found


def _course_progress(member_id: int, course_id: int, at: datetime) -> CourseProgress:
    keys = {"member_id": member_id, "course_id": course_id}
    query = select(CourseProgress).filter_by(**keys)
    found = db.session.scalar(query)
    if found is None:
        _insert_once(CourseProgress, {**keys, "started_at": at, "seen_at": at})
        found = db.session.scalars(query).one()
    return found


def _insert_once(model: type[Base], values: dict[str, Any]) -> None:
    # Two windows of one learner may both be the first: the second insert then does nothing.
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    insert = sqlite_insert if is_sqlite else postgresql_insert
    # Of the table: through the mapper it would take twice as long.
    db.session.execute(insert(model.__table__).values(values).on_conflict_do_nothing())


# What every change does


def _measure(lesson: Lesson) -> None:
    kind = kinds.find(lesson.kind)
    if kind:
        measure = kind.measure(lesson)
        lesson.chars, lesson.duration_seconds = measure.chars, measure.duration_seconds


def _touch(course: Course, *lessons: Lesson) -> None:
    """Note that the course was changed, and for search that these lessons were."""
    course.revision += 1
    course.changed_at = clock.now()
    db.session.flush()
    note_changed("course", course.id)
    for lesson in lessons:
        note_changed("lesson", lesson.id)


def _audit(action: str, course: Course, by: Actor | None, **detail: Any) -> None:
    record(action, by=by, subject_kind="course", subject_id=course.id, detail=detail)


def check_unit(unit_id: int, by: Actor | None) -> None:
    """Raise Invalid unless the person administers the unit; None is the system itself."""
    unit = db.session.get(OrgUnit, unit_id)
    if unit is None or (by is not None and not holds(by, Role.ADMINISTRATOR, unit.path)):
        raise Invalid(_("只能选择由你管理课程的单位。"))
