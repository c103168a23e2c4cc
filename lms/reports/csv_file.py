"""Writing a sheet as CSV: UTF-8 with a byte order mark, line by line, safe to open in Excel."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from lms.reports.columns import Column, Row, Sheet, Totals, Type, Value, duration_text

# A text that begins so would be run as a formula by a spreadsheet; the full-width forms are
# folded to these by some of them.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LINES_AT_ONCE = 200


def csv_chunks(sheet: Sheet) -> Iterator[bytes]:
    """The bytes of the file in pieces: headings, rows, totals; notes are left out.

    A machine that reads the file finds the headings in the first line.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    totals = Totals(sheet.columns)
    buffer.write("\ufeff")
    writer.writerow([guarded(column.title) for column in sheet.columns])
    for number, row in enumerate(sheet.rows, 1):
        totals.add(row)
        writer.writerow(cells(sheet.columns, row))
        if number % LINES_AT_ONCE == 0:
            yield _taken(buffer)
    if sheet.total_label:
        row = totals.row(sheet.total_label, len(sheet.columns))
        writer.writerow(cells(sheet.columns, row))
    yield _taken(buffer)


def cells(columns: Sequence[Column], row: Row) -> list[str]:
    """A row as the texts of its cells."""
    return [cell(column, value) for column, value in zip(columns, row, strict=True)]


def cell(column: Column, value: Value) -> str:
    """A value as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, date):
        return value.isoformat()
    if column.type is Type.DURATION:
        return duration_text(int(value))
    if column.type is Type.SHARE:
        return f"{plain(Decimal(value) * 100)}%"
    return plain(value)


def guarded(text: str) -> str:
    """A text that no spreadsheet runs as a formula: an apostrophe stands before a suspect start.

    Source of the list: OWASP, CSV Injection.
    """
    visible = text.lstrip(" \u3000\u00a0")
    is_suspect = text.startswith(FORMULA_STARTS) or visible.startswith(FORMULA_STARTS)
    return f"'{text}" if is_suspect else text


@lru_cache(maxsize=4096)
def plain(number: int | Decimal) -> str:
    """A number without exponent or trailing zeros."""
    if isinstance(number, int):
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8")
