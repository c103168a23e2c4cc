"""Programmes: courses in order, until a day, for those who may see them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.courses import actions, programme_actions, searchable
from lms.courses.models import Course, Programme
from lms.courses.programme_queries import list_places
from lms.courses.queries import list_lessons
from lms.db import db
from lms.search.models import SearchChange
from tests.factories import People

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
Clients = Callable[[str], FlaskClient]
Courses = Callable[..., Course]
Programmes = Callable[..., Programme]


@pytest.fixture
def make_programme(make_course: Courses, people: People) -> Programmes:
    """A programme of the north with as many courses of one lesson as asked for."""

    def make(courses: int = 2, *, publish: bool = True) -> Programme:
        programme = programme_actions.create_programme(
            title="新修订公司法", unit_id=people.north, audience_unit_id=people.north, by=None
        )
        for number in range(1, courses + 1):
            course = make_course(f"公司法之{number}", lessons=1)
            programme_actions.add_course(programme, course)
        if publish:
            programme_actions.publish_programme(programme, by=None)
        db.session.commit()
        return programme

    return make


def finish(course: Course, member_id: int) -> None:
    for lesson in list_lessons(course):
        actions.record_progress(
            member_id=member_id, lesson_id=lesson.id, fraction=Decimal(1), at=AT
        )
    db.session.commit()


def titles(programme: Programme) -> list[str]:
    db.session.rollback()
    return [course.title for _place, course in list_places(programme)]


def test_a_programme_from_nothing_to_done(
    client_of: Clients, make_course: Courses, people: People
) -> None:
    owner, learner = client_of("owner"), client_of("learner")
    form = {"title": "安全月", "due_on": "2027-06-30"}
    form |= {"unit_id": str(people.north), "audience_unit_id": str(people.north)}
    answer = owner.post("/courses/programmes/new", data=form)
    programme = db.session.scalars(select(Programme)).one()
    assert answer.location == f"/courses/programmes/{programme.id}/edit"
    refused = owner.post(f"/courses/programmes/{programme.id}/publish")
    assert refused.status_code == 422
    assert "专题里还没有课程" in refused.text

    course = make_course("灭火器", lessons=1)
    for _time in range(2):
        owner.post(f"/courses/programmes/{programme.id}/courses", data={"course_id": course.id})
    assert titles(programme) == ["灭火器"]
    assert "安全月" not in learner.get("/courses/programmes").text
    owner.post(f"/courses/programmes/{programme.id}/publish")
    assert "0 / 1 门" in learner.get("/courses/programmes").text
    assert "专题：安全月" in learner.get("/").text

    finish(course, people.learner)
    page = learner.get(f"/courses/programmes/{programme.id}").text
    assert "已完成 1 / 1 门课程" in page
    assert "继续学习" not in page
    assert "专题：安全月" not in learner.get("/").text


def test_courses_are_ordered_and_removed(client_of: Clients, make_programme: Programmes) -> None:
    programme = make_programme(3)
    owner = client_of("owner")
    first, second, _third = (place.id for place, _course in list_places(programme))
    owner.post(f"/courses/programmes/places/{second}/move", data={"direction": "up"})
    assert titles(programme) == ["公司法之2", "公司法之1", "公司法之3"]
    owner.post(f"/courses/programmes/places/{first}/required", data={"required": "0"})
    owner.post(f"/courses/programmes/places/{second}/remove")
    assert titles(programme) == ["公司法之1", "公司法之3"]
    assert "选修" in client_of("learner").get(f"/courses/programmes/{programme.id}").text


def test_the_next_course_is_the_first_unfinished_one(
    client_of: Clients, make_programme: Programmes, people: People
) -> None:
    programme = make_programme(2)
    (_one, first), (_two, second) = list_places(programme)
    learner = client_of("learner")
    url = f"/courses/programmes/{programme.id}"
    assert f"/courses/{first.id}/continue" in learner.get(url).text
    finish(first, people.learner)
    assert f"/courses/{second.id}/continue" in learner.get(url).text


def test_problems_name_the_courses(
    client_of: Clients, make_programme: Programmes, people: People
) -> None:
    programme = make_programme(2, publish=False)
    (_one, first), (_two, second) = list_places(programme)
    actions.withdraw_course(first, by=None)
    actions.change_course(second, by=None, audience_unit_id=people.north_team)
    db.session.commit()
    refused = client_of("owner").post(f"/courses/programmes/{programme.id}/publish")
    assert refused.status_code == 422
    assert "《公司法之1》还没有发布。" in refused.text
    assert "《公司法之2》没有开放给专题的全部学员。" in refused.text


def test_a_withdrawn_course_is_not_counted(client_of: Clients, make_programme: Programmes) -> None:
    programme = make_programme(2)
    actions.withdraw_course(list_places(programme)[0][1], by=None)
    db.session.commit()
    page = client_of("learner").get(f"/courses/programmes/{programme.id}").text
    assert "公司法之1" not in page
    assert "已完成 0 / 1 门课程" in page


def test_a_stale_form_overwrites_nothing(
    client_of: Clients, make_programme: Programmes, people: People
) -> None:
    programme = make_programme(1)
    url = f"/courses/programmes/{programme.id}/edit"
    form = {"title": "同事改的", "revision": str(programme.revision)}
    form |= {"unit_id": str(people.north), "audience_unit_id": str(people.north)}
    assert client_of("colleague").post(url, data=form).status_code == 302
    answer = client_of("owner").post(url, data=form | {"title": "我改的"})
    assert answer.status_code == 409
    assert "刚刚被别人修改过" in answer.text
    db.session.refresh(programme)
    assert programme.title == "同事改的"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("{programme}/edit", {"title": "", "due_on": "x"}),
        ("{programme}/edit", {"title": "好", "due_on": "2026-13-40"}),
        ("places/{place}/move", {"direction": "sideways"}),
    ],
)
def test_bad_input_is_told(
    client_of: Clients, make_programme: Programmes, path: str, form: dict[str, str]
) -> None:
    programme = make_programme(1)
    path = path.format(programme=programme.id, place=list_places(programme)[0][0].id)
    assert client_of("owner").post(f"/courses/programmes/{path}", data=form).status_code == 422


def test_who_sees_and_changes_a_programme(client_of: Clients, make_programme: Programmes) -> None:
    draft, shown = make_programme(1, publish=False), make_programme(1)
    place = list_places(shown)[0][0].id
    for number, expected in (("owner", 200), ("learner", 404), ("outsider", 404)):
        assert client_of(number).get(f"/courses/programmes/{draft.id}").status_code == expected
    for number, expected in (("learner", 200), ("outsider", 404), ("stranger", 404)):
        assert client_of(number).get(f"/courses/programmes/{shown.id}").status_code == expected
    for path in (
        f"{shown.id}/edit",
        f"{shown.id}/courses",
        f"{shown.id}/publish",
        f"{shown.id}/withdraw",
        f"places/{place}/move",
        f"places/{place}/required",
        f"places/{place}/remove",
    ):
        assert client_of("outsider").post(f"/courses/programmes/{path}").status_code == 404, path
        assert client_of("learner").post(f"/courses/programmes/{path}").status_code == 403, path


def test_foreign_and_unknown_courses_cannot_be_added(
    client_of: Clients, make_programme: Programmes, make_course: Courses, people: People
) -> None:
    programme = make_programme(1)
    foreign = make_course("南方的课", unit_id=people.south)
    owner = client_of("owner")
    url = f"/courses/programmes/{programme.id}/courses"
    for course_id in (foreign.id, 9999, "x"):
        assert owner.post(url, data={"course_id": course_id}).status_code == 404
    assert titles(programme) == ["公司法之1"]
    assert client_of("owner").post("/courses/programmes/places/9999/remove").status_code == 404


def test_the_list_takes_the_same_queries_however_many(
    client_of: Clients, make_programme: Programmes, count_queries: Callable[..., int]
) -> None:
    learner = client_of("learner")
    make_programme(1)
    few = count_queries(learner, "/courses/programmes")
    for _time in range(4):
        make_programme(3)
    assert count_queries(learner, "/courses/programmes") == few


def test_search_finds_programmes(make_programme: Programmes) -> None:
    programme = make_programme(1)
    (document,) = searchable.find_programmes(searchable.list_programme_ids())
    assert (document.title, document.is_published) == ("新修订公司法", True)
    noted = select(SearchChange).where(SearchChange.source == "programme")
    assert {row.subject_id for row in db.session.scalars(noted)} == {programme.id}


def test_withdrawing_hides_a_programme(client_of: Clients, make_programme: Programmes) -> None:
    programme = make_programme(1)
    client_of("owner").post(f"/courses/programmes/{programme.id}/withdraw")
    assert client_of("learner").get(f"/courses/programmes/{programme.id}").status_code == 404
    assert "新修订公司法" in client_of("owner").get("/courses/programmes/manage").text
