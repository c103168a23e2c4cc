"""Near names: what somebody may have meant who typed a wrong character, or one too few."""

from collections.abc import Iterable
from dataclasses import dataclass

from lms.search.name_index import CHANGE, index_of
from lms.search.sounds import sounds

MOST_CHARS = 40
MOST_COMPARED = 120  # names that are compared character by character
WORST = 0.4  # mean cost of a typed character above which a name is no longer near


@dataclass(frozen=True, slots=True)
class Near:
    """A name and how far it is from what was typed: 0 the same, 1 nothing in common."""

    name: str
    distance: float


def list_near(typed: str, names: Iterable[str], limit: int) -> list[Near]:
    """The names of which some part is near to `typed`, nearest first; both folded letters."""
    typed = typed[:MOST_CHARS]
    if len(typed) < 2:
        return []
    index = index_of(frozenset(names))
    kept = frozenset(sounds(typed))
    # Each sound that a name has not costs a whole change, so with fewer it cannot be near.
    least = max(len(kept) / 2, len(kept) - WORST * len(typed))
    likely = index.overlapping(kept, least, MOST_COMPARED)
    costs = index.distances(typed, likely).tolist()
    near = [
        Near(index.names[place], cost / (CHANGE * len(typed)))
        for place, cost in zip(likely.tolist(), costs, strict=True)
    ]
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
