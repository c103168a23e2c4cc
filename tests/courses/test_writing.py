"""Writing courses: creating, the outline, settings, publishing, and everything that is refused."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.courses import actions
from lms.courses.models import Course, Lesson
from lms.courses.queries import list_chapters, list_lessons
from lms.db import db
from lms.members.models import AuditEvent
from lms.members.scope import ContentState
from tests.factories import People

Clients = Callable[[str], FlaskClient]
Courses = Callable[..., Course]


def titles(course: Course) -> list[list[str]]:
    db.session.rollback()
    lessons = list_lessons(course)
    return [
        [lesson.title for lesson in lessons if lesson.chapter_id == chapter.id]
        for chapter in list_chapters(course)
    ]


def count_audit(action: str) -> int:
    query = select(func.count()).where(AuditEvent.action == action)
    return db.session.scalar(query) or 0


def test_a_course_from_nothing_to_published(client_of: Clients, people: People) -> None:
    owner = client_of("owner")
    answer = owner.post(
        "/courses/new",
        data={
            "title": " 消防安全 ",
            "summary": "人人都要会的。",
            "category": "安全",
            "unit_id": people.north,
            "audience_unit_id": people.north_team,
        },
    )
    assert answer.status_code == 302
    course = db.session.scalars(select(Course)).one()
    assert answer.location == f"/courses/{course.id}/edit"
    assert (course.title, course.state) == ("消防安全", ContentState.DRAFT)
    chapter = list_chapters(course)[0]

    page = owner.get(answer.location).text
    assert "课程还没有任何一讲" in page
    refused = owner.post(f"/courses/{course.id}/publish")
    assert refused.status_code == 422
    assert "课程还没有任何一讲" in refused.text

    added = owner.post(
        f"/courses/chapters/{chapter.id}/lessons", data={"kind": "plain", "title": "灭火器"}
    )
    assert added.status_code == 302
    assert owner.post(f"/courses/{course.id}/publish").status_code == 302
    assert "消防安全" in client_of("learner").get("/courses/").text
    assert "消防安全" not in client_of("stranger").get("/courses/").text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"title": ""}, "请填写课程名称。"),
        ({"title": "  "}, "请填写课程名称。"),
        ({"title": "好" * 121}, "120"),
        ({"title": "好", "unit_id": "south"}, ""),
        ({"title": "好", "audience_unit_id": "root"}, ""),
        ({"title": "好", "unit_id": "x"}, ""),
    ],
)
def test_a_course_form_that_is_wrong_says_so_and_keeps_what_was_typed(
    client_of: Clients, people: People, data: dict[str, str], message: str
) -> None:
    units = {"south": people.south, "root": people.root}
    filled = {"unit_id": people.north, "audience_unit_id": people.north, "summary": "写好的简介"}
    filled |= {key: units.get(value, value) for key, value in data.items()}
    answer = client_of("owner").post("/courses/new", data=filled)
    assert answer.status_code == 422
    assert message in answer.text
    assert "写好的简介" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Course)) == 0


def test_the_outline_is_edited_without_scripts(client_of: Clients, make_course: Courses) -> None:
    course = make_course(lessons=3, publish=False)
    owner = client_of("owner")
    first, second, third = list_lessons(course)
    one = list_chapters(course)[0]
    owner.post(f"/courses/{course.id}/chapters", data={"title": "第二章"})
    two = list_chapters(course)[1]

    owner.post(f"/courses/lessons/{second.id}/move", data={"direction": "up"})
    assert titles(course) == [["内容2", "内容1", "内容3"], []]
    owner.post(f"/courses/lessons/{third.id}/move", data={"direction": "down"})
    assert titles(course) == [["内容2", "内容1"], ["内容3"]]
    owner.post(f"/courses/chapters/{two.id}/move", data={"direction": "up"})
    assert titles(course) == [["内容3"], ["内容2", "内容1"]]
    owner.post(f"/courses/chapters/{one.id}/rename", data={"title": "总则"})
    owner.post(f"/courses/lessons/{first.id}/change", data={"title": "改过的名字"})
    assert titles(course) == [["内容3"], ["内容2", "改过的名字"]]
    assert not db.session.get_one(Lesson, first.id).is_required

    refused = owner.post(f"/courses/chapters/{one.id}/delete")
    assert refused.status_code == 409
    assert "这一章里还有内容" in refused.text
    owner.post(f"/courses/lessons/{third.id}/delete")
    assert owner.post(f"/courses/chapters/{two.id}/delete").status_code == 302
    assert titles(course) == [["内容2", "改过的名字"]]
    assert "总则" in owner.get(f"/courses/{course.id}/edit").text


def test_a_lesson_that_people_have_studied_can_be_deleted(
    client_of: Clients, make_course: Courses
) -> None:
    course = make_course(lessons=2)
    lesson_id = list_lessons(course)[0].id
    learner = client_of("learner")
    learner.post(f"/courses/lessons/{lesson_id}/open")
    assert client_of("owner").post(f"/courses/lessons/{lesson_id}/delete").status_code == 302
    assert learner.get(f"/courses/lessons/{lesson_id}").status_code == 404
    assert "/lessons/" in learner.get(f"/courses/{course.id}/continue").location


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/courses/lessons/{lesson}/move", {"direction": "sideways"}),
        ("/courses/lessons/{lesson}/change", {"title": " "}),
        ("/courses/chapters/{chapter}/rename", {"title": "长" * 121}),
        ("/courses/chapters/{chapter}/lessons", {"kind": "no-such", "title": "x"}),
        ("/courses/chapters/{chapter}/lessons", {"kind": "plain", "title": ""}),
        ("/courses/{course}/chapters", {}),
    ],
)
def test_bad_outline_input_is_refused_in_words(
    client_of: Clients, make_course: Courses, path: str, data: dict[str, str]
) -> None:
    course = make_course(lessons=1)
    before = titles(course)
    url = path.format(
        lesson=list_lessons(course)[0].id, chapter=list_chapters(course)[0].id, course=course.id
    )
    assert client_of("owner").post(url, data=data).status_code == 422
    assert titles(course) == before


def test_dragging_sends_the_whole_order(client_of: Clients, make_course: Courses) -> None:
    course = make_course(lessons=3)
    owner = client_of("owner")
    chapter = list_chapters(course)[0].id
    a, b, c = (lesson.id for lesson in list_lessons(course))
    revision = course.revision

    def send(lessons: list[int], revision: int) -> int:
        body = {"revision": revision, "chapters": [{"id": chapter, "lessons": lessons}]}
        return owner.post(f"/courses/{course.id}/order", json=body).status_code

    assert send([c, a, b], revision) == 200
    assert titles(course) == [["内容3", "内容1", "内容2"]]
    assert send([a, b, c], revision) == 409  # a page from before
    db.session.rollback()
    assert send([a, b], course.revision) == 409  # one is missing
    assert titles(course) == [["内容3", "内容1", "内容2"]]


@pytest.mark.parametrize(
    "body", [[], {}, {"revision": 1}, {"revision": "x", "chapters": []}, {"chapters": [1]}]
)
def test_an_order_that_is_nonsense(client_of: Clients, make_course: Courses, body: object) -> None:
    course = make_course(lessons=1)
    answer = client_of("owner").post(f"/courses/{course.id}/order", json=body)
    assert answer.status_code == 422
    assert answer.json["message"]


def test_publishing_twice_is_publishing_once(client_of: Clients, make_course: Courses) -> None:
    course = make_course(publish=False)
    owner = client_of("owner")
    for _time in range(2):
        assert owner.post(f"/courses/{course.id}/publish").status_code == 302
    assert count_audit("course.publish") == 1


def test_problems_name_the_lesson(client_of: Clients, make_course: Courses) -> None:
    course = make_course(lessons=2, publish=False)
    lesson = list_lessons(course)[1]
    lesson.settings = {"empty": True}
    db.session.commit()
    owner = client_of("owner")
    answer = owner.post(f"/courses/{course.id}/publish")
    assert answer.status_code == 422
    assert "第 2 讲《内容2》：还没有内容。" in answer.text
    assert "第 2 讲《内容2》：还没有内容。" in owner.get(f"/courses/{course.id}/edit").text
    db.session.rollback()
    assert db.session.get_one(Course, course.id).state == ContentState.DRAFT


def test_withdrawing_and_archiving_hide_a_course_and_keep_progress(
    client_of: Clients, make_course: Courses
) -> None:
    course = make_course()
    owner, learner = client_of("owner"), client_of("learner")
    lesson = list_lessons(course)[0]
    learner.post(f"/courses/lessons/{lesson.id}/open")
    for deed in ("withdraw", "archive"):
        assert owner.post(f"/courses/{course.id}/{deed}").status_code == 302
        assert learner.get(f"/courses/{course.id}").status_code == 404
        assert learner.get(f"/courses/lessons/{lesson.id}").status_code == 404
        assert learner.get("/courses/").status_code == 200
        assert owner.get(f"/courses/{course.id}").status_code == 200
    owner.post(f"/courses/{course.id}/publish")
    assert "继续学习" in learner.get(f"/courses/{course.id}").text


def settings_form(course: Course, **changes: object) -> dict[str, object]:
    db.session.rollback()
    db.session.refresh(course)
    form: dict[str, object] = {
        "title": course.title,
        "summary": course.summary,
        "category": course.category,
        "unit_id": course.unit_id,
        "audience_unit_id": course.audience_unit_id,
        "revision": course.revision,
    }
    return form | changes


def test_settings_are_saved(client_of: Clients, make_course: Courses) -> None:
    course = make_course()
    url = f"/courses/{course.id}/settings"
    owner = client_of("owner")
    form = settings_form(course, title="新名字", no_skip="y", attention_checks="y")
    assert owner.post(url, data=form).status_code == 302
    db.session.refresh(course)
    assert (course.title, course.no_skip, course.attention_checks) == ("新名字", True, True)
    assert "第一遍观看时不能拖动跳过。" in client_of("learner").get(f"/courses/{course.id}").text


def test_a_stale_settings_form_overwrites_nothing(client_of: Clients, make_course: Courses) -> None:
    course = make_course()
    url = f"/courses/{course.id}/settings"
    form = settings_form(course)
    assert client_of("colleague").post(url, data=form | {"title": "同事改的"}).status_code == 302
    answer = client_of("owner").post(url, data=form | {"title": "我改的"})
    assert answer.status_code == 409
    assert "刚刚被别人修改过" in answer.text
    assert "我改的" in answer.text
    db.session.refresh(course)
    assert course.title == "同事改的"
    again = form | {"title": "我改的", "revision": course.revision}
    assert f'value="{course.revision}"' in answer.text
    assert client_of("owner").post(url, data=again).status_code == 302


def test_a_cover_must_be_an_upload_of_ones_own(client_of: Clients, make_course: Courses) -> None:
    course = make_course()
    form = settings_form(course, cover="no-such-upload")
    answer = client_of("owner").post(f"/courses/{course.id}/settings", data=form)
    assert answer.status_code == 404
    assert client_of("learner").get(f"/courses/{course.id}/cover").status_code == 404


def test_a_copy_is_a_draft_with_the_same_outline(client_of: Clients, make_course: Courses) -> None:
    course = make_course(lessons=2, no_skip=True)
    answer = client_of("owner").post(f"/courses/{course.id}/copy")
    copy = db.session.scalars(select(Course).order_by(Course.id.desc())).first()
    assert copy is not None
    assert answer.location == f"/courses/{copy.id}/edit"
    assert titles(copy) == titles(course)
    assert (copy.state, copy.no_skip) == (ContentState.DRAFT, True)


def test_the_list_of_ones_courses(client_of: Clients, make_course: Courses) -> None:
    make_course("写到一半的课", publish=False)
    make_course("发布了的课")
    owner = client_of("owner")
    page = owner.get("/courses/manage").text
    assert "写到一半的课" in page
    assert "发布了的课" in page
    assert "写到一半的课" not in owner.get("/courses/manage?state=published").text
    assert "发布了的课" not in owner.get("/courses/manage?q=一半").text
    assert "写到一半的课" not in client_of("outsider").get("/courses/manage").text


def test_an_unknown_kind_is_told_and_can_be_deleted(
    client_of: Clients, make_course: Courses
) -> None:
    course = make_course(lessons=2)
    lesson = list_lessons(course)[0]
    lesson.kind = "vanished"
    db.session.commit()
    assert "内容类型已停用" in client_of("learner").get(f"/courses/lessons/{lesson.id}").text
    owner = client_of("owner")
    assert "这种课时类型已停用" in owner.get(f"/courses/{course.id}/edit").text
    assert owner.post(f"/courses/lessons/{lesson.id}/delete").status_code == 302


def test_creating_for_a_foreign_unit_is_refused(
    people: People, actor: Callable[[str], object]
) -> None:
    from lms.errors import Invalid

    with pytest.raises(Invalid):
        actions.create_course(title="x", unit_id=people.south, by=actor("owner"))
