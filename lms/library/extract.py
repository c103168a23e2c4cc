"""Text out of .docx, .pdf and .html, run as a process of its own.

Hostile or broken files may crash a reader, eat memory or never end; here they take only this
process with them. It is started by file name (see reading.py), knows nothing of the application,
and prints one JSON object: {"pages": [...]} or {"refused": reason} with the reasons of
problems.Reason.
"""

import base64
import io
import json
import re
import resource
import sys
import zipfile
from typing import Any

import docx
import mammoth
import nh3
import pypdfium2
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree
from lxml import html as lxml_html

MEMORY_BYTES = {"pdf": 1024**3}  # a PDF is read page by page, other files as a whole
MOST_MEMORY_BYTES = 2 * 1024**3
UNPACKED_BYTES = 200 * 1024**2
UNPACKED_TIMES = 200
MOST_PARTS = 5_000
PICTURE_BYTES = 5 * 1024**2
MOST_PICTURES = 100
MOST_PAGES = 5_000
MOST_CHARS = 21_000_000
BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "dt", "dd", "pre", "caption")
GROUPS = ("div", "section", "article", "table", "ul", "ol", "blockquote")
TAGS = {*BLOCKS, *GROUPS, "tbody", "thead", "tr", "br"}
# What the readers of Word files raise when one is damaged.
BROKEN = (
    zipfile.BadZipFile,
    PackageNotFoundError,
    etree.LxmlError,
    KeyError,
    ValueError,
    OSError,
    AttributeError,
    TypeError,
    SyntaxError,
)
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Refused(Exception):
    """The file cannot be read; the message is the reason's code."""


def read_docx(data: bytes) -> list[str]:
    """The document's paragraphs, headings marked by # as in Markdown."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, len(data))
        result = mammoth.convert_to_html(
            write_numbers(data), convert_image=mammoth.images.img_element(lambda image: {})
        )
    except BROKEN as error:
        raise Refused("broken_docx") from error
    return [to_lines(result.value)]


def write_numbers(data: bytes) -> io.BytesIO:
    """The file with the numbers that Word would draw, such as 第一条 or （一）, written as text."""
    document = docx.Document(io.BytesIO(data))
    try:
        numbering = document.part.numbering_part.element
    except (NotImplementedError, KeyError):
        return io.BytesIO(data)
    levels = read_levels(numbering)
    counters: dict[str, list[int]] = {}
    for paragraph in document.paragraphs:
        key, depth = number_of(paragraph)
        formats = levels.get(key)
        if formats is None or depth not in formats or formats[depth][0] in ("bullet", "none"):
            continue
        counts = counters.setdefault(key, [0] * 10)
        counts[depth] = max(counts[depth] + 1, formats[depth][2])
        counts[depth + 1 :] = [0] * (9 - depth)
        label = re.sub(
            r"%([1-9])",
            lambda found, f=formats, c=counts: draw(f.get(int(found[1]) - 1), c[int(found[1]) - 1]),
            formats[depth][1],
        )
        first = paragraph.runs[0] if paragraph.runs else paragraph.add_run()
        first.text = f"{label} {first.text}" if not label.endswith("）") else f"{label}{first.text}"
        if (properties := paragraph._p.pPr) is not None and properties.numPr is not None:
            properties.remove(properties.numPr)
    buffer = io.BytesIO()
    document.save(buffer)
    buffer.seek(0)
    return buffer


def read_levels(numbering: Any) -> dict[str, dict[int, tuple[str, str, int]]]:
    """By list: of each level the number format, the text around the number, and the start."""
    abstract: dict[str, dict[int, tuple[str, str, int]]] = {}
    for one in numbering.findall(qn("w:abstractNum")):
        found = abstract.setdefault(one.get(qn("w:abstractNumId")), {})
        for level in one.findall(qn("w:lvl")):
            values = {
                name: (child.get(qn("w:val")) if child is not None else "")
                for name in ("numFmt", "lvlText", "start")
                for child in [level.find(qn(f"w:{name}"))]
            }
            start = int(values["start"]) if (values["start"] or "").isdecimal() else 1
            depth = int(level.get(qn("w:ilvl")))
            found[depth] = (values["numFmt"] or "", values["lvlText"] or "", start)
    return {
        one.get(qn("w:numId")): abstract.get(one.find(qn("w:abstractNumId")).get(qn("w:val")), {})
        for one in numbering.findall(qn("w:num"))
    }


def number_of(paragraph: Any) -> tuple[str, int]:
    """The list and level of a paragraph, its own or its style's; "" when it has none."""
    for properties in (paragraph._p.pPr, paragraph.style.element.pPr):
        numbered = properties.numPr if properties is not None else None
        if numbered is not None and numbered.numId is not None:
            depth = numbered.ilvl.val if numbered.ilvl is not None else 0
            return str(numbered.numId.val), min(depth, 8)
    return "", 0


