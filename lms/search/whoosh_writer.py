"""Writes segments of a Whoosh 2.7.4 index whole, from arrays.

Whoosh's own writer calls a dozen functions for every posting and sorts all of them on disk. Here
postings are gathered in arrays, sorted at once, and written list by list in Whoosh's format, so
that its own readers read them too.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import STORED_COLUMN, WHOOSH3_HEADER_MAGIC, W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.writing import SegmentWriter

from lms.search.arrays import Floats, Ints

# Larger blocks than the default 128: whole lists are read, never skipped through.
BLOCK_LIMIT = 4096
MOST_INLINE = 12  # postings that stand beside their term instead of in the file of postings
CHUNK = 1 << 20
AT_ONCE = 4096  # postings that become plain numbers in one step
# Pickles keep arrays as bytes from protocol 3 on; 2 is shorter where there are none.
SHORT, BINARY = 2, 4
INT = struct.Struct("!i")
EXTENT = struct.Struct("!qi")
LENGTHS = struct.Struct("!ii")
FIELD = struct.Struct("!H")
# Stands behind what readers unpickle: noise in a pickle can take the whole process down.
CHECK = struct.Struct("!I")
DIRECTORY_BYTES = 256 * EXTENT.size
HASH_BY_CRC32 = 1
BUCKETS = 256
# What is known of a term: flag, sum of weights, frequency, lengths, highest weight, first and last.
INFO = np.dtype(
    [
        ("inline", "u1"),
        ("weight", ">f4"),
        ("frequency", ">u4"),
        ("lengths", ">u2"),
        ("most", ">f4"),
        ("first", ">u4"),
        ("last", ">u4"),
    ]
)
SLOT = np.dtype([("hash", ">u4"), ("place", ">i8")])


class _Numbers(dict[str, int]):
    """A number for every token, given out as tokens come."""

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        return number


@dataclass(slots=True)
class _Lists:
    """All postings of a field, list after list in the order of the tokens."""

    tokens: list[str]
    starts: NDArray[np.int64]  # where each list begins; one more at the end
    rows: Ints
    weights: Floats


class _Pool:
    """The postings of one field, gathered in the order of the rows."""

    def __init__(self) -> None:
        self.numbers = _Numbers()
        self.terms = array("i")
        self.weights = array("f")
        self.rows = array("i")
        self.counts = array("i")

    def take(self, row: int, weights: Mapping[str, float]) -> None:
        """Take all tokens of one row."""
        self.terms.extend(map(self.numbers.__getitem__, weights))
        self.weights.extend(weights.values())
        self.rows.append(row)
        self.counts.append(len(weights))

    def take_list(self, token: str, rows: Ints, weights: Floats) -> None:
        """Take the rows of one token; each row is higher than all that this token had."""
        number = self.numbers[token]
        self.terms.frombytes(np.full(len(rows), number, np.intc).tobytes())
        self.weights.frombytes(weights.astype(np.float32).tobytes())
        self.rows.frombytes(rows.astype(np.intc).tobytes())
        self.counts.frombytes(np.ones(len(rows), np.intc).tobytes())

    def lists(self) -> _Lists:
        """Everything, sorted."""
        tokens = sorted(self.numbers)  # code points sort as their UTF-8 bytes do
        order = np.fromiter((self.numbers[token] for token in tokens), np.int32, len(tokens))
        place_of = np.empty(len(tokens), np.int32)
        place_of[order] = np.arange(len(tokens), dtype=np.int32)
        terms = place_of[np.frombuffer(self.terms, np.int32)]
        counts = np.frombuffer(self.counts, np.int32)
        rows = np.repeat(np.frombuffer(self.rows, np.int32), counts)
        sorted_by_term = np.argsort(terms, kind="stable")
        starts = np.zeros(len(tokens) + 1, np.int64)
        np.cumsum(np.bincount(terms, minlength=len(tokens)), out=starts[1:])
        weights = np.frombuffer(self.weights, np.float32)
        return _Lists(tokens, starts, rows[sorted_by_term], weights[sorted_by_term])


class _TermFile:
    """The table of terms: an ordered file of keys and values with a hash table at the end."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.waiting = bytearray()
        self.at = 0
        self.places = array("q")
        self.hashes = array("I")
        self.fields: dict[str, int] = {}
        self._write(b"HSH3" + struct.pack("!Bii", HASH_BY_CRC32, 0, 0))

    def _write(self, data: bytes) -> None:
        self.waiting += data
        self.at += len(data)
        if len(self.waiting) > CHUNK:
            self.file.write(bytes(self.waiting))
            self.waiting.clear()

    def add(self, key: bytes, value: bytes) -> None:
        """Add a term; keys come in ascending order."""
        self.places.append(self.at)
        self.hashes.append(zlib.crc32(key))
        self._write(LENGTHS.pack(len(key), len(value)) + key + value)

    def close(self) -> None:
        """Write the hash table, its directory and the places of the terms in their order."""
        directory = []
        hashes = np.frombuffer(self.hashes, np.uint32)
        places = np.frombuffer(self.places, np.int64)
        buckets = hashes & (BUCKETS - 1)
        by_bucket = np.argsort(buckets, kind="stable")
        ends = np.cumsum(np.bincount(buckets, minlength=BUCKETS))
        for bucket in range(BUCKETS):
            inside = by_bucket[ends[bucket - 1] if bucket else 0 : ends[bucket]]
            directory.append((self.at, 2 * len(inside)))
            self._write(_hash_table(hashes[inside], places[inside]).tobytes())
        head = b"".join(EXTENT.pack(place, slots) for place, slots in directory)
        kind = ("i", ">i4") if self.at < 1 << 31 else ("q", ">i8")
        extras = {"fieldmap": self.fields, "indextype": kind[0], "indexlen": len(places)}
        tail = pickle.dumps(extras, 2) + places.astype(kind[1]).tobytes()
        tail += CHECK.pack(zlib.crc32(head + tail))
        self._write(head + tail + INT.pack(len(tail)))
        self.file.write(bytes(self.waiting))
        self.file.close()


