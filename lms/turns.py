"""Whose turn it is to write: SQLite lets one connection write at a time.

SQLite's own waiting is polling with growing pauses, which under load costs most of its speed and
leaves some waiting for seconds. So writers queue before they begin: the threads of a process at a
mutex, and one of each process at a file lock, which the kernel hands on in the order of arrival
and takes from a process that dies.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

PATIENCE_SECONDS = 15.0
HELD = "turn"


class Turns:
    """The queue of the writers of one database file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._file = -1
        self._opened_by = 0

    def take(self, info: MutableMapping[Any, Any]) -> None:
        """Wait for the turn of the connection with that `info`.

        Raises OperationalError when another connection of this process keeps it for too long.
        """
        if HELD in info:
            return
        if not self._mutex.acquire(timeout=PATIENCE_SECONDS):
            locked = sqlite3.OperationalError("database is locked")
            raise OperationalError("BEGIN IMMEDIATE", None, locked)
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX)
        except BaseException:
            self._mutex.release()
            raise
        info[HELD] = True

    def give_back(self, _connection: object, record: Any) -> None:
        """The connection goes back to its pool: whatever it wrote has ended."""
        if record.info.pop(HELD, None):
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._mutex.release()

    def _opened(self) -> int:
        # A file that was opened before a fork would share its lock with the other process.
        if self._opened_by != os.getpid():
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._opened_by = os.getpid()
        return self._file
