"""What an engine must be able to do, and the plain values that go in and come out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeVar
from zlib import crc32

from lms.search.parsing import Query

T = TypeVar("T")


class IndexDamaged(Exception):
    """The index is missing or cannot be read; it has to be built again from the database."""


class IndexBusy(Exception):
    """Another process is writing to the index."""


class Sort(StrEnum):
    """The order of results."""

    RELEVANCE = "relevance"  # best first
    DATE = "date"  # newest document first


# Share of the terms, weighted by their rarity, that a partial match has at least.
LEAST_COVERAGE = 0.34
FACETS = ("kind", "issuer", "year", "status", "column")


def code_of(text: str) -> int:
    """The number by which the index knows a kind, issuer, status or column; 0 for none."""
    return (crc32(text.encode()) & 0x7FFFFFFF) or 1 if text else 0


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """What the index knows of a document, repeated with each of its entries."""

    id: int
    audience: int  # unit whose people find it, 0 for none
    owner: int  # unit whose administrators find it
    day: int = 0  # YYYYMMDD, 0 without a date
    kind: int = 0
    issuer: int = 0
    year: int = 0
    status: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One passage as the index takes it."""

    id: int
    mark: int  # changes with all that the index is told of the entry
    document: IndexDocument
    weights: Mapping[str, float]  # token -> weighted frequency
    length: int  # number of tokens of the text, for the ranking
    names: Sequence[str] = ()  # exact names; only with the entry of the document itself
    title_tokens: Sequence[str] = ()  # likewise


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose search it is: what is found lies in one of the audiences or under one of the owners."""

    audiences: Collection[int]
    owners: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One search, whole: asked for, by whom, narrowed how, and how much of it is wanted."""

    query: Query
    scope: Scope
    # Folded letters of the entries with those ids, for checking phrases: title|heading|text.
    read_letters: Callable[[Sequence[int]], Mapping[int, str]]
    filters: Mapping[str, Collection[int]] = field(default_factory=dict)  # facet -> codes
    sort: Sort = Sort.RELEVANCE
    limit: int = 10  # documents
    offset: int = 0
    entries_each: int = 3  # best passages of each document
    least_coverage: float = LEAST_COVERAGE


@dataclass(frozen=True, slots=True)
class DocumentHits:
    """A document that was found, with its best entries."""

    document_id: int
    score: float
    entries: tuple[tuple[int, float], ...]  # entry id, score; best first
    count: int  # entries that match
    is_partial: bool = False  # only some of the terms stand in it


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a request."""

    documents: tuple[DocumentHits, ...] = ()
    total: int = 0  # documents that match wholly
    counts: Mapping[str, Mapping[int, int]] = field(
        default_factory=dict
    )  # facet -> code -> documents
    unknown_terms: tuple[str, ...] = ()  # stand nowhere in the index
    is_lower_bound: bool = False  # there may be more than `total`


class Builder(Protocol):
    """A new index in the making, beside the one that is searched."""

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries."""

    def marks(self) -> Mapping[int, int]:
        """The entries added so far: id to mark."""

    def swap(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Make the last changes and put the new index in the place of the old at one stroke."""

    def abandon(self) -> None:
        """Throw the new index away."""


class Engine(Protocol):
    """An index of entries; one object serves all threads of a process."""

    name: str

    def search(self, request: Request) -> Found:
        """Answer a request; raises IndexDamaged."""

    def version(self) -> object | None:
        """What changes with each commit; None where that cannot be told quickly."""

    def marks(self, document_ids: Collection[int] | None = None) -> Mapping[int, int]:
        """The entries in the index, or those of some documents: id to mark; raises IndexDamaged."""

    def apply(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Remove and add entries, all or nothing; raises IndexDamaged, IndexBusy."""

    def build(self) -> Builder:
        """Begin a new index."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the right to write to the index; raises IndexBusy when another process does."""

    def check_files(self) -> None:
        """Raise IndexDamaged when the index is plainly not usable."""

    def is_scattered(self) -> bool:
        """Whether the index would gain from being built again; raises IndexDamaged."""

    def report_damage(self) -> None:
        """Note that a search failed, so that whoever heals builds the index again."""

    def size_bytes(self) -> int:
        """The room that the index takes."""


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
