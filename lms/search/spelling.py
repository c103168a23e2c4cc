"""Near names: what somebody may have meant who typed a wrong character, or one too few."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

MOST_CHARS = 40
MOST_COMPARED = 120  # names that are compared character by character
SOUND_COST = 0.2  # a character of the same sound in the place of another
WORST = 0.4  # mean cost of a typed character above which a name is no longer near
# Sounds that speakers of many regions, and so their input methods, do not keep apart.
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


@dataclass(frozen=True, slots=True)
class Near:
    """A name and how far it is from what was typed: 0 the same, 1 nothing in common."""

    name: str
    distance: float


@lru_cache(maxsize=8192)
def sound(char: str) -> str:
    """The sound of a character, with what is often confused made equal; its own self if none."""
    (syllable,) = lazy_pinyin(char, style=Style.NORMAL) or [char]
    for precise, plain in ALIKE:
        syllable = syllable.replace(precise, plain)
    return syllable


def sounds(text: str) -> tuple[str, ...]:
    """The sound of every character."""
    return tuple(sound(char) for char in text)


@lru_cache(maxsize=50_000)
def _sounds_in(name: str) -> frozenset[str]:
    return frozenset(sounds(name))


def list_near(typed: str, names: Iterable[str], limit: int) -> list[Near]:
    """The names of which some part is near to `typed`, nearest first; both folded letters."""
    typed = typed[:MOST_CHARS]
    if len(typed) < 2:
        return []
    kept = frozenset(sounds(typed))
    counted = ((len(kept & _sounds_in(name)), name) for name in set(names))
    # Each sound that a name has not costs a whole change, so with fewer it cannot be near.
    least = max(len(kept) / 2, len(kept) - WORST * len(typed))
    likely = sorted((one for one in counted if one[0] >= least), key=_by_overlap)
    near = [Near(name, distance(typed, name)) for _overlap, name in likely[:MOST_COMPARED]]
    near = [one for one in near if one.distance <= WORST]
    return sorted(near, key=lambda one: (one.distance, len(one.name), one.name))[:limit]


def abbreviates(typed: str, name: str) -> bool:
    """Whether `typed` leaves characters of `name` out, as 民诉法 does of 民事诉讼法.

    First and last character stay, and so does the order of all.
    """
    return typed[-1:] == name[-1:] and shortens(typed, name)


def shortens(typed: str, name: str) -> bool:
    """Whether `typed` begins as `name` does and leaves characters out, as 全国人大 does."""
    if not 2 <= len(typed) < len(name) or typed[0] != name[0]:
        return False
    rest = iter(name)
    return all(char in rest for char in typed)


def _by_overlap(one: tuple[int, str]) -> tuple[int, int, str]:
    overlap, name = one
    return -overlap, len(name), name


def distance(typed: str, name: str) -> float:
    """The least mean cost for a typed character of turning `typed` into a part of `name`.

    Approximate matching of a pattern inside a text (Sellers, 1980); a character of the same sound
    costs SOUND_COST, any other change 1.
    """
    name = name[: 4 * MOST_CHARS]
    name_sounds = sounds(name)
    row = [0.0] * (len(name) + 1)
    for place, char in enumerate(typed, 1):
        row = _next_row(row, char, name, name_sounds, float(place))
    return min(row) / max(len(typed), 1)


def _next_row(
    row: Sequence[float], char: str, name: str, name_sounds: Sequence[str], first: float
) -> list[float]:
    char_sound = sound(char)
    found = [first]
    for place, other in enumerate(name):
        if char == other:
            change = 0.0
        elif char_sound == name_sounds[place]:
            change = SOUND_COST
        else:
            change = 1.0
        found.append(min(row[place] + change, row[place + 1] + 1, found[place] + 1))
    return found
