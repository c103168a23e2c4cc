"""One commit of a Whoosh index as arrays, with a cache of postings that outlives the commit."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lms.search import whoosh_index
from lms.search.arrays import Floats, Ints, Postings, Rows, idf_of, impacts_of, norms_of
from lms.search.engine import FACETS
from lms.search.parsing import Word
from lms.search.whoosh_index import NAME, TITLE, WORDS, Segment, reading

MOST_CACHED = 16_000_000  # postings; 12 bytes each
DOCUMENT_COLUMNS = ("audience", "owner", "day", *FACETS)
LIST = tuple[Ints, Floats]


@dataclass(slots=True)
class _Cached:
    """A term's rows and weights over the first `covered` segments, and its ready postings."""

    covered: int
    rows: Ints
    weights: Floats
    ready: Postings | None = None


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
        self.bases = np.cumsum([0, *(segment.count for segment in self.segments)]).tolist()
        self.lock: threading.Lock = threading.Lock() if before is None else before.lock
        self.rows = self._read_rows(toc)
        lengths = self.column("length")
        self.norms = norms_of(lengths)
        self.cache: OrderedDict[tuple[str, str], _Cached] = OrderedDict()
        self.cached = 0
        if before is not None:
            self._inherit(before)

    def column(self, name: str) -> NDArray[Any]:
        """A column over all segments."""
        if not self.segments:
            return np.zeros(0, np.dtype(whoosh_index.COLUMNS[name]))
        return np.concatenate([segment.columns[name] for segment in self.segments])

    def _read_rows(self, toc: Any) -> Rows:
        document = self.column("document").astype(np.int32)
        for segment, given, base in zip(self.segments, toc.segments, self.bases, strict=False):
            document[base + segment.deleted_rows(given)] = 0
        count = int(document.max(initial=0)) + 1
        by_document = {}
        for name in DOCUMENT_COLUMNS:
            values = np.zeros(count, np.int32)
            values[document] = self.column(name)
            values[0] = 0
            by_document[name] = values
        head = self.column("head").astype(np.bool_)
        return Rows(self.column("entry").astype(np.int64), document, head, by_document)

    def _inherit(self, before: "Snapshot") -> None:
        """Keep the cached lists as far as the segments are the same, in the same order."""
        same = 0
        for old, new in zip(before.segments, self.segments, strict=False):
            if old is not new:
                break
            same += 1
        if not same:
            return
        end = self.bases[same]
        with before.lock:
            for key, cached in before.cache.items():
                keep = int(np.searchsorted(cached.rows, end))
                covered = min(cached.covered, same)
                self.cache[key] = _Cached(covered, cached.rows[:keep], cached.weights[:keep])
                self.cached += keep

    def _load(self, field: str, token: str, read: Any) -> _Cached:
        """The term's cached lists, completed from the segments that are not covered yet."""
        key = (field, token)
        cached = self.cache.get(key)
        if cached is None:
            cached = _Cached(0, np.empty(0, np.int32), np.empty(0, np.float32))
        if cached.covered < len(self.segments):
            rows, weights = [cached.rows], [cached.weights]
            for place in range(cached.covered, len(self.segments)):
                with reading():
                    more_rows, more_weights = read(self.segments[place], field, token)
                rows.append(more_rows + np.int32(self.bases[place]))
                weights.append(more_weights)
            self.cached -= len(cached.rows)
            cached = _Cached(len(self.segments), np.concatenate(rows), np.concatenate(weights))
            self.cached += len(cached.rows)
            self.cache[key] = cached
            while self.cached > MOST_CACHED and len(self.cache) > 1:
                _key, dropped = self.cache.popitem(last=False)
                self.cached -= len(dropped.rows)
        self.cache.move_to_end(key)
        return cached

    def _rows_of(self, field: str, token: str) -> Ints:
        with self.lock:
            return self._load(field, token, _read_term).rows

    def _ready(self, token: str, read: Any) -> Postings | None:
        with self.lock:
            cached = self._load(WORDS if read is _read_term else "prefix", token, read)
        if not len(cached.rows):
            return None
        if cached.ready is None:
            idf = idf_of(len(cached.rows), len(self.norms))
            impacts = impacts_of(cached.weights, self.norms[cached.rows], idf)
            cached.ready = Postings(cached.rows, impacts, idf)
        return cached.ready

    def postings(self, term: str) -> Postings | None:
        """The rows that hold the term, or None."""
        return self._ready(term, _read_term)

    def starting_with(self, char: str) -> Postings | None:
        """The rows that hold the character, or None."""
        return self._ready(char, _read_prefix)

    def named(self, name: str) -> Ints:
        """The ids of the documents whose exact name this is."""
        return self.rows.document[self._rows_of(NAME, name)]

    def titled(self, word: Word) -> Ints:
        """The ids of the documents whose title holds all terms of the word."""
        if word.is_character:
            with self.lock:
                rows = self._load(TITLE, f"{word.text}*", _read_prefix).rows
            return self.rows.document[rows]
        found: Ints | None = None
        for term in word.terms:
            documents = self.rows.document[self._rows_of(TITLE, term)]
            found = documents if found is None else np.intersect1d(found, documents)
        return np.empty(0, np.int32) if found is None else found


def _read_term(segment: Segment, field: str, token: str) -> LIST:
    return segment.term(field, token)


def _read_prefix(segment: Segment, field: str, token: str) -> LIST:
    """All rows with a token that begins so, with the sum of the weights."""
    name = WORDS if field == "prefix" else field
    total = np.zeros(segment.count, np.float32)
    for found in list(segment.tokens_from(name, token.rstrip("*"))):
        rows, weights = segment.term(name, found)
        total[rows] += weights
    rows = np.flatnonzero(total).astype(np.int32)
    return rows, total[rows]
