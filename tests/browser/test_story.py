"""The whole story in order: upload and publish, sign in, watch, read, take the test, export."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import activate
from tests.browser.school import (
    SUBTITLES,
    add_lesson,
    hand_in,
    lecture,
    picture,
    question_sheet,
    rules,
    upload,
)
from tests.conftest import shared

COURSE = "班组安全第一课"
PAPER = "第一课小测"


@pytest.fixture(scope="module")
def server(own_server):
    return own_server


@dataclass(frozen=True)
class Studied:
    """What a member did: points of 20, the wall time it took, their own page's study time."""

    points: int
    wall_seconds: float
    own_words: str


def add_material(page: Page) -> None:
    """The administrator uploads a real clip and gives it captions."""
    page.goto("/media/")
    upload(page, shared("media-samples", "d-720p-8s.mp4"))
    page.get_by_role("button", name="添加到素材").click()
    card = page.locator(".asset").filter(has_text="d-720p-8s").first
    expect(card.get_by_text("可以使用")).to_be_visible(timeout=90_000)
    card.get_by_role("link").first.click()
    page.get_by_label("字幕文件").set_input_files(
        {"name": "字幕.srt", "mimeType": "text/plain", "buffer": SUBTITLES.encode()}
    )
    page.get_by_role("button", name="上传字幕").click()
    expect(page.get_by_text("2 句")).to_be_visible()


def write_test(page: Page, folder: Path) -> None:
    """The administrator imports questions from Excel and makes a paper of them."""
    page.goto("/quizzes/banks/new")
    page.get_by_label("题库名称").fill("班组题库")
    page.get_by_label("代码").fill("team")
    page.get_by_role("button", name="建立").click()
    page.get_by_role("link", name="导入").first.click()
    page.get_by_label("选择文件").set_input_files(question_sheet(folder))
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="导入这 4 题").click()
    expect(page.get_by_text("火警电话是")).to_be_visible()
    page.goto("/quizzes/papers/new")
    page.get_by_label("试卷名称").fill(PAPER)
    page.locator("[name=minutes]").fill("10")
    page.locator("main form").get_by_role("button").last.click()
    if page.get_by_role("link", name="选题").count() == 0:
        page.goto("/quizzes/papers")
        page.get_by_role("link", name=PAPER).click()
    page.get_by_role("link", name="选题").first.click()
    page.get_by_role("link", name="班组题库").click()
    expect(page.get_by_text("火警电话是")).to_be_visible()
    for box in page.locator("input[name=question]").all():
        box.check()
    page.get_by_label("每题分值").fill("5")
    page.get_by_role("button", name="加入试卷").click()
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_text("试卷已发布")).to_be_visible()


def write_course(page: Page, folder: Path) -> None:
    """The administrator writes a course of four lessons and publishes it."""
    page.goto("/courses/new")
    page.get_by_label("课程名称").fill(COURSE)
    page.locator("textarea").first.fill("上岗之前先学会看现场。")
    page.get_by_role("button", name="创建课程").click()
    outline = page.url

    add_lesson(page, "text", "先看现场")
    page.get_by_label("选择 .docx 文件").set_input_files(lecture(folder))
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_text("三句话交底").first).to_be_visible()
    page.get_by_role("button", name="保存并返回课程").click()

    page.goto(outline)
    add_lesson(page, "gallery", "现场照片")
    upload(page, [picture("一.jpg", "#8c1d17"), picture("二.jpg", "#2e6b4d")], count=2)
    page.get_by_role("button", name="保存图集").click()

    page.goto(outline)
    add_lesson(page, "video", "交底示范")
    page.locator("label.asset", has_text="d-720p-8s").click()
    page.get_by_role("button", name="用这份素材").click()

    page.goto(outline)
    add_lesson(page, "test", "小测")
    page.get_by_label("试卷").select_option(label=PAPER)
    page.get_by_role("button", name="保存").click()

    page.goto(outline)
    expect(page.get_by_text("内容齐了，可以发布")).to_be_visible()
    page.get_by_role("button", name="发布课程").click()
    expect(page.get_by_text("已发布").first).to_be_visible()


