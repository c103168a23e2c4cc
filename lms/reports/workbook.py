"""Writing sheets as an Excel workbook that can be filed or printed without retouching."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lms.reports.columns import Column, Sheet, Totals, Type, Value, sheet_name, text_width

FONT = "宋体"
SECONDS_A_DAY = 86_400
MAX_ROWS = 1_048_576  # of an Excel sheet
MAX_CELL_CHARS = 32_767

NUMBER_FORMATS = {
    Type.COUNT: "#,##0",
    Type.HOURS: "0.0###",
    Type.SHARE: "0%",
    Type.DURATION: "[h]:mm:ss",
    Type.DAY: "yyyy-mm-dd",
}


def write_workbook(target: Path, sheets: Iterable[Sheet], *, author: str = "") -> int:
    """Write the sheets to `target`, row by row in constant memory; gives how many rows of data.

    Headings stay in view and repeat on every printed page; text never turns into a formula, a
    number or a link; sums are live formulas that follow a filter. Raises OverflowError when a
    sheet has more rows than Excel can hold.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(target.parent),
    }
    rows = 0
    names: list[str] = []
    with xlsxwriter.Workbook(str(target), options) as book:
        book.set_properties({"author": author, "comments": ""})
        styles = _Styles(book)
        for sheet in sheets:
            names.append(sheet_name(sheet.name, names))
            rows += _write_sheet(book.add_worksheet(names[-1]), sheet, styles)
    return rows


class _Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        base: dict[str, Any] = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
        line = {"bottom": 1, "bottom_color": "#D8D1C4"}
        self.headline = book.add_format(base | {"font_size": 16, "bold": True})
        self.note = book.add_format(base | {"font_color": "#5F594E", "font_size": 10})
        head = base | {"bold": True, "bg_color": "#F1EDE4", "bottom": 2, "text_wrap": True}
        self.head_text = book.add_format(head | {"align": "left"})
        self.head_number = book.add_format(head | {"align": "right"})
        self.cells: dict[Type, Format] = {}
        self.totals: dict[Type, Format] = {}
        for kind in Type:
            style = base | {"align": "left" if kind in (Type.TEXT, Type.DAY) else "right"}
            style["num_format"] = NUMBER_FORMATS.get(kind, "@")
            self.cells[kind] = book.add_format(style | line)
            self.totals[kind] = book.add_format(style | {"bold": True, "top": 1, "bottom": 6})


def _write_sheet(page: Worksheet, sheet: Sheet, styles: _Styles) -> int:
    columns = sheet.columns
    head_at = 1 + len(sheet.notes)
    _set_page_up(page, sheet, head_at)
    page.set_row(0, 30)
    page.write_string(0, 0, sheet.headline, styles.headline)
    for at, note in enumerate(sheet.notes, 1):
        page.write_string(at, 0, note, styles.note)
    page.set_row(head_at, 24)
    for at, column in enumerate(columns):
        is_left = column.type in (Type.TEXT, Type.DAY)
        style = styles.head_text if is_left else styles.head_number
        page.write_string(head_at, at, column.title, style)
    totals = Totals(columns)
    at = head_at
    for row in sheet.rows:
        at += 1
        if at >= MAX_ROWS - 1:
            raise OverflowError(f"more than {MAX_ROWS} rows")
        totals.add(row)
        for column_at, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write_cell(page, at, column_at, column, value, styles.cells[column.type])
    # In constant memory the filter must not hide rows that were written, and it hides none.
    page.autofilter(head_at, 0, max(at, head_at), len(columns) - 1)
    if sheet.total_label:
        _write_totals(page, sheet, totals, (head_at + 1, at), styles)
    return at - head_at


def _write_cell(
    page: Worksheet, row: int, at: int, column: Column, value: Value, style: Format
) -> None:
    if value is None:
        page.write_blank(row, at, None, style)
    elif isinstance(value, str):
        page.write_string(row, at, value[:MAX_CELL_CHARS], style)
    elif isinstance(value, date):
        page.write_datetime(row, at, value, style)
    else:
        page.write_number(row, at, _number(column, value), style)


def _number(column: Column, value: Any) -> float:
    return float(value) / SECONDS_A_DAY if column.type is Type.DURATION else float(value)


def _write_totals(
    page: Worksheet, sheet: Sheet, totals: Totals, data: tuple[int, int], styles: _Styles
) -> None:
    first, last = data
    row = last + 1
    for at, value in enumerate(totals.row(sheet.total_label, len(sheet.columns))):
        column = sheet.columns[at]
        style = styles.totals[column.type]
        if at and column.is_summed and last >= first:
            # 109 sums what a filter leaves visible; the value is for readers that don't compute.
            formula = f"=SUBTOTAL(109,{xl_range(first, at, last, at)})"
            page.write_formula(row, at, formula, style, _number(column, value or 0))
        else:
            _write_cell(page, row, at, column, value, style)


def _set_page_up(page: Worksheet, sheet: Sheet, head_at: int) -> None:
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, max(column.width, text_width(column.title) + 3))
    page.freeze_panes(head_at + 1, min(2, len(sheet.columns) - 1))
    page.repeat_rows(head_at)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.set_footer("&L&9&A&R&9&P / &N")
    page.hide_gridlines(2)
