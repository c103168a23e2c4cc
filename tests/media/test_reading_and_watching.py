"""The player, the gallery and the reader in a real Chromium, under the real content policy."""

import pytest
from playwright.sync_api import expect

from lms.db import db
from lms.media import actions
from lms.media.models import MediaAsset
from tests.media.clips import make_clip, picture_bytes, text_pdf
from tests.media.test_lessons import Setup
from tests.media.windows import marks, wait

pytestmark = [*marks, pytest.mark.slow]
LINES = ["第一句。", "第二句。", "第三句。", "第四句。"]
SRT = "\n\n".join(
    f"{i}\n00:00:{4 * i:02},000 --> 00:00:{4 * i + 3:02},500\n{line}"
    for i, line in enumerate(LINES)
).encode()
TIME = "document.querySelector('video').currentTime"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "a.mp4"
    make_clip(path, seconds=16, size="640x360", gop=50)
    return {"video": ("讲.mp4", path.read_bytes()), "gallery": ("图.jpg", picture_bytes())}


@pytest.fixture
def lesson(app, people, files):
    made = Setup(app, people, files, "video")
    actions.set_subtitle(
        db.session.get_one(MediaAsset, made.asset_id), language="zh", data=SRT, by=None
    )
    db.session.commit()
    return made


def open_lesson(page, made):
    page.goto(f"/courses/lessons/{made.lesson_id}")
    wait(page, "document.querySelector('video')?.readyState >= 1")
    page.evaluate(
        "window.states = []; document.addEventListener('media:state', e => states.push(e.detail));"
        "document.querySelector('video').muted = true"
    )


@pytest.mark.slow
def test_video_plays_with_captions_and_says_so(window, lesson):
    page = window()
    open_lesson(page, lesson)
    page.locator(".vjs-big-play-button").click()
    wait(page, f"{TIME} > 1.2")
    expect(page.locator(".vjs-text-track-cue")).to_have_text("第一句。")
    expect(page.locator("[data-transcript] [aria-current] .said")).to_have_text("第一句。")
    states = page.evaluate("states")
    assert any(state["playing"] and state["position"] > 0 for state in states)
    assert all(abs(state["duration"] - 16) < 0.2 and state["rate"] == 1 for state in states)
    page.keyboard.press("k")
    wait(page, "document.querySelector('video').paused")
    wait(page, "states.at(-1).playing === false")


def test_sentence_of_the_transcript_leads_to_its_moment(window, lesson):
    page = window(size="phone")
    open_lesson(page, lesson)
    page.get_by_role("button", name="第三句。").click()
    wait(page, f"{TIME} >= 8 && {TIME} < 11")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_learner_goes_on_where_they_were(window, lesson, people):
    lesson.study(people.learner, ranges=((0.0, 7.0),), position=7.0)
    page = window()
    open_lesson(page, lesson)
    wait(page, f"Math.abs({TIME} - 7) < 0.5")
    expect(page.locator("[data-note]")).to_contain_text("从上次看到的 00:07 继续")
    page.get_by_role("button", name="从头播放").click()
    wait(page, f"{TIME} < 3")


@pytest.mark.slow
def test_first_viewing_is_kept_in_order_where_the_course_asks(window, lesson, people):
    lesson.study(people.learner, ranges=((0.0, 6.0),), position=6.0)
    lesson.course().no_skip = True
    db.session.commit()
    page = window()
    open_lesson(page, lesson)
    # The player first goes to where the learner was; only then is it theirs to move.
    expect(page.locator("[data-note]")).to_contain_text("继续", timeout=20_000)
    page.evaluate("document.querySelector('video').currentTime = 14")
    wait(page, f"{TIME} < 7.6")
    expect(page.locator("[data-note]")).to_contain_text("第一遍请按顺序观看")
    page.evaluate("document.querySelector('video').currentTime = 2")
    wait(page, f"Math.abs({TIME} - 2) < 0.6")


def test_pictures_are_enlarged_and_turned_over_by_keys(window, app, people, files):
    made = Setup(app, people, files, "gallery")
    page = window(size="phone")
    page.goto(f"/courses/lessons/{made.lesson_id}")
    page.wait_for_selector("[data-mounted] dialog", state="attached")
    page.locator("[data-large]").first.click()
    large = page.locator("dialog.gallery-large")
    expect(large).to_be_visible()
    expect(large.locator("p")).to_contain_text("说明文字")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(large).not_to_be_visible()


def test_document_is_read_in_the_page(window, app, people, tmp_path):
    made = Setup(app, people, {"document": ("文.pdf", text_pdf(4))}, "document")
    page = window()
    page.goto(f"/courses/lessons/{made.lesson_id}")
    expect(page.locator("[data-where]")).to_have_text("1 / 4")
    expect(page.locator(".pdf-text").first).to_contain_text("Page 1")
    end = "document.querySelector('[data-study-end]').getBoundingClientRect().top > innerHeight"
    assert page.evaluate(end)
    page.evaluate("document.querySelector('[data-pages-box]').scrollTop = 1e6")
    expect(page.locator("[data-where]")).to_have_text("4 / 4")
    expect(page.locator(".pdf-text").last).to_contain_text("Page 4")
    page.get_by_role("button", name="放大").click()
    expect(page.locator("[data-where]")).to_have_text("4 / 4")
    page.reload()
    expect(page.locator("[data-where]")).to_have_text("4 / 4")
