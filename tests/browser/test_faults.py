"""Tests of what people keep when processes are killed under them with kill -9."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import activate
from tests.browser.school import hand_in, upload
from tests.conftest import shared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(own_server):
    return own_server


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def test_a_clip_is_ready_though_the_worker_was_killed_while_encoding(server, open_page):
    page = open_page()
    activate(page, "teacher", server.code_of("teacher"))
    page.goto("/media/")
    upload(page, shared("media-samples", "mb-video-h265.mp4"))
    page.get_by_role("button", name="添加到素材").click()
    wait_for(lambda: server.children("ffmpeg"))
    before = server.children("jobs work")
    server.kill("jobs work")
    wait_for(lambda: not server.children("ffmpeg"), 10)
    wait_for(lambda: set(server.children("jobs work")) - set(before))
    card = page.locator(".asset").filter(has_text="mb-video-h265").first
    expect(card.get_by_text("可以使用")).to_be_visible(timeout=150_000)


def test_no_answer_is_lost_though_the_web_server_was_killed_in_mid_test(server, open_page):
    page = open_page("phone")
    activate(page, "member", server.code_of("member"))
    page.goto("/quizzes/")
    page.get_by_role("link", name="学而篇小测").first.click()
    page.get_by_role("button", name="开始考试").click()
    questions = page.locator(".quiz-question")
    count = questions.count()
    half = count // 2
    for place in range(half):
        answer(questions.nth(place))
    expect(page.get_by_text("答案已保存")).to_be_visible()
    before = server.children("gunicorn")
    server.kill("gunicorn")
    for place in range(half, count):
        answer(questions.nth(place))
    expect(page.get_by_text("先存在本机")).to_be_visible(timeout=20_000)
    wait_for(lambda: set(server.children("gunicorn")) - set(before))
    server.wait_until_ready()
    expect(page.get_by_text("答案已保存")).to_be_visible(timeout=40_000)
    hand_in(page)
    expect(page.get_by_text("及格线")).to_be_visible()
    assert page.get_by_text("未答").count() == 0


def answer(question):
    """Give some answer, whatever the kind."""
    options = question.locator(".q-option")
    if options.count():
        options.first.click()
    for blank in question.locator("input[type=text]").all():
        blank.fill("学而")
