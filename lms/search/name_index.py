"""All names at once as arrays: which sounds stand in which, and how near each is to what was typed.

A search that finds nothing compares what was typed with thousands of names.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lms.search.sounds import sound

MOST_LENGTH = 160  # characters of a name that are looked at
# Costs are whole numbers, so that sums are exact.
CHANGE = 5
SAME_SOUND = 1  # a character of the same sound in the place of another
NOWHERE = -1  # beyond the end of a name

Numbers = NDArray[np.int64]


class NameIndex:
    """A set of names that does not change, in the order of length."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = sorted(names, key=lambda name: (len(name), name))
        lengths = [min(len(name), MOST_LENGTH) for name in self.names]
        self._starts = np.cumsum([0, *lengths])
        read = "".join(name[:MOST_LENGTH] for name in self.names)
        self._chars = np.frombuffer(read.encode("utf-32-le", "surrogatepass"), dtype=np.int32)
        codes = np.flatnonzero(np.bincount(self._chars))
        heard = [sound(chr(code)) for code in codes.tolist()]
        self._numbers = {each: number for number, each in enumerate(dict.fromkeys(heard))}
        number_of = np.zeros(codes.max(initial=0) + 1, dtype=np.int32)
        number_of[codes] = [self._numbers[each] for each in heard]
        self._spoken = number_of[self._chars]
        # Every sound with the names that hold it, the sounds one after the other.
        count = max(len(self.names), 1)
        first = self._spoken.astype(np.int64) * count  # many sounds times many names
        held = np.unique(first + np.repeat(np.arange(len(lengths)), lengths))
        self._held = (held % count).astype(np.int32)
        self._bounds = np.searchsorted(held // count, np.arange(len(self._numbers) + 1))
        ends: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self.names:
            if name:
                ends[name[0], name[-1]].append(name)
        self._ends = dict(ends)

    def between(self, first: str, last: str) -> Sequence[str]:
        """The names with that first and that last character, the shortest first."""
        return self._ends.get((first, last), ())

    def overlapping(self, kept: frozenset[str], least: float, most: int) -> Numbers:
        """The places of names that hold at least so many of the sounds, those with most first."""
        numbers = [self._numbers[each] for each in kept if each in self._numbers]
        held = [self._held[self._bounds[one] : self._bounds[one + 1]] for one in numbers]
        if not held:
            return np.empty(0, dtype=np.int64)
        counts = np.bincount(np.concatenate(held), minlength=len(self.names))
        likely = np.flatnonzero(counts >= max(least, 1))
        return likely[np.argsort(-counts[likely], kind="stable")][:most]

    def distances(self, typed: str, places: Numbers) -> Numbers:
        """The least cost of turning `typed` into a part of each of the names at `places`.

        Approximate matching of a pattern inside a text (Sellers, 1980), of all names side by side.
        """
        lengths = self._starts[places + 1] - self._starts[places]
        columns = np.arange(lengths.max(initial=0))
        inside = columns < lengths[:, None]
        flat = np.where(inside, self._starts[places][:, None] + columns, 0)
        chars = np.where(inside, self._chars[flat], NOWHERE) if flat.size else flat
        spoken = np.where(inside, self._spoken[flat], NOWHERE) if flat.size else flat
        # A character that is left out costs a change for each column, which is taken off before
        # the least so far is found, and put on again.
        slope = np.arange(len(columns) + 1) * CHANGE
        row = np.zeros((len(places), len(slope)), dtype=np.int64)
        for place, char in enumerate(typed, 1):
            number = self._numbers.get(sound(char), NOWHERE - 1)
            change = np.where(spoken == number, SAME_SOUND, CHANGE)
            change[chars == ord(char)] = 0
            found = np.empty_like(row)
            found[:, 0] = place * CHANGE
            np.minimum(row[:, :-1] + change, row[:, 1:] + CHANGE, out=found[:, 1:])
            row = np.minimum.accumulate(found - slope, axis=1) + slope
        row[:, 1:][~inside] = len(typed) * CHANGE
        least: Numbers = row.min(axis=1)
        return least


@lru_cache(maxsize=4)  # of 50,000 names each takes some 20 MB
def index_of(names: frozenset[str]) -> NameIndex:
    """The index of these names, kept for the next who sees the same."""
    return NameIndex(names)
