"""Snippets: cut and marked on the original characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from lms.search.parsing import parse
from lms.search.snippets import WIDTH, find_hits, make_snippet

TEXTS = st.text(alphabet="安全生产責任第二十條20，。 \nABé\u0301<b>&\U0001f600", max_size=400)


@given(TEXTS, st.text(alphabet='安全生产责任第二十条20 ab"', max_size=30))
def test_a_snippet_is_a_piece_of_the_original(text: str, asked: str) -> None:
    snippet = make_snippet(text, parse(asked))
    assert snippet.text in text
    assert all(span.text for span in snippet.spans)
    assert len(snippet.text) == len(text) or snippet.is_cut_before or snippet.is_cut_after
    shown = str(escape(snippet))
    assert shown.count("<mark>") == sum(span.is_hit for span in snippet.spans)
    assert shown.startswith("…") or not snippet.is_cut_before
    letters = shown.replace("<mark>", "").replace("</mark>", "").strip("…")
    assert letters == str(escape(snippet.text)).strip("…")


@given(TEXTS, st.text(alphabet="安全生产责任第二十条20 ab", max_size=30))
def test_hits_are_disjoint_in_order_and_never_cut_a_character(text: str, asked: str) -> None:
    end_before = -1
    for start, end in find_hits(text, parse(asked)):
        assert end_before < start < end <= len(text)
        assert end == len(text) or not unicodedata.combining(text[end])
        end_before = end


@pytest.mark.parametrize(
    ("text", "asked", "hits"),
    [
        ("本單位安全生產第一責任人", "安全生产 第一责任人", ["安全生產第一責任人"]),
        ("依照第二十条办理", "第20条", ["第二十条"]),
        ("ＡＢＣ标准", "abc", ["ＡＢＣ"]),
        ("the cat concatenates", "cat", ["cat"]),
        ("学而时习之，不亦说乎", '"习之不亦"', ["习之，不亦"]),
        ("安全第一", "安全生产法", ["安全"]),
        ("安全生产与生产", "安全生产法", ["安全生产"]),
        ("无关", "安全", []),
    ],
)
def test_hits(text: str, asked: str, hits: list[str]) -> None:
    assert [text[start:end] for start, end in find_hits(text, parse(asked))] == hits


def test_a_long_text_is_cut_around_the_different_hits() -> None:
    text = (
        "无关的话。" * 50
        + "安全生产，安全生产，安全生产。"
        + "别的话。" * 60
        + "安全生产第一责任人在此。"
        + "尾" * 300
    )
    snippet = make_snippet(text, parse("安全生产 第一责任人"))
    assert "第一责任人" in snippet.text
    assert snippet.is_cut_before
    assert snippet.is_cut_after
    assert len(snippet.text) < WIDTH + 60
