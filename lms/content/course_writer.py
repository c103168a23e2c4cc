"""Bringing courses of a content folder into the database. Nothing here commits."""

from sqlalchemy import select

from lms.content.folder import CourseEntry, LessonEntry
from lms.content.known import Known
from lms.courses import kinds
from lms.courses.actions import (
    add_chapter,
    add_lesson,
    change_chapter,
    change_course,
    change_lesson,
    create_course,
    delete_chapter,
    delete_lesson,
    reorder,
)
from lms.courses.models import Chapter, Course, Lesson
from lms.courses.outline import Outline, OutlineChapter
from lms.courses.queries import list_chapters, list_lessons
from lms.db import db
from lms.errors import Invalid
from lms.files.actions import store_bytes


def put_course(entry: CourseEntry, known: Known, *, unit_id: int) -> Course:
    """Create or update the course so that its outline is the folder's; gives the course.

    Lessons that the folder brought and has no longer are removed; lessons that an administrator
    added stay at the end of the last chapter. Only lessons whose files changed are filled again.
    """
    course = db.session.scalar(select(Course).where(Course.code == entry.code))
    values = {"title": entry.title, "summary": entry.summary, "category": entry.category}
    if course is None:
        course = create_course(unit_id=unit_id, code=entry.code, by=None, **values)
    else:
        change_course(course, by=None, **values)
    if entry.cover:
        picture = entry.folder / entry.cover
        blob = store_bytes(picture.read_bytes(), picture.name)
        change_course(course, by=None, cover_blob_id=blob.id)
    chapters = _put_chapters(course, entry)
    _remove_lessons(course, entry, known)
    order: list[OutlineChapter] = []
    for chapter, wanted in zip(chapters, entry.chapters, strict=True):
        ids = [_put_lesson(one, chapter, entry, known).id for one in wanted.lessons]
        order.append(OutlineChapter(chapter.id, tuple(ids)))
    _put_order(course, order)
    known.put(f"course:{entry.code}", entry.digest, course.id)
    return course


def _put_chapters(course: Course, entry: CourseEntry) -> list[Chapter]:
    chapters = list(list_chapters(course))
    for at, wanted in enumerate(entry.chapters):
        if at < len(chapters):
            if chapters[at].title != wanted.title:
                change_chapter(chapters[at], title=wanted.title)
        else:
            chapters.append(add_chapter(course, title=wanted.title))
    db.session.flush()
    return chapters[: len(entry.chapters)]


def _remove_lessons(course: Course, entry: CourseEntry, known: Known) -> None:
    kept = {lesson_key(entry, lesson) for lesson in entry.lessons}
    for key in known.keys(f"lesson:{entry.code}/"):
        if key in kept:
            continue
        lesson = db.session.get(Lesson, known.find_id(key) or 0)
        if lesson is not None and lesson.course_id == course.id:
            delete_lesson(lesson, by=None)
        known.forget(key)


def _put_lesson(wanted: LessonEntry, chapter: Chapter, entry: CourseEntry, known: Known) -> Lesson:
    key = lesson_key(entry, wanted)
    lesson = db.session.get(Lesson, known.find_id(key) or 0)
    if lesson is not None and lesson.kind != wanted.kind:
        delete_lesson(lesson, by=None)
        lesson = None
    is_new = lesson is None
    if lesson is None:
        lesson = add_lesson(
            chapter, kind=wanted.kind, title=wanted.title, is_required=wanted.is_required
        )
        db.session.flush()
    if (lesson.title, lesson.is_required) != (wanted.title, wanted.is_required):
        change_lesson(lesson, title=wanted.title, is_required=wanted.is_required)
    if is_new or known.digest(key) != wanted.digest:
        _fill(lesson, wanted, entry, known)
    known.put(key, wanted.digest, lesson.id)
    return lesson


def _fill(lesson: Lesson, wanted: LessonEntry, entry: CourseEntry, known: Known) -> None:
    load = kinds.get(lesson.kind).load
    if load is None:
        raise Invalid(f"lessons of the kind {lesson.kind} cannot be filled from a folder")
    data = dict(wanted.data)
    if "paper" in data:
        data["paper_id"] = known.find_id(f"paper:{data['paper']}")
    load(lesson, data, entry.folder)


def _put_order(course: Course, order: list[OutlineChapter]) -> None:
    """Bring the outline into the folder's order; what the folder does not know goes to the end."""
    db.session.flush()
    named = {lesson_id for chapter in order for lesson_id in chapter.lesson_ids}
    others = tuple(row.id for row in list_lessons(course) if row.id not in named)
    last = order[-1]
    order[-1] = OutlineChapter(last.id, last.lesson_ids + others)
    chapters = list_chapters(course)
    surplus = [row for row in chapters if row.id not in {chapter.id for chapter in order}]
    reorder(course, Outline((*order, *(OutlineChapter(row.id) for row in surplus))))
    db.session.flush()
    for row in surplus:
        delete_chapter(row)


def lesson_key(entry: CourseEntry, lesson: LessonEntry) -> str:
    """Under what a lesson is remembered."""
    return f"lesson:{entry.code}/{lesson.code}"
