"""Which importer reads which file: by what the bytes are, then by what the text looks like."""

from collections.abc import Callable

from flask_babel import gettext as _

from lms.quizzes.formats.aiken import looks_like_aiken, read_aiken
from lms.quizzes.formats.archive import open_archive
from lms.quizzes.formats.decoding import decode
from lms.quizzes.formats.excel import read_excel
from lms.quizzes.formats.gift import looks_like_gift, read_gift
from lms.quizzes.formats.moodle_xml import read_moodle_xml
from lms.quizzes.formats.parsed import MAX_FILE_BYTES, MAX_QUESTIONS, ParsedFile, Unreadable
from lms.quizzes.formats.qti import read_qti
from lms.quizzes.formats.text import read_text
from lms.quizzes.formats.word import read_word

Reader = Callable[[bytes], ParsedFile]

READERS: dict[str, Reader] = {
    "excel": read_excel,
    "word": read_word,
    "text": read_text,
    "aiken": read_aiken,
    "gift": read_gift,
    "moodle-xml": read_moodle_xml,
    "qti": read_qti,
}
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MAX_TEXT_BYTES = 10 * 1024 * 1024


def detect(name: str, data: bytes) -> str:
    """The format of a file. Raises Unreadable when none fits."""
    if data[:4] == b"PK\x03\x04":
        return _detect_archive(data)
    if data[:4] == OLD_OFFICE:
        raise Unreadable(_("这是旧版的 Office 文件，请另存为 .xlsx 或 .docx 后再试。"))
    if data[:5] == b"%PDF-":
        raise Unreadable(_("PDF 里的题目不能导入，请用 Word 或 Excel 文件。"))
    head = _head(data)
    if head.startswith("<"):
        return "moodle-xml" if "<quiz" in head else "qti"
    _check_size(data, MAX_TEXT_BYTES)
    text = decode(data)
    if looks_like_aiken(text):
        return "aiken"
    return "gift" if looks_like_gift(text) else "text"


def _head(data: bytes) -> str:
    """The beginning of a text; what stands there of XML is the same in all encodings but UTF-16."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return data[:8000].decode(encoding, "ignore").lstrip("\ufeff \t\r\n")


def _check_size(data: bytes, most: int) -> None:
    if len(data) > most:
        raise Unreadable(_("文件太大，最多 %(size)d MB。", size=most // 1024 // 1024))


def _detect_archive(data: bytes) -> str:
    with open_archive(data) as archive:
        names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "excel"
    if "word/document.xml" in names:
        return "word"
    if any(name.lower().endswith(".xml") for name in names):
        return "qti"
    raise Unreadable(_("压缩包里没有认得的题目文件。"))


def read_questions(name: str, data: bytes, *, format: str = "") -> ParsedFile:
    """All that the file holds; what is wrong with the whole becomes one sentence, Unreadable."""
    if not data:
        raise Unreadable(_("文件是空的。"))
    _check_size(data, MAX_FILE_BYTES)
    if format and format not in READERS:
        raise Unreadable(_("没有这种格式：%(name)s。", name=format[:20]))
    found = format or detect(name, data)
    if found in ("text", "gift", "aiken"):
        _check_size(data, MAX_TEXT_BYTES)
    parsed = READERS[found](data)
    if not parsed.questions and not parsed.problems:
        raise Unreadable(_("文件里没有找到题目。"))
    if len(parsed.questions) > MAX_QUESTIONS:
        raise Unreadable(_("一次最多导入 %(count)d 道题。", count=MAX_QUESTIONS))
    return parsed
