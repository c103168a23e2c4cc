"""Many texts through a real browser: a folder goes up in pieces; one list is seen and saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_axe import mistakes

pytestmark = pytest.mark.slow


def make_folder(folder: Path) -> None:
    """Thirty rules in two folders, one broken file, and two that are none of ours."""
    for number in range(1, 31):
        place = folder / ("甲" if number % 2 else "乙")
        place.mkdir(exist_ok=True)
        text = f"第{number}号办法\n第一条 这是第{number}份办法的第一条。\n"
        (place / f"办法{number:02}.txt").write_text(text, encoding="utf-8")
    (folder / "甲" / "坏.docx").write_bytes(b"PK\x03\x04")
    (folder / "甲" / "照片.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / ".DS_Store").write_bytes(b"x")


def test_a_folder_of_many_files_is_brought_in(open_page, tmp_path):
    make_folder(tmp_path)
    page = open_page(who="teacher")
    page.goto("/library/import")
    assert mistakes(page, "/library/import") == []
    page.locator("[data-upload-folder]").set_input_files(tmp_path)
    expect(page.get_by_text("已上传 31 / 31；1 个文件不是这里可以使用的类型")).to_be_visible()
    page.get_by_role("button", name="识别结构").click()
    page.wait_for_url(re.compile("/library/imports/batches/"))
    save = page.get_by_role("button", name="保存 30 份到文库")
    expect(save).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Word 文件已损坏")).to_be_visible()
    assert mistakes(page, "a batch") == []
    save.click()
    expect(page.get_by_text(re.compile("新增 30"))).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="第7号办法").click()
    expect(page.get_by_role("heading", name="第7号办法")).to_be_visible()
