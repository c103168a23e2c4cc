"""Folding, tokens, articles and titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.text import (
    article_tokens,
    exact_names,
    fold,
    fold_with_offsets,
    read_numeral,
    short_title,
    tokens,
    write_percents,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("安全生產法", "安全生产法"),
        ("ＧＢ１８０３０", "gb18030"),
        ("Café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("㈱", "(株)"),
        ("接著", "接着"),
        ("İstanbul", "istanbul"),
        ("한국", "한국"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=200))
def test_offsets_lead_back_to_the_original(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] == len(text)
    for place, char in enumerate(folded):
        assert char in fold(text[offsets[place]])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("25%", "百分之二十五"),
        ("不超过２５．５％的", "不超过百分之二十五点五的"),
        ("0.5 %", "百分之零点五"),
        ("5‰", "千分之五"),
        ("100%", "百分之一百"),
        ("20%-30%", "百分之二十-百分之三十"),
        ("1.25.5%", "1.25.5%"),  # no number
        ("123456%", "123456%"),
        ("%", "%"),
        ("百分之五", "百分之五"),
    ],
)
def test_shares_are_written_in_words(text: str, written: str) -> None:
    assert write_percents(text) == written


def test_shares_are_indexed_by_their_words() -> None:
    written = tokens("不低于百分之二十五点五。")
    assert sorted(tokens("不低于25.5%。")) == sorted([*written, "25", "5"])


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二十", 20),
        ("20", 20),
        ("十", 10),
        ("一百一十", 110),
        ("一百零一", 101),
        ("一千二百六十", 1260),
        ("二〇", 20),
        ("1二", 12),
        ("百十千", None),
        ("²", None),
        ("二²", None),
    ],
)
def test_numerals(text: str, number: int | None) -> None:
    assert read_numeral(text) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("依照第二十条", ["art20"]),
        ("第20条", ["art20"]),
        ("第 20 条", ["art20"]),
        ("民法典1165条", ["art1165"]),
        ("第二十条之一", ["art20-1"]),
        ("第二十条和第二十一条", ["art20", "art21"]),
        ("国二十条", []),
        ("第二十章", []),
        ("有20条狗", ["art20"]),
    ],
)
def test_articles(text: str, found: list[str]) -> None:
    assert article_tokens(fold(text)) == found


def test_pairs_reach_across_punctuation_but_not_across_lines() -> None:
    assert tokens("时习之， 不亦") == ["时习", "习之", "之", "之不", "不亦", "亦"]
    assert "之不" not in tokens("时习之。\n不亦")
    assert "之不" not in tokens("时习之a不亦")


def test_a_run_gives_its_pairs_and_its_last_character() -> None:
    assert tokens("学而时习") == ["学而", "而时", "时习", "习"]
    assert tokens("gb18030标准") == ["gb", "18030", "标准", "准"]


@given(st.text(alphabet="学而时习之不亦说乎，。 a1", max_size=40))
def test_every_character_begins_a_token(text: str) -> None:
    found = tokens(fold(text))
    for char in set(text) & set("学而时习之不亦说乎"):
        assert any(token.startswith(char) for token in found)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("中华人民共和国安全生产法", "安全生产法"),
        ("《中华人民共和国安全生产法》（2021年修正）", "安全生产法"),
        ("中华人民共和国安全生产法（2021修正）", "安全生产法"),
        ("中华人民共和国", "中华人民共和国"),
        ("论语", "论语"),
    ],
)
def test_short_titles(title: str, short: str) -> None:
    assert short_title(title) == short


def test_exact_names_are_unique_and_folded() -> None:
    names = exact_names("中華人民共和國民法典", ("民法典", "Civil Code"))
    assert names == ["中华人民共和国民法典", "民法典", "civilcode"]
