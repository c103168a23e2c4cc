"""The Whoosh 2.7.4 index folder: its fields, and its segments read into arrays.

The version is pinned: later forks bring deleted documents back. What is used beyond its documented
interface (posting blocks, hash tables, column files) is the file format of that version.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.filetables import OrderedHashReader
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.formats import Existence
from whoosh.index import TOC, FileIndex

from lms.search.arrays import Floats, Ints
from lms.search.engine import IndexDamaged
from lms.search.whoosh_writer import (
    CHECK,
    DIRECTORY_BYTES,
    EXTENT,
    FIELD,
    INFO,
    INT,
    LENGTHS,
    Writer,
)

INDEX_NAME = "entries"
COLUMNS = {
    "entry": "q",
    "mark": "i",
    "document": "i",
    "length": "i",
    "head": "b",
    "audience": "i",
    "owner": "i",
    "day": "i",
    "kind": "i",
    "issuer": "i",
    "year": "i",
    "status": "i",
    "column": "i",
}
NEVER_ZERO = ("entry", "document")
WORDS, NAME, TITLE = "words", "name", "title"
SLOT = struct.Struct("!Iq")
USUAL_RECORD = 256  # bytes
MOST_PROBES = 4096  # of a hash table that is half empty
CHUNK = 1 << 16
EMPTY = np.empty(0, np.int32), np.empty(0, np.float32)


class Weighted(FieldType):  # type: ignore[misc]
    """A field of ready tokens with weights; see Writer.add_row. Nothing is stored or analysed."""

    def __init__(self) -> None:
        super().__init__(Existence(), None)


SCHEMA = Schema(
    **{name: Weighted() for name in (WORDS, NAME, TITLE)},
    **{name: COLUMN(NumericColumn(code)) for name, code in COLUMNS.items()},
)


class _File(StructFile):  # type: ignore[misc]
    """A file that any thread reads at any place.

    It is not mapped into memory: a file that somebody cuts short would take the process with it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb", buffering=0), name=path.name)
        self.number = self.file.fileno()
        self.size = os.fstat(self.number).st_size

    def get(self, position: int, length: int) -> bytes:
        """The bytes at a place, fewer at the end of the file."""
        return os.pread(self.number, length, position)

    def __del__(self) -> None:
        # It stays open as long as any snapshot, in any thread, still reads the segment.
        if hasattr(self, "number") and not self.is_closed:
            self.close()


class _Storage(FileStorage):  # type: ignore[misc]
    """Whoosh's folder; tables of contents end with a check, and broken ones leave no file open."""

    def open_file(self, name: str, **options: Any) -> StructFile:
        """The file, opened for reading."""
        if not name.endswith(".toc"):
            return super().open_file(name, **options)
        data = (Path(self.folder) / name).read_bytes()
        return BufferFile(memoryview(_checked(data)), name=name)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Whoosh does this to a table of contents once it is whole."""
        if newname.endswith(".toc"):
            path = Path(self.folder) / oldname
            data = path.read_bytes()
            path.write_bytes(data + CHECK.pack(zlib.crc32(data)))
        super().rename_file(oldname, newname, safe=safe)


def _checked(data: bytes, more: bytes = b"", before: bytes = b"") -> bytes:
    """The data without the check at their end, which covers `before` and `more` as well."""
    kept, check = data[: -CHECK.size], data[-CHECK.size :]
    if check != CHECK.pack(zlib.crc32(more, zlib.crc32(before + kept))):
        raise IndexDamaged("the check does not fit")
    return kept


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever goes wrong while index files are read into IndexDamaged.

    A file that does not hold what it should may raise anything at all, for it holds pickles.
    """
    try:
        yield
    except IndexDamaged:
        raise
    except Exception as error:
        raise IndexDamaged(f"{type(error).__name__}: {error}") from error


def create_index(folder: Path) -> FileIndex:
    """A new, empty index in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileIndex.create(_Storage(str(folder)), SCHEMA, INDEX_NAME)


def open_index(folder: Path) -> FileIndex:
    """The index in `folder`; raises whoosh's EmptyIndexError when there is none."""
    return FileIndex(_Storage(str(folder)), SCHEMA, INDEX_NAME)


def read_toc(index: FileIndex) -> TOC:
    """Generation and segments as of the last commit."""
    return TOC.read(index.storage, INDEX_NAME, schema=SCHEMA)


def open_writer(index: FileIndex) -> Writer:
    """A writer of the next commit."""
    return Writer(index, COLUMNS)


