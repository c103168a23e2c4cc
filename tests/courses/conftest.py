"""What the tests of courses share: a kind of lesson that needs no other part, and ready courses."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.courses import actions, kinds
from lms.courses.kinds import LessonKind, LessonPage, Measure
from lms.courses.models import Course, Lesson
from lms.courses.queries import list_chapters
from lms.db import db
from lms.members.policy import Actor
from tests.factories import People


def plain_page(lesson: Lesson, actor: Actor) -> LessonPage:
    return LessonPage("courses/_gone.html", {})


def plain_problems(lesson: Lesson) -> list[str]:
    return ["还没有内容。"] if lesson.settings.get("empty") else []


@pytest.fixture(autouse=True)
def plain_kind() -> Iterator[LessonKind]:
    """A kind with no contents of its own, complete at 95 %."""
    kind = LessonKind(
        code="plain",
        label="白页",
        icon="file",
        measure=lambda lesson: Measure("media", duration_seconds=90.0),
        page=plain_page,
        studied=lambda lesson, **facts: None,
        problems=plain_problems,
        complete_at=Decimal("0.95"),
        completes="看满 95% 即完成。",
        is_studied=False,
    )
    kinds.register(kind)
    yield kind
    kinds._kinds.pop("plain", None)


@pytest.fixture
def make_course(people: People) -> Callable[..., Course]:
    """A course of the north with as many plain lessons as asked for; committed."""

    def make(
        title: str = "安全生产法二十讲",
        *,
        lessons: int = 3,
        publish: bool = True,
        unit_id: int | None = None,
        **values: object,
    ) -> Course:
        course = actions.create_course(title=title, unit_id=unit_id or people.north, by=None)
        chapter = list_chapters(course)[0]
        for number in range(1, lessons + 1):
            actions.add_lesson(chapter, kind="plain", title=f"内容{number}")
        if values:
            actions.change_course(course, by=None, **values)
        if publish:
            actions.publish_course(course, by=None)
        db.session.commit()
        return course

    return make


@pytest.fixture
def count_queries() -> Callable[[FlaskClient, str], int]:
    """How many statements a page takes."""

    def count(client: FlaskClient, path: str) -> int:
        db.session.rollback()
        seen: list[object] = []

        def note(*_args: object) -> None:
            seen.append(None)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count