def _hash_table(hashes: NDArray[np.uint32], places: NDArray[np.int64]) -> NDArray[Any]:
    """Open addressing in twice as many slots: each entry in the first free one from its own on."""
    count = 2 * len(hashes)
    table = np.zeros(count, SLOT)
    if not count:
        return table
    own = (hashes >> 8).astype(np.int64) % count
    order = np.argsort(own, kind="stable")
    # Taken in the order of their own slots, an entry lands behind the one before it at the least.
    steps = np.arange(len(order))
    slots = steps + np.maximum.accumulate(own[order] - steps)
    over = int(np.searchsorted(slots, count))
    table["hash"][slots[:over]] = hashes[order[:over]]
    table["place"][slots[:over]] = places[order[:over]]
    free = np.flatnonzero(table["place"] == 0)[: len(order) - over]
    table["hash"][free] = hashes[order[over:]]
    table["place"][free] = places[order[over:]]
    return table


class _FieldWriter:
    """Terms and postings of one segment."""

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.storage = storage
        self.segment = segment
        self.is_closed = False

    def write(self, pools: Mapping[str, _Pool], schema: Any) -> None:
        """Write all fields; a field without postings is left out."""
        terms = _TermFile(self.segment.create_file(self.storage, W3Codec.TERMS_EXT))
        postings = self.segment.create_file(self.storage, W3Codec.POSTS_EXT)
        # The file of postings is never empty, for an empty file cannot be mapped into memory.
        postings.write(WHOOSH3_HEADER_MAGIC)
        at = len(WHOOSH3_HEADER_MAGIC)
        for number, name in enumerate(sorted(name for name in pools if pools[name].terms)):
            assert name in schema
            terms.fields[name] = number
            at = _write_field(FIELD.pack(number), pools[name].lists(), terms, postings, at)
        postings.close()
        terms.close()

    def close(self) -> None:
        """Everything was written and closed by `write`, if it was called."""
        self.is_closed = True


