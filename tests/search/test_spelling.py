"""Names that are near to what was typed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.search.name_index import CHANGE, SAME_SOUND, NameIndex
from lms.search.sounds import sound, sounds
from lms.search.spelling import abbreviates, list_near

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


def distance(typed: str, name: str) -> int:
    """The least cost of turning `typed` into a part of `name`, cell by cell."""
    row = [0] * (len(name) + 1)
    for place, char in enumerate(typed, 1):
        found = [place * CHANGE]
        for column, other in enumerate(name):
            alike = SAME_SOUND if sound(char) == sound(other) else CHANGE
            change = 0 if char == other else alike
            least = min(row[column] + change, row[column + 1] + CHANGE, found[column] + CHANGE)
            found.append(least)
        row = found
    return min(row)


WORDS = st.text("安全按泉生产深铲法发 aA1", max_size=12) | st.text(max_size=30)


@given(WORDS, st.frozensets(WORDS, max_size=12))
def test_all_names_at_once_are_as_near_as_one_by_one(typed: str, names: frozenset[str]) -> None:
    index = NameIndex(names)
    places = np.arange(len(names))[::-1].copy()
    found = index.distances(typed, places).tolist()
    assert found == [distance(typed, index.names[place]) for place in places]
    for name, cost in zip(index.names, reversed(found), strict=True):
        assert 0 <= cost <= CHANGE * len(typed)
        if typed in name:
            assert cost == 0


@given(WORDS, st.frozensets(WORDS, max_size=12), st.integers(1, 3))
def test_names_that_share_most_sounds_come_first(
    typed: str, names: frozenset[str], least: int
) -> None:
    index, kept = NameIndex(names), frozenset(sounds(typed))
    shared = {name: len(kept.intersection(sounds(name))) for name in names}
    expected = sorted((name for name in names if shared[name] >= least),
                      key=lambda name: (-shared[name], len(name), name))  # fmt: skip
    found = [index.names[place] for place in index.overlapping(kept, least, 5)]
    assert found == expected[:5]


@given(st.frozensets(WORDS, max_size=12))
def test_names_are_found_by_their_ends(names: frozenset[str]) -> None:
    index = NameIndex(names)
    for name in names - {""}:
        alike = [one for one in index.names if one and (one[0], one[-1]) == (name[0], name[-1])]
        assert list(index.between(name[0], name[-1])) == alike
    assert index.between("无", "此") == ()
