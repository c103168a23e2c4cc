"""A printable paper in Word: the questions, then an answer sheet, then the key."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from flask_babel import gettext as _

from lms.quizzes.checking import MARK, letter
from lms.quizzes.definition import Definition, Kind, plain_decimal
from lms.quizzes.presenting import right_answers, right_of_gap
from lms.quizzes.words import KINDS, TRUTH

TAG = re.compile(r"<[^>]*>")
PICTURE = re.compile(r'<img[^>]*src="attachment:([^"]+)"[^>]*>')
ESSAY_LINES = 8


def write_docx(
    title: str, questions: Sequence[Definition], files: Mapping[str, bytes] | None = None
) -> bytes:
    """The paper, its answer sheet and its key as one document."""
    document: Any = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "SimSun", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")
    heading = document.add_heading(title, 0)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line = _("单位：____________　姓名：____________　得分：________")
    document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for number, definition in enumerate(questions, 1):
        _question(document, f"{number}. ", definition, files or {})
    document.add_page_break()
    _sheet(document, questions)
    document.add_page_break()
    _key(document, questions)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def plain(text: str, definition: Definition) -> str:
    """The text without markup, blanks as lines."""
    shown = MARK.sub("________", text)
    if not definition.is_html:
        return shown
    return unescape(TAG.sub("", re.sub(r"<br\s*/?>|</p>", "\n", shown))).strip()


def _question(  # noqa: C901
    document: Any, prefix: str, definition: Definition, files: Mapping[str, bytes]
) -> None:
    points = _("（%(points)s 分）", points=plain_decimal(definition.points))
    paragraph = document.add_paragraph(f"{prefix}{plain(definition.text, definition)}{points}")
    paragraph.paragraph_format.keep_with_next = True
    for name in PICTURE.findall(definition.text):
        if name in files:
            _picture(document, files[name])
    for index, option in enumerate(definition.options):
        if definition.kind == Kind.TRUE_FALSE:
            break
        document.add_paragraph(f"　　{letter(index)}. {plain(option.text, definition)}")
    for stem in definition.stems:
        document.add_paragraph(f"　　{stem.key}. {plain(stem.text, definition)} —— ________")
    if definition.choices:
        texts = [plain(choice.text, definition) for choice in sorted_items(definition)]
        document.add_paragraph("　　" + "　".join(f"{letter(i)}. {t}" for i, t in enumerate(texts)))
    if definition.items:
        texts = sorted(plain(item.text, definition) for item in definition.items)
        document.add_paragraph("　　" + "　".join(f"{letter(i)}. {t}" for i, t in enumerate(texts)))
    if definition.kind == Kind.ESSAY:
        for _line in range(ESSAY_LINES):
            document.add_paragraph("_" * 60)
    for number, part in enumerate(definition.parts, 1):
        _question(document, f"（{number}）", part, files)


def sorted_items(definition: Definition) -> list[Any]:
    """The choices of a matching question in an order that gives nothing away."""
    return sorted(definition.choices, key=lambda choice: choice.text)


def _picture(document: Any, data: bytes) -> None:
    try:
        document.add_picture(BytesIO(data), width=Cm(9))
    except Exception:  # a picture that Word cannot show must not stop the paper
        document.add_paragraph(_("（图片不能显示）"))


def _sheet(document: Any, questions: Sequence[Definition]) -> None:
    document.add_heading(_("答题卡"), 1)
    columns = 10
    table = document.add_table(rows=0, cols=columns)
    table.style = "Table Grid"
    for start in range(0, len(questions), columns):
        numbers, blanks = table.add_row().cells, table.add_row().cells
        for place in range(columns):
            if start + place < len(questions):
                numbers[place].text = str(start + place + 1)
                blanks[place].text = "　"


def _key(document: Any, questions: Sequence[Definition]) -> None:
    document.add_heading(_("参考答案"), 1)
    for number, definition in enumerate(questions, 1):
        document.add_paragraph(f"{number}. {KINDS[definition.kind]}　{answer_text(definition)}")
        if definition.explanation:
            text = plain(definition.explanation, definition)
            document.add_paragraph(_("解析：%(text)s", text=text))


def answer_text(definition: Definition) -> str:
    """The right answer on one line."""
    if definition.kind == Kind.TRUE_FALSE:
        right = [option.key for option in definition.options if option.weight > 0]
        return str(TRUTH[right[0]]) if right else ""
    if definition.options:
        return "".join(letter(i) for i, o in enumerate(definition.options) if o.weight > 0)
    if definition.gaps:
        return "；".join(right_of_gap(gap, definition.is_html) for gap in definition.gaps)
    if definition.stems:
        texts = {choice.key: plain(choice.text, definition) for choice in definition.choices}
        pairs = (f"{stem.key} — {texts.get(stem.match, '')}" for stem in definition.stems)
        return "；".join(pairs)
    if definition.parts:
        answers = (f"（{n}）{answer_text(part)}" for n, part in enumerate(definition.parts, 1))
        return " ".join(answers)
    return " / ".join(right_answers(definition))
