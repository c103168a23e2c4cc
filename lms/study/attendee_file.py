"""Lists of attendees out of spreadsheet files, as the text that could have been pasted instead."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lms.study.attendees import MOST_ROWS

MOST_BYTES = 4 * 1024 * 1024
MOST_UNPACKED_BYTES = 64 * 1024 * 1024
MOST_COLUMNS = 30
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = "\t,;"
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
    SyntaxError,
    NotImplementedError,
)


class UnreadableList(ValueError):
    """The file is no spreadsheet that can be read, or too large to be a list of people."""


def read_list(data: bytes) -> str:
    """The rows of an .xlsx (its first sheet) or a .csv file: a line a row, cells between tabs.

    Empty rows stay, so that lines are numbered as in the file. Raises UnreadableList.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableList
    rows = _sheet_rows(data) if data.startswith(b"PK") else _text_rows(data)
    lines = ["\t".join(cells).rstrip() for cells in islice(rows, MOST_ROWS + 1)]
    while lines and not lines[-1]:
        lines.pop()
    if not any(lines) or len(lines) > MOST_ROWS:
        raise UnreadableList
    return "\n".join(lines)


def _sheet_rows(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED_BYTES:
                raise UnreadableList
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS)
            yield from (_cells(row) for row in rows)
        finally:
            book.close()
    except UnreadableList:
        raise
    except (*BROKEN, IndexError) as error:
        raise UnreadableList from error


def _text_rows(data: bytes) -> Iterator[list[str]]:
    text = _decode(data)
    head = text[: text.find("\n") if "\n" in text else None]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        yield from (
            _cells(row[:MOST_COLUMNS]) for row in csv.reader(StringIO(text), delimiter=delimiter)
        )
    except csv.Error as error:
        raise UnreadableList from error


def _decode(data: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROL.search(text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise UnreadableList


def _cells(row: Iterable[Any]) -> list[str]:
    return [" ".join(_text(cell).split()) for cell in row]


def _text(cell: Any) -> str:
    """What a cell shows; whole numbers have no point, so that they can be somebody's number."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)
