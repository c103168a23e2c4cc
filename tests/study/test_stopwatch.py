"""A real browser reads real pages in two tabs; the record is compared with a stopwatch."""

import shutil
import threading
import time as wall

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from lms import clock
from lms.courses.actions import add_chapter, add_lesson, create_course
from lms.db import db
from lms.library.lesson import save_body
from lms.members.scope import ContentState
from lms.study import beats, proofs
from lms.study.models import StudyEntry
from tests.factories import make_people
from tests.pages import LintingClient, sign_in

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]


@pytest.fixture
def people(app):
    """The usual people at the real time."""
    return make_people()


@pytest.fixture
def lessons(app, people):
    """Two texts that take some minutes to read."""
    body = "".join(f"<p>生产经营单位的主要负责人负有下列职责，第 {n} 项。</p>" for n in range(120))
    with app.test_request_context("/", method="POST"):
        course = create_course(title="安全生产法", unit_id=people.north, by=None)
        chapter = add_chapter(course, title="第一章")
        made = [add_lesson(chapter, kind="text", title=title) for title in ("总则", "职责")]
        for lesson in made:
            save_body(lesson, body)
        course.state = ContentState.PUBLISHED
        ids = [lesson.id for lesson in made]
        db.session.commit()
    return ids


@pytest.fixture
def address(app):
    """The application behind a real socket, in threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_two_tabs_are_counted_as_one_reader(app, people, lessons, address):
    client = sign_in(LintingClient(app), "learner")
    cookie = client.get_cookie("session")
    db.session.rollback()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
        first = context.new_page()
        first.goto(f"{address}/courses/lessons/{lessons[0]}")
        first.locator(".study-clock .pill.on").wait_for()
        began = wall.monotonic()
        first.wait_for_timeout(20_000)
        second = context.new_page()
        second.goto(f"{address}/courses/lessons/{lessons[1]}")
        second.get_by_text("另一个窗口正在计时").wait_for()
        second.wait_for_timeout(5_000)
        second.locator("[data-clock-take]").click()
        second.locator(".study-clock .pill.on").wait_for()
        second.wait_for_timeout(20_000)
        shown = second.locator("[data-clock-time]").inner_text()
        second.goto(f"{address}/study/")
        studied = wall.monotonic() - began
        first.close()
        browser.close()
    with app.test_request_context("/", method="POST"):
        beats.close_clock(people.learner, at=clock.now())
        db.session.commit()
    entries = db.session.scalars(select(StudyEntry)).all()
    by_lesson = dict.fromkeys(lessons, 0)
    for entry in entries:
        by_lesson[entry.subject_id] += entry.seconds
    total = sum(by_lesson.values())
    # Two seconds a minute, and what each of the two openings and the change of tabs may cost.
    assert studied - 2 * studied / 60 - 6 <= total <= studied + 1, (studied, by_lesson)
    assert by_lesson[lessons[0]] >= 18 and by_lesson[lessons[1]] >= 18, by_lesson
    assert "秒" in shown
    assert list(proofs.verify()) == []
