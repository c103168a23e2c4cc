"""Reading courses: loaders that take the person who asks, the outline, and the lists of courses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select

from lms.courses import kinds
from lms.courses.completion import (
    WHOLE,
    CourseStanding,
    LessonStanding,
    course_standing,
    open_count,
)
from lms.courses.models import Chapter, Course, CourseProgress, Lesson, LessonProgress
from lms.courses.outline import Outline, OutlineChapter
from lms.db import db
from lms.errors import Forbidden, NotFound
from lms.files.models import Blob
from lms.members.policy import Action, Actor, may_content
from lms.members.scope import check, content_facts


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson in its place, as it stands for one learner."""

    lesson: Lesson
    number: int
    fraction: Decimal
    is_complete: bool
    is_open: bool

    @property
    def kind(self) -> kinds.LessonKind | None:
        """The lesson's kind, None when no part knows it any more."""
        return kinds.find(self.lesson.kind)


@dataclass(frozen=True, slots=True)
class ChapterRow:
    """A chapter with its lessons."""

    chapter: Chapter
    lessons: tuple[LessonRow, ...]


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course with its whole outline, as it stands for one learner."""

    course: Course
    chapters: tuple[ChapterRow, ...]
    standing: CourseStanding
    progress: CourseProgress | None
    resume_id: int | None

    @property
    def lessons(self) -> tuple[LessonRow, ...]:
        """All lessons in order."""
        return tuple(row for chapter in self.chapters for row in chapter.lessons)

    @property
    def expected_seconds(self) -> float:
        """About how long the whole course takes."""
        return sum(row.lesson.expected_seconds for row in self.lessons)

    @property
    def done_count(self) -> int:
        """How many lessons, required or not, are complete."""
        return sum(row.is_complete for row in self.lessons)

    @property
    def is_complete(self) -> bool:
        """Whether the learner has completed the course, now or before it grew."""
        return self.standing.is_complete or bool(self.progress and self.progress.completed_at)


# Loaders


def get_course(course_id: int, *, member: Actor, action: Action = Action.VIEW) -> Course:
    """The course; raises NotFound or Forbidden as the policy says."""
    course = db.session.get(Course, course_id)
    check(member, action, course)
    if course is None:
        raise NotFound(_("没有找到这门课程，它可能已经下架。"))
    return course


def get_chapter(chapter_id: int, *, member: Actor, action: Action) -> Chapter:
    """The chapter, when its course allows `action`."""
    chapter = db.session.get(Chapter, chapter_id)
    if chapter is None:
        raise NotFound(_("没有找到这一章，它可能已被删除。"))
    get_course(chapter.course_id, member=member, action=action)
    return chapter


def get_lesson(lesson_id: int, *, member: Actor, action: Action = Action.VIEW) -> Lesson:
    """The lesson, when its course allows `action`.

    A learner of a course that is studied in order gets Forbidden for a lesson still closed.
    """
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound(_("没有找到这一讲，它可能已被删除。"))
    course = get_course(lesson.course_id, member=member, action=action)
    if course.is_sequential and not may_content(member, Action.EDIT, content_facts(course)):
        _check_open(lesson, course, member)
    return lesson


def _check_open(lesson: Lesson, course: Course, member: Actor) -> None:
    rows = view_course(course, member=member).lessons
    if not any(row.is_open for row in rows if row.lesson.id == lesson.id):
        raise Forbidden(_("这门课程要按顺序学习，请先学完前面的必修内容。"))


def get_cover(course: Course) -> Blob:
    """The course's cover picture; NotFound when it has none."""
    blob = db.session.get(Blob, course.cover_blob_id) if course.cover_blob_id else None
    if blob is None:
        raise NotFound(_("这门课程没有封面图片。"))
    return blob


def course_of(lesson: Lesson) -> Course:
    """The course that a loaded lesson belongs to."""
    return db.session.get_one(Course, lesson.course_id)


def may_edit(course: Course, *, member: Actor) -> bool:
    """Whether the person may change the course; pages ask it before they offer to."""
    return may_content(member, Action.EDIT, content_facts(course))


# The outline


def list_chapters(course: Course) -> Sequence[Chapter]:
    """The chapters in order."""
    query = select(Chapter).where(Chapter.course_id == course.id)
    return db.session.scalars(query.order_by(Chapter.position, Chapter.id)).all()


def list_lessons(course: Course) -> Sequence[Lesson]:
    """The lessons in the order in which they are studied."""
    query = (
        select(Lesson)
        .join(Chapter, Chapter.id == Lesson.chapter_id)
        .where(Lesson.course_id == course.id)
        .order_by(Chapter.position, Chapter.id, Lesson.position, Lesson.id)
    )
    return db.session.scalars(query).all()


def list_required_tests(course_id: int) -> Sequence[int]:
    """The ids of the lessons of the course that are tests and decide its completion."""
    codes = [kind.code for kind in kinds.list_kinds() if kind.is_test]
    query = select(Lesson.id).where(
        Lesson.course_id == course_id, Lesson.kind.in_(codes), Lesson.is_required
    )
    return db.session.scalars(query).all()


