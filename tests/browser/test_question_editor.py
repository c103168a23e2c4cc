"""Tests of the question editor in a browser: marks, pictures, formulas, nothing that is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.slow

MOODLE = """<?xml version="1.0" encoding="UTF-8"?><quiz>
<question type="truefalse"><questiontext format="html"><text><![CDATA[
<p>勾股定理 <math><msup><mi>a</mi><mn>2</mn></msup></math><ruby>漢<rt>hàn</rt></ruby></p>
<table><tbody><tr><td>边长</td></tr></tbody></table><ul><li>其一</li></ul>]]></text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question>
<question type="truefalse"><questiontext format="html"><text><![CDATA[
<p>缩进</p><blockquote><ol><li>嵌套<ul><li>里层<table><tbody><tr><td>格</td></tr></tbody></table>
</li></ul></li></ol></blockquote>]]></text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question></quiz>"""


@pytest.fixture
def author(open_page: Callable[..., Page]) -> Page:
    """The author's window on a bank of their own."""
    page = open_page(who="teacher")
    page.goto("/quizzes/banks")
    number = page.locator("main").get_by_text(re.compile("^编辑题库")).count() + 1
    page.goto("/quizzes/banks/new")
    page.get_by_label("题库名称").fill(f"编辑题库{number}")
    page.get_by_label("题库代码").fill(f"edited{number}")
    page.locator("main form button.main").click()
    page.wait_for_url("**/quizzes/banks/*")
    return page


def editor_of(page: Page, name: str) -> Locator:
    """The block of a text: bar, editor, buttons."""
    return page.locator(f".rich-field:has([name='{name}'])")


def text_of(page: Page, name: str) -> Locator:
    return editor_of(page, name).locator("[data-slate-editor]")


def test_a_picture_and_a_formula_reach_the_reader(author: Page, tmp_path: Path) -> None:
    picture = tmp_path / "图.png"
    Image.new("RGB", (80, 40), (180, 60, 50)).save(picture)
    author.goto(f"{author.url}/questions/new/single")
    text_of(author, "text").click()
    author.keyboard.type("看图计算：")
    editor_of(author, "text").locator("[data-part=file]").set_input_files(picture)
    expect(text_of(author, "text").locator("img")).to_be_visible()
    editor_of(author, "text").get_by_role("button", name="公式").click()
    author.get_by_label("用 LaTeX 写").fill(r"\frac{a}{")
    expect(author.get_by_role("alert")).to_contain_text("还读不懂")
    author.get_by_label("用 LaTeX 写").fill(r"\frac{a}{b}")
    author.get_by_role("button", name="插入", exact=True).click()
    expect(text_of(author, "text").locator("mfrac")).to_be_visible()
    for number, text in enumerate(("一", "a < b")):
        author.locator(f"[name=option-{number}]").fill(text)
    row = author.locator(".quiz-option-row").nth(2)
    row.get_by_role("button", name="加图片、公式或排版").first.click()
    text_of(author, "option-2").click()
    author.keyboard.type("丙")
    row.locator("[data-part=file]").first.set_input_files(picture)
    expect(text_of(author, "option-2").locator("img")).to_be_visible()
    author.get_by_label("正确").first.check()
    author.get_by_role("button", name="保存", exact=True).click()
    author.get_by_role("link", name="看图计算").click()
    preview = author.locator("section, .card", has_text="学员看到的样子").last
    expect(preview.locator(".q-text img")).to_be_visible()
    expect(preview.locator(".q-text mfrac")).to_be_visible()
    expect(preview.locator(".q-option-text").nth(1)).to_have_text("a < b")
    expect(preview.locator(".q-option-text").nth(2).locator("img")).to_be_visible()


def test_what_the_editor_cannot_shape_is_kept(author: Page, tmp_path: Path) -> None:
    source = tmp_path / "题.xml"
    source.write_text(MOODLE)
    bank = author.url
    author.goto(f"{bank}/import")
    author.get_by_label("选择文件").set_input_files(source)
    author.locator("main form button.main").click()
    author.get_by_role("button", name="导入这 2 题").click()
    author.get_by_role("link", name="勾股定理").click()
    expect(text_of(author, "text").locator("msup")).to_be_visible()
    expect(text_of(author, "text").locator("ruby")).to_be_visible()
    author.get_by_role("button", name="保存", exact=True).click()
    expect(author.get_by_text("已保存。").first).to_be_visible()
    expect(author.get_by_text("第 1 版")).to_be_visible()  # untouched, so no new version
    text_of(author, "text").get_by_text("勾股定理").click()
    author.keyboard.press("Home")
    author.keyboard.type("新：")
    author.get_by_role("button", name="保存", exact=True).click()
    expect(author.get_by_text("已保存为第 2 版")).to_be_visible()
    shown = author.locator(".q-text")
    expect(shown).to_contain_text("新：勾股定理")
    for kept in ("msup", "ruby", "td", "li"):
        expect(shown.locator(kept).first).to_be_visible()


