"""Excel question lists: our template, a row a question, and the common one, a row an option."""

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lms.quizzes.formats.answers import read_truth, squeeze
from lms.quizzes.formats.archive import open_archive
from lms.quizzes.formats.office import Room, check_parts
from lms.quizzes.formats.parsed import (
    MAX_QUESTIONS,
    ParsedFile,
    ParsedQuestion,
    Unreadable,
    collect,
)
from lms.quizzes.formats.written import Written, understand

COLUMNS = {
    "题干": "text",
    "题目": "text",
    "试题": "text",
    "题目内容": "text",
    "试题内容": "text",
    "题型": "kind",
    "题目类型": "kind",
    "试题类型": "kind",
    "答案": "answer",
    "正确答案": "answer",
    "参考答案": "answer",
    "标准答案": "answer",
    "解析": "explanation",
    "答案解析": "explanation",
    "试题解析": "explanation",
    "整体解析": "explanation",
    "难度": "difficulty",
    "难易度": "difficulty",
    "难度系数": "difficulty",
    "分值": "points",
    "分数": "points",
    "分类": "category",
    "题库": "category",
    "所属题库": "category",
    "知识点": "category",
    "标签": "tags",
    "评分规则": "rule",
    "漏选得分": "missed",
    "出处": "source",
    "来源": "source",
    "名称": "title",
    "格式": "format",
}
PER_OPTION_COLUMNS = {
    "题目序号": "number",
    "题目类型": "kind",
    "题目内容": "text",
    "整体解析": "explanation",
    "题目图片": "picture",
    "题目视频": "video",
    "所属题库": "category",
    "是否正确项": "is_right",
    "选项内容": "option",
    "选项解析": "option_feedback",
    "选项图片": "option_picture",
}
OPTION_COLUMN = re.compile(r"^(?:选项|备选项|答案选项)?([A-Z])(?:选项)?$")
HEADER_WITHIN = 10
MAX_COLUMNS = 64
# What openpyxl keeps at a time: a row, a shared string; the strings together stay below the whole.
ROW_BY_ROW = Room(elements=20_000, chars=1_000_000, pieces=frozenset({"row", "si"}))
Row = Sequence[Any]


def read_excel(data: bytes) -> ParsedFile:
    """The questions of every sheet that has a header we know. Raises Unreadable."""
    broken = _("这不是能读的 Excel 文件，请另存为 .xlsx 后再试。")
    with open_archive(data) as archive:
        check_parts(archive, ROW_BY_ROW, broken=broken)
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise Unreadable(broken) from error
    questions: list[ParsedQuestion] = []
    known = False
    try:
        sheets = book.worksheets
        for sheet in sheets:
            prefix = f"{sheet.title} " if len(sheets) > 1 else ""
            rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
            found = _read_sheet(rows, prefix)
            if found is not None:
                known = True
                questions += found
            if len(questions) > MAX_QUESTIONS:
                raise Unreadable(_("一次最多导入 %(count)d 道题。", count=MAX_QUESTIONS))
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError, EOFError) as error:
        raise Unreadable(_("这个 Excel 文件已损坏，读到一半读不下去了。")) from error
    finally:
        book.close()
    if not known:
        raise Unreadable(_("没有找到表头。第一行要有“题干”和“答案”，或“题目序号”和“选项内容”。"))
    return ParsedFile("excel", tuple(questions))


def _read_sheet(rows: Iterable[Row], prefix: str) -> tuple[ParsedQuestion, ...] | None:
    numbered = enumerate(rows, 1)
    for number, row in numbered:
        names = [squeeze(cell_text(cell)).rstrip("*:").lstrip("*") for cell in row]
        if "题目序号" in names and "选项内容" in names:
            return collect(_per_option(names, numbered, prefix))
        if "答案" in {_canonical(name) for name in names} and "题干" in {
            _canonical(name) for name in names
        }:
            return collect(_per_question(names, numbered, prefix))
        if number >= HEADER_WITHIN:
            return None
    return None


def _canonical(name: str) -> str:
    return {"text": "题干", "answer": "答案"}.get(COLUMNS.get(name, ""), name)


