"""The analysis of a paper as sheets, written as an Excel workbook or as CSV."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

import xlsxwriter
from flask_babel import gettext as _

from lms.quizzes.analysis import Analysis
from lms.quizzes.words import CONCERNS, KINDS

Cell = str | float | int | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its name in addresses, its title and its headings."""

    code: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def sheets_of(analysis: Analysis) -> list[Sheet]:
    """Everything that the page shows: the whole, the questions, the options, the scores."""
    return [_whole(analysis), _questions(analysis), _options(analysis), _scores(analysis)]


def _whole(analysis: Analysis) -> Sheet:
    taken = analysis.seconds
    rows: tuple[tuple[Cell, ...], ...] = (
        (_("人数"), analysis.takers),
        (_("平均得分率"), analysis.mean_fraction),
        (_("得分率中位数"), analysis.median_fraction),
        (_("标准差"), analysis.deviation),
        (_("通过率"), analysis.pass_fraction),
        (_("信度 α"), analysis.alpha),
        (_("测量标准误"), analysis.standard_error),
        (_("用时中位数（秒）"), taken.middle if taken else None),
    )
    return Sheet("whole", _("概况"), (_("指标"), _("数值")), rows)


def _questions(analysis: Analysis) -> Sheet:
    headings = (
        *(_("题号"), _("题目"), _("题型"), _("人数"), _("得分率"), _("区分度"), _("点双列相关")),
        *(_("去掉这题后的 α"), _("用时四分之一（秒）"), _("用时中位数（秒）")),
        *(_("用时四分之三（秒）"), _("提示")),
    )
    rows = []
    for each in analysis.questions:
        facts, seconds = each.facts, each.facts.seconds
        rows.append(
            (
                *(each.number, each.summary, str(KINDS[each.kind]), facts.takers, facts.facility),
                *(facts.discrimination_index, facts.point_biserial, each.alpha_without),
                *((seconds.low, seconds.middle, seconds.high) if seconds else (None, None, None)),
                "；".join(str(CONCERNS[concern]) for concern in each.concerns),
            )
        )
    return Sheet("questions", _("各题"), headings, tuple(rows))


def _options(analysis: Analysis) -> Sheet:
    headings = (
        *(_("题号"), _("题目"), _("选项"), _("是否正确"), _("全体")),
        *(_("高分组"), _("低分组"), _("每组人数")),
    )
    rows = tuple(
        (
            *(each.number, each.summary, option.text, _("是") if option.is_right else _("否")),
            *(option.row.count, option.row.upper, option.row.lower, each.group_size),
        )
        for each in analysis.questions
        for option in each.choices
    )
    return Sheet("options", _("各选项"), headings, rows)


def _scores(analysis: Analysis) -> Sheet:
    rows = tuple(
        (f"{place * 10}%–{place * 10 + 10}%", count)
        for place, count in enumerate(analysis.histogram)
    )
    return Sheet("scores", _("得分分布"), (_("得分率"), _("人数")), rows)


def workbook_of(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an Excel workbook; texts stay texts, figures are rounded to four places."""
    target = BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, safe) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])
            page.freeze_panes(1, 0)
            page.repeat_rows(0)
            for place, heading in enumerate(sheet.headings):
                texts = [str(row[place]) for row in sheet.rows if isinstance(row[place], str)]
                wide = max(map(len, (heading, *texts))) * 2 + 2
                page.set_column(place, place, min(48, wide), wrapped)
                page.write_string(0, place, heading, bold)
            for line, row in enumerate(sheet.rows, 1):
                page.write_row(line, 0, [rounded(cell) for cell in row], wrapped)
    return target.getvalue()


def csv_of(sheet: Sheet) -> str:
    """A sheet as CSV with a byte order mark; a text that would be a formula is quoted."""
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(sheet.headings)
    for row in sheet.rows:
        writer.writerow(list(_texts(row)))
    return "\ufeff" + target.getvalue()


def _texts(row: Sequence[Cell]) -> Iterator[str]:
    for cell in row:
        if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
            yield f"'{cell}"
        else:
            yield "" if cell is None else str(rounded(cell))


def rounded(cell: Cell) -> Cell:
    """Figures to four places; counts and texts as they are."""
    return round(cell, 4) if isinstance(cell, float) else cell