def test_a_text_that_it_would_damage_is_left_as_source(author: Page, tmp_path: Path) -> None:
    source = tmp_path / "题.xml"
    source.write_text(MOODLE)
    author.goto(f"{author.url}/import")
    author.get_by_label("选择文件").set_input_files(source)
    author.locator("main form button.main").click()
    author.get_by_role("button", name="导入这 2 题").click()
    author.get_by_role("link", name="缩进").click()
    expect(author.get_by_text("显示 HTML 源码")).to_be_visible()
    assert "<blockquote>" in author.get_by_label("题干").input_value()


def test_a_table_is_inserted_clicked_and_edited_with_a_clean_console(author: Page) -> None:
    """A style that the page's policy refuses would be said on the console, and fail the test."""
    author.goto(f"{author.url}/questions/new/essay")
    block, text = editor_of(author, "text"), text_of(author, "text")
    text.click()
    author.keyboard.type("填表：")
    expect(block.locator("[data-menu-key=insertTable]:not(.disabled)")).to_be_visible()
    block.get_by_role("button", name="插入表格").click()
    block.locator(".w-e-panel-content-table td[data-x='1'][data-y='1']").click()
    expect(text.locator("tr")).to_have_count(2)
    text.locator("th").first.click()
    bar = block.locator(".w-e-hover-bar.w-e-bar-show")
    expect(bar.get_by_role("button", name="表头")).to_be_visible()
    for name in ("表格属性", "单元格属性", "适应宽度"):  # what is not saved is not offered
        expect(bar.get_by_role("button", name=name)).to_have_count(0)
    author.keyboard.type("边长")
    bar.get_by_role("button", name="插入行").click()
    expect(text.locator("tr")).to_have_count(3)
    bar.get_by_role("button", name="插入列").click()
    expect(text.locator("tr").first.locator("th")).to_have_count(3)
    text.locator("td").last.click()
    author.keyboard.type("面积")
    author.keyboard.press("Control+Home")  # out of the table: its bar goes
    expect(bar).to_have_count(0)
    box = text.locator("th").first.bounding_box()
    assert box
    author.mouse.move(box["x"] + box["width"], box["y"] + box["height"] / 2)
    author.mouse.down()
    author.mouse.move(box["x"] + box["width"] + 40, box["y"] + box["height"] / 2, steps=5)
    author.mouse.up()
    author.get_by_role("button", name="保存", exact=True).click()
    author.get_by_role("link", name="填表").click()
    saved = author.locator(".q-text table").last
    expect(saved.locator("tr")).to_have_count(3)
    expect(saved).to_contain_text("边长")
    expect(saved).to_contain_text("面积")
    assert author.locator(".q-text [style]").count() == 0


PASTE = """(element) => {
  const data = new DataTransfer();
  data.setData("text/html", `<style>p { color: red }</style>
    <p style="color: red">两条<b style='margin: 0'>直线</b> 写作 style="x"</p>
    <table style="width: 9px"><tr><td style="color: red">锐角</td></tr></table>`);
  data.setData("text/plain", "两条直线");
  const how = { clipboardData: data, bubbles: true, cancelable: true };
  element.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_a_styled_text_is_pasted_without_its_styles_and_with_a_clean_console(author: Page) -> None:
    author.goto(f"{author.url}/questions/new/essay")
    text = text_of(author, "text")
    text.click()
    author.keyboard.type("图中")
    text.evaluate(PASTE)
    expect(text.locator("td, th")).to_have_text("锐角")
    expect(text).to_contain_text('两条直线 写作 style="x"')
    expect(text.locator("strong")).to_have_text("直线")


def test_the_editor_works_on_a_phone_without_being_too_wide(
    open_page: Callable[..., Page], author: Page
) -> None:
    phone = open_page("phone", "teacher")
    for kind in ("single", "numeric", "short", "essay"):
        phone.goto(f"{author.url}/questions/new/{kind}")
        expect(text_of(phone, "text")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, kind
