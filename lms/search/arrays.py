"""Postings and rows as arrays, and BM25 over them: what engines hand to the ranking."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lms.search.parsing import Word

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

K1 = 1.2
B = 0.6


@dataclass(frozen=True, slots=True)
class Postings:
    """Where a term stands: rows in ascending order, and what it adds to the score of each."""

    rows: Ints
    impacts: Floats
    idf: float


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of every row of an index; `by_document` is indexed by document id.

    Document 0 stands for removed rows; nobody may see it.
    """

    entry: NDArray[np.int64]
    document: Ints
    is_head: Flags  # the row of the document itself
    by_document: Mapping[str, Ints]  # audience, owner, day and the facets

    @property
    def document_count(self) -> int:
        """One more than the highest document id."""
        return len(self.by_document["audience"])


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
    """Rows that match, with their scores."""

    rows: Ints
    scores: Floats


def idf_of(document_frequency: int, count: int) -> float:
    """The weight of a term that stands in so many of `count` entries."""
    return float(np.log1p((count - document_frequency + 0.5) / (document_frequency + 0.5)))


def impacts_of(weights: Floats, norms: Floats, idf: float) -> Floats:
    """BM25's part for one term; `norms` is K1 x (1 - B + B x length / mean length) of each row."""
    return (idf * (K1 + 1) * weights / (weights + norms)).astype(np.float32)


def norms_of(lengths: NDArray[np.integer[Any]], mean: float | None = None) -> Floats:
    """The length norm of every row; the mean is theirs unless one is given."""
    if mean is None:
        mean = float(lengths.mean()) if len(lengths) else 1.0
    return (K1 * (1 - B + B * lengths / max(mean, 1.0))).astype(np.float32)


def is_in(values: Ints, wanted: Collection[int]) -> Flags:
    """Which of the values are among those wanted; 0 stands for nothing and never is."""
    return np.isin(values, np.fromiter((n for n in wanted if n), dtype=np.int32))


def flags_at(places: Ints, count: int) -> Flags:
    """`count` flags of which those at `places` are set."""
    flags = np.zeros(count, np.bool_)
    flags[places] = True
    return flags


def best_of(matches: Matches, count: int) -> Matches:
    """The `count` best rows, best first; rows of equal score in their order."""
    places = best_places(matches.scores, count)
    return Matches(matches.rows[places], matches.scores[places])


def best_places(scores: Floats, count: int) -> NDArray[np.intp]:
    """Where the `count` best scores stand, best first; equal ones in their order."""
    if len(scores) <= 2 * count:
        return np.argsort(-scores, kind="stable")[:count]
    some = np.argpartition(-scores, count)[:count]
    some.sort()
    return some[np.argsort(-scores[some], kind="stable")]
