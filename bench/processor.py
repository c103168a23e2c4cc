"""Processor time by part: the server, the database's processes for it, and the load itself."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from lms.db import db

TICKS = os.sysconf("SC_CLK_TCK")
BACKENDS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")


@contextmanager
def measured(app: Flask) -> Iterator[dict[str, float]]:
    """The seconds that each part has taken, filled in at the end; PostgreSQL runs on this host."""
    seconds: dict[str, float] = {}
    server, database, load = _of(_children()), _of(_backends(app)), time.process_time()
    yield seconds
    seconds["load"] = time.process_time() - load
    for name, before, after in (
        ("server", server, _of(_children())),
        ("database", database, _of(_backends(app))),
    ):
        seconds[name] = sum(took - before.get(pid, 0.0) for pid, took in after.items())


def _children() -> list[int]:
    """The processes below this one."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (facts := _stat(int(folder.name))):
            parents[int(folder.name)] = int(facts[1])
    found = [os.getpid()]
    for pid in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _backends(app: Flask) -> list[int]:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            return []
        with db.engine.connect() as connection:
            return list(connection.scalars(BACKENDS))


def _of(pids: list[int]) -> dict[int, float]:
    """User and system time by process."""
    known = {pid: _stat(pid) for pid in pids}
    return {pid: (int(facts[11]) + int(facts[12])) / TICKS for pid, facts in known.items() if facts}


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; empty when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
