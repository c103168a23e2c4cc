"""The embedded engine: a Whoosh index on disk, ranked with NumPy over cached postings.

One process writes at a time (a file lock). Readers look for a newer commit at each request and keep
what they have cached of the segments that stayed.
"""

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.index import FileIndex

from lms.search import whoosh_index
from lms.search.engine import (
    Found,
    IndexBusy,
    IndexDamaged,
    IndexEntry,
    Request,
)
from lms.search.ranking import rank
from lms.search.whoosh_index import NAME, TITLE, WORDS, Segment, reading
from lms.search.whoosh_snapshot import DOCUMENT_COLUMNS, Snapshot
from lms.search.whoosh_writer import Writer

MOST_GATHERED = 8_000_000  # postings of one segment while an index is built; about 100 MB
MANY_SEGMENTS = 24
MOST_MERGED = 3_000  # entries that one commit merges
DAMAGE_NOTE = "damaged"


class WhooshEngine:
    """The index below one folder; safe for the threads of a process and for several processes."""

    name = "whoosh"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._current = str(root / "current")
        self._held: tuple[tuple[int, int], Snapshot] | None = None
        self._lock = threading.Lock()
        self._writer_lock = threading.RLock()
        self._writer_depth = 0
        self._writer_file: int | None = None

    # Reading

    def search(self, request: Request) -> Found:
        """Answer a request; raises IndexDamaged."""
        with self._damage_noticed():
            return rank(request, self.snapshot())

    def version(self) -> tuple[Path, int] | None:
        """The folder and its last commit; None while the index is damaged."""
        try:
            snapshot = self.snapshot()
        except IndexDamaged:
            return None
        return snapshot.folder, snapshot.generation

    def marks(self, document_ids: Collection[int] | None = None) -> dict[int, int]:
        """The entries in the index, or those of some documents: id to mark; raises IndexDamaged."""
        with self._damage_noticed():
            snapshot = self.snapshot()
            rows = snapshot.rows
            wanted = rows.document > 0
            if document_ids is not None:
                wanted &= np.isin(rows.document, np.fromiter(document_ids, dtype=np.int32))
            marks = snapshot.column("mark")
            return dict(zip(rows.entry[wanted].tolist(), marks[wanted].tolist(), strict=True))

    def check_files(self) -> None:
        """Raise IndexDamaged when the index cannot be opened, files and all."""
        if (self.root / DAMAGE_NOTE).exists():
            raise IndexDamaged("a search failed on it")
        folder = self._folder()
        with self._damage_noticed(), reading():
            toc = whoosh_index.read_toc(whoosh_index.open_index(folder))
            for segment in toc.segments:
                for ending in ("trm", "pst"):
                    (folder / f"{segment.segment_id()}.{ending}").stat()
            self.snapshot()

    def is_scattered(self) -> bool:
        """Whether the index would gain from being built again."""
        return len(self.snapshot().segments) > MANY_SEGMENTS

    def report_damage(self) -> None:
        """Note that a search failed; the note goes away with the index that it is about."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / DAMAGE_NOTE).touch()

    def size_bytes(self) -> int:
        """The room that the index takes."""
        return sum(path.stat().st_size for path in self._folder().iterdir() if path.is_file())

    def snapshot(self) -> Snapshot:
        """The index as of the last commit; raises IndexDamaged."""
        held = self._held
        pointer = self._pointer()
        if held is not None and held[0] == pointer and _is_last(held[1]):
            return held[1]
        with self._lock, reading():
            held = self._held
            if held is None or held[0] != pointer or not _is_last(held[1]):
                folder = self._folder()
                before = held[1] if held and held[1].folder == folder else None
                held = self._held = pointer, _open_snapshot(folder, before)
            return held[1]

    def _pointer(self) -> tuple[int, int]:
        """What changes whenever another folder becomes the index."""
        try:
            facts = os.stat(self._current)  # noqa: PTH116 (at every search)
        except OSError as error:
            raise IndexDamaged("there is no index") from error
        return facts.st_ino, facts.st_mtime_ns

    def _folder(self) -> Path:
        try:
            name = Path(self._current).read_text().strip()
        except OSError as error:
            raise IndexDamaged("there is no index") from error
        return self.root / name

    @contextmanager
    def _damage_noticed(self) -> Iterator[None]:
        """Let go of an index that turns out to be damaged; the next search opens it anew."""
        try:
            yield
        except IndexDamaged:
            self._held = None
            raise

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; raises IndexBusy when another process does."""
        if not self._writer_lock.acquire(timeout=10):
            raise IndexBusy("another thread is writing")
        try:
            if self._writer_depth == 0:
                self._writer_file = _lock_file(self.root)
            self._writer_depth += 1
            try:
                yield
            finally:
                self._writer_depth -= 1
                if self._writer_depth == 0 and self._writer_file is not None:
                    os.close(self._writer_file)
                    self._writer_file = None
        finally:
            self._writer_lock.release()

    def apply(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Remove and add entries, all or nothing; raises IndexDamaged, IndexBusy."""
        with self.writing(), self._damage_noticed():
            rows = self.snapshot().rows
            gone = np.isin(rows.entry, np.fromiter(remove, dtype=np.int64)) & (rows.document > 0)
            with reading():
                index = whoosh_index.open_index(self._folder())
            _commit(index, add, np.flatnonzero(gone).tolist())

    def build(self) -> "WhooshBuilder":
        """Begin a new index in a folder of its own."""
        return WhooshBuilder(self)

    def activate(self, folder: Path) -> None:
        """Make `folder` the index from now on, and remove all others."""
        pointer = self.root / f"current.{secrets.token_hex(4)}"
        pointer.write_text(folder.name)
        pointer.replace(self.root / "current")
        (self.root / DAMAGE_NOTE).unlink(missing_ok=True)
        for other in self.root.glob("index-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)


class WhooshBuilder:
    """A new index beside the one that is searched."""

    def __init__(self, engine: WhooshEngine) -> None:
        self.engine = engine
        self.folder = engine.root / f"index-{secrets.token_hex(6)}"
        self.index = whoosh_index.create_index(self.folder)
        self._marks: dict[int, int] = {}
        self._writer: Writer | None = None

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries, in segments of a size that fits in memory."""
        for entry in entries:
            self._marks[entry.id] = entry.mark
            if self._writer is None:
                self._writer = whoosh_index.open_writer(self.index)
            self._writer.add_row(_fields(entry), _columns(entry))
            if self._writer.gathered >= MOST_GATHERED:
                self._finish_segment()

    def _finish_segment(self) -> None:
        if self._writer is not None:
            self._writer.commit(mergetype=_merge_none)
            self._writer = None

    def marks(self) -> dict[int, int]:
        """The entries added so far: id to mark."""
        return self._marks

    def swap(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Make the last changes and put the new index in the place of the old at one stroke."""
        self._finish_segment()
        entries = list(add)
        if remove or entries:
            rows = _open_snapshot(self.folder, None).rows
            gone = np.isin(rows.entry, np.fromiter(remove, dtype=np.int64))
            _commit(self.index, entries, np.flatnonzero(gone).tolist(), merge=False)
        with self.engine.writing():
            self.engine.activate(self.folder)

    def abandon(self) -> None:
        """Throw the new index away."""
        if self._writer is not None:
            self._writer.cancel()
        shutil.rmtree(self.folder, ignore_errors=True)


def _open_snapshot(folder: Path, before: Snapshot | None) -> Snapshot:
    """Open the index; tried again when a commit removes files in the same moment."""
    for attempt in range(5):
        try:
            return Snapshot(folder, before)
        except FileNotFoundError:
            if attempt == 4 or not folder.is_dir():
                raise
    raise AssertionError("unreachable")


def _is_last(snapshot: Snapshot) -> bool:
    """Whether nothing was committed since: a commit writes the next table and removes the last."""
    prefix = f"{snapshot.folder}/_{whoosh_index.INDEX_NAME}_"
    exists = os.path.exists
    return exists(f"{prefix}{snapshot.generation}.toc") and not exists(
        f"{prefix}{snapshot.generation + 1}.toc"
    )


def _lock_file(root: Path) -> int:
    """Lock the index for this process; the system lets go when the process ends in any way."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / "writer.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise IndexBusy("another process is writing") from error
    return handle


def _commit(
    index: FileIndex, add: Iterable[IndexEntry], gone: list[int], *, merge: bool = True
) -> None:
    """One commit of additions and removals; `gone` are rows as of the commit before."""
    writer = whoosh_index.open_writer(index)
    try:
        for row in gone:
            writer.delete_document(row)
        for entry in add:
            writer.add_row(_fields(entry), _columns(entry))
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=_merge_small if merge else _merge_none)


def _merge_none(_writer: Writer, segments: list[Any]) -> list[Any]:
    return segments


def _merge_small(writer: Writer, segments: list[Any]) -> list[Any]:
    """Merge the smallest segments once there are many, within what a commit may take.

    The larger segments wait for the index to be built again at night. Many segments cost a search
    nothing once the lists are cached.
    """
    if len(segments) < MANY_SEGMENTS:
        return segments
    chosen: list[Any] = []
    count = 0
    for segment in sorted(segments, key=lambda segment: int(segment.doc_count_all())):
        count += segment.doc_count_all()
        if count > MOST_MERGED:
            break
        chosen.append(segment)
    if len(chosen) < 2:
        return segments
    for segment in chosen:
        _take_segment(writer, segment)
    return [segment for segment in segments if segment not in chosen]


def _take_segment(writer: Writer, given: Any) -> None:
    """Add what is left of a segment to the one that is being written."""
    segment = Segment(writer.storage, given)
    kept = np.ones(segment.count, np.bool_)
    kept[segment.deleted_rows(given)] = False
    columns = {name: values[kept] for name, values in segment.columns.items()}
    first = writer.add_columns(columns, int(np.count_nonzero(kept)))
    new_row = first + np.cumsum(kept, dtype=np.int32) - 1
    for field in segment.fields():
        for token, rows, weights in segment.tokens(field):
            stay = kept[rows]
            if stay.any():
                writer.add_list(field, token, new_row[rows[stay]], weights[stay])


def _fields(entry: IndexEntry) -> dict[str, Mapping[str, float]]:
    return {
        WORDS: entry.weights,
        NAME: dict.fromkeys(entry.names, 1.0),
        TITLE: dict.fromkeys(entry.title_tokens, 1.0),
    }


def _columns(entry: IndexEntry) -> dict[str, int]:
    document = entry.document
    return {
        "entry": entry.id,
        "mark": entry.mark,
        "document": document.id,
        "length": entry.length,
        "head": 1 if entry.names else 0,
        **{name: getattr(document, name) for name in DOCUMENT_COLUMNS},
    }
