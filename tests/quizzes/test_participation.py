"""Who may take a paper, who gets more, and what becomes of those who leave its window."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import func, select

from lms import clock
from lms.courses.actions import add_lesson, create_course, record_progress
from lms.courses.models import Course
from lms.courses.programme_actions import add_course, create_programme, publish_programme
from lms.courses.queries import list_chapters, list_lessons
from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.leaving import count_leavings, is_away
from lms.quizzes.models import (
    Allowance,
    Attempt,
    AttemptEvent,
    AttemptState,
    Paper,
    PaperCondition,
    SubmittedBy,
)
from lms.quizzes.paper_actions import change_paper
from tests.factories import People
from tests.quizzes.samples import Made, make_paper
from tests.quizzes.test_taking import begin, fresh

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def made(people: People, actor: Actors) -> Made:
    return make_paper(actor("owner"), people.north)


def page_of(client: FlaskClient, made: Made) -> str:
    return client.get(f"/quizzes/papers/{made.paper_id}").text


def starts(client: FlaskClient, made: Made) -> int:
    return client.post(f"/quizzes/papers/{made.paper_id}/start").status_code


# More time, more attempts


def allow(client: FlaskClient, made: Made, **form: str) -> int:
    url = f"/quizzes/papers/{made.paper_id}/allowances"
    return client.post(url, data=form).status_code


def test_people_get_more_time_and_are_told(client_of: Clients, made: Made) -> None:
    owner = client_of("owner")
    assert owner.get(f"/quizzes/papers/{made.paper_id}/participation").status_code == 200
    more = {"minutes": "15", "reason": "视力不便"}
    assert allow(owner, made, numbers="learner，peer", **more) == 302
    assert "视力不便" in owner.get(f"/quizzes/papers/{made.paper_id}/participation").text
    assert "另给你加 15 分钟" in page_of(client_of("learner"), made)
    assert "另给你加" not in page_of(client_of("colleague"), made)
    attempt = fresh(begin(client_of("learner"), made.paper_id))
    assert attempt.deadline_at - attempt.started_at == timedelta(seconds=600 + 900)
    plain = fresh(begin(client_of("colleague"), made.paper_id))
    assert plain.deadline_at - plain.started_at == timedelta(seconds=600)


def test_time_reaches_those_who_have_begun(client_of: Clients, made: Made, people: People) -> None:
    begun = begin(client_of("learner"), made.paper_id)
    other = begin(client_of("colleague"), made.paper_id)
    owner = client_of("owner")
    assert allow(owner, made, unit_id=str(people.north_team), minutes="5") == 302
    ends = {each: fresh(each).deadline_at - fresh(each).started_at for each in (begun, other)}
    assert ends == {begun: timedelta(seconds=900), other: timedelta(seconds=600)}
    kinds = select(AttemptEvent.kind).where(AttemptEvent.attempt_id == begun)
    assert db.session.scalars(kinds).all() == ["extended"]
    assert allow(owner, made, unit_id=str(people.north_team), minutes="2") == 302
    assert fresh(begun).deadline_at - fresh(begun).started_at == timedelta(seconds=900)
    rows = db.session.scalars(select(Allowance.extra_seconds)).all()
    assert rows == [120]  # said again, it replaces what was said before


def test_an_allowance_is_taken_back(client_of: Clients, made: Made) -> None:
    owner = client_of("owner")
    allow(owner, made, numbers="learner", attempts="2")
    allowance_id = db.session.scalars(select(Allowance.id)).one()
    for number in ("outsider", "learner"):
        refused = client_of(number).post(f"/quizzes/allowances/{allowance_id}/drop")
        assert refused.status_code in (403, 404)
    assert owner.post(f"/quizzes/allowances/{allowance_id}/drop").status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Allowance)) == 0


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"minutes": "5"}, "写上人员编号"),
        ({"numbers": "learner"}, "写上加多少时间"),
        ({"numbers": "learner nobody stranger", "minutes": "5"}, "没有编号 nobody、stranger"),
        ({"numbers": "learner", "minutes": "99999"}, "1440"),
    ],
)
def test_what_cannot_be_allowed_is_said(
    client_of: Clients, made: Made, form: dict[str, str], sentence: str
) -> None:
    url = f"/quizzes/papers/{made.paper_id}/allowances"
    response = client_of("owner").post(url, data=form)
    assert response.status_code == 422 and sentence in response.text
    assert db.session.scalar(select(func.count()).select_from(Allowance)) == 0


def test_units_of_others_are_not_offered(client_of: Clients, made: Made, people: People) -> None:
    assert allow(client_of("owner"), made, unit_id=str(people.south), minutes="5") == 422


# Courses and programmes


@pytest.fixture
def course(actor: Actors, people: People) -> int:
    """A published course of the north with one lesson."""
    made = create_course(title="安全入门", unit_id=people.north, by=None)
    add_lesson(list_chapters(made)[0], kind="text", title="第一讲")
    course_id = made.id
    made.state = "published"  # type: ignore[assignment]
    db.session.commit()
    return course_id


def study(course_id: int, member_id: int, fraction: int) -> None:
    lesson = list_lessons(db.session.get_one(Course, course_id))[0]
    at = clock.now()
    record_progress(member_id=member_id, lesson_id=lesson.id, fraction=Decimal(fraction), at=at)
    db.session.commit()


def require(client: FlaskClient, made: Made, subject: str, needs: str) -> int:
    url = f"/quizzes/papers/{made.paper_id}/conditions"
    return client.post(url, data={"subject": subject, "needs": needs}).status_code


def test_a_paper_is_kept_to_those_who_completed_a_course(
    client_of: Clients, made: Made, people: People, course: int
) -> None:
    owner, learner = client_of("owner"), client_of("learner")
    assert require(owner, made, f"course:{course}", "completed") == 302
    page = owner.get(f"/quizzes/papers/{made.paper_id}/participation").text
    assert "学完《安全入门》" in page
    assert "先学完《安全入门》，就可以参加。" in page_of(learner, made)
    assert starts(learner, made) == 403
    assert learner.get("/quizzes/").status_code == 200
    study(course, people.learner, 0)
    assert starts(learner, made) == 403
    study(course, people.learner, 1)
    assert "开始考试" in page_of(learner, made)
    assert starts(learner, made) == 302
    assert starts(client_of("peer"), made) == 403


def test_to_have_begun_may_be_enough_and_any_condition_suffices(
    client_of: Clients, made: Made, people: People, course: int
) -> None:
    other = create_course(title="进阶", unit_id=people.north, by=None)
    other_id = other.id
    db.session.commit()
    owner = client_of("owner")
    require(owner, made, f"course:{other_id}", "completed")
    require(owner, made, f"course:{course}", "begun")
    assert "先开始学习《安全入门》，就可以参加。" in page_of(client_of("learner"), made)
    study(course, people.learner, 0)
    assert starts(client_of("learner"), made) == 302
    condition = select(PaperCondition.id).where(PaperCondition.course_id == course)
    condition_id = db.session.scalars(condition).one()
    assert client_of("outsider").post(f"/quizzes/conditions/{condition_id}/drop").status_code == 404
    assert owner.post(f"/quizzes/conditions/{condition_id}/drop").status_code == 302
    # What is not published for the member is not named.
    assert "只对指定课程或专题的学员开放" in page_of(client_of("peer"), made)


def test_a_paper_is_kept_to_learners_of_a_programme(
    client_of: Clients, made: Made, people: People, course: int
) -> None:
    programme = create_programme(
        title="新员工", unit_id=people.north, audience_unit_id=people.north, by=None
    )
    add_course(programme, db.session.get_one(Course, course))
    publish_programme(programme, by=None)
    programme_id = programme.id
    db.session.commit()
    owner, learner = client_of("owner"), client_of("learner")
    assert require(owner, made, f"programme:{programme_id}", "begun") == 302
    assert starts(learner, made) == 403
    study(course, people.learner, 0)
    assert "开始考试" in page_of(learner, made)
    assert require(owner, made, f"programme:{programme_id}", "completed") == 302
    assert db.session.scalar(select(func.count()).select_from(PaperCondition)) == 1
    assert "先学完《新员工》，就可以参加。" in page_of(learner, made)
    study(course, people.learner, 1)
    assert starts(learner, made) == 302


@pytest.mark.parametrize("subject", ["", "course:", "course:x", "lesson:1", "course:999999"])
def test_conditions_name_something(client_of: Clients, made: Made, subject: str) -> None:
    assert require(client_of("owner"), made, subject, "begun") in (404, 422)


@pytest.mark.parametrize(("number", "status"), [("outsider", 404), ("learner", 403)])
def test_only_authors_decide_who_takes_part(
    client_of: Clients, made: Made, course: int, number: str, status: int
) -> None:
    client = client_of(number)
    assert client.get(f"/quizzes/papers/{made.paper_id}/participation").status_code == status
    assert require(client, made, f"course:{course}", "begun") == status
    assert allow(client, made, numbers="learner", minutes="5") == status


# Leaving the window

MOMENT, WHILE = timedelta(seconds=1), timedelta(seconds=20)


def events(*steps: tuple[str, timedelta]) -> list[tuple[str, datetime]]:
    at, found = NOW, []
    for kind, after in steps:
        at += after
        found.append((kind, at))
    return found


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ([], 0),
        ([("left", WHILE)], 0),  # nobody answers from outside
        ([("left", WHILE), ("returned", WHILE)], 1),
        ([("left", WHILE), ("returned", MOMENT)], 0),  # the page was loaded again
        ([("left", WHILE), ("left", MOMENT), ("returned", WHILE)], 1),
        ([("returned", WHILE), ("returned", WHILE)], 0),
        ([("left", WHILE), ("extended", WHILE), ("returned", MOMENT)], 1),
    ],
)
def test_leavings_are_counted_fairly(steps: list[tuple[str, timedelta]], count: int) -> None:
    assert count_leavings(events(*steps)) == count


@given(st.lists(st.tuples(st.sampled_from(["left", "returned"]), st.integers(0, 60))))
def test_never_more_leavings_than_returns(steps: list[tuple[str, int]]) -> None:
    found = events(*((kind, timedelta(seconds=after)) for kind, after in steps))
    assert count_leavings(found) <= sum(kind == "returned" for kind, _at in found)
    assert is_away(found) == bool(steps and steps[-1][0] == "left")


def say(client: FlaskClient, attempt_id: int, kind: str) -> dict[str, object]:
    response = client.post(f"/quizzes/attempts/{attempt_id}/note", json={"kind": kind})
    assert response.status_code == 200
    answer: dict[str, object] = response.get_json()
    return answer


def leave(client: FlaskClient, attempt_id: int, at: datetime) -> dict[str, object]:
    """Leave the window for a while, and what the server says to the return."""
    with clock.frozen(at):
        say(client, attempt_id, "left")
    with clock.frozen(at + WHILE):
        return say(client, attempt_id, "returned")


def test_without_a_limit_leaving_is_evidence_only(client_of: Clients, made: Made) -> None:
    learner = client_of("learner")
    attempt_id = begin(learner, made.paper_id)
    assert "quiz-leavings" not in learner.get(f"/quizzes/attempts/{attempt_id}").text
    for _time in range(5):
        assert leave(learner, attempt_id, clock.now())["submitted"] is False
    assert fresh(attempt_id).state == AttemptState.OPEN


def test_a_limit_hands_in_and_the_member_is_told_before(
    client_of: Clients, actor: Actors, made: Made
) -> None:
    owner = actor("owner")
    change_paper(db.session.get_one(Paper, made.paper_id), by=owner, leave_limit=2)
    db.session.commit()
    learner = client_of("learner")
    assert "离开 2 次自动交卷" in page_of(learner, made)
    attempt_id = begin(learner, made.paper_id)
    assert "离开窗口满 2 次自动交卷" in learner.get(f"/quizzes/attempts/{attempt_id}").text
    at = clock.now()
    say(learner, attempt_id, "returned")  # a page opens: nothing was left
    first = leave(learner, attempt_id, at)
    assert first == {"left": 1, "limit": 2, "submitted": False}
    assert "你离开过窗口 1 次" in learner.get(f"/quizzes/attempts/{attempt_id}").text
    assert leave(learner, attempt_id, at + WHILE * 2)["submitted"] is True
    attempt = fresh(attempt_id)
    assert (attempt.state, attempt.submitted_by) == (AttemptState.SUBMITTED, SubmittedBy.SERVER)
    assert "离开窗口的次数到了限制" in learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert "系统交卷" in client_of("owner").get(f"/quizzes/attempts/{attempt_id}/events").text
    assert say(learner, attempt_id, "left")["submitted"] is True
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_the_limit_is_a_setting_of_the_paper(
    client_of: Clients, made: Made, people: People
) -> None:
    url = f"/quizzes/papers/{made.paper_id}/settings"
    client = client_of("owner")
    form = {
        "title": "测试",
        "audience_unit_id": str(people.north),
        "pass_percent": "60",
        "method": "best",
        "showing": "explanations",
        "marking": "plain",
        "grace_seconds": "10",
    }
    assert client.post(url, data={**form, "leave_limit": "3"}).status_code == 302
    assert db.session.get_one(Paper, made.paper_id).leave_limit == 3
    field = html.document_fromstring(client.get(url).text).xpath("//*[@name='leave_limit']")[0]
    assert field.get("value") == "3"
    assert client.post(url, data={**form, "leave_limit": "0"}).status_code == 422
    assert client.post(url, data={**form, "leave_limit": ""}).status_code == 302
    db.session.expire_all()
    assert db.session.get_one(Paper, made.paper_id).leave_limit is None