def cell_text(cell: Any) -> str:
    """What a cell shows: whole numbers without a point, nothing for an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "正确" if cell else "错误"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("_x000D_", "").replace("\r\n", "\n").strip()


def _per_question(
    names: Sequence[str], rows: Iterator[tuple[int, Row]], prefix: str
) -> Iterator[ParsedQuestion]:
    fields = {index: COLUMNS[name] for index, name in enumerate(names) if name in COLUMNS}
    letters = {
        index: ord(found[1]) - 65
        for index, name in enumerate(names)
        if (found := OPTION_COLUMN.match(name.upper()))
    }
    line = prefix.replace("%", "%%") + _("第 %(number)d 行")  # looked up once, not for every row
    for number, row in rows:
        cells = [cell_text(cell) for cell in row]
        if not any(cells):
            continue
        written = Written(place=line % {"number": number})
        for index, name in fields.items():
            if index >= len(cells):
                continue
            if name == "format":
                written.is_html = cells[index].casefold() == "html"
            elif not getattr(written, name):
                setattr(written, name, cells[index])
        options = {at: cells[index] for index, at in letters.items() if index < len(cells)}
        filled = [at for at, text in options.items() if text]
        written.options = [options.get(at, "") for at in range(max(filled) + 1)] if filled else []
        yield understand(written)


def _per_option(
    names: Sequence[str], rows: Iterator[tuple[int, Row]], prefix: str
) -> Iterator[ParsedQuestion]:
    fields = {
        PER_OPTION_COLUMNS[name]: index
        for index, name in enumerate(names)
        if name in PER_OPTION_COLUMNS
    }
    current: list[tuple[int, dict[str, str]]] = []
    for number, row in rows:
        cells = [cell_text(cell) for cell in row]
        entry = {name: cells[index] if index < len(cells) else "" for name, index in fields.items()}
        if not any(entry.values()) or (not current and not _is_number(entry["number"])):
            continue  # an empty row, or the row of instructions below the header
        if current and entry["number"] and entry["number"] != current[0][1]["number"]:
            yield _one_of(current, prefix)
            current = []
        current.append((number, entry))
    if current:
        yield _one_of(current, prefix)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.\-]{1,12}", squeeze(text)))


def _one_of(rows: Sequence[tuple[int, dict[str, str]]], prefix: str) -> ParsedQuestion:
    first, last = rows[0][0], rows[-1][0]
    place = (
        _("第 %(number)d 行", number=first)
        if first == last
        else _("第 %(first)d–%(last)d 行", first=first, last=last)
    )
    written = Written(place=prefix + place)
    head = rows[0][1]
    for name in ("kind", "text", "explanation", "category"):
        setattr(written, name, next((row.get(name, "") for _n, row in rows if row.get(name)), ""))
    right = [read_truth(row.get("is_right", "")) is True for _n, row in rows]
    written.options = [row.get("option", "") for _n, row in rows]
    written.option_feedback = [row.get("option_feedback", "") for _n, row in rows]
    name = squeeze(written.kind)
    if name.startswith("填空"):
        answers = [row["option"] for _n, row in rows if row.get("option")]
        written.options, written.answer = [], "；".join(answers)
    elif name.startswith("判断") and len(written.options) == 1:
        written.answer = written.options[0] if read_truth(written.options[0]) is not None else ""
        written.answer = written.answer or ("正确" if right[0] else "错误")
        written.options = []
    elif name.startswith(("问答", "论述", "简答")):
        written.kind, written.answer, written.options = "论述", head.get("option", ""), []
    else:
        written.answer = "".join(chr(65 + at) for at, is_right in enumerate(right) if is_right)
    question = understand(written)
    media = [
        row
        for _n, row in rows
        if row.get("picture") or row.get("video") or row.get("option_picture")
    ]
    if media and question.definition is not None:
        note = _("图片和视频只写了名字，没有导入，请在导入后补上。")
        return ParsedQuestion(
            question.place,
            question.definition,
            question.category,
            question.tags,
            question.difficulty,
            question.problems,
            (note,),
        )
    return question
