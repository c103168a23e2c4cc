"""A real browser reads a page and watches a clip in two tabs beside a stopwatch."""

import time as wall

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from lms import clock
from lms.courses.actions import add_lesson, create_course, publish_course
from lms.courses.models import Course
from lms.courses.queries import list_chapters
from lms.db import db
from lms.files.actions import store_bytes
from lms.jobs.worker import run_pending
from lms.library.lesson import save_body
from lms.media.actions import Shown, add_asset, set_lesson_assets
from lms.study import beats, proofs
from lms.study.models import StudyEntry
from tests.factories import make_people
from tests.media.clips import make_clip
from tests.media.windows import marks, wait, window  # noqa: F401

pytestmark = [*marks, pytest.mark.slow]

BODY = "".join(f"<p>生产经营单位的主要负责人负有下列职责，第 {n} 项。</p>" for n in range(120))
SECONDS = 30  # on the page, and again in front of the clip
PLAYS = "(video => video && !video.paused && video.readyState > 2)(document.querySelector('video'))"


@pytest.fixture
def people(app):
    """The usual people at the real time."""
    return make_people()


@pytest.fixture
def lessons(app, people, tmp_path):
    """A text of some minutes and a clip of fifty seconds, in one course."""
    clip = make_clip(tmp_path / "讲.mp4", seconds=50).read_bytes()
    with app.test_request_context("/", method="POST"):
        course = create_course(title="安全生产法", unit_id=people.north, by=None)
        chapter = list_chapters(course)[0]
        text = add_lesson(chapter, kind="text", title="总则")
        save_body(text, BODY)
        video = add_lesson(chapter, kind="video", title="职责")
        asset = add_asset(store_bytes(clip, "讲.mp4"), name="讲.mp4", unit_id=people.north, by=None)
        set_lesson_assets(video, [Shown(asset)])
        ids, course_id = (text.id, video.id), course.id
        db.session.commit()
        run_pending(app)
        publish_course(db.session.get_one(Course, course_id), by=None)
        db.session.commit()
    return ids


class Stopwatch:
    """What somebody who studies would hold in their hand."""

    def __init__(self):
        self.seconds, self.since = 0.0, None

    def start(self):
        self.since = wall.monotonic()

    def stop(self):
        self.seconds += wall.monotonic() - self.since


def record_of(app, member_id):
    """The counted seconds of each lesson, once everything is closed."""
    with app.test_request_context("/", method="POST"):
        beats.close_clock(member_id, at=clock.now())
        db.session.commit()
        seconds = {}
        for entry in db.session.scalars(select(StudyEntry)):
            seconds[entry.subject_id] = seconds.get(entry.subject_id, 0) + entry.seconds
        faults = list(proofs.verify())
        db.session.rollback()
    return seconds, faults


def test_reading_and_watching_in_two_tabs_is_what_a_stopwatch_says(app, people, lessons, window):  # noqa: F811
    text, video = lessons
    reading, watching = Stopwatch(), Stopwatch()
    page = window()
    page.goto(f"/courses/lessons/{text}")
    page.locator(".study-clock .pill.on").wait_for()
    reading.start()
    clip = page.context.new_page()
    clip.goto(f"/courses/lessons/{video}")
    expect(clip.locator(".study-clock")).to_contain_text("另一个窗口正在计时")
    for _ in range(SECONDS):
        page.mouse.wheel(0, 40)
        page.wait_for_timeout(1000)
    play = clip.get_by_role("button", name="播放视频")
    play.wait_for()
    reading.stop()
    clip.locator("[data-clock-take]").click()
    play.click()
    wait(clip, PLAYS)
    watching.start()
    expect(page.locator(".study-clock")).to_contain_text("另一个窗口正在计时", timeout=30_000)
    clip.wait_for_timeout(SECONDS * 1000 - (wall.monotonic() - watching.since) * 1000)
    clip.keyboard.press("k")
    wait(clip, f"!{PLAYS}")
    watching.stop()
    expect(clip.locator(".study-clock")).to_contain_text("没有在播放")
    clip.close()
    page.close()
    seconds, faults = record_of(app, people.learner)
    for lesson, stopwatch in ((text, reading), (video, watching)):
        shown = (seconds, reading.seconds, watching.seconds)
        assert abs(seconds[lesson] - stopwatch.seconds) <= 2 * stopwatch.seconds / 60 + 0.5, shown
    total = reading.seconds + watching.seconds
    assert abs(sum(seconds.values()) - total) <= 2 * total / 60
    assert faults == []