def add_text(page: Page, folder: Path) -> None:
    """The administrator adds the group's own rules to the library."""
    page.goto("/library/import")
    upload(page, rules(folder))
    page.get_by_role("button", name="识别结构").click()
    expect(page.get_by_text("第三条").first).to_be_visible()
    page.get_by_label("标题").first.fill("示例集团动火作业管理办法")
    page.get_by_label("保存后立即发布").check()
    page.get_by_role("button", name="保存到文库").click()
    expect(page.get_by_role("heading", name="示例集团动火作业管理办法", level=1)).to_be_visible()


def find_course(page: Page) -> None:
    """The member finds the course, and the article, through search."""
    search(page, "监火人 第四条", "监火人")
    page.locator("main").get_by_role("link").filter(has_text="动火作业管理办法").first.click()
    expect(page.get_by_text("监火人不得离开现场").first).to_be_visible()
    search(page, COURSE, COURSE)
    page.locator("main").get_by_role("link").filter(has_text=COURSE).first.click()


def search(page: Page, words: str, expected: str) -> None:
    """Ask until the index has followed; five seconds at most after the change."""
    for _try in range(10):
        page.goto(f"/search?q={words}")
        if page.locator("main mark").filter(has_text=expected[:2]).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"not found: {words}")


def read_lesson(page: Page) -> Iterator[None]:
    """The member reads to the end; the clock runs; leaving and coming back leads here again."""
    page.get_by_role("link", name="开始学习").click()
    expect(page.get_by_role("heading", name="先看现场", level=1)).to_be_visible()
    expect(page.get_by_text("正在计时")).to_be_visible(timeout=30_000)
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(3_000)
    page.goto("/")
    page.get_by_role("link", name="继续学习").first.click()
    expect(page.get_by_role("heading", name="先看现场", level=1)).to_be_visible()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    yield
    expect_completed(page)


def look_at_pictures(page: Page) -> Iterator[None]:
    """The member looks at every picture."""
    page.get_by_role("link", name="现场照片").first.click()
    expect(page.get_by_role("heading", name="现场照片", level=1)).to_be_visible()
    page.locator(".lesson-fragment img").first.wait_for()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    for button in page.get_by_role("button", name="下一张").all():
        button.click()
    yield
    expect_completed(page)


def watch_clip(page: Page) -> Iterator[None]:
    """The member watches the clip to its end."""
    page.get_by_role("link", name="交底示范").first.click()
    expect(page.get_by_role("heading", name="交底示范", level=1)).to_be_visible()
    page.get_by_role("button", name="播放视频").click()
    expect(page.get_by_text("正在计时")).to_be_visible(timeout=30_000)
    yield
    expect_completed(page)


def expect_completed(page: Page) -> None:
    """The page says that the lesson is complete; time has to pass before it is."""
    standing = page.locator(".lesson-standing")
    expect(standing.get_by_text("已完成")).to_be_visible(timeout=60_000)


def take_test(page: Page, answer_all: bool) -> int:
    """The member takes the test, reloads in the middle, hands in; gives the points."""
    page.get_by_role("link", name="小测").first.click()
    page.get_by_role("button", name="开始考试").click()
    expect(page.locator(".quiz-clock")).to_be_visible()
    choose(page, "灭火器压力表", ["绿色"])
    choose(page, "个人防护用品", ["安全帽", "安全带", "绝缘手套"])
    expect(page.get_by_text("答案已保存")).to_be_visible()
    page.wait_for_timeout(500)
    page.reload()
    question(page, "个人防护用品").get_by_text("安全帽").wait_for()
    assert question(page, "个人防护用品").locator("input:checked").count() == 3
    if answer_all:
        choose(page, "先报警再施救", ["正确"])
    question(page, "火警电话").locator("input[type=text]").first.fill("１１９")
    expect(page.get_by_text("答案已保存")).to_be_visible()
    hand_in(page)
    expect(page.get_by_text("绿色区域表示压力正常。")).to_be_visible()
    return 20 if answer_all else 15


