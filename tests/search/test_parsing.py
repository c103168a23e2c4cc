"""Understanding what was typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms.search.parsing import MOST_TERMS, parse


@example("«\U0003134b")  # a Han character that Python 3.11 does not know as a letter
@given(st.text(max_size=500))
def test_any_string_gives_a_bounded_query(text: str) -> None:
    query = parse(text)
    assert len(query.terms) <= MOST_TERMS + 4
    assert all(word.text and word.terms for word in query.words)


@given(st.text(alphabet='安全第二十条0-"“” title:issuer：', max_size=80))
def test_marks_of_the_syntax_never_fail(text: str) -> None:
    parse(text)


def test_words_phrases_and_exclusions() -> None:
    query = parse("安全 “主要负责人” -煤矿 －地铁")
    assert [(word.text, word.is_phrase) for word in query.words] == [
        ("安全", False),
        ("主要负责人", True),
    ]
    assert [word.text for word in query.without] == ["煤矿", "地铁"]
    assert query.name == ""


def test_a_minus_inside_a_word_excludes_nothing() -> None:
    query = parse("2021-2023")
    assert [word.text for word in query.words] == ["2021", "2023"]
    assert query.without == ()


def test_fields() -> None:
    query = parse("title:责任制 发布机关：国务院 其他：内容")
    assert [word.text for word in query.titles] == ["责任制"]
    assert query.issuers == ("国务院",)
    assert [word.text for word in query.words] == ["其他", "内容"]


@pytest.mark.parametrize(
    "text", ["安全生产法 第二十条", "安全生产法第20条", "《安全生產法》第２０條第一款"]
)
def test_articles_are_taken_out_of_words(text: str) -> None:
    query = parse(text)
    assert query.articles == ("art20",)
    assert query.name == "安全生产法"


def test_phrases_cross_punctuation() -> None:
    (word,) = parse('"学而时习之，不亦说乎"').words
    assert word.text == "学而时习之不亦说乎"
    assert "之不" not in word.terms


def test_too_much_is_cut_and_said() -> None:
    query = parse("学而时习之" * 200)
    assert query.is_cut
    assert parse("学而时习之").is_cut is False


def test_single_characters_are_told_from_words() -> None:
    assert parse("仁").words[0].is_character
    assert not parse("a").words[0].is_character
