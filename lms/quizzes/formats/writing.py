"""Exporting questions, and saying honestly what each format cannot carry.

What is lost is not kept in a table: the export is read back and compared with what went in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from lms.quizzes.definition import Definition, to_json
from lms.quizzes.formats.excel import read_excel
from lms.quizzes.formats.excel_writer import write_excel
from lms.quizzes.formats.gift import read_gift
from lms.quizzes.formats.gift_writer import write_gift
from lms.quizzes.formats.moodle_xml import read_moodle_xml
from lms.quizzes.formats.moodle_xml_writer import write_moodle_xml
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, Unreadable
from lms.quizzes.formats.qti import read_qti
from lms.quizzes.formats.qti_writer import write_qti

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be written and read back."""

    name: str
    ending: str
    media_type: str
    write: Callable[[Sequence[ParsedQuestion], Files], bytes]
    read: Callable[[bytes], ParsedFile]


FORMATS = {
    each.name: each
    for each in (
        Format(
            "excel",
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            lambda questions, files: write_excel(questions),
            read_excel,
        ),
        Format(
            "gift",
            "gift.txt",
            "text/plain",
            lambda questions, files: write_gift(questions),
            read_gift,
        ),
        Format("moodle-xml", "xml", "application/xml", write_moodle_xml, read_moodle_xml),
        Format("qti", "zip", "application/zip", write_qti, read_qti),
    )
}


@dataclass(frozen=True, slots=True)
class Exported:
    """The file, and for each question that lost something what it lost."""

    data: bytes
    written: int
    losses: tuple[tuple[str, tuple[str, ...]], ...]  # (first words, names of what is lost)


FIELDS = {
    "kind": "题型",
    "text": "题干",
    "is_html": "富文本",
    "title": "名称",
    "points": "分值",
    "rule": "评分规则",
    "missed_fraction": "漏选得分",
    "options": "选项、得分比例或反馈",
    "shuffles": "是否打乱选项",
    "gaps": "各空的答案",
    "is_ordered": "不分顺序",
    "accepted": "接受的答案",
    "has_wildcards": "通配符",
    "keywords": "关键词",
    "numbers": "数值答案",
    "units": "单位",
    "needs_unit": "必须写单位",
    "folding": "比较答案时不计较的差别",
    "stems": "配对的左边",
    "choices": "配对的右边",
    "items": "排序的各项",
    "parts": "小题",
    "rubric": "评分要点",
    "allows_files": "可以交附件",
    "penalty_fraction": "重试扣分",
    "explanation": "解析",
    "feedback_right": "答对的反馈",
    "feedback_partly": "部分答对的反馈",
    "feedback_wrong": "答错的反馈",
    "source": "出处",
}


def lost_fields(before: Definition, after: Definition) -> tuple[str, ...]:
    """What differs between two definitions, in the words of an administrator."""
    a, b = to_json(before), to_json(after)
    return tuple(FIELDS[name] for name in FIELDS if a.get(name) != b.get(name))


def export(questions: Sequence[ParsedQuestion], name: str, files: Files | None = None) -> Exported:
    """The questions in the format called `name`, with what it could not carry."""
    chosen = FORMATS[name]
    data = chosen.write(questions, files or {})
    losses: list[tuple[str, tuple[str, ...]]] = []
    written = 0
    for question in questions:
        definition = question.definition
        if definition is None:
            continue
        lost, is_there = _losses_of(question, definition, chosen, files or {})
        written += is_there
        if lost:
            losses.append((definition.text[:60], lost))
    return Exported(data, written, tuple(losses))


def _losses_of(
    question: ParsedQuestion, definition: Definition, chosen: Format, files: Files
) -> tuple[tuple[str, ...], bool]:
    used = {name: data for name, data in files.items() if name in str(definition)}
    try:
        back = chosen.read(chosen.write([question], used))
    except Unreadable:
        return (_("整道题：这种格式没有这种题型"),), False
    if not back.good:
        return (_("整道题：这种格式没有这种题型"),), False
    again = back.good[0]
    assert again.definition is not None
    lost = list(lost_fields(definition, again.definition))
    if again.category != question.category:
        lost.append(_("分类"))
    if again.tags != question.tags:
        lost.append(_("标签"))
    if again.difficulty != question.difficulty:
        lost.append(_("难度"))
    return tuple(lost), True
