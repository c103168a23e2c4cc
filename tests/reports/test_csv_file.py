"""CSV: readable by machines and by Excel, and never a formula."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.reports.columns import Column, Sheet, Type
from lms.reports.csv_file import FORMULA_STARTS, csv_chunks, guarded, plain

COLUMNS = (
    Column("编号"),
    Column("姓名"),
    Column("学时", Type.HOURS, is_summed=True),
    Column("时长", Type.DURATION, is_summed=True),
    Column("完成率", Type.SHARE),
)


def written(rows: list[list[object]], total_label: str = "") -> bytes:
    sheet = Sheet("表", "标题", (), COLUMNS, rows, total_label)  # type: ignore[arg-type]
    return b"".join(csv_chunks(sheet))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_starts_with_the_mark_that_excel_needs() -> None:
    assert written([]).startswith(b"\xef\xbb\xbf")


def test_cells_are_typed_and_totalled() -> None:
    rows = [
        ["007", '李, "建国"', Decimal("4.2500"), 3723, Decimal("0.5")],
        ["8", "王", None, 60, None],
    ]
    assert read(written(rows, "合计")) == [
        ["编号", "姓名", "学时", "时长", "完成率"],
        ["007", '李, "建国"', "4.25", "1:02:03", "50%"],
        ["8", "王", "", "0:01:00", ""],
        ["合计", "", "4.25", "1:03:03", ""],
    ]


def test_rows_stream() -> None:
    rows = ([str(i), "名", 1, 1, 0] for i in range(1000))
    sheet = Sheet("表", "", (), COLUMNS, rows)
    assert len(list(csv_chunks(sheet))) == 6


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@x", "\t=1", "＝1", " =1", "\u3000=1"])
def test_formulas_are_disarmed(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not guarded(text).startswith(FORMULA_STARTS)


@given(
    st.lists(
        st.lists(st.text().filter(lambda t: "\0" not in t), min_size=2, max_size=2), max_size=20
    )
)
def test_texts_come_back_as_they_were(names: list[list[str]]) -> None:
    rows = [[*pair, None, None, None] for pair in names]
    got = read(written(rows))[1:]
    assert [row[:2] for row in got] == [[guarded(text) for text in pair] for pair in names]


@pytest.mark.parametrize(
    ("number", "text"),
    [(Decimal("0"), "0"), (Decimal("1.50"), "1.5"), (Decimal("1E+2"), "100"), (100, "100")],
)
def test_numbers_are_plain(number: Decimal, text: str) -> None:
    assert plain(number) == text
