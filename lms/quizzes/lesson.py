"""The lesson kind of this part: a test inside a course, completed by passing it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms import clock
from lms.courses.actions import lesson_changed
from lms.courses.kinds import LessonKind, LessonPage, Measure, StudyFacts
from lms.courses.models import Lesson
from lms.db import db
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes import words
from lms.quizzes.models import Paper
from lms.quizzes.standing import standing_of


def find_lesson_paper(lesson: Lesson) -> Paper | None:
    """The paper that the lesson uses."""
    paper_id = lesson.settings.get("paper_id")
    return db.session.get(Paper, paper_id) if paper_id else None


def show_test(lesson: Lesson, actor: Actor) -> LessonPage:
    """The first page of the paper inside the lesson."""
    paper = find_lesson_paper(lesson)
    standing = standing_of(paper, member=actor, at=clock.now()) if paper else None
    context = {"standing": standing, "methods": words.METHODS}
    return LessonPage("quizzes/_lesson.html", context)


def no_measure(lesson: Lesson) -> Measure:
    """A test is credited by passing it, not by time."""
    return Measure()


def not_studied(lesson: Lesson, *, member_id: int, facts: StudyFacts, at: datetime) -> None:
    """Time on the page of a test counts for nothing."""


def test_problems(lesson: Lesson) -> list[str]:
    """Why the course cannot be published with this lesson."""
    paper = find_lesson_paper(lesson)
    if paper is None:
        return [_("“%(title)s”还没有选试卷。", title=lesson.title)]
    if paper.state != ContentState.PUBLISHED:
        return [_("“%(title)s”的试卷还没有发布。", title=lesson.title)]
    return []


def copy_test(source: Lesson, copy: Lesson) -> None:
    """A copied lesson uses the same paper."""
    copy.settings = dict(source.settings)


def test_content(lesson: Lesson) -> dict[str, Any]:
    """What a content folder says about the lesson."""
    return {"paper_id": lesson.settings.get("paper_id")}


def load_test(lesson: Lesson, data: dict[str, Any], folder: Path) -> None:
    """Take the paper that the content folder names."""
    lesson.settings = {**lesson.settings, "paper_id": data.get("paper_id")}
    lesson_changed(lesson)


TEST = LessonKind(
    code="test",
    label=_l("测试"),
    icon="checklist",
    measure=no_measure,
    page=show_test,
    studied=not_studied,
    edit_endpoint="quizzes.edit_lesson",
    problems=test_problems,
    copy=copy_test,
    content=test_content,
    load=load_test,
    completes=_l("通过测试即完成"),
    is_studied=False,
    is_test=True,
)
