"""Searching in a real browser: suggestions as one types, by keyboard and by finger."""

import re

from playwright.sync_api import expect

from tests.browser.test_axe import mistakes

RULES = "示例集团安全生产管理办法"


def test_the_box_on_every_page_suggests_titles_and_is_used_by_keyboard(open_page):
    page = open_page(who="member")
    page.goto("/study/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="搜索")
    expect(box).to_be_focused()
    page.keyboard.type("安全生产管")
    options = page.get_by_role("listbox", name="搜索建议").get_by_role("option")
    expect(options.first).to_contain_text(RULES)
    expect(box).to_have_attribute("aria-expanded", "true")
    assert mistakes(page, "the box with suggestions") == []
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = options.first.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", chosen or "")
    page.keyboard.press("ArrowUp")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("安全生产管")
    page.keyboard.type("理办法 第三条")
    expect(options.first).to_contain_text(f"{RULES} 第三条")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/library/\d+\?at=art3#art3"))


def test_on_a_phone_a_suggestion_is_taken_with_the_finger(open_page):
    page = open_page("phone", "member")
    page.goto("/")
    page.get_by_role("link", name="搜索").tap()
    page.get_by_role("combobox", name="搜索").tap()
    page.keyboard.type("anquan")
    first = page.get_by_role("option").first
    expect(first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    first.tap()
    page.wait_for_url(re.compile(r"/(library|courses|quizzes)/"))
