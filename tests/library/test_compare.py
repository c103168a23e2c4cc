"""Two editions side by side: nothing is lost, and places are followed."""

from hypothesis import given
from hypothesis import strategies as st

from lms.library.compare import Change, Line, compare, follow


def lines(*texts: str) -> list[Line]:
    return [Line(f"a{n}", "", text) for n, text in enumerate(texts, start=1)]


def test_changed_added_and_removed_paragraphs() -> None:
    old = lines("第一段不变。", "每季度检查一次消防设施。", "这一段要删去，内容独特。", "最后。")
    new = lines("第一段不变。", "每月检查一次消防设施。", "最后。", "全新的一段文字，讲别的。")
    rows = compare(old, new)
    assert [row.change for row in rows] == [
        Change.SAME,
        Change.CHANGED,
        Change.REMOVED,
        Change.SAME,
        Change.ADDED,
    ]
    assert "".join(p.text for p in rows[1].old_pieces if p.is_changed) == "季度"
    assert follow(rows, "a4") == "a3"
    assert follow(rows, "a3") is None
    assert follow(rows, "zz") is None


TEXTS = st.lists(st.text(alphabet="甲乙丙丁。", max_size=6), max_size=12)


@given(TEXTS, TEXTS)
def test_every_paragraph_of_both_is_shown_once_and_in_order(a: list[str], b: list[str]) -> None:
    old, new = lines(*a), lines(*b)
    rows = compare(old, new)
    assert [row.old for row in rows if row.old] == old
    assert [row.new for row in rows if row.new] == new
    for row in rows:
        if row.old_pieces and row.old:
            assert "".join(piece.text for piece in row.old_pieces) == row.old.text
        if row.new_pieces and row.new:
            assert "".join(piece.text for piece in row.new_pieces) == row.new.text
