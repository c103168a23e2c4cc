"""What the people of the browser tests bring along: files, and steps taken on pages."""

from io import BytesIO
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from PIL import Image
from playwright.sync_api import Page, expect

QUESTIONS = (
    ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "难度"),
    (
        "单选",
        "灭火器压力表指针在哪个区域才算正常？",
        "红色",
        "绿色",
        "黄色",
        "白色",
        "B",
        "绿色区域表示压力正常。",
        "易",
    ),
    (
        "多选",
        "下列哪些属于个人防护用品？",
        "安全帽",
        "安全带",
        "茶杯",
        "绝缘手套",
        "ABD",
        "茶杯不是防护用品。",
        "中",
    ),
    ("判断", "发现火情应当先报警再施救。", "", "", "", "", "正确", "报警越早越好。", "易"),
    ("填空", "火警电话是____。", "", "", "", "", "119", "全国统一火警电话。", "易"),
)
LECTURE = (
    ("第一节　为什么要先看现场", 1),
    ("进入作业现场之前，先停一分钟，看清脚下、头顶和身边。看清楚了再动手，比什么都快。", 0),
    ("第二节　三句话交底", 1),
    ("干什么活，有什么险，怎么防住。三句话说得清，班组的人就记得住。", 0),
)
RULES = (
    "示例集团动火作业管理办法",
    "第一章　总则",
    "第一条　为规范动火作业，防止火灾事故，制定本办法。",
    "第二条　本办法适用于集团所属各单位的动火作业。",
    "第二章　审批",
    "第三条　动火作业实行分级审批，一级动火由主要负责人批准。",
    "第四条　动火人应当持证上岗，监火人不得离开现场。",
)


def question_sheet(folder: Path) -> Path:
    """An Excel question list as administrators keep it."""
    book = Workbook()
    for row in QUESTIONS:
        book.active.append(row)
    path = folder / "题目.xlsx"
    book.save(path)
    return path


def lecture(folder: Path) -> Path:
    """A Word document with headings."""
    document = Document()
    for text, level in LECTURE:
        if level:
            document.add_heading(text, level)
        else:
            document.add_paragraph(text)
    path = folder / "讲稿.docx"
    document.save(path)
    return path


def rules(folder: Path) -> Path:
    """A Word document with chapters and articles."""
    document = Document()
    for text in RULES:
        document.add_paragraph(text)
    path = folder / "动火作业管理办法.docx"
    document.save(path)
    return path


def picture(name: str, colour: str) -> dict[str, object]:
    """A picture as the file chooser takes it."""
    stream = BytesIO()
    Image.new("RGB", (1600, 1000), colour).save(stream, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


SUBTITLES = """1
00:00:00,500 --> 00:00:03,000
先看现场，再动手

2
00:00:03,500 --> 00:00:07,500
三句话交底
"""


def upload(page: Page, files: object, count: int = 1) -> None:
    """Choose files in the resumable upload of the page and wait until they are up."""
    page.locator("[data-upload-input]").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator("[data-upload-list]").get_by_text("已上传")).to_have_count(
        count, timeout=60_000
    )


def add_lesson(page: Page, kind: str, title: str) -> None:
    """Add a lesson to the one chapter on the course's outline page, then open its editor."""
    form = page.locator("form.outline-add").filter(has=page.get_by_label("新一讲的名称"))
    form.locator("select").select_option(kind)
    form.get_by_label("新一讲的名称").fill(title)
    form.get_by_role("button", name="添加一讲").click()
    if page.get_by_role("link", name=title).count():
        page.get_by_role("link", name=title).first.click()


def hand_in(page: Page) -> None:
    """Hand the test in, confirm, and wait for the result."""
    page.get_by_role("button", name="交卷").first.click()
    page.get_by_role("dialog").get_by_role("button", name="交卷").click()
    page.wait_for_url("**/result")
