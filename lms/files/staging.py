"""The staging folder: bytes of unfinished uploads, appended durably by one writer at a time.

A telephone that changes networks comes back while the server still waits for the old connection.
So the newest writer wins: it marks the file as its own, and an older one finds that out at its next
chunk and stops without having written.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lms.files.store import fsync_folder


class OffsetMismatch(Exception):
    """The next byte that is missing is another one than the sender thinks; the argument is it."""

    def __init__(self, offset: int) -> None:
        super().__init__(str(offset))
        self.offset = offset


class Superseded(Exception):
    """Another connection has taken over this upload."""


class ChecksumMismatch(Exception):
    """The bytes that arrived are not those that were sent; none of them was kept."""


class Staging:
    """The folder and what is done with a file in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, token: str) -> Path:
        """Where the bytes of the upload lie."""
        return self.root / f"{token}.part"

    def create(self, token: str) -> None:
        """Make room for a new upload."""
        self.path(token).touch(exist_ok=False)
        fsync_folder(self.root)

    def remove(self, token: str) -> None:
        """Forget the upload."""
        self.path(token).unlink(missing_ok=True)
        self._mark_path(token).unlink(missing_ok=True)

    def offset(self, token: str) -> int:
        """How many bytes are safely here; ends whatever writer there still is."""
        with self._locked(token) as file:
            self._mark_path(token).write_text(secrets.token_hex(8))
            os.fsync(file)
            return os.fstat(file).st_size

    def append(
        self, token: str, offset: int, chunks: Iterable[bytes], *, limit: int, sha: str = ""
    ) -> int:
        """Add chunks at `offset`, at most up to a length of `limit`; gives the durable length.

        `chunks` may end early: what came until then is kept, unless `sha` (an algorithm and a hex
        digest, as in "sha1 ab12…") says what all of it should be. Raises OffsetMismatch,
        Superseded, ChecksumMismatch.
        """
        mine = secrets.token_hex(8)
        with self._locked(token) as file:
            if (here := os.fstat(file).st_size) != offset:
                raise OffsetMismatch(here)
            self._mark_path(token).write_text(mine)
        algorithm, _, wanted = sha.partition(" ")
        digest = hashlib.new(algorithm) if sha else None
        length = offset
        for chunk in chunks:
            chunk = chunk[: limit - length]
            with self._locked(token) as file:
                self._check_mark(token, mine)
                _write_all(file, chunk, length)
            length += len(chunk)
            if digest:
                digest.update(chunk)
        with self._locked(token) as file:
            self._check_mark(token, mine)
            if digest and digest.hexdigest() != wanted:
                os.ftruncate(file, offset)
                os.fsync(file)
                raise ChecksumMismatch
            os.fsync(file)
        return length

    def _mark_path(self, token: str) -> Path:
        return self.root / f"{token}.writer"

    def _check_mark(self, token: str, mine: str) -> None:
        try:
            if self._mark_path(token).read_text() == mine:
                return
        except FileNotFoundError:
            pass
        raise Superseded

    @contextmanager
    def _locked(self, token: str) -> Iterator[int]:
        file = os.open(self.path(token), os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _write_all(file: int, chunk: bytes, offset: int) -> None:
    view = memoryview(chunk)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
