"""Where bytes are kept: one small interface over a folder of this machine or an S3 store.

Keys are relative paths such as "blobs/ab/ab34…". What a write has returned from is on disk.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import urlsplit

from obstore.store import LocalStore, S3Store

from config import Settings

CHUNK_BYTES = 256 * 1024


class StoreError(Exception):
    """The store could not do what was asked; the argument says what."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as the store lists it."""

    key: str
    size_bytes: int
    changed_at: datetime


class Storage(Protocol):
    """What the product asks of a store."""

    def put_file(self, key: str, source: Path) -> None:
        """Take the file over under `key`, whole or not at all; `source` may be gone afterwards."""

    def put_folder(self, prefix: str, source: Path) -> None:
        """Take all files below `source` over; the folder may be gone afterwards."""

    def find(self, key: str) -> Stored | None:
        """What is under `key`, None when there is nothing."""

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to but not including `end`, in chunks."""

    def local_path(self, key: str) -> Path | None:
        """The file behind `key` when it lies on this machine."""

    def delete(self, key: str) -> None:
        """Remove what is under `key`, if anything."""

    def delete_folder(self, prefix: str) -> None:
        """Remove everything below `prefix`."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Everything below `prefix`."""


def check_key(key: str) -> str:
    """The key itself when it is a plain relative path; raises StoreError."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or "\\" in key or "\0" in key or ".." in parts:
        raise StoreError(f"not a key: {key!r}")
    return key


@contextmanager
def as_file(storage: Storage, key: str, *, work_folder: Path | None = None) -> Iterator[Path]:
    """The object as a file to read: itself where it lies here, else a copy in `work_folder`."""
    path = storage.local_path(key)
    if path is not None:
        yield path
        return
    stored = storage.find(key)
    if stored is None:
        raise StoreError(f"nothing under {key}")
    with TemporaryDirectory(prefix="xueshi-", dir=work_folder) as folder:
        copy = Path(folder) / PurePosixPath(key).name
        with copy.open("wb") as file:
            for chunk in storage.read(key, 0, stored.size_bytes):
                file.write(chunk)
        yield copy


def fsync_folder(folder: Path) -> None:
    """Make renames inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_file(path: Path) -> None:
    """Make the bytes of the file durable."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


class FolderStorage:
    """A folder of this machine; written with renames that are made durable, as obstore does not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._objects = LocalStore(root)

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    def put_file(self, key: str, source: Path) -> None:
        """Rename where the file lies on the same disk, else copy beside and rename."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        fsync_file(source)
        try:
            source.replace(target)
        except OSError:
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            shutil.copyfile(source, beside)
            fsync_file(beside)
            beside.replace(target)
        os.utime(target)
        fsync_folder(target.parent)

    def put_folder(self, prefix: str, source: Path) -> None:
        """One rename; what was there under the same name is replaced."""
        target = self._path(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        for path in source.rglob("*"):
            if path.is_file():
                fsync_file(path)
        shutil.rmtree(target, ignore_errors=True)
        try:
            source.rename(target)
        except OSError:
            beside = target.with_name(f".{target.name}.{os.getpid()}")
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(source, beside)
            beside.rename(target)
        fsync_folder(target.parent)

    def find(self, key: str) -> Stored | None:
        """The length and age of the file."""
        path = self._path(key)
        if not path.is_file():
            return None
        facts = path.stat()
        return Stored(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Plain reads of the file."""
        with self._path(key).open("rb") as file:
            file.seek(start)
            left = end - start
            while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
                yield chunk

    def local_path(self, key: str) -> Path | None:
        """The file, if it is there."""
        path = self._path(key)
        return path if path.is_file() else None

    def delete(self, key: str) -> None:
        """Unlink the file."""
        self._path(key).unlink(missing_ok=True)

    def delete_folder(self, prefix: str) -> None:
        """Remove the tree."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Walk the tree."""
        return _listed(self._objects, prefix)


class ObjectStorage:
    """An S3-compatible store through obstore."""

    def __init__(self, objects: Any) -> None:
        self._objects = objects

    def put_file(self, key: str, source: Path) -> None:
        """One upload, in parts where the file is large; the store shows it when it is whole."""
        self._objects.put(check_key(key), source)
        source.unlink(missing_ok=True)

    def put_folder(self, prefix: str, source: Path) -> None:
        """File by file; nobody is told the prefix before all are there."""
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self._objects.put(check_key(f"{prefix}/{path.relative_to(source)}"), path)
        shutil.rmtree(source, ignore_errors=True)

    def find(self, key: str) -> Stored | None:
        """What the store reports."""
        try:
            found = self._objects.head(check_key(key))
        except FileNotFoundError:
            return None
        return Stored(key, found["size"], found["last_modified"])

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """A ranged request, passed on as it arrives."""
        if end <= start:
            return
        result = self._objects.get(check_key(key), options={"range": (start, end)})
        for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(chunk)

    def local_path(self, key: str) -> Path | None:
        """Nothing lies on this machine."""
        return None

    def delete(self, key: str) -> None:
        """Delete the object."""
        try:
            self._objects.delete(check_key(key))
        except FileNotFoundError:
            return

    def delete_folder(self, prefix: str) -> None:
        """Delete all objects below the prefix."""
        keys = [stored.key for stored in self.list(prefix)]
        if keys:
            self._objects.delete(keys)

    def list(self, prefix: str) -> Iterator[Stored]:
        """The store's own listing."""
        return _listed(self._objects, prefix)


def _listed(objects: Any, prefix: str) -> Iterator[Stored]:
    for page in objects.list(check_key(prefix)):
        for found in page:
            yield Stored(found["path"], found["size"], found["last_modified"])


@cache
def open_storage(settings: Settings) -> Storage:
    """The store that the settings name: data_dir/files, or s3://bucket/prefix.

    Credentials of S3 come from the usual AWS_ variables of the environment. Raises StoreError.
    """
    if not settings.storage_url:
        return FolderStorage(settings.data_dir / "files")
    parts = urlsplit(settings.storage_url)
    if parts.scheme == "file":
        return FolderStorage(Path(parts.path))
    if parts.scheme != "s3" or not parts.netloc:
        raise StoreError("STORAGE_URL must be s3://bucket/prefix")
    options: dict[str, Any] = {}
    if settings.storage_endpoint:
        options["endpoint"] = settings.storage_endpoint
        if settings.storage_endpoint.startswith("http://"):
            options["client_options"] = {"allow_http": True}
    return ObjectStorage(S3Store(parts.netloc, prefix=parts.path.strip("/") or None, **options))
