"""My desk: what each kind of person finds on it, and that nobody finds what is not theirs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms import clock
from lms.courses import actions
from lms.courses.models import Course
from lms.courses.queries import list_chapters, list_lessons
from lms.db import db
from lms.members.actions import create_member
from lms.members.models import OrgUnit
from lms.members.scope import ContentState
from lms.quizzes.paper_actions import create_paper
from tests.factories import People

AT = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)  # 15:00 in Shanghai
Clients = Callable[[str], FlaskClient]


def make_course(people: People, title: str, lessons: int = 2) -> Course:
    course = actions.create_course(title=title, unit_id=people.north, by=None)
    for number in range(1, lessons + 1):
        actions.add_lesson(list_chapters(course)[0], kind="video", title=f"{title}之{number}")
    course.state = "published"
    course.published_at = AT
    db.session.commit()
    return course


def study(member_id: int, course: Course, number: int, fraction: str, **more: object) -> None:
    lesson = list_lessons(course)[number - 1]
    actions.open_lesson(lesson, member_id=member_id, at=AT)
    actions.record_progress(
        member_id=member_id, lesson_id=lesson.id, fraction=Decimal(fraction), at=AT, **more
    )
    db.session.commit()


def test_a_newcomer_is_greeted_and_offered_courses(client_of: Clients, people: People) -> None:
    make_course(people, "安全生产法二十讲")
    with clock.frozen(AT):
        page = client_of("learner").get("/").text
    assert "李学员，下午好" in page
    assert "从这里开始" in page
    assert "安全生产法二十讲" in page
    assert "11 月学习" in page
    assert "近十二个月" in page
    assert "安全生产法二十讲" not in client_of("stranger").get("/").text


def test_going_on_shows_the_lesson_and_what_is_left(client_of: Clients, people: People) -> None:
    course = make_course(people, "安全生产法二十讲")
    list_lessons(course)[1].duration_seconds = 1120.0
    study(people.learner, course, 1, "1")
    study(people.learner, course, 2, "0.61", position={"seconds": 686.0})
    page = client_of("learner").get("/").text
    assert "接着学" in page
    assert "安全生产法二十讲之2" in page
    assert "第二讲" in page
    assert "上次看到 11:26，还剩 7 分钟" in page
    assert f'href="/courses/lessons/{list_lessons(course)[1].id}"' in page


def test_other_begun_courses_wait_in_the_list(client_of: Clients, people: People) -> None:
    first, second = make_course(people, "先学的课"), make_course(people, "后学的课")
    study(people.learner, first, 1, "1")
    study(people.learner, second, 1, "0.2")
    page = client_of("learner").get("/").text
    assert "已完成 1 / 2 讲" in page
    assert f"/courses/{first.id}/continue" in page
    study(people.learner, first, 2, "1")
    assert "没有要赶着完成的事" in client_of("learner").get("/").text


def test_a_withdrawn_course_leaves_the_desk(client_of: Clients, people: People) -> None:
    course = make_course(people, "会消失的课")
    study(people.learner, course, 1, "0.5")
    assert "会消失的课" in client_of("learner").get("/").text
    actions.withdraw_course(course, by=None)
    db.session.commit()
    assert "会消失的课" not in client_of("learner").get("/").text


@pytest.mark.parametrize(
    ("number", "present", "absent"),
    [
        ("learner", (), ("你可以做的", "单位学习情况")),
        ("owner", ("新建课程", "题库", "导入文献"), ("发激活码", "单位学习情况")),
        ("manager", ("单位学习情况", "北方支部"), ("新建课程", "南方支部")),
        ("operator", ("操作记录", "发激活码"), ("新建课程",)),
        ("chief", ("新建课程", "单位学习情况", "示例集团"), ("发激活码",)),
    ],
)
def test_next_steps_follow_the_role(
    client_of: Clients, number: str, present: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    page = client_of(number).get("/").text.split("<main")[1]
    for words in present:
        assert words in page
    for words in absent:
        assert words not in page


def test_a_test_that_waits_is_told_with_its_deadline(client_of: Clients, people: People) -> None:
    paper = create_paper(
        title="三季度应知应会测试",
        unit_id=people.north,
        by=None,
        time_limit_seconds=3600,
        attempts_allowed=2,
    )
    paper.state = ContentState.PUBLISHED
    paper.closes_at = AT + timedelta(days=2)
    db.session.commit()
    with clock.frozen(AT):
        page = client_of("learner").get("/").text
    assert "三季度应知应会测试" in page
    assert "60 分钟，可考 2 次" in page
    assert "还有 2 天" in page
    with clock.frozen(AT + timedelta(days=3)):
        assert "三季度应知应会测试" not in client_of("learner").get("/").text
    assert "三季度应知应会测试" not in client_of("stranger").get("/").text


def test_reminders_say_what_waits(client_of: Clients, people: People) -> None:
    assert "草稿还没发布" not in client_of("owner").get("/").text
    course = make_course(people, "写到一半的课")
    actions.withdraw_course(course, by=None)
    create_member(
        number="newcomer", name="新人", unit=db.session.get_one(OrgUnit, people.south), by=None
    )
    db.session.commit()
    assert "有 1 门草稿还没发布" in client_of("owner").get("/").text
    assert "草稿还没发布" not in client_of("outsider").get("/").text
    assert "有 1 人还没激活账号" in client_of("operator").get("/").text


def test_all_that_waits_has_its_page(client_of: Clients, people: People) -> None:
    learner = client_of("learner")
    assert "没有要赶着完成的事" in learner.get("/tasks").text
    for number in range(1, 8):
        study(people.learner, make_course(people, f"课{number}"), 1, "0.5")
    assert "全部 6 项" in learner.get("/").text
    assert learner.get("/tasks").text.count("已完成 0 / 2 讲") == 7


def test_the_steps_lead_somewhere(client_of: Clients) -> None:
    from lms.home.words import STEPS

    with client_of("chief").application.test_request_context():
        from flask import url_for

        paths = [
            url_for(step.endpoint)
            for role in ("administrator", "manager")
            for step in STEPS[role]  # type: ignore[index]
        ]
    chief = client_of("chief")
    for path in paths:
        assert chief.get(path).status_code == 200, path


def test_the_desk_takes_the_same_queries_however_many_courses(
    client_of: Clients, people: People
) -> None:
    learner = client_of("learner")

    def count() -> int:
        seen: list[object] = []

        def note(*_args: object) -> None:
            seen.append(1)

        db.session.rollback()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert learner.get("/").status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    for number in (1, 2):
        study(people.learner, make_course(people, f"课{number}"), 1, "0.5")
    few = count()
    for number in range(3, 8):
        study(people.learner, make_course(people, f"课{number}"), 1, "0.5")
    assert count() == few
    assert few <= 40
