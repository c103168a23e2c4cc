"""Who sees and changes which course: outsiders find nothing, learners change nothing."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms.courses.models import Course
from lms.courses.queries import list_chapters, list_lessons
from lms.db import db

Clients = Callable[[str], FlaskClient]
Courses = Callable[..., Course]

LOOKS = (
    "/courses/{course}",
    "/courses/{course}/continue",
    "/courses/lessons/{lesson}",
    "/courses/lessons/{lesson}/state",
)
PAGES = ("/courses/{course}/edit", "/courses/{course}/settings")
DEEDS = (
    "/courses/{course}/chapters",
    "/courses/{course}/settings",
    "/courses/{course}/order",
    "/courses/{course}/publish",
    "/courses/{course}/withdraw",
    "/courses/{course}/archive",
    "/courses/{course}/copy",
    "/courses/chapters/{chapter}/rename",
    "/courses/chapters/{chapter}/move",
    "/courses/chapters/{chapter}/delete",
    "/courses/chapters/{chapter}/lessons",
    "/courses/lessons/{lesson}/change",
    "/courses/lessons/{lesson}/move",
    "/courses/lessons/{lesson}/delete",
)


def fill(path: str, course: Course) -> str:
    return path.format(
        course=course.id, chapter=list_chapters(course)[0].id, lesson=list_lessons(course)[0].id
    )


@pytest.mark.parametrize("path", LOOKS)
def test_who_may_look(client_of: Clients, make_course: Courses, path: str) -> None:
    published = fill(path, make_course())
    draft = fill(path, make_course(publish=False))
    for number in ("owner", "colleague", "chief"):
        assert client_of(number).get(published).status_code in (200, 302), number
        assert client_of(number).get(draft).status_code in (200, 302), number
    assert client_of("learner").get(published).status_code in (200, 302)
    assert client_of("learner").get(draft).status_code == 404
    for number in ("outsider", "stranger", "operator"):
        assert client_of(number).get(published).status_code == 404, number


@pytest.mark.parametrize("path", PAGES + DEEDS)
def test_who_may_write(client_of: Clients, make_course: Courses, path: str) -> None:
    url = fill(path, make_course())
    method = "get" if path in PAGES else "post"

    def status(number: str) -> int:
        return getattr(client_of(number), method)(url).status_code

    assert status("outsider") == 404
    assert status("learner") == 403
    assert status("manager") == 403


def test_what_may_be_seen_but_not_changed_is_forbidden(
    client_of: Clients, make_course: Courses, people: object
) -> None:
    from lms.courses import actions

    course = make_course(publish=False)
    actions.change_course(course, by=None, audience_unit_id=people.root)  # type: ignore[attr-defined]
    actions.publish_course(course, by=None)
    db.session.commit()
    outsider = client_of("outsider")
    assert outsider.get(f"/courses/{course.id}").status_code == 200
    assert outsider.get(f"/courses/{course.id}/edit").status_code == 403
    assert "编辑课程" not in outsider.get(f"/courses/{course.id}").text


@pytest.mark.parametrize("path", ["/courses/9999", "/courses/lessons/9999", "/courses/9999/edit"])
def test_unknown_ids_are_not_found(client_of: Clients, path: str) -> None:
    assert client_of("owner").get(path).status_code == 404


def test_nobody_is_let_in_without_signing_in(anonymous: FlaskClient, make_course: Courses) -> None:
    course = make_course()
    assert "/sign-in" in anonymous.get(f"/courses/{course.id}").location


def test_opening_a_draft_leaves_no_progress(client_of: Clients, make_course: Courses) -> None:
    from lms.courses.queries import count_learners

    course = make_course(publish=False)
    lesson = list_lessons(course)[0]
    assert client_of("owner").post(f"/courses/lessons/{lesson.id}/open").status_code == 204
    assert count_learners(course) == 0


@pytest.mark.parametrize("path", ["/courses/", "/courses/manage"])
def test_lists_take_the_same_queries_however_long(
    client_of: Clients, make_course: Courses, count_queries: Callable[..., int], path: str
) -> None:
    owner = client_of("owner")
    make_course()
    few = count_queries(owner, path)
    for number in range(8):
        make_course(f"课程{number}", lessons=4)
    assert count_queries(owner, path) == few
    assert few <= 9


def test_the_course_and_lesson_pages_take_the_same_queries_however_many_lessons(
    client_of: Clients, make_course: Courses, count_queries: Callable[..., int]
) -> None:
    short, long = make_course(lessons=2), make_course(lessons=30)
    learner = client_of("learner")
    for path in ("/courses/{course}", "/courses/lessons/{lesson}"):
        few = count_queries(learner, fill(path, short))
        assert count_queries(learner, fill(path, long)) == few
        assert few <= 12
