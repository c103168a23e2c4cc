"""Exporting questions, and saying honestly what each format cannot carry.

What is lost is not kept in a table: the export is read back and compared with what went in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.quizzes.definition import Definition, map_texts, to_json
from lms.quizzes.formats.excel import read_excel
from lms.quizzes.formats.excel_writer import write_excel
from lms.quizzes.formats.gift import read_gift
from lms.quizzes.formats.gift_adapt import Adapted, adapt_to_gift
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
    adapt: Callable[[Definition], Adapted] = lambda definition: Adapted((definition,))


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
            adapt_to_gift,
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
    "kind": _l("题型"),
    "text": _l("题干"),
    "is_html": _l("富文本"),
    "title": _l("名称"),
    "points": _l("分值"),
    "rule": _l("评分规则"),
    "missed_fraction": _l("漏选得分"),
    "options": _l("选项、得分比例或反馈"),
    "shuffles": _l("是否打乱选项"),
    "gaps": _l("各空的答案"),
    "is_ordered": _l("不分顺序"),
    "accepted": _l("接受的答案"),
    "has_wildcards": _l("通配符"),
    "keywords": _l("关键词"),
    "numbers": _l("数值答案"),
    "units": _l("单位"),
    "needs_unit": _l("必须写单位"),
    "folding": _l("比较答案时不计较的差别"),
    "stems": _l("配对的左边"),
    "choices": _l("配对的右边"),
    "items": _l("排序的各项"),
    "parts": _l("小题"),
    "rubric": _l("评分要点"),
    "allows_files": _l("可以交附件"),
    "penalty_fraction": _l("重试扣分"),
    "explanation": _l("解析"),
    "feedback_right": _l("答对的反馈"),
    "feedback_partly": _l("部分答对的反馈"),
    "feedback_wrong": _l("答错的反馈"),
    "source": _l("出处"),
}


def lost_fields(before: Definition, after: Definition) -> tuple[str, ...]:
    """What differs between two definitions, in the words of an administrator."""
    a, b = to_json(before), to_json(after)
    return tuple(str(FIELDS[name]) for name in FIELDS if a.get(name) != b.get(name))


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
    adapted = chosen.adapt(definition)
    try:
        back = chosen.read(chosen.write([question], used))
    except Unreadable:
        return (_("整道题：这种格式没有这种题型"),), False
    names = {
        new: old for new, data in back.attachments.items() for old in used if used[old] == data
    }
    again = [renamed(each.definition, names) for each in back.good if each.definition is not None]
    if not again or len(again) != len(adapted.definitions):
        return (_("整道题：这种格式没有这种题型"),), False
    lost = [adapted.note] if adapted.note else []
    for before, after in zip(adapted.definitions, again, strict=True):
        lost += lost_fields(before, after)
    if back.good[0].category != question.category:
        lost.append(_("分类"))
    if back.good[0].tags != question.tags:
        lost.append(_("标签"))
    if back.good[0].difficulty != question.difficulty:
        lost.append(_("难度"))
    if len(back.attachments) < len(used):
        lost.append(_("图片、声音等文件"))
    return tuple(dict.fromkeys(lost)), True


def renamed(definition: Definition, names: Mapping[str, str]) -> Definition:
    """The question with its files called by other names; formats name them anew."""

    def change(text: str) -> str:
        for new, old in names.items():
            text = text.replace(new, old)
        return text

    found: Definition = map_texts(definition, change)
    return found