def _write_field(prefix: bytes, lists: _Lists, terms: _TermFile, postings: Any, at: int) -> int:
    """Write the lists of one field, the postings from `at` on; gives where they end."""
    starts, counts = lists.starts, np.diff(lists.starts)
    infos = np.zeros(len(lists.tokens), INFO)
    infos["inline"] = counts <= MOST_INLINE
    infos["weight"] = np.add.reduceat(lists.weights, starts[:-1])
    infos["frequency"] = counts
    infos["most"] = np.maximum.reduceat(lists.weights, starts[:-1])
    infos["first"] = lists.rows[starts[:-1]]
    infos["last"] = lists.rows[starts[1:] - 1]
    packed = infos.tobytes()
    waiting = bytearray()
    for place, (token, rows, weights) in enumerate(_each_list(lists)):
        if isinstance(rows, list):
            data = b""
            where = pickle.dumps((tuple(rows), tuple(weights), ()), SHORT)
        else:
            data = b"".join(_blocks(rows, weights))
            where = EXTENT.pack(at, len(data))
            waiting += data
            at += len(data)
            if len(waiting) > CHUNK:
                postings.write(bytes(waiting))
                waiting.clear()
        key = prefix + token.encode()
        value = packed[place * INFO.itemsize : (place + 1) * INFO.itemsize] + where
        terms.add(key, value + CHECK.pack(zlib.crc32(data, zlib.crc32(key + value))))
    postings.write(bytes(waiting))
    return at


def _each_list(lists: _Lists) -> Iterator[tuple[str, Any, Any]]:
    """Every token with its rows and weights: plain lists when they are short, else arrays."""
    bounds = lists.starts.tolist()
    begin, some_rows, some_weights = 0, [], []
    for place, token in enumerate(lists.tokens):
        start, end = bounds[place], bounds[place + 1]
        if end - start > MOST_INLINE:
            yield token, lists.rows[start:end], lists.weights[start:end]
            continue
        if end > begin + len(some_rows):
            begin = start
            some_rows = lists.rows[start : start + AT_ONCE].tolist()
            some_weights = _whole(lists.weights[start : start + AT_ONCE]).tolist()
        yield (
            token,
            some_rows[start - begin : end - begin],
            some_weights[start - begin : end - begin],
        )


def _whole(weights: Floats) -> NDArray[Any]:
    """The same numbers, as integers if they are; these take fewer bytes."""
    whole = weights.astype(np.int32)
    return whole if np.array_equal(whole, weights) else weights


def _blocks(rows: Ints, weights: Floats) -> Iterator[bytes]:
    """A list in Whoosh's blocks: the rows as differences, in as few bytes as they need."""
    yield WHOOSH3_HEADER_MAGIC
    for start in range(0, len(rows), BLOCK_LIMIT):
        part, weighed = rows[start : start + BLOCK_LIMIT], weights[start : start + BLOCK_LIMIT]
        steps = np.diff(part, prepend=np.int32(0))
        least, most = float(weighed.min()), float(weighed.max())
        kept: Any = least
        if least != most:
            kept = _narrow(weighed)
        elif least == 1.0:
            kept = None
        data = pickle.dumps((_narrow(steps), kept, None), BINARY)
        info = pickle.dumps((len(part), int(part[-1]), most, 0, 0, 0), 2)
        length = len(info) + len(data)
        is_last = start + BLOCK_LIMIT >= len(rows)
        yield INT.pack(-length if is_last else length) + info + data


