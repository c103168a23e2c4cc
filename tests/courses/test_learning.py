"""Learning: the catalogue, the course page, lessons, resuming, completing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flask.testing import FlaskClient

from lms.courses import actions
from lms.courses.catalogue_queries import find_continue
from lms.courses.models import Course
from lms.courses.queries import find_course_progress, find_lesson_progress, list_lessons
from lms.db import db
from lms.members.policy import Actor
from tests.factories import People

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
Clients = Callable[[str], FlaskClient]
Courses = Callable[..., Course]


def study(member_id: int, lesson_id: int, fraction: str, at: datetime = AT) -> None:
    actions.record_progress(
        member_id=member_id, lesson_id=lesson_id, fraction=Decimal(fraction), at=at
    )
    db.session.commit()


def test_a_learner_finds_opens_and_resumes_a_course(
    client_of: Clients, make_course: Courses, people: People
) -> None:
    course = make_course()
    first, second, _third = (lesson.id for lesson in list_lessons(course))
    learner = client_of("learner")
    assert "安全生产法二十讲" in learner.get("/courses/").text
    page = learner.get(f"/courses/{course.id}").text
    assert "开始学习" in page
    assert "学完 3 讲，就学完了这门课程" in page
    assert learner.get(f"/courses/{course.id}/continue").location.endswith(f"/lessons/{first}")

    assert learner.post(f"/courses/lessons/{second}/open").status_code == 204
    assert learner.get(f"/courses/{course.id}/continue").location.endswith(f"/lessons/{second}")
    assert "继续学习" in learner.get(f"/courses/{course.id}").text

    study(people.learner, second, "1")
    assert learner.get(f"/courses/{course.id}/continue").location.endswith(f"/lessons/{_third}")


def test_the_lesson_page_leads_on(client_of: Clients, make_course: Courses) -> None:
    first, second, third = (lesson.id for lesson in list_lessons(make_course()))
    page = client_of("learner").get(f"/courses/lessons/{second}").text
    assert f'href="/courses/lessons/{first}" rel="prev"' in page
    assert f'href="/courses/lessons/{third}" rel="next"' in page
    assert "第二讲" in page
    assert 'aria-current="page"' in page


def test_progress_never_falls_and_completion_stays(make_course: Courses, people: People) -> None:
    course = make_course(lessons=1)
    lesson = list_lessons(course)[0]
    study(people.learner, lesson.id, "0.5")
    study(people.learner, lesson.id, "0.2", AT + timedelta(minutes=1))
    progress = find_lesson_progress(people.learner, lesson.id)
    assert progress is not None
    assert progress.fraction == Decimal("0.5")
    assert progress.completed_at is None

    study(people.learner, lesson.id, "0.95", AT + timedelta(minutes=2))
    study(people.learner, lesson.id, "0", AT + timedelta(minutes=3))
    way = find_course_progress(people.learner, course.id)
    assert way is not None
    assert progress.completed_at == way.completed_at == AT + timedelta(minutes=2)


def test_late_progress_does_not_move_where_one_goes_on(
    make_course: Courses, people: People, actor: Callable[[str], Actor]
) -> None:
    old, new = make_course("先学的课"), make_course("后学的课")
    actions.open_lesson(list_lessons(old)[0], member_id=people.learner, at=AT)
    actions.open_lesson(
        list_lessons(new)[1], member_id=people.learner, at=AT + timedelta(seconds=9)
    )
    study(people.learner, list_lessons(old)[0].id, "0.5", AT + timedelta(seconds=10))
    card = find_continue(actor("learner"))
    assert card is not None
    assert card.lesson == list_lessons(new)[1]


def test_optional_lessons_do_not_hold_up_a_course(make_course: Courses, people: People) -> None:
    course = make_course(lessons=2)
    first, second = list_lessons(course)
    actions.change_lesson(second, title=second.title, is_required=False)
    study(people.learner, first.id, "1")
    way = find_course_progress(people.learner, course.id)
    assert way is not None
    assert way.completed_at == AT


def test_completion_is_told_at_once(
    client_of: Clients, make_course: Courses, people: People
) -> None:
    course = make_course(lessons=2)
    first, second = (lesson.id for lesson in list_lessons(course))
    learner = client_of("learner")
    study(people.learner, first, "0.5")
    state = learner.get(f"/courses/lessons/{first}/state").json
    assert (state["fraction"], state["is_complete"], state["course_complete"]) == (
        0.5,
        False,
        False,
    )
    study(people.learner, first, "0.96")
    study(people.learner, second, "1")
    state = learner.get(f"/courses/lessons/{first}/state").json
    assert state["done"] == [first, second]
    assert state["course_complete"]
    assert "这门课程已学完" in learner.get(f"/courses/lessons/{second}").text


def test_filters_of_the_catalogue(client_of: Clients, make_course: Courses, people: People) -> None:
    done, begun, fresh = (
        make_course(title, lessons=1, category=category)
        for title, category in (("学完的课", "法规"), ("在学的课", "法规"), ("没学的课", "原著"))
    )
    study(people.learner, list_lessons(done)[0].id, "1")
    study(people.learner, list_lessons(begun)[0].id, "0.3")
    learner = client_of("learner")

    def titles(query: str) -> set[str]:
        page = learner.get(f"/courses/?{query}").text
        return {course.title for course in (done, begun, fresh) if course.title in page}

    assert titles("") == {"学完的课", "在学的课", "没学的课"}
    assert titles("status=done") == {"学完的课"}
    assert titles("status=started") == {"在学的课"}
    assert titles("status=new") == {"没学的课"}
    assert titles("category=原著") == {"没学的课"}
    assert titles("q=在学") == {"在学的课"}
    assert titles("q=%25") == set()
    assert titles("status=nonsense&page=abc") == {"学完的课", "在学的课", "没学的课"}


def test_a_sequential_course_opens_lesson_by_lesson(
    client_of: Clients, make_course: Courses, people: People
) -> None:
    course = make_course(lessons=3, is_sequential=True)
    first, second, third = (lesson.id for lesson in list_lessons(course))
    learner = client_of("learner")
    assert learner.get(f"/courses/lessons/{first}").status_code == 200
    closed = learner.get(f"/courses/lessons/{second}")
    assert closed.status_code == 403
    assert "按顺序学习" in closed.text
    study(people.learner, first, "1")
    assert learner.get(f"/courses/lessons/{second}").status_code == 200
    assert learner.get(f"/courses/lessons/{third}").status_code == 403
    assert client_of("owner").get(f"/courses/lessons/{third}").status_code == 200
