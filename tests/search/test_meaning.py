"""Names that stand nowhere are taken as they were meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.meaning import (
    has_abbreviation,
    has_number,
    list_either,
    list_meant,
    list_named,
)
from lms.search.parsing import parse
from lms.search.text import read_numeral, write_numeral

NAMES = [
    "中华人民共和国民事诉讼法",
    "民事诉讼法",
    "刑事诉讼法",
    "环境保护法",
    "环境保护税法",
    "劳动合同法",
    "消防法",
    "消费者权益保护法",
    "安全生产法",
    "论语",
    "民法典总则",
    "民法典侵权责任编",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("民诉法 第一百条", "民事诉讼法 第一百条"),
        ("民诉法第100条", "民事诉讼法 第100条"),
        ("环保法 处罚", "环境保护法 处罚"),  # the shortest of several
        ("环保税法", "环境保护税法"),
        ("anquanshengchanfa", "安全生产法"),
        ("LaoDongHeTongFa 39条", "劳动合同法 39条"),
        ("按全生产法 -煤矿 issuer:国务院", "安全生产法 issuer:国务院 -煤矿"),
        ("劳动和同法 “试用期”", '劳动合同法 "试用期"'),
        ("安全生产法", None),
        ("安全生产", None),  # part of a name
        ("消法", None),  # several names
        ("“民诉法”", None),  # exactly so
        ("飞船火箭", None),
        ("anquan", "安全"),  # spelt so in every name that holds it
        ("quanbaohu", None),  # 权保护 is no part of these names
        ("anq", None),
        ("an quan sheng chan fa", "安全生产法"),
        ("aqscf", "安全生产法"),
        ("html css", None),
        ("安全生产法 20", "安全生产法 第20条"),
        ("民诉法 100", "民事诉讼法 第100条"),
        ("安全生产法第二十", "安全生产法 第二十条"),
        ("安全生产法二十", "安全生产法 第二十条"),
        ("安全生产法 20 培训", "安全生产法 培训 第20条"),
        ("安全生产法 二十条", "安全生产法 第二十条"),
        ("合同法 20", "劳动合同法 第20条"),  # the only name that ends so
        ("诉讼法 20", None),  # two names end so
        ("民法典 1254", "民法典 第1254条"),  # the names of its parts begin so
        ("安全第一", None),
        ("安全生产 20", None),  # a subject, not a name
        ("试用期 6个月", "试用期 六个月"),
        ("公开 二十个工作日", "公开 20个工作日"),
        ("1999年 宪法", None),
        ("", None),
    ],
)
def test_what_was_meant(typed: str, meant: str | None) -> None:
    assert list_meant(parse(typed), NAMES)[:1] == ([meant] if meant else [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("环保法 处罚", "环境保护法 处罚"),
        ("安全生产法 20", "安全生产法 第20条"),
        ("环保 处罚", None),  # not how names end
        ("消权法 处罚", "消费者权益保护法 处罚"),
        ("按全生产法", None),  # a guess, and something holds what was typed
        ("anquanshengchanfa", None),
        ("试用期 6个月", None),
        ("“环保法”", None),
        ("消法", None),
    ],
)
def test_what_is_meant_though_something_holds_it(typed: str, meant: str | None) -> None:
    query = parse(typed)
    assert list_named(query, NAMES) == ([meant] if meant else [])
    assert has_number(query) or has_abbreviation(query) or not meant


@pytest.mark.parametrize(
    ("typed", "either"),
    [
        ("消法", ["消防法", "消费者权益保护法"]),
        ("环法", ["环境保护法", "环境保护税法"]),
        ("环税法", ["环境保护税法"]),
        ("安法", ["安全生产法"]),
        ("消防", []),
        ("消法 处罚", []),
        ("“消法”", []),
    ],
)
def test_an_abbreviation_of_several_names(typed: str, either: list[str]) -> None:
    assert list_either(parse(typed), NAMES) == either


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_any_text_and_names_never_fail(typed: str, names: list[str]) -> None:
    for meant in list_meant(parse(typed), names):
        query = parse(meant)
        assert query.words or query.articles or parse(typed).is_empty or query.titles


@given(st.integers(1, 9_999))
def test_numerals_are_read_as_they_were_written(number: int) -> None:
    assert read_numeral(write_numeral(number)) == number
