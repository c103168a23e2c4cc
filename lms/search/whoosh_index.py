"""The Whoosh 2.7.4 index folder: its fields, a fast writer, and segments read into arrays.

The version is pinned: later forks bring deleted documents back. What is used beyond its documented
interface (posting blocks, column files) is the file format of that version.
"""

from __future__ import annotations

import io
import pickle
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import (
    WHOOSH3_HEADER_MAGIC,
    W3Codec,
    W3PostingsWriter,
    W3TermsReader,
)
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, FieldType, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile
from whoosh.formats import Existence
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.system import pack_ushort
from whoosh.writing import SegmentWriter

from lms.search.engine import IndexDamaged

INDEX_NAME = "entries"
# Larger blocks than the default 128: whole lists are read, never skipped through.
BLOCK_LIMIT = 4096
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
LEAST_COMPRESSED = 256  # bytes
WEIGHT_BITS = 16
MOST_WEIGHT = (1 << WEIGHT_BITS) - 1
INT = struct.Struct("!i")


class Weighted(FieldType):  # type: ignore[misc]
    """A field of ready tokens with weights; see Writer.add_row. Nothing is stored or analysed."""

    def __init__(self) -> None:
        super().__init__(Existence(), None)


SCHEMA = Schema(
    **{name: Weighted() for name in (WORDS, NAME, TITLE)},
    **{name: COLUMN(NumericColumn(code)) for name, code in COLUMNS.items()},
)


class _Pool:
    """Postings by term: far faster than Whoosh's pool, which sorts a tuple for each on disk.

    A posting is one number, the row above WEIGHT_BITS bits of weight. Rows come in ascending order,
    so every list is in order already.
    """

    def __init__(self) -> None:
        self.lists: dict[str, dict[str, array[int]]] = {}

    def take(self, field: str, row: int, weights: Mapping[str, float]) -> None:
        """Take all tokens of one field of one row."""
        terms = self.lists.setdefault(field, {})
        base = row << WEIGHT_BITS
        for token, weight in weights.items():
            found = terms.get(token)
            if found is None:
                found = terms[token] = array("Q")
            found.append(base | min(int(weight), MOST_WEIGHT))

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """Take one posting of a segment that is merged."""
        field, token, row, weight, _value = item
        self.take(field, row, {token.decode(): weight})

    def cleanup(self) -> None:
        """Nothing is left on disk."""


class _ListWriter(W3PostingsWriter):  # type: ignore[misc]
    """Writes whole lists in Whoosh's block format, without its work for every single posting."""

    def write_list(self, postings: array[int]) -> None:
        """Write one term's list, after start_postings and before finish_list."""
        rows = [posting >> WEIGHT_BITS for posting in postings]
        weights = [float(posting & MOST_WEIGHT) for posting in postings]
        for start in range(0, len(rows), BLOCK_LIMIT):
            end = min(start + BLOCK_LIMIT, len(rows))
            self._write_part(rows[start:end], weights[start:end], last=end == len(rows))
        info: Any = self._terminfo
        info._weight, info._df = sum(weights), len(rows)
        info._maxweight, info._minid, info._maxid = max(weights), rows[0], rows[-1]

    def _write_part(self, rows: list[int], weights: list[float], *, last: bool) -> None:
        if not self._blockcount:
            self._postfile.write(WHOOSH3_HEADER_MAGIC)
        least, most = min(weights), max(weights)
        kept = None if least == most == 1.0 else least if least == most else tuple(weights)
        deltas = (rows[0], *(b - a for a, b in pairwise(rows)))
        data = pickle.dumps((deltas, kept, None), 2)
        compression = 1 if len(data) > LEAST_COMPRESSED else 0
        if compression:
            data = zlib.compress(data, compression)
        info = pickle.dumps((len(rows), rows[-1], most, compression, 0, 0), 2)
        size = len(info) + len(data)
        self._postfile.write(INT.pack(-size if last else size) + info + data)
        self._blockcount += 1

    def finish_list(self) -> Any:
        """The term's info, as finish_postings gives it."""
        start = self._startoffset
        info = vars(self)["_terminfo"]
        self._terminfo = None
        info.set_extent(start, self._postfile.tell() - start)
        return info


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec with our writer of lists."""

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> _ListWriter:
        """The writer of one field's lists."""
        return _ListWriter(dbfile, blocklimit=BLOCK_LIMIT, byteids=byteids)


