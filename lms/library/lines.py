"""Reads single lines of a text: which of them open a part, chapter, article or item."""

import re
from dataclasses import dataclass
from enum import StrEnum

from lms.library.numerals import CIRCLED, NUMERAL, read_number


class SectionKind(StrEnum):
    """What a section of a text is."""

    OPENING = "opening"  # what stands before the first heading
    PART = "part"  # 编
    SUBPART = "subpart"  # 分编
    CHAPTER = "chapter"  # 章
    SECTION = "section"  # 节
    ANNEX = "annex"  # 附件, 附录, 附表
    HEADING = "heading"  # any other heading
    ARTICLE = "article"  # 条
    POINT = "point"  # 一、 outside articles


class ParagraphKind(StrEnum):
    """What a paragraph is within its section."""

    PARAGRAPH = "paragraph"  # 款
    ITEM = "item"  # 项: （一）
    SUBITEM = "subitem"  # 目: 1. or （1） below an item


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line opens: `number` is (133, 1) for 第一百三十三条之一, `rest` what follows it."""

    kind: SectionKind
    number: tuple[int, ...]
    label: str
    rest: str
    level: int = 0  # how many # stood before it
    is_certain: bool = True  # False: only its place in the sequence can tell


UNIT_KINDS = {
    "编": SectionKind.PART,
    "分编": SectionKind.SUBPART,
    "章": SectionKind.CHAPTER,
    "节": SectionKind.SECTION,
}
LONGEST_HEADING = 60
_HASHES = re.compile(r"(#{1,6})[ \t]*(.*?)[ \t]*#*\Z")
_STRUCTURE = re.compile(rf"(第[ ]?({NUMERAL}{{1,9}})[ ]?(分编|编|章|节))(?![条款项目])[ \t]*(.*)\Z")
_ARTICLE = re.compile(
    rf"(第[ ]?({NUMERAL}{{1,9}})[ ]?条(?:之({NUMERAL}{{1,3}}))?)"
    r"(?:([ \t:：]+|(?=【)|\Z)(.*)|(.+))\Z"
)
_INLINE_ARTICLE = re.compile(rf"(?<=[。；：”）]) +(第({NUMERAL}{{1,9}})条) ")
_POINT = re.compile(r"(([一二三四五六七八九十百]{1,5})、)[ \t]*(.*)\Z")
_ANNEX = re.compile(rf"(附(?:件|录|表)[ ]?({NUMERAL}{{0,4}}))(?:[ \t:：.．、]+(.*))?\Z")
_ITEM = re.compile(r"[（(][ ]?([一二三四五六七八九十百]{1,5})[ ]?[）)]")
_SUBITEM = re.compile(
    r"(?:[（(][ ]?([0-9０-９]{1,3})[ ]?[）)]|([0-9０-９]{1,3})[.．、](?![0-9])|([①-⑳]))"
)
_SENTENCE_END = re.compile(r"[。；;！？!?，,]\Z")
# What follows 第二十条 when a sentence speaks of the article instead of opening it.
_SPEAKS_OF = re.compile(
    r"(?:[、，和与及或至到的规所第之中内外以前修各款项]|[（(][一二三四五六七八九十])"
)
_SPACED = re.compile(r"[\u4e00-\u9fff](?:[ ]+[\u4e00-\u9fff])+\Z")
_TITLED = re.compile(r"【([^】]{1,40})】[ \t]*")


def tidy_title(text: str) -> str:
    """A heading without the spaces that spread single characters: 总 则 is 总则."""
    text = re.sub(r"[ \t]+", " ", text).strip()
    return text.replace(" ", "") if _SPACED.match(text) else text


def read_mark(line: str) -> Mark | None:
    """What `line` opens, or None for a plain paragraph. The line is clean: see cleaning.clean."""
    hashes = _HASHES.match(line) if line.startswith("#") else None
    if hashes:
        return _heading(hashes[2], len(hashes[1]))
    return _structure(line) or _article(line) or _point(line) or _annex(line)


def _heading(text: str, level: int) -> Mark:
    for read in (_structure, _annex):
        if mark := read(text):
            return Mark(mark.kind, mark.number, mark.label, mark.rest, level)
    if match := _POINT.match(text):
        number = (read_number(match[2]) or 0,)
        return Mark(SectionKind.HEADING, number, match[1].rstrip("、"), tidy_title(match[3]), level)
    return Mark(SectionKind.HEADING, (), "", tidy_title(text), level)


def _structure(line: str) -> Mark | None:
    match = _STRUCTURE.match(line) if len(line) <= LONGEST_HEADING else None
    if match is None or _SENTENCE_END.search(line) or match[4].startswith(("的", "至", "规定")):
        return None
    number = read_number(match[2])
    if number is None:
        return None
    label = match[1].replace(" ", "")
    return Mark(UNIT_KINDS[match[3]], (number,), label, tidy_title(match[4]))


def _article(line: str) -> Mark | None:
    match = _ARTICLE.match(line)
    number = read_number(match[2]) if match else None
    if match is None or number is None:
        return None
    second = read_number(match[3]) if match[3] else None
    numbers = (number,) if second is None else (number, second)
    label = match[1].replace(" ", "")
    if match[6] is None:
        return Mark(SectionKind.ARTICLE, numbers, label, (match[5] or "").strip())
    if _SPEAKS_OF.match(match[6]):
        return None
    return Mark(SectionKind.ARTICLE, numbers, label, match[6].strip(), is_certain=False)


def _point(line: str) -> Mark | None:
    match = _POINT.match(line)
    number = read_number(match[2]) if match else None
    if match is None or number is None:
        return None
    return Mark(SectionKind.POINT, (number,), match[1].rstrip("、"), match[3], is_certain=False)


def _annex(line: str) -> Mark | None:
    match = _ANNEX.match(line) if len(line) <= LONGEST_HEADING else None
    if match is None or _SENTENCE_END.search(line):
        return None
    number = read_number(match[2]) if match[2] else None
    numbers = () if number is None else (number,)
    return Mark(SectionKind.ANNEX, numbers, match[1].replace(" ", ""), tidy_title(match[3] or ""))


def split_articles(line: str) -> list[str]:
    """The line cut before articles that follow on it: 第二十八条 … 。 第二十九条 … are two lines.

    A piece begins only where the number follows on from the one before.
    """
    first = _article(line)
    if first is None or "条 " not in line[8:]:
        return [line]
    pieces, start, number = [], 0, first.number[0]
    for match in _INLINE_ARTICLE.finditer(line):
        if read_number(match[2]) == number + 1:
            pieces.append(line[start : match.start()].rstrip())
            start, number = match.start(1), number + 1
    return [*pieces, line[start:]]


def take_title(text: str) -> tuple[str, str]:
    """The title in 【】 that some editions give an article, and the text after it."""
    match = _TITLED.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def read_item(line: str) -> tuple[ParagraphKind, int] | None:
    """The kind and number of an item that `line` opens, or None."""
    if match := _ITEM.match(line):
        number = read_number(match[1])
        return (ParagraphKind.ITEM, number) if number else None
    if match := _SUBITEM.match(line):
        circled = CIRCLED.get(match[3]) if match[3] else None
        number = circled or read_number(match[1] or match[2] or "")
        return (ParagraphKind.SUBITEM, number) if number else None
    return None
