"""Uploading in a real Chromium: connections break, pages close, nothing is sent twice."""

import os

import pytest
from playwright.sync_api import expect

from lms.db import db
from lms.files.models import Blob, Upload, UploadState
from tests.media.windows import marks, wait

pytestmark = marks
CHUNK = 8 * 1024 * 1024


@pytest.fixture
def clip(tmp_path):
    """A file of three chunks; what is in it does not matter on the way."""
    path = tmp_path / "讲座.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + os.urandom(2 * CHUNK + 1000))
    return path


def choose(page, path):
    page.goto("/media/")
    page.wait_for_selector("[data-module=upload][data-mounted]")
    page.locator("[data-upload-input]").set_input_files(path)


def test_upload_goes_on_after_the_page_was_closed(window, clip):
    page = window("owner")
    offsets = []

    def pass_only_the_first(route):
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
            if len(offsets) == 2:
                route.abort()
                return
        route.continue_()

    page.route("**/files/uploads/*", pass_only_the_first)
    choose(page, clip)
    for _ in range(100):
        if len(offsets) >= 2:
            break
        page.wait_for_timeout(50)
    page.evaluate("window.onbeforeunload = null")
    page.on("dialog", lambda dialog: dialog.accept())
    choose(page, clip)
    expect(page.locator(".drop-item.is-done")).to_have_count(1, timeout=30_000)
    assert offsets[0] == 0
    assert offsets.count(0) == 1
    assert max(offsets) == 2 * CHUNK
    page.get_by_role("button", name="添加到素材").click()
    expect(page.locator(".asset")).to_have_count(1, timeout=30_000)
    upload = db.session.query(Upload).one()
    assert (upload.state, upload.name) == (UploadState.TAKEN, clip.name)
    assert db.session.query(Blob).one().size_bytes == clip.stat().st_size
    db.session.rollback()


@pytest.mark.slow
def test_short_failures_mend_themselves(window, clip):
    page = window("owner")
    seen = []

    def fail_now_and_then(route):
        if route.request.method == "PATCH":
            seen.append(route.request.headers["upload-offset"])
            if len(seen) == 2:
                route.fulfill(status=503)
                return
        route.continue_()

    page.route("**/files/uploads/*", fail_now_and_then)
    choose(page, clip)
    expect(page.locator(".drop-item.is-done")).to_have_count(1, timeout=30_000)
    assert [int(offset) // CHUNK for offset in seen] == [0, 1, 1, 2]


def test_refusal_is_told_in_the_servers_words(window, clip, settings_with):
    settings_with(max_upload_bytes=1024 * 1024)
    page = window("owner")
    choose(page, clip)
    expect(page.locator(".drop-item.is-failed")).to_contain_text("文件太大了，最大可以上传 1 MB")
    wait(page, "!document.documentElement.hasAttribute('data-uploading')")
    settings_with(max_upload_bytes=64 * 1024 * 1024)
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".drop-item.is-done")).to_have_count(1, timeout=30_000)
