"""Reads a file of any of the types that are taken: .md, .txt, .docx, .pdf and .html become text."""

import json
import subprocess
import sys
import tempfile
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lms.library.encodings import decode
from lms.library.fields import Fields, read_fields
from lms.library.front_matter import split
from lms.library.page_lines import join_pages
from lms.library.problems import Reason, Unreadable
from lms.library.recognise import recognise

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 60
# Word before 2007, RTF, programs, pictures.
FOREIGN = (b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\x7fELF", b"MZ", b"\x89PNG", b"\xff\xd8")
EXTRACT = Path(__file__).with_name("extract.py")


class FileType(StrEnum):
    """What a file is, by its first bytes and then by its name."""

    TEXT = "text"
    MARKDOWN = "markdown"
    DOCX = "docx"
    PDF = "pdf"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as text: its card and the text below it."""

    fields: Fields
    text: str
    is_markdown: bool


def file_type(data: bytes, name: str) -> FileType:
    """What the file is; raises Unreadable with UNKNOWN_FORMAT for what we do not read."""
    head = data[:1024].lstrip()
    suffix = Path(name).suffix.lower()
    if head.startswith(b"%PDF-"):
        return FileType.PDF
    if head.startswith(b"PK\x03\x04"):
        return FileType.DOCX
    if suffix in (".docx", ".pdf"):
        raise Unreadable(Reason.BROKEN_DOCX if suffix == ".docx" else Reason.BROKEN_PDF)
    if head.startswith(FOREIGN):
        raise Unreadable(Reason.UNKNOWN_FORMAT)
    if suffix in (".html", ".htm") or head[:15].lower().startswith((b"<!doctype html", b"<html")):
        return FileType.HTML
    return FileType.MARKDOWN if suffix in (".md", ".markdown") else FileType.TEXT


def read_file(data: bytes, name: str, *, seconds: int = SECONDS) -> Reading:
    """The text of a file with its card; slow for .docx, .pdf and .html, so outside transactions.

    Raises Unreadable. At most 50 MB are taken; foreign formats are read by a process of their own
    with bounded memory and time.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(Reason.TOO_LARGE, limit=MOST_BYTES, found=len(data))
    if not data.strip():
        raise Unreadable(Reason.EMPTY)
    kind = file_type(data, name)
    if kind in (FileType.TEXT, FileType.MARKDOWN):
        text, is_markdown = decode(data).text, kind is FileType.MARKDOWN
    else:
        text, is_markdown = _extract(data, kind, seconds), False
    head, body = split(text)
    if head:
        return Reading(read_fields(head), body, is_markdown or "title" in head)
    fields, body = recognise(body, Path(name).stem)
    return Reading(fields, body, is_markdown)


def read_docx_html(data: bytes, *, seconds: int = SECONDS) -> tuple[str, list[tuple[str, bytes]]]:
    """A .docx as raw HTML, and the pictures (type, bytes) that it names image:0, image:1, …

    The HTML is not safe yet. Raises Unreadable.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(Reason.TOO_LARGE, limit=MOST_BYTES, found=len(data))
    if file_type(data, "x.docx") is not FileType.DOCX:
        raise Unreadable(Reason.BROKEN_DOCX)
    html, *encoded = _run(data, "docx-html", Reason.BROKEN_DOCX, seconds)
    parts = [one.partition(";") for one in encoded]
    pictures = [(kind, b64decode(text)) for kind, _, text in parts]
    return html, pictures


def _extract(data: bytes, kind: FileType, seconds: int) -> str:
    if kind is FileType.HTML:
        data = decode(data).text.encode()
    broken = {FileType.PDF: Reason.BROKEN_PDF, FileType.DOCX: Reason.BROKEN_DOCX}
    pages = _run(data, kind.value, broken.get(kind, Reason.NOT_TEXT), seconds)
    text = join_pages(pages) if kind is FileType.PDF else "\n".join(pages)
    if not text.strip():
        raise Unreadable(Reason.EMPTY)
    return text


def _run(data: bytes, reader: str, broken: Reason, seconds: int) -> list[str]:
    """Let the process of extract.py read the bytes; raises Unreadable."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = [sys.executable, "-I", str(EXTRACT), reader, file.name, str(seconds)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds + 5, check=False)
        except subprocess.TimeoutExpired:
            raise Unreadable(Reason.TOO_LONG, limit=seconds) from None
    if done.returncode in (-24, -9):  # SIGXCPU, SIGKILL: the time was up
        raise Unreadable(Reason.TOO_LONG, limit=seconds)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Unreadable(broken) from None
    if refused := answer.get("refused"):
        raise Unreadable(Reason(refused))
    pages: list[str] = answer["pages"]
    return pages