def question(page: Page, text: str):
    """The box of the question that holds the text."""
    return page.locator(".quiz-question").filter(has_text=text)


def choose(page: Page, text: str, options: list[str]) -> None:
    """Tick the options of a question."""
    for option in options:
        question(page, text).locator("label", has_text=option).first.click()


def study(page: Page, server, number: str, *, answer_all: bool) -> Generator[None, None, Studied]:
    """One member's whole way; gives what the record must then say. Pauses where time must pass."""
    activate(page, number, server.codes[number])
    began = time.monotonic()
    find_course(page)
    for lesson in (read_lesson, look_at_pictures, watch_clip):
        yield from lesson(page)
    points = take_test(page, answer_all)
    page.get_by_role("link", name="回到课程").click()
    expect(page.get_by_text("这门课程已学完")).to_be_visible()
    return Studied(points, time.monotonic() - began, own_record(page))


def side_by_side(ways: dict[str, Generator[None, None, Studied]]) -> dict[str, Studied]:
    """Walk several ways in turns, so that people wait at the same time; what each came to."""
    came_to = {}
    while ways:
        for number, way in list(ways.items()):
            try:
                next(way)
            except StopIteration as end:
                came_to[number] = end.value
                del ways[number]
    return came_to


def own_record(page: Page) -> str:
    """The study time of this month as the member's own page says it."""
    page.goto("/study/")
    row = (
        page.locator("main dl > div, main .facts > div, main li").filter(has_text="学习时间").first
    )
    return row.inner_text().replace("学习时间", "").strip()


def export(page: Page) -> dict[str, dict[str, object]]:
    """The manager exports this month; the rows by number."""
    page.goto("/reports/")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 Excel").or_(
            page.get_by_role("link", name="导出 Excel")
        ).click()
    sheet = load_workbook(BytesIO(Path(download.value.path()).read_bytes())).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next(i for i, row in enumerate(rows) if "编号" in row)
    header = rows[start]
    return {
        str(row[header.index("编号")]): dict(zip(header, row, strict=True))
        for row in rows[start + 1 :]
        if row[header.index("编号")]
    }


def test_the_whole_story(server, open_page, tmp_path):
    server.codes = {
        **{name: server.code_of(name) for name in ("teacher", "manager", "member")},
        "E200": server.flask("members", "add", "E200", "赵志强", "--unit", "second-repair").strip(),
        "E900": server.flask("members", "add", "E900", "外单位", "--unit", "office").strip(),
    }
    teacher = open_page("desktop")
    activate(teacher, "teacher", server.codes["teacher"])
    add_material(teacher)
    write_test(teacher, tmp_path)
    write_course(teacher, tmp_path)
    add_text(teacher, tmp_path)

    studied = side_by_side(
        {
            "member": study(open_page("desktop"), server, "member", answer_all=True),
            "E200": study(open_page("phone"), server, "E200", answer_all=False),
        }
    )

    manager = open_page("desktop")
    activate(manager, "manager", server.codes["manager"])
    rows = export(manager)
    assert set(rows) == {"manager", "member", "E200", "合计"}
    assert rows["manager"]["学习时长"] == timedelta(0)
    for number, record in studied.items():
        row = rows[number]
        seconds = row["学习时长"].total_seconds()
        assert 15 <= seconds <= record.wall_seconds
        assert f"{int(seconds)} 秒" == record.own_words
        assert row["测试最好成绩"] == f"{PAPER}：{record.points * 5}%"
        assert row["完成的课程"] == COURSE