class Writer(SegmentWriter):  # type: ignore[misc]
    """A segment writer on our pool, without compound files (they are copied into memory whole)."""

    def __init__(self, index: FileIndex) -> None:
        super().__init__(index, codec=_Codec(), compound=False, timeout=5.0)
        self.pool = _Pool()

    def add_row(
        self, fields: Mapping[str, Mapping[str, float]], columns: Mapping[str, int]
    ) -> None:
        """Add one row: the tokens of its fields with their weights, and its columns."""
        self.perdocwriter.start_doc(self.docnum)
        for name, weights in fields.items():
            self.pool.take(name, self.docnum, weights)
        for name, value in columns.items():
            self.perdocwriter.add_column_value(name, self.schema[name].column_type, value)
        self.perdocwriter.finish_doc()
        self._added = True
        self.docnum += 1

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        fields = self.fieldwriter
        for name in sorted(self.pool.lists):
            terms = self.pool.lists[name]
            fields.start_field(name, self.schema[name])
            lists = fields._postwriter
            # Code points sort as their UTF-8 bytes do, which is the order of the file.
            for token in sorted(terms):
                encoded = token.encode()
                fields.start_term(encoded)
                lists.write_list(terms[token])
                info = lists.finish_list().to_bytes()
                fields._tindex.add(pack_ushort(fields._fieldid) + encoded, info)
            fields.finish_field()
        fields.close()


class _Storage(FileStorage):  # type: ignore[misc]
    """Whoosh's folder; broken tables of contents leave no file open."""

    def open_file(self, name: str, **options: Any) -> StructFile:
        """The file, opened for reading."""
        if not name.endswith(".toc"):
            return super().open_file(name, **options)
        data = (Path(self.folder) / name).read_bytes()
        return BufferFile(memoryview(data), name=name)


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


def reader_of(writer: Writer, segment: Any) -> SegmentReader:
    """A reader of one segment, for merging it into what `writer` writes."""
    return SegmentReader(writer.storage, writer.schema, segment)


class Segment:
    """One immutable segment: its columns as arrays, its terms on demand.

    Not safe for several threads at once: the caller holds a lock while it asks for terms.
    """

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._storage = storage
        self._segment = segment
        names = segment.make_filename(W3Codec.TERMS_EXT), segment.make_filename(W3Codec.POSTS_EXT)
        terms, self._postings = (storage.open_file(name) for name in names)
        try:
            size = storage.file_length(names[0])
            self._terms = W3TermsReader(segment.codec(), terms, size, self._postings)
            self.columns = {name: self._column(name, code) for name, code in COLUMNS.items()}
        except BaseException:
            terms.close()
            self._postings.close()
            raise

    def _column(self, name: str, code: str) -> NDArray[Any]:
        """A column file: big-endian numbers, cut short where only zeros follow."""
        path = Path(self._storage.folder) / W3Codec.column_filename(self._segment, name)
        values = np.fromfile(path, np.dtype(f">{code}"), count=self.count)
        full = np.zeros(self.count, np.dtype(code))
        full[: len(values)] = values
        if name in NEVER_ZERO and len(values) < self.count:
            raise IndexDamaged(f"{path.name} is cut short")
        return full

    def deleted_rows(self, segment: Any) -> NDArray[np.int64]:
        """The rows that `segment`, this segment in a later table of contents, marks as removed."""
        return np.fromiter(segment.deleted_docs(), dtype=np.int64)

    def term(self, field: str, token: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows and weights of a term; empty when the segment does not hold it."""
        try:
            info = self._terms.term_info(field, token.encode())
        except TermNotFound:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        return self._decode(info)

    def tokens_from(self, field: str, prefix: str) -> Iterator[str]:
        """The tokens of a field that begin with `prefix`."""
        start = prefix.encode()
        for found_field, token in self._terms.terms_from(field, start):
            if found_field != field or not token.startswith(start):
                return
            yield token.decode()

    def _decode(self, info: Any) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        if info.is_inlined():
            rows, weights, _values = info.inlined_postings()
            return np.array(rows, np.int32), np.array(weights, np.float32)
        # Whoosh leaves the length in a tuple of one.
        offset, (length,) = info.extent()
        data = self._postings.get(offset, length)
        all_rows, all_weights = [], []
        place, more = 4, True
        while more:
            (size,) = INT.unpack_from(data, place)
            more, size = size > 0, abs(size)
            stream = io.BytesIO(data[place + INT.size : place + INT.size + size])
            count, _last, _weight, compression, _low, _high = pickle.load(stream)
            block = stream.read()
            deltas, weights, _values = pickle.loads(
                zlib.decompress(block) if compression else block
            )
            all_rows.append(np.cumsum(np.array(deltas, np.int32), dtype=np.int32))
            if weights is None:
                all_weights.append(np.ones(count, np.float32))
            else:
                all_weights.append(np.broadcast_to(np.array(weights, np.float32), (count,)))
            place += INT.size + size
        return np.concatenate(all_rows), np.concatenate(all_weights)

    def __del__(self) -> None:
        # The files stay open as long as any snapshot, in any thread, still reads the segment.
        if hasattr(self, "columns"):
            self._terms.close()