def completion_times(
    lesson_ids: Iterable[int], member_ids: Iterable[int]
) -> dict[tuple[int, int], datetime]:
    """When members completed lessons, by member and lesson."""
    query = select(
        LessonProgress.member_id, LessonProgress.lesson_id, LessonProgress.completed_at
    ).where(
        LessonProgress.lesson_id.in_(lesson_ids),
        LessonProgress.member_id.in_(member_ids),
        LessonProgress.completed_at.is_not(None),
    )
    return {(member, lesson): at for member, lesson, at in db.session.execute(query) if at}


def outline_of(course: Course) -> Outline:
    """The outline as ids, for moves and neighbours."""
    inside: dict[int, list[int]] = {chapter.id: [] for chapter in list_chapters(course)}
    for lesson in list_lessons(course):
        inside[lesson.chapter_id].append(lesson.id)
    return Outline(tuple(OutlineChapter(key, tuple(ids)) for key, ids in inside.items()))


def standing_of(lesson: Lesson, progress: LessonProgress | None) -> LessonStanding:
    """What the completion rules need to know."""
    if progress is None:
        return LessonStanding(lesson.is_required)
    return LessonStanding(
        lesson.is_required, progress.fraction, is_complete=progress.completed_at is not None
    )


def view_course(course: Course, *, member: Actor) -> CourseView:
    """The course with its outline and where the learner stands; three queries."""
    chapters = list_chapters(course)
    pairs = lessons_with_progress(Lesson.course_id == course.id, member.id)
    standings = [standing_of(lesson, progress) for lesson, progress in pairs]
    opened = open_count(standings) if course.is_sequential else len(pairs)
    inside: dict[int, list[LessonRow]] = {chapter.id: [] for chapter in chapters}
    for place, (lesson, standing) in enumerate(zip((p[0] for p in pairs), standings, strict=True)):
        inside[lesson.chapter_id].append(
            LessonRow(
                lesson,
                number=place + 1,
                fraction=WHOLE if standing.is_complete else standing.fraction,
                is_complete=standing.is_complete,
                is_open=place < opened,
            )
        )
    progress = find_course_progress(member.id, course.id)
    rows = tuple(ChapterRow(chapter, tuple(inside[chapter.id])) for chapter in chapters)
    return CourseView(
        course=course,
        chapters=rows,
        standing=course_standing(standings),
        progress=progress,
        resume_id=_resume_id(rows, progress),
    )


def _resume_id(chapters: Iterable[ChapterRow], progress: CourseProgress | None) -> int | None:
    rows = [row for chapter in chapters for row in chapter.lessons if row.is_open]
    outline = Outline((OutlineChapter(0, tuple(row.lesson.id for row in rows)),))
    done = {row.lesson.id for row in rows if row.is_complete}
    return outline.resume_at(done, progress.last_lesson_id if progress else None)


def lessons_with_progress(
    condition: ColumnElement[bool], member_id: int
) -> Sequence[tuple[Lesson, LessonProgress | None]]:
    """Lessons in order, each with the member's progress if there is any."""
    mine = and_(LessonProgress.lesson_id == Lesson.id, LessonProgress.member_id == member_id)
    query = (
        select(Lesson, LessonProgress)
        .join(Chapter, Chapter.id == Lesson.chapter_id)
        .outerjoin(LessonProgress, mine)
        .where(condition)
        .order_by(Lesson.course_id, Chapter.position, Chapter.id, Lesson.position, Lesson.id)
    )
    return [(lesson, progress) for lesson, progress in db.session.execute(query)]


def stands(course_id: int, member_id: int) -> CourseStanding:
    """How the course stands for the member."""
    pairs = lessons_with_progress(Lesson.course_id == course_id, member_id)
    return course_standing(standing_of(lesson, progress) for lesson, progress in pairs)


def find_lesson_progress(member_id: int, lesson_id: int) -> LessonProgress | None:
    """The member's progress in the lesson, None before the first."""
    return db.session.scalar(
        select(LessonProgress).where(
            LessonProgress.member_id == member_id, LessonProgress.lesson_id == lesson_id
        )
    )


def find_course_progress(member_id: int, course_id: int) -> CourseProgress | None:
    """The member's way through the course, None before it begins."""
    return db.session.scalar(
        select(CourseProgress).where(
            CourseProgress.member_id == member_id, CourseProgress.course_id == course_id
        )
    )


def count_learners(course: Course) -> int:
    """How many people have begun the course."""
    query = select(func.count()).where(CourseProgress.course_id == course.id)
    return db.session.scalar(query) or 0


def count_learners_of(lesson: Lesson) -> int:
    """How many people have progress in the lesson."""
    query = select(func.count()).where(LessonProgress.lesson_id == lesson.id)
    return db.session.scalar(query) or 0


def publishing_problems(course: Course) -> list[str]:
    """Why the course can't be published, in sentences that say what to do; empty when it can."""
    lessons = list_lessons(course)
    if not lessons:
        return [_("课程还没有任何一讲，请先在目录里添加内容。")]
    found: list[str] = []
    for number, lesson in enumerate(lessons, start=1):
        kind = kinds.find(lesson.kind)
        problems = kind.problems(lesson) if kind else [_("这种课时类型已停用，请删除或更换。")]
        place = _("第 %(number)d 讲《%(title)s》：", number=number, title=lesson.title)
        found += [place + str(problem) for problem in problems]
    return found
