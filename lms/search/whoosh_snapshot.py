"""One commit of a Whoosh index as arrays, with a cache of postings that outlives the commit."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lms.search import whoosh_index
from lms.search.arrays import Floats, Ints, Postings, Rows, idf_of, norms_of, parts_of
from lms.search.engine import FACETS, IndexDamaged
from lms.search.parsing import Word
from lms.search.whoosh_index import NAME, TITLE, WORDS, Segment, reading

MOST_CACHED = 16_000_000  # postings; 8 bytes each
DOCUMENT_COLUMNS = ("audience", "owner", "day", *FACETS)
MOST_DOCUMENTS = 1 << 24  # the highest id; an array of all of them must fit in memory
MEAN_STEP = 1.05  # lists stay as they are until the mean length has changed by so much
Read = Callable[[Segment, str, str], tuple[Ints, Floats]]


@dataclass(frozen=True, slots=True)
class _List:
    """A term's rows and parts over the first segments of a snapshot."""

    covered: tuple[str, ...]  # ids of those segments
    mean: float  # mean length that the parts were worked out with
    rows: Ints
    parts: Floats


class _Cache:
    """The lists that were used last, shared by the snapshots of one index."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lists: OrderedDict[tuple[str, str], _List] = OrderedDict()
        self.size = 0

    def put(self, key: tuple[str, str], new: _List) -> None:
        """Keep a list, and let go of others that were not used for long."""
        old = self.lists.pop(key, None)
        self.size += len(new.rows) - (len(old.rows) if old else 0)
        self.lists[key] = new
        while self.size > MOST_CACHED and len(self.lists) > 1:
            _key, dropped = self.lists.popitem(last=False)
            self.size -= len(dropped.rows)


class Snapshot:
    """The index as of one commit; implements ranking.Lookup."""

    def __init__(self, folder: Path, before: "Snapshot | None") -> None:
        self.folder = folder
        index = whoosh_index.open_index(folder)
        toc = whoosh_index.read_toc(index)
        self.generation: int = toc.generation
        known = {} if before is None else {segment.id: segment for segment in before.segments}
        self.segments: list[Segment] = [
            known.get(given.segment_id()) or Segment(index.storage, given) for given in toc.segments
        ]
        self.ids = tuple(segment.id for segment in self.segments)
        self.bases = np.cumsum([0, *(segment.count for segment in self.segments)]).tolist()
        self.cache = _Cache() if before is None else before.cache
        same = 0 if before is None else _common(before.ids, self.ids)
        self.rows = self._read_rows(toc, before if same else None, same)
        lengths = self.column("length")
        self.mean = _stepped(float(lengths.mean())) if len(lengths) else 1.0
        self.norms = norms_of(lengths, self.mean)

    def column(self, name: str) -> NDArray[Any]:
        """A column over all segments."""
        if not self.segments:
            return np.zeros(0, np.dtype(whoosh_index.COLUMNS[name]))
        return np.concatenate([segment.columns[name] for segment in self.segments])

    def _read_rows(self, toc: Any, before: "Snapshot | None", same: int) -> Rows:
        """The columns of all rows; what `before` knows of the first `same` segments is kept."""
        start = self.bases[same] if before else 0
        document = self.column("document")
        for segment, given, base in zip(self.segments, toc.segments, self.bases, strict=False):
            document[base + segment.deleted_rows(given)] = 0
        new = document[start:]
        if len(new) and not 0 <= new.min() <= new.max() < MOST_DOCUMENTS:
            raise IndexDamaged("there is no such document")
        count = max(int(new.max(initial=0)) + 1, before.rows.document_count if before else 1)
        by_document = {}
        for name in DOCUMENT_COLUMNS:
            values = np.zeros(count, np.int32)
            if before:
                values[: before.rows.document_count] = before.rows.by_document[name]
            for segment, base in zip(self.segments, self.bases, strict=False):
                if base >= start:
                    values[document[base : base + segment.count]] = segment.columns[name]
            values[0] = 0
            by_document[name] = values
        head = self.column("head").astype(np.bool_)
        return Rows(self.column("entry"), document, head, by_document)

    def _load(self, field: str, token: str, read: Read) -> _List:
        """The term's list, from the cache as far as that goes, and from the other segments."""
        key = (field, token)
        with self.cache.lock:
            held = self.cache.lists.get(key)
            if held is not None and held.covered == self.ids and held.mean == self.mean:
                self.cache.lists.move_to_end(key)
                return held
            same = _common(held.covered, self.ids) if held and held.mean == self.mean else 0
            all_rows, all_parts = [], []
            if held is not None and same:
                end = int(np.searchsorted(held.rows, self.bases[same]))
                all_rows.append(held.rows[:end])
                all_parts.append(held.parts[:end])
            for segment, base in zip(self.segments[same:], self.bases[same:], strict=False):
                with reading():
                    rows, weights = read(segment, field, token)
                    if len(rows):
                        rows = rows + np.int32(base)
                        all_rows.append(rows)
                        all_parts.append(parts_of(weights, self.norms[rows]))
            new = _List(self.ids, self.mean, _joined(all_rows), _joined(all_parts))
            self.cache.put(key, new)
            return new

    def _ready(self, found: _List) -> Postings | None:
        if not len(found.rows):
            return None
        return Postings(found.rows, found.parts, idf_of(len(found.rows), len(self.norms)))

    def postings(self, term: str) -> Postings | None:
        """The rows that hold the term, or None."""
        return self._ready(self._load(WORDS, term, _read_term))

    def starting_with(self, char: str) -> Postings | None:
        """The rows that hold the character, or None."""
        return self._ready(self._load(WORDS, f"{char}*", _read_prefix))

    def named(self, name: str) -> Ints:
        """The ids of the documents whose exact name this is."""
        return self.rows.document[self._load(NAME, name, _read_term).rows]

    def titled(self, word: Word) -> Ints:
        """The ids of the documents whose title holds all terms of the word."""
        if word.is_character:
            return self.rows.document[self._load(TITLE, f"{word.text}*", _read_prefix).rows]
        found: Ints | None = None
        for term in word.terms:
            documents = self.rows.document[self._load(TITLE, term, _read_term).rows]
            found = documents if found is None else np.intersect1d(found, documents)
        return np.empty(0, np.int32) if found is None else found


def _read_term(segment: Segment, field: str, token: str) -> tuple[Ints, Floats]:
    return segment.term(field, token)


def _read_prefix(segment: Segment, field: str, token: str) -> tuple[Ints, Floats]:
    """All rows with a token that begins so, with the sum of the weights."""
    found = list(segment.tokens(field, token.removesuffix("*")))
    if not found:
        return whoosh_index.EMPTY
    rows = np.concatenate([rows for _token, rows, _weights in found])
    weights = np.concatenate([weights for _token, _rows, weights in found])
    total = np.bincount(rows, weights, minlength=segment.count)
    held = np.flatnonzero(total).astype(np.int32)
    return held, total[held].astype(np.float32)


def _common(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of the first items are the same."""
    count = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, np.int32)


def _stepped(mean: float) -> float:
    """A mean length rounded to a step, so that a single new entry changes no list."""
    step = round(np.log(max(mean, 1.0)) / np.log(MEAN_STEP))
    return float(MEAN_STEP**step)
