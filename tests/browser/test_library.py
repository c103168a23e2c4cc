"""Reading in a real browser: quoting, noting, walking through hits; and writing a lesson."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

RULES = "示例集团安全生产管理办法"


def open_rules(page: Page, query: str = "") -> None:
    page.goto("/library/")
    page.get_by_role("link", name=RULES).first.click()
    expect(page.locator(".reader[data-text-size]")).to_be_visible()
    if query:
        page.goto(f"{page.url}?q={query}")
        expect(page.locator(".reader[data-text-size]")).to_be_visible()


def test_a_reader_quotes_highlights_and_walks_through_hits(server, open_page):
    page = open_page("phone", "member")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    open_rules(page)
    page.locator("#art1-p1").click()
    page.get_by_role("button", name="引用").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    quoted = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"“为了.+。”——《{RULES}》第一条（示例集团，2026 年 1 月 15 日）", quoted)
    page.get_by_role("button", name="笔记").click()
    page.get_by_label("我的笔记").fill("先想到人")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存到我的笔记")).to_be_visible()
    page.reload()
    expect(page.locator("#art1-p1 .own-note")).to_contain_text("为了")
    page.goto("/library/notes")
    expect(page.get_by_text("先想到人")).to_be_visible()
    open_rules(page, "安全")
    expect(page.get_by_text(re.compile("第 1 处，本页共"))).to_be_visible()
    page.get_by_role("button", name="下一处").click()
    expect(page.get_by_text(re.compile("第 2 处，本页共"))).to_be_visible()
    expect(page.locator("mark.is-current")).to_be_in_viewport()


def test_hits_are_walked_through_over_the_pages_of_a_long_text(server, open_page, tmp_path):
    filling = "这一段与所找的无关。" * 40
    volumes = [f"## 第{n}卷\n\n" + f"{filling}\n\n" * 80 for n in range(1, 5)]
    volumes[1] += "明德为先。\n\n此处再说一次明，德二字。\n"
    volumes[3] += "最后还是明德。\n"
    (tmp_path / "长书.md").write_text("---\ntitle: 长书\n---\n" + "\n\n".join(volumes))
    server.flask("library", "import", str(tmp_path), "--quiet")
    page = open_page(who="member")
    page.goto("/library/?title=长书")
    page.get_by_role("link", name="长书").first.click()
    page.goto(f"{page.url}?q=明德")
    place = page.locator("[data-part=place]")
    expect(place).to_have_text("本页没有，全文共 3 处")
    page.get_by_role("button", name="下一处").click()
    expect(place).to_have_text("第 1 处，全文共 3 处")
    page.keyboard.press("n")
    expect(place).to_have_text("第 2 处，全文共 3 处")
    expect(page.locator("mark.is-current")).to_have_text("明，德")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("page=4"))
    expect(place).to_have_text("第 3 处，全文共 3 处")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("page=2"))
    expect(place).to_have_text("第 1 处，全文共 3 处")
    page.keyboard.press("p")
    page.wait_for_url(re.compile("page=4"))
    expect(place).to_have_text("第 3 处，全文共 3 处")
    page.keyboard.press("p")
    page.wait_for_url(re.compile("page=2.*#last-hit"))
    expect(place).to_have_text("第 2 处，全文共 3 处")
    expect(page.locator("mark.is-current")).to_be_in_viewport()


def test_an_author_writes_a_lesson_in_the_editor(open_page):
    page = open_page(who="teacher")
    page.goto("/courses/manage")
    page.locator("main a[href*='/edit']").first.click()
    page.locator("a[href*='/library/lessons/']").first.click()
    editor = page.locator("[data-slate-editor]")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("这一句是在编辑器里写的。")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("正文已保存")).to_be_visible()
    expect(page.locator("[data-slate-editor]")).to_contain_text("这一句是在编辑器里写的。")