def draw(level: tuple[str, str, int] | None, number: int) -> str:
    """A number as the level's format draws it; Latin and Roman formats as plain digits."""
    if level is None or (
        "hinese" not in level[0] and not level[0].startswith(("japanese", "ideo"))
    ):
        return str(number)
    digits, text = "〇一二三四五六七八九", ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += digits[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def read_docx_html(data: bytes) -> list[str]:
    """The document as HTML, then its pictures as data: addresses, named image:0, image:1, …"""
    pictures: list[str] = []

    def keep(image: mammoth.documents.Image) -> dict[str, str]:
        with image.open() as file:
            content = file.read(PICTURE_BYTES + 1)
        if len(content) > PICTURE_BYTES or len(pictures) >= MOST_PICTURES:
            return {"alt": image.alt_text or ""}
        encoded = base64.b64encode(content).decode()
        pictures.append(f"{image.content_type};{encoded}")
        return {"src": f"image:{len(pictures) - 1}", "alt": image.alt_text or ""}

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, len(data))
        hook = mammoth.images.img_element(keep)
        result = mammoth.convert_to_html(io.BytesIO(data), convert_image=hook)
    except BROKEN as error:
        raise Refused("broken_docx") from error
    return [result.value, *pictures]


def check_archive(archive: zipfile.ZipFile, size_bytes: int) -> None:
    """Refuse archives that unpack to far more than they are, and XML that defines entities."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > UNPACKED_BYTES:
        raise Refused("bomb")
    if unpacked > 20 * 1024**2 and unpacked > UNPACKED_TIMES * size_bytes:
        raise Refused("bomb")
    names = {part.filename for part in parts}
    if "word/document.xml" not in names:
        raise Refused("broken_docx")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if DOCTYPE.search(file.read(4096)):
                    raise Refused("bomb")


def read_html(data: bytes) -> list[str]:
    """The page's text without scripts, styles, navigation and attributes."""
    return [to_lines(data.decode("utf-8", "replace"))]


def to_lines(page: str) -> str:
    """One line a block of an HTML page; headings keep their level."""
    clean = nh3.clean(
        page,
        tags=TAGS,
        attributes={},
        clean_content_tags={"script", "style", "title", "nav", "template", "svg", "math"},
    )
    if not clean.strip():
        return ""
    parser = lxml_html.HTMLParser(huge_tree=True)
    tree = lxml_html.document_fromstring(f"<div>{clean}</div>", parser=parser)
    lines: list[str] = []
    for element in tree.iter("br"):
        element.tail = "\n" + (element.tail or "")
    for row in tree.iter("tr"):
        cells = [" ".join(cell.text_content().split()) for cell in row.iter("td", "th")]
        cells = cells if any(cells) else []
        row.clear()
        row.text = " | ".join(cells)
        row.tag = "p"
    collect(tree, lines)
    return "\n".join(lines)


def collect(tree: object, lines: list[str]) -> None:
    """Walk the blocks in order; text that stands outside of blocks is a line as well."""
    pending: list[str] = []

    def flush(prefix: str = "") -> None:
        for part in "".join(pending).split("\n"):
            if text := " ".join(part.split()):
                lines.append(prefix + text)
        pending.clear()

    prefixes: list[str] = []
    blocks = (*BLOCKS, *GROUPS)
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if tag in blocks:
                flush(prefixes[-1] if prefixes else "")
                prefixes.append("#" * int(tag[1]) + " " if re.fullmatch("h[1-6]", tag) else "")
            pending.append(element.text or "")
        else:
            if tag in blocks:
                flush(prefixes.pop() if prefixes else "")
            pending.append(element.tail or "")
    flush()


def read_pdf(data: bytes) -> list[str]:
    """The text of each page."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("locked_pdf" if "assword" in str(error) else "broken_pdf") from error
    pages: list[str] = []
    chars = 0
    for index in range(min(len(document), MOST_PAGES)):
        try:
            page = document[index]
            text = page.get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            continue
        pages.append(text)
        chars += len(text)
        page.close()
        if chars > MOST_CHARS:
            raise Refused("too_many_chars")
    if not "".join(pages).strip():
        raise Refused("pictures_only" if len(document) else "broken_pdf")
    return pages


def main() -> None:
    """Read the file named on the command line as the kind named before it."""
    _program, kind, path, seconds = sys.argv
    memory = MEMORY_BYTES.get(kind, MOST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    readers = {"docx": read_docx, "docx-html": read_docx_html, "pdf": read_pdf, "html": read_html}
    with open(path, "rb") as file:  # noqa: PTH123
        data = file.read()
    try:
        answer: dict[str, object] = {"pages": readers[kind](data)}
    except Refused as error:
        answer = {"refused": str(error)}
    except (MemoryError, RecursionError):
        answer = {"refused": "bomb"}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True))


if __name__ == "__main__":
    main()
