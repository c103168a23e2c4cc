"""Group commit: beats that arrive together at one process share one transaction.

Each request puts its beat into the queue and waits for the turn of its process. Whoever comes first
takes everything that is waiting, counts it, commits once and hands out the answers; nobody is
answered before the commit. On SQLite, where only one process can write at a time, the processes
queue at a file lock, because the database's own waiting is polling.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from lms.db import db
from lms.errors import Expired
from lms.study.beat_report import Report
from lms.study.beats import SeatNeeded, columns, count
from lms.study.clock_state import load
from lms.study.models import StudyClock
from lms.study.wire import Answer

MOST_TOGETHER = 64

_table = StudyClock.__table__
_FILLED = ("state", "is_open", "beat_at", "open_on", "open_seconds", "open_kind", "open_subject_id")
# In the order of members, so that two processes never wait for each other in a ring.
_HOLD = (
    select(_table.c.member_id, _table.c.state)
    .where(_table.c.member_id.in_(bindparam("ids", expanding=True)))
    .order_by(_table.c.member_id)
    .with_for_update()
)
_CHANGE = (
    update(_table)
    .where(_table.c.member_id == bindparam("of_member"))
    .values({name: bindparam(name) for name in _FILLED})
)


@dataclass(eq=False, slots=True)
class Waiting:
    """A beat in the queue and, once it has been taken, what it is answered."""

    report: Report
    woken: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    answer: Answer | None = None


class BeatQueue:
    """The queue of one process."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.gate = threading.Lock()
        self.is_led = False
        self.waiting: list[Waiting] = []
        self.lock_path: Path | None = None
        settings = app.config["SETTINGS"]
        if settings.database_url.startswith("sqlite"):
            self.lock_path = settings.data_dir / "beats.lock"

    def take(self, report: Report) -> Answer | None:
        """Count a beat together with others; committed when this returns.

        None when nothing of it was kept and it has to be taken by itself: its window is over or
        takes the clock, or the transaction that it was part of failed.
        """
        mine = Waiting(report)
        with self.gate:
            self.waiting.append(mine)
            leads, self.is_led = not self.is_led, True
        if not leads:
            mine.woken.wait()  # answered, or chosen to lead
        if not mine.is_done:
            self._lead()
        return mine.answer

    def _lead(self) -> None:
        """Take everything that waits, the leader's own beat first, and pass the lead on."""
        batch: list[Waiting] = []
        committed = False
        try:
            # Taken only when it is this process's turn: meanwhile more have come.
            with self.app.app_context(), self._turn_of_process():
                batch = self._gather()
                _take_batch(batch)
                db.session.commit()
            committed = True
        except (SQLAlchemyError, OSError):
            pass  # each beat of the batch is tried again by itself, where the fault is told
        finally:
            batch = batch or self._gather()
            if not committed:
                for one in batch:
                    one.answer = None
            self._pass_on(batch)

    def _gather(self) -> list[Waiting]:
        with self.gate:
            batch, self.waiting = self.waiting[:MOST_TOGETHER], self.waiting[MOST_TOGETHER:]
        return batch

    def _pass_on(self, batch: list[Waiting]) -> None:
        with self.gate:
            following = self.waiting[0] if self.waiting else None
            self.is_led = following is not None
        if following is not None:
            following.woken.set()
        for one in batch:
            one.is_done = True
            one.woken.set()

    @contextmanager
    def _turn_of_process(self) -> Iterator[None]:
        if self.lock_path is None:
            yield
            return
        with self.lock_path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _take_batch(batch: list[Waiting]) -> None:
    connection = db.session.connection()
    ids = {one.report.member_id for one in batch}
    rows = connection.execute(_HOLD, {"ids": list(ids)})
    clocks = {row.member_id: load(row.state) for row in rows}
    changed = {}
    for one in batch:
        member_id = one.report.member_id
        clock = clocks.get(member_id)
        if clock is None:
            continue
        try:
            after, one.answer = count(one.report, clock, actor=None)
        except (SeatNeeded, Expired):
            continue
        if after is not clock:
            clocks[member_id] = changed[member_id] = after
    if changed:
        values = [{"of_member": key, **columns(clock)} for key, clock in sorted(changed.items())]
        connection.execute(_CHANGE, values)
