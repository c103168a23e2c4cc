"""Bytes of text files as text: UTF-8, UTF-16 with its mark, or the Chinese encodings."""

from collections.abc import Iterator

from flask_babel import gettext as _

from lms.quizzes.formats.parsed import Unreadable

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def lines_of(text: str) -> Iterator[str]:
    """The lines one after the other: millions of short ones would take many times the file."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def decode(data: bytes) -> str:
    """The text with plain line ends. Raises Unreadable when no encoding fits."""
    encodings = [name for mark, name in MARKS if data.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Unreadable(_("文件的文字编码认不出来，请另存为 UTF-8 后再试。"))
