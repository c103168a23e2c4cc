"""Postings and rows as arrays, and BM25 over them: what engines hand to the ranking."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lms.search.engine import FACETS
from lms.search.parsing import Word

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

K1 = 1.2
B = 0.6
FEW = 12  # values that are compared one after the other


@dataclass(frozen=True, slots=True)
class Postings:
    """Where a term stands: rows in ascending order, and how much it stands there, from BM25.

    What it adds to the score of a row is its part times idf.
    """

    rows: Ints
    parts: Floats
    idf: float


class Facet:
    """The values of a facet, numbered, so that documents are counted by them in one step."""

    def __init__(self, values: Ints, documents: NDArray[np.intp]) -> None:
        self.codes, numbers = np.unique(values[documents], return_inverse=True)
        self._number_of = np.zeros(len(values), np.int32)
        self._number_of[documents] = numbers

    def count(self, documents: NDArray[np.intp]) -> dict[int, int]:
        """How many of the documents have each value."""
        numbers = np.bincount(self._number_of[documents], minlength=len(self.codes))
        held = np.flatnonzero(numbers)
        return dict(zip(self.codes[held].tolist(), numbers[held].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of every row of an index; `by_document` is indexed by document id.

    Document 0 stands for removed rows; nobody may see it.
    """

    entry: NDArray[np.int64]
    document: Ints
    is_head: Flags  # the row of the document itself
    by_document: Mapping[str, Ints]  # audience, owner, day and the facets
    facets: dict[str, Facet] = field(default_factory=dict)  # as far as they were asked for

    @property
    def document_count(self) -> int:
        """One more than the highest document id."""
        return len(self.by_document["audience"])

    def facet(self, name: str) -> Facet:
        """The values of a facet; whoever asks for one asks for all."""
        if name not in self.facets:
            documents = np.flatnonzero(flags_at(self.document, self.document_count))
            for one in FACETS:
                self.facets[one] = Facet(self.by_document[one], documents)
        return self.facets[name]


class Lookup(Protocol):
    """Terms to postings; what an index adapter offers to the ranking."""

    rows: Rows

    def postings(self, term: str) -> Postings | None:
        """The rows that hold the term, or None."""

    def starting_with(self, char: str) -> Postings | None:
        """The rows that hold the character, or None."""

    def named(self, name: str) -> Ints:
        """The ids of the documents whose exact name this is."""

    def titled(self, word: Word) -> Ints:
        """The ids of the documents whose title holds all terms of the word."""


@dataclass(slots=True)
class Matches:
    """Rows that match, with their documents and their scores."""

    rows: Ints
    documents: Ints
    scores: Floats

    def chosen(self, which: NDArray[Any]) -> "Matches":
        """Those at some places, or under some flags."""
        return Matches(self.rows[which], self.documents[which], self.scores[which])


def idf_of(document_frequency: int, count: int) -> float:
    """The weight of a term that stands in so many of `count` entries."""
    return float(np.log1p((count - document_frequency + 0.5) / (document_frequency + 0.5)))


def parts_of(weights: Floats, norms: Floats) -> Floats:
    """BM25's part for one term; `norms` is K1 x (1 - B + B x length / mean length) of each row."""
    return (np.float32(K1 + 1) * weights / (weights + norms)).astype(np.float32, copy=False)


def norms_of(lengths: NDArray[np.integer[Any]], mean: float | None = None) -> Floats:
    """The length norm of every row; the mean is theirs unless one is given."""
    if mean is None:
        mean = float(lengths.mean()) if len(lengths) else 1.0
    norms: Floats = lengths.astype(np.float32)  # in place: this is done at every commit
    norms *= np.float32(K1 * B / max(mean, 1.0))
    norms += np.float32(K1 * (1 - B))
    return norms


def is_in(values: Ints, wanted: Collection[int]) -> Flags:
    """Which of the values are among those wanted; 0 stands for nothing and never is."""
    found = [number for number in wanted if number]
    if len(found) > FEW:
        return np.isin(values, np.array(found, np.int64))
    flags = np.zeros(len(values), np.bool_)
    for number in found:
        flags |= values == number
    return flags


def flags_at(places: Ints, count: int) -> Flags:
    """`count` flags of which those at `places` are set."""
    flags = np.zeros(count, np.bool_)
    flags[places] = True
    return flags


def best_of(matches: Matches, count: int) -> Matches:
    """The `count` best rows, best first; rows of equal score in their order."""
    return matches.chosen(best_places(matches.scores, count))


def best_places(scores: Floats, count: int) -> NDArray[np.intp]:
    """Where the `count` best scores stand, best first; equal ones in their order."""
    if len(scores) <= 2 * count:
        return np.argsort(-scores, kind="stable")[:count]
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    some = np.flatnonzero(scores >= least)
    return some[np.argsort(-scores[some], kind="stable")[:count]]
