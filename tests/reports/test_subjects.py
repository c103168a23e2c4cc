"""Reports about one course or test: the subtree's people, and only what the asker may see."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from lms.courses.models import Chapter, Course, CourseProgress, Lesson, LessonProgress
from lms.db import db
from lms.members.scope import ContentState
from lms.quizzes.models import Attempt, AttemptState, Paper
from tests.factories import People

AT = datetime(2026, 11, 5, tzinfo=UTC)
PUBLISHED = {"state": ContentState.PUBLISHED, "created_at": AT, "changed_at": AT}


@pytest.fixture
def course(asked: People) -> int:
    """A course of two lessons: the learner has finished it, the peer is half way."""
    row = Course(
        code="c", title="安全入门", unit_id=asked.north, audience_unit_id=asked.north, **PUBLISHED
    )
    db.session.add(row)
    db.session.flush()
    chapter = Chapter(course_id=row.id, position=1, title="章")
    db.session.add(chapter)
    db.session.flush()
    lessons = []
    for position in (1, 2):
        lesson = Lesson(
            course_id=row.id,
            chapter_id=chapter.id,
            position=position,
            title=f"第 {position} 课",
            kind="text",
            settings={},
            created_at=AT,
            changed_at=AT,
        )
        db.session.add(lesson)
        lessons.append(lesson)
    db.session.flush()
    for member, fractions in (
        (asked.learner, (1, 1)),
        (asked.peer, (1, 0)),
        (asked.stranger, (1, 1)),
    ):
        for lesson, fraction in zip(lessons, fractions, strict=True):
            keys = {"member_id": member, "lesson_id": lesson.id, "fraction": Decimal(fraction)}
            db.session.add(LessonProgress(**keys, position={}, started_at=AT, seen_at=AT))
        done = AT if all(fractions) else None
        keys = {"member_id": member, "course_id": row.id, "completed_at": done}
        db.session.add(CourseProgress(**keys, started_at=AT, seen_at=AT))
    db.session.commit()
    return row.id


@pytest.fixture
def paper(asked: People) -> int:
    """A test: the learner has passed at the second try, the peer has failed."""
    row = Paper(title="安全考试", unit_id=asked.north, audience_unit_id=asked.north, **PUBLISHED)
    db.session.add(row)
    db.session.flush()
    for member, number, points in (
        (asked.learner, 1, 5),
        (asked.learner, 2, 9),
        (asked.peer, 1, 3),
        (asked.stranger, 1, 10),
    ):
        db.session.add(
            Attempt(
                paper_id=row.id,
                member_id=member,
                number=number,
                seed=1,
                state=AttemptState.SUBMITTED,
                started_at=AT,
                submitted_at=AT,
                grace_seconds=0,
                drawn={},
                points=Decimal(points),
                max_points=Decimal(10),
                is_passed=points >= 6,
            )
        )
    db.session.commit()
    return row.id


def test_courses_are_counted_over_the_subtree(
    course: int, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("manager").get("/reports/courses").text
    assert "安全入门" in page
    assert ">2</td>" in page
    assert ">1</td>" in page
    assert "20%" in page


def test_a_course_lists_its_people(course: int, client_of: Callable[[str], FlaskClient]) -> None:
    page = client_of("manager").get(f"/reports/courses/{course}").text
    assert "李学员" in page
    assert "50%" in page
    assert "2026 年 11 月 5 日" in page
    assert "沈学员" not in page


def test_tests_show_the_best_of_each(paper: int, client_of: Callable[[str], FlaskClient]) -> None:
    client = client_of("manager")
    assert "安全考试" in client.get("/reports/tests").text
    page = client.get(f"/reports/tests/{paper}").text
    for words in ("90%", "30%", "已通过", "未通过", "没有参加"):
        assert words in page
    assert "沈学员" not in page


@pytest.mark.parametrize("what", ["courses", "tests"])
def test_what_is_not_for_the_manager_is_not_found(
    what: str, asked: People, course: int, paper: int, client_of: Callable[[str], FlaskClient]
) -> None:
    subject = course if what == "courses" else paper
    foreign = client_of("south-manager")
    assert foreign.get(f"/reports/{what}/{subject}").status_code == 404
    page = foreign.get(f"/reports/{what}").text
    assert "安全入门" not in page
    assert "安全考试" not in page
    mine = client_of("manager")
    assert mine.get(f"/reports/{what}/999999").status_code == 404
    assert mine.get(f"/reports/{what}/{subject}?unit={asked.south}").status_code == 404
    assert client_of("learner").get(f"/reports/{what}/{subject}").status_code == 403


def fetch(client: FlaskClient, data: dict[str, object]) -> bytes:
    answer = client.post("/reports/exports", data=data, follow_redirects=True)
    assert answer.status_code == 200
    return answer.data


def test_a_course_is_exported(
    asked: People, course: int, client_of: Callable[[str], FlaskClient]
) -> None:
    data = {"unit": asked.north, "report": "course", "subject": course}
    book = load_workbook(io.BytesIO(fetch(client_of("manager"), data)))
    lines = {row[0]: row for row in book["课程进度"].iter_rows(min_row=4, values_only=True)}
    assert set(lines) == {"owner", "colleague", "learner", "peer", "manager"}
    assert lines["learner"][3] == 1
    assert lines["learner"][4].date() == date(2026, 11, 5)
    assert lines["peer"][3:5] == (0.5, None)
    assert lines["owner"][3] == 0


def test_a_test_is_exported(
    asked: People, paper: int, client_of: Callable[[str], FlaskClient]
) -> None:
    data = {"unit": asked.north, "report": "test", "subject": paper, "format": "csv"}
    text = fetch(client_of("manager"), data).decode("utf-8-sig")
    lines = {line["编号"]: line for line in csv.DictReader(io.StringIO(text))}
    assert set(lines) == {"owner", "colleague", "learner", "peer", "manager"}
    assert (lines["learner"]["最好成绩"], lines["learner"]["结果"]) == ("90%", "已通过")
    assert (lines["peer"]["考试次数"], lines["owner"]["结果"]) == ("1", "没有参加")


@pytest.mark.parametrize("report", ["course", "test"])
def test_an_export_about_something_foreign_is_not_found(
    report: str, asked: People, course: int, paper: int, client_of: Callable[[str], FlaskClient]
) -> None:
    subject = course if report == "course" else paper
    data = {"unit": asked.south, "report": report, "subject": subject}
    client = client_of("south-manager")
    for wrong in ("", "9" * 30, "x"):
        nonsense = data | {"subject": wrong}
        assert client.post("/reports/exports", data=nonsense).status_code == 404
    answer = client.post("/reports/exports", data=data)
    assert answer.status_code == 404