def _narrow(values: NDArray[Any]) -> bytes | array[int] | array[float]:
    """Numbers above 0 as bytes when they fit, which are a sequence of numbers as well."""
    most = values.max()
    if values.dtype == np.float32 and _whole(values) is values:
        return array("f", values.tobytes())
    if most < 1 << 8:
        return values.astype(np.uint8).tobytes()
    if most < 1 << 16:
        return array("H", values.astype(np.uint16).tobytes())
    return array("I", values.astype(np.uint32).tobytes())


class _ColumnWriter:
    """The columns of one segment, each a file of big-endian numbers."""

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.storage = storage
        self.segment = segment
        self.columns: dict[str, array[int]] = {}
        self.is_closed = False

    def add(self, values: Mapping[str, int], codes: Mapping[str, str]) -> None:
        """Add one row."""
        for name, value in values.items():
            if name not in self.columns:
                self.columns[name] = array(codes[name])
            self.columns[name].append(value)

    def add_rows(self, columns: Mapping[str, NDArray[Any]], codes: Mapping[str, str]) -> None:
        """Add many rows."""
        for name, values in columns.items():
            whole = self.columns.setdefault(name, array(codes[name]))
            whole.frombytes(values.astype(np.dtype(codes[name])).tobytes())

    def close(self) -> None:
        """Write the files; without rows there is nothing to write."""
        self.is_closed = True
        self.segment._fieldlengths = {}
        if not self.columns:
            return
        for name, values in self.columns.items():
            native = np.frombuffer(values, np.dtype(values.typecode))
            with self._create(name) as file:
                file.write(native.astype(native.dtype.newbyteorder(">")).tobytes())
        # Nothing is stored, but Whoosh's readers look for the column.
        stored = self._create("_stored")
        STORED_COLUMN.writer(stored).finish(len(next(iter(self.columns.values()))))
        stored.close()

    def _create(self, name: str) -> Any:
        return self.storage.create_file(W3Codec.column_filename(self.segment, name))


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with our writers."""

    def per_document_writer(self, storage: FileStorage, segment: Any) -> _ColumnWriter:
        """The writer of a segment's columns."""
        return _ColumnWriter(storage, segment)

    def field_writer(self, storage: FileStorage, segment: Any) -> _FieldWriter:
        """The writer of a segment's terms and postings."""
        return _FieldWriter(storage, segment)


class Writer(SegmentWriter):  # type: ignore[misc]
    """A writer of whole segments, without compound files (they are copied into memory whole)."""

    def __init__(self, index: FileIndex, codes: Mapping[str, str]) -> None:
        super().__init__(index, codec=_Codec(), compound=False, timeout=5.0)
        self.codes = codes  # name of each column -> its type, as in struct
        self.gathered = 0  # postings
        self.pools: dict[str, _Pool] = {}

    def add_row(
        self, fields: Mapping[str, Mapping[str, float]], columns: Mapping[str, int]
    ) -> None:
        """Add one row: the tokens of its fields with their weights, and its columns."""
        for name, weights in fields.items():
            if weights:
                self._pool(name).take(self.docnum, weights)
                self.gathered += len(weights)
        self.perdocwriter.add(columns, self.codes)
        self._added = True
        self.docnum += 1

    def add_columns(self, columns: Mapping[str, NDArray[Any]], count: int) -> int:
        """Add many rows without postings; gives the number of the first."""
        first: int = self.docnum
        self.perdocwriter.add_rows(columns, self.codes)
        self._added |= count > 0
        self.docnum += count
        return first

    def add_list(self, field: str, token: str, rows: Ints, weights: Floats) -> None:
        """Add postings of rows that were added last."""
        self._pool(field).take_list(token, rows, weights)

    def delete_rows(self, rows: Collection[int]) -> None:
        """Mark rows of the commit before as removed."""
        for row in rows:
            self.delete_document(row)

    def _pool(self, name: str) -> _Pool:
        if name not in self.pools:
            self.pools[name] = _Pool()
        return self.pools[name]

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        self.fieldwriter.write(self.pools, self.schema)
