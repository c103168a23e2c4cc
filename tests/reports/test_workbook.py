"""Excel: typed cells, headings that stay, sums that are right, text that stays text."""

import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lms.reports.columns import Column, Sheet, Type, sheet_name, text_width
from lms.reports.workbook import write_workbook

COLUMNS = (
    Column("编号", width=12),
    Column("姓名"),
    Column("学时", Type.HOURS, is_summed=True),
    Column("在线时长", Type.DURATION, is_summed=True),
    Column("完成率", Type.SHARE),
    Column("日期", Type.DAY),
    Column("门数", Type.COUNT, is_summed=True),
)
ROWS = [
    ["007", "=1+1", Decimal("4.2"), 3723, Decimal("0.5"), date(2026, 11, 20), 2],
    ["8", "http://example.org", None, 60, None, None, 0],
]


def sheet(rows: list[list[object]] = ROWS, name: str = "学习情况") -> Sheet:
    return Sheet(name, "标题", ("说明",), COLUMNS, iter(rows), "合计")  # type: ignore[arg-type]


def test_a_workbook_needs_no_retouching(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, [sheet()]) == 2
    page = load_workbook(path)["学习情况"]
    assert page["A1"].value == "标题"
    assert [cell.value for cell in page[3]] == [column.title for column in COLUMNS]
    assert page.freeze_panes == "C4"
    assert page.print_title_rows == "$3:$3"
    assert page.auto_filter.ref == "A3:G5"
    assert page.page_setup.orientation == "landscape"
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.column_dimensions["A"].width >= 12


def test_cells_are_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, [sheet()])
    page = load_workbook(path)["学习情况"]
    first = [cell.value for cell in page[4]]
    assert first[:3] == ["007", "=1+1", 4.2]
    assert page["B4"].data_type == "s"
    assert page["B5"].hyperlink is None
    assert page["D4"].value == timedelta(seconds=3723)
    assert page["F4"].value.date() == date(2026, 11, 20)
    assert page["E4"].number_format == "0%"


def test_sums_are_formulas_with_their_values(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, [sheet()])
    assert load_workbook(path)["学习情况"]["C6"].value == "=SUBTOTAL(109,C4:C5)"
    values = [cell.value for cell in load_workbook(path, data_only=True)["学习情况"][6]]
    assert values == ["合计", None, 4.2, timedelta(seconds=3783), None, None, 2]


def test_an_empty_sheet_is_still_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, [sheet([])]) == 0
    assert load_workbook(path)["学习情况"]["A4"].value == "合计"


def test_several_sheets_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, [sheet(), sheet(), sheet(name="a/b:c")])
    assert load_workbook(path).sheetnames == ["学习情况", "学习情况 2", "a·b·c"]


def test_rows_beyond_what_excel_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.reports.workbook.MAX_ROWS", 5)
    with pytest.raises(OverflowError):
        write_workbook(tmp_path / "a.xlsx", [sheet()])


def test_large_sheets_stay_small_in_memory(tmp_path: Path) -> None:
    # Constant memory means inline strings: nothing is collected in a shared table.
    path = tmp_path / "a.xlsx"
    write_workbook(path, [sheet([ROWS[1]] * 2000)])
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert (
            "xl/sharedStrings.xml" not in names or len(archive.read("xl/sharedStrings.xml")) < 2000
        )


@given(st.lists(st.text(), max_size=6))
def test_sheet_names_are_always_acceptable(names: list[str]) -> None:
    taken: list[str] = []
    for name in names:
        taken.append(sheet_name(name, taken))
    assert len({name.casefold() for name in taken}) == len(names)
    for name in taken:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'") and not name.endswith("'")


def test_chinese_is_twice_as_wide() -> None:
    assert text_width("学时ab") == 6
