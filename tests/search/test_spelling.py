"""Names that are near to what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.spelling import abbreviates, distance, list_near

NAMES = [
    "安全生产法",
    "劳动合同法",
    "劳动法",
    "消防法",
    "煤矿安全监察条例",
    "论语",
    "个人信息保护法",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("按全生产法", "安全生产法"),  # the same sound
        ("安全深产法", "安全生产法"),  # a sound that is often confused
        ("安生产法", "安全生产法"),  # one too few
        ("安全的生产法", "安全生产法"),  # one too many
        ("老动合同法", "劳动合同法"),
        ("个人信息宝护", "个人信息保护法"),  # a part of it
        ("轮语", "论语"),
    ],
)
def test_the_name_that_was_meant_comes_first(typed: str, meant: str) -> None:
    assert list_near(typed, NAMES, 3)[0].name == meant


@pytest.mark.parametrize("typed", ["飞船火箭推进器", "法", "", "abcdef"])
def test_nothing_is_near_to_anything(typed: str) -> None:
    assert list_near(typed, NAMES, 3) == []


@pytest.mark.parametrize(
    ("typed", "name", "holds"),
    [
        ("民诉法", "民事诉讼法", True),
        ("环保法", "环境保护法", True),
        ("反不当竞争法", "反不正当竞争法", True),
        ("民诉法", "海事诉讼特别程序法", False),  # begins otherwise
        ("诉民法", "民事诉讼法", False),
        ("民事诉讼法", "民事诉讼法", False),  # nothing left out
        ("法", "民法", False),
    ],
)
def test_abbreviations(typed: str, name: str, holds: bool) -> None:
    assert abbreviates(typed, name) is holds


@given(st.text(max_size=30), st.text(max_size=60))
def test_distance_is_a_share(typed: str, name: str) -> None:
    assert 0 <= distance(typed, name) <= 1
    if typed and typed in name:
        assert distance(typed, name) == 0
