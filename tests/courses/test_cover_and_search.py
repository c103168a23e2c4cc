"""Covers that are uploaded, what search is told, and many windows recording progress at once."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from lms.courses import actions, searchable
from lms.courses.kinds import LessonKind
from lms.courses.models import Course, CourseProgress, LessonProgress
from lms.courses.queries import list_lessons
from lms.db import db
from lms.search.models import SearchChange
from tests.factories import People

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
Clients = Callable[[str], FlaskClient]
Courses = Callable[..., Course]


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 36), (40, 80, 110)).save(file, "JPEG")
    return file.getvalue()


def upload(client: FlaskClient, data: bytes, name: str) -> str:
    filename = base64.b64encode(name.encode()).decode()
    headers = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {filename}"}
    url = client.post("/files/uploads", headers=headers).headers["Location"]
    sent = client.patch(
        url,
        data=data,
        content_type="application/offset+octet-stream",
        headers=TUS | {"Upload-Offset": "0"},
    )
    assert sent.status_code == 204
    return url.rsplit("/", 1)[1]


def settings_form(course: Course, **changes: object) -> dict[str, object]:
    names = ("title", "summary", "category", "unit_id", "audience_unit_id", "revision")
    return {name: getattr(course, name) for name in names} | changes


def test_a_cover_is_uploaded_shown_and_dropped(client_of: Clients, make_course: Courses) -> None:
    course = make_course()
    owner, learner = client_of("owner"), client_of("learner")
    url = f"/courses/{course.id}/settings"
    token = upload(owner, picture(), "封面.jpg")
    assert owner.post(url, data=settings_form(course, cover=token)).status_code == 302
    shown = learner.get(f"/courses/{course.id}/cover")
    assert shown.status_code == 302
    assert learner.get(shown.location).data == picture()
    assert f'src="/courses/{course.id}/cover"' in learner.get("/courses/").text
    assert client_of("stranger").get(f"/courses/{course.id}/cover").status_code == 404

    db.session.refresh(course)
    owner.post(url, data=settings_form(course, drop_cover="y"))
    assert learner.get(f"/courses/{course.id}/cover").status_code == 404


def test_a_cover_that_is_no_picture_is_refused_in_words(
    client_of: Clients, make_course: Courses
) -> None:
    course = make_course()
    owner = client_of("owner")
    token = upload(owner, b"%PDF-1.4 not a picture", "封面.jpg")
    answer = owner.post(f"/courses/{course.id}/settings", data=settings_form(course, cover=token))
    assert answer.status_code == 422
    assert "不是这里可以使用的文件类型" in answer.text


def test_a_cover_that_is_too_large_is_refused_in_words(
    client_of: Clients, make_course: Courses
) -> None:
    course = make_course()
    owner = client_of("owner")
    token = upload(owner, picture() + bytes(actions.COVER_BYTES), "封面.jpg")
    answer = owner.post(f"/courses/{course.id}/settings", data=settings_form(course, cover=token))
    assert answer.status_code == 422
    assert "封面图片太大了" in answer.text


def test_search_is_told_of_courses_and_lessons(
    make_course: Courses, plain_kind: LessonKind
) -> None:
    course = make_course("消防", lessons=2, category="安全")
    (document,) = searchable.find_courses([course.id])
    assert (document.title, document.is_published, document.column) == ("消防", True, "安全")
    lessons = list(searchable.find_lessons(searchable.list_lesson_ids()))
    assert [(one.title, one.context) for one in lessons] == [("内容1", "消防"), ("内容2", "消防")]

    actions.withdraw_course(course, by=None)
    assert not next(iter(searchable.find_courses([course.id]))).is_published
    actions.archive_course(course, by=None)
    assert list(searchable.find_courses(searchable.list_course_ids())) == []
    assert list(searchable.find_lessons([lesson.id for lesson in list_lessons(course)])) == []


@pytest.mark.parametrize("deed", ["publish", "withdraw", "archive", "rename"])
def test_what_changes_a_course_is_noted_for_it_and_its_lessons(
    make_course: Courses, deed: str
) -> None:
    course = make_course(lessons=2, publish=deed != "publish")
    db.session.query(SearchChange).delete()
    if deed == "rename":
        actions.change_course(course, by=None, title="新名字")
    else:
        getattr(actions, f"{deed}_course")(course, by=None)
    noted = set(db.session.execute(select(SearchChange.source, SearchChange.subject_id)).all())
    wanted = {("course", course.id)} | {("lesson", one.id) for one in list_lessons(course)}
    assert {tuple(row) for row in noted} == wanted


def test_many_windows_at_once_make_one_row_with_the_most(
    app: Flask, make_course: Courses, people: People
) -> None:
    lesson_id = list_lessons(make_course(lessons=1))[0].id
    db.session.rollback()

    def record(tenths: int) -> None:
        with app.app_context():
            actions.record_progress(
                member_id=people.learner,
                lesson_id=lesson_id,
                fraction=Decimal(tenths) / 10,
                at=AT,
            )
            db.session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, [3, 9, 1, 7, 5, 2, 8, 4]))
    assert db.session.scalar(select(func.count()).select_from(CourseProgress)) == 1
    rows = db.session.scalars(select(LessonProgress)).all()
    assert [row.fraction for row in rows] == [Decimal("0.9")]