class Segment:
    """One immutable segment: its columns as arrays, its terms on demand."""

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        folder = Path(storage.folder)
        self.columns = {
            name: self._column(folder / W3Codec.column_filename(segment, name), code)
            for name, code in COLUMNS.items()
        }
        self._terms = _File(folder / segment.make_filename(W3Codec.TERMS_EXT))
        self._postings = _File(folder / segment.make_filename(W3Codec.POSTS_EXT))
        self._check_tail()
        self._table = OrderedHashReader(self._terms, self._terms.size)
        self._fields: dict[str, int] = self._table.extras["fieldmap"]

    def _column(self, path: Path, code: str) -> NDArray[Any]:
        """A column file: big-endian numbers, cut short where only zeros follow."""
        values = np.fromfile(path, np.dtype(f">{code}"), count=self.count)
        full = np.zeros(self.count, np.dtype(code))
        full[: len(values)] = values
        if path.name.split(".")[1] in NEVER_ZERO and len(values) < self.count:
            raise IndexDamaged(f"{path.name} is cut short")
        return full

    def _check_tail(self) -> None:
        """See that the end of the table of terms is whole, which Whoosh unpickles."""
        end = self._terms.size - INT.size
        (size,) = INT.unpack(self._terms.get(end, INT.size))
        start = end - size - DIRECTORY_BYTES
        if size < 0 or start < 0:
            raise IndexDamaged("the table of terms is cut short")
        _checked(self._terms.get(start, end - start))

    def deleted_rows(self, segment: Any) -> NDArray[np.int64]:
        """The rows that `segment`, this segment in a later table of contents, marks as removed."""
        return np.fromiter(segment.deleted_docs(), dtype=np.int64)

    def term(self, field: str, token: str) -> tuple[Ints, Floats]:
        """Rows and weights of a term; empty when the segment does not hold it."""
        if field not in self._fields:
            return EMPTY
        key = FIELD.pack(self._fields[field]) + token.encode()
        found = self._find(key)
        return EMPTY if found is None else self._decode(key, found)

    def tokens(self, field: str, prefix: str = "") -> Iterator[tuple[str, Ints, Floats]]:
        """The tokens of a field that begin with `prefix`, in order, each with its list."""
        if field not in self._fields:
            return
        start = FIELD.pack(self._fields[field]) + prefix.encode()
        place = self._table.closest_key_pos(start)
        for key, value in self._records(self._table.endofdata if place is None else place):
            if not key.startswith(start):
                return
            yield key[FIELD.size :].decode(), *self._decode(key, value)

    def _records(self, place: int) -> Iterator[tuple[bytes, bytes]]:
        """The keys and values of the table of terms from a place on, read in large pieces."""
        while place < self._table.endofdata:
            data = self._terms.get(place, CHUNK)
            if _record_size(data, 0) > len(data):
                data = self._terms.get(place, _record_size(data, 0))
            at = 0
            while place + at < self._table.endofdata and len(data) - at >= LENGTHS.size:
                end = at + _record_size(data, at)
                if end > len(data):
                    break
                start = at + LENGTHS.size + LENGTHS.unpack_from(data, at)[0]
                yield data[at + LENGTHS.size : start], data[start:end]
                at = end
            if not at:
                raise IndexDamaged("the table of terms is cut short")
            place += at

    def fields(self) -> list[str]:
        """The fields that have any tokens."""
        return list(self._fields)

    def _find(self, key: bytes) -> bytes | None:
        """What the table of terms holds under a key: a walk through the hash table on disk."""
        number = self._table.hashfn(key)
        table, count = self._table.tables[number & 255]
        slot = (number >> 8) % count if count else 0
        for _ in range(min(count, MOST_PROBES)):
            held, place = SLOT.unpack(self._terms.get(table + slot * SLOT.size, SLOT.size))
            if not place:
                return None
            if held == number:
                record = self._terms.get(place, USUAL_RECORD)
                if len(record) < (size := _record_size(record, 0)):
                    record = self._terms.get(place, size)
                start = LENGTHS.size + LENGTHS.unpack_from(record)[0]
                if record[LENGTHS.size : start] == key:
                    return record[start:size]
            slot = (slot + 1) % count
        if count:
            raise IndexDamaged("the hash table of terms is damaged")
        return None

    def _decode(self, key: bytes, value: bytes) -> tuple[Ints, Floats]:
        """The list that a value of the table of terms names, or holds itself."""
        if value[0]:
            rows, weights, _values = pickle.loads(_checked(value, before=key)[INFO.itemsize :])
            return np.array(rows, np.int32), np.array(weights, np.float32)
        offset, length = EXTENT.unpack_from(value, INFO.itemsize)
        if length < 0 or offset + length > self._postings.size:
            raise IndexDamaged("a list is cut short")
        postings = self._postings.get(offset, length)
        _checked(value, before=key, more=postings)
        data = memoryview(postings)
        all_rows, all_weights = [], []
        place, more = 4, True
        while more:
            (size,) = INT.unpack_from(data, place)
            more, size = size > 0, abs(size)
            rows, weights = _read_block(data[place + INT.size : place + INT.size + size])
            all_rows.append(rows)
            all_weights.append(weights)
            place += INT.size + size
        if len(all_rows) == 1:
            return all_rows[0], all_weights[0]
        return np.concatenate(all_rows), np.concatenate(all_weights)


def _record_size(data: bytes, at: int) -> int:
    """How long the record is that begins there."""
    key_length, length = LENGTHS.unpack_from(data, at)
    if key_length < 0 or length < 0:
        raise IndexDamaged("a term is damaged")
    return LENGTHS.size + int(key_length) + int(length)


def _read_block(block: memoryview) -> tuple[Ints, Floats]:
    """Rows and weights of one block; the rows of each begin anew."""
    stream = io.BytesIO(block)
    count, last, _weight, is_compressed, _low, _high = pickle.load(stream)
    data = stream.getbuffer()[stream.tell() :]
    steps, weights, _values = pickle.loads(zlib.decompress(data) if is_compressed else data)
    rows = np.cumsum(_numbers(steps), dtype=np.int32)
    if len(rows) != count or rows[-1] != last:
        raise IndexDamaged("a block of postings is damaged")
    if weights is None or isinstance(weights, float):
        return rows, np.full(count, weights or 1.0, np.float32)
    return rows, _numbers(weights).astype(np.float32)


def _numbers(values: Any) -> NDArray[Any]:
    """Numbers that were written as bytes, as an array, or by Whoosh itself as a tuple."""
    return np.frombuffer(values, np.uint8) if isinstance(values, bytes) else np.array(values)
