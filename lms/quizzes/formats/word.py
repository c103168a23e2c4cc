"""Word papers (.docx): paragraphs, automatic numbers and pictures, understood like plain text."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from flask_babel import gettext as _

from lms.quizzes.formats.archive import open_archive
from lms.quizzes.formats.office import Room, check_parts
from lms.quizzes.formats.parsed import ParsedFile, Unreadable, collect
from lms.quizzes.formats.text import understand_lines

MAX_PARAGRAPHS = 50_000
WHOLE = Room(elements=250_000, chars=4_000_000)  # of one part: python-docx keeps them as trees
PICTURES = {"png", "jpg", "jpeg", "gif", "webp", "bmp"}


@dataclass(slots=True)
class Counters:
    """Where the automatic numbers stand, by list and level."""

    values: dict[tuple[str, str], int] = field(default_factory=dict)

    def next(self, number_id: str, level: str) -> int:
        """The next number of a level; deeper levels begin again."""
        value = self.values.get((number_id, level), 0) + 1
        self.values[number_id, level] = value
        for key in list(self.values):
            if key[0] == number_id and key[1] > level:
                del self.values[key]
        return value


def read_word(data: bytes) -> ParsedFile:
    """The questions of a Word document. Raises Unreadable."""
    broken = _("这不是能读的 Word 文件，请另存为 .docx 后再试。")
    with open_archive(data) as archive:
        check_parts(archive, WHOLE, broken=broken)
    try:
        document = Document(BytesIO(data))
    except Exception as error:  # python-docx raises whatever its parsers raise
        raise Unreadable(broken) from error
    pictures: dict[str, bytes] = {}
    lines = list(_lines(document, pictures))
    with_pictures = bool(pictures)
    if with_pictures:
        lines = [_as_html(line) for line in lines]
    questions = collect(understand_lines(lines, is_html=with_pictures))
    return ParsedFile("word", questions, attachments=pictures)


def _as_html(line: str) -> str:
    """Text escaped, pictures kept."""
    pieces = re.split(r"(\x01[^\x01]+\x01)", line)
    return "".join(
        f'<img src="attachment:{piece.strip(chr(1))}" alt="">'
        if piece.startswith("\x01")
        else escape(piece, quote=False)
        for piece in pieces
    )


def _lines(document: Any, pictures: dict[str, bytes]) -> Iterator[str]:
    formats, styles = _number_formats(document), _style_numbers(document)
    counters = Counters()
    for count, paragraph in enumerate(document.element.body.iter(qn("w:p"))):
        if count > MAX_PARAGRAPHS:
            raise Unreadable(_("文件太长，没有导入。"))
        text = "".join(_runs(paragraph, document, pictures))
        prefix = _number(paragraph, formats, styles, counters) if text.strip() else ""
        yield from (prefix + text).split("\n")


def _runs(paragraph: Any, document: Any, pictures: dict[str, bytes]) -> Iterator[str]:
    for element in paragraph.iter():
        if element.tag == qn("w:t"):
            yield element.text or ""
        elif element.tag in (qn("w:br"), qn("w:cr")):
            yield "\n"
        elif element.tag == qn("w:tab"):
            yield "\t"
        elif element.tag == qn("a:blip"):
            yield _picture(element.get(qn("r:embed")), document, pictures)


def _picture(relation: str | None, document: Any, pictures: dict[str, bytes]) -> str:
    part = document.part.related_parts.get(relation) if relation else None
    if part is None:
        return ""
    ending = str(part.partname).rsplit(".", 1)[-1].lower()
    if ending not in PICTURES:
        return ""
    name = f"{hashlib.sha256(part.blob).hexdigest()[:12]}.{ending}"
    pictures[name] = part.blob
    return f"\x01{name}\x01"


def _number_formats(document: Any) -> dict[tuple[str, str], str]:
    """decimal, upperLetter, ... by list and level, from the numbering part."""
    try:
        numbering = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract = {}
    for each in numbering.iter(qn("w:abstractNum")):
        levels = {}
        for level in each.iter(qn("w:lvl")):
            kind = level.find(qn("w:numFmt"))
            if kind is not None:
                levels[level.get(qn("w:ilvl"))] = kind.get(qn("w:val"))
        abstract[each.get(qn("w:abstractNumId"))] = levels
    formats = {}
    for each in numbering.iter(qn("w:num")):
        reference = each.find(qn("w:abstractNumId"))
        for level, kind in abstract.get(
            reference.get(qn("w:val")) if reference is not None else None, {}
        ).items():
            formats[each.get(qn("w:numId")), level] = kind
    return formats


def _style_numbers(document: Any) -> dict[str, Any]:
    """The numbering that paragraph styles carry, by style."""
    found = {}
    for style in document.styles.element.iter(qn("w:style")):
        properties = style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if properties is not None:
            found[style.get(qn("w:styleId"))] = properties
    return found


def _number(
    paragraph: Any,
    formats: dict[tuple[str, str], str],
    styles: dict[str, Any],
    counters: Counters,
) -> str:
    """What Word shows before the paragraph, where it is a question number or an option letter."""
    properties = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
    if properties is None:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        properties = styles.get(style.get(qn("w:val"))) if style is not None else None
    if properties is None:
        return ""
    number_id, level = (properties.find(qn(name)) for name in ("w:numId", "w:ilvl"))
    if number_id is None:
        return ""
    key = (number_id.get(qn("w:val")), level.get(qn("w:val")) if level is not None else "0")
    value = counters.next(*key)
    kind = formats.get(key, "")
    if kind in ("upperLetter", "lowerLetter") and value <= 26:
        return f"{chr(64 + value)}. "
    return f"{value}. " if kind == "decimal" else ""
