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
from lms.errors import DomainError, Expired
from lms.study.beats import Report, SeatNeeded, columns, count
from lms.study.clock_state import load
from lms.study.models import StudyClock
from lms.study.wire import Answer

MOST_TOGETHER = 64


@dataclass(eq=False, slots=True)
class Waiting:
    """A beat in the queue and, once it has been taken, what became of it."""

    report: Report
    woken: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    answer: Answer | None = None
    error: DomainError | None = None


class BeatQueue:
    """The queue of one process."""

    def __init__(self, lock_path: Path | None) -> None:
        self.lock_path = lock_path
        self.gate = threading.Lock()
        self.is_led = False
        self.waiting: list[Waiting] = []

    def take(self, report: Report) -> Answer | None:
        """Count a beat together with others; committed when this returns.

        None when it has to be taken by itself: its window takes the clock, or the transaction that
        it was part of failed, of which nothing is kept. Raises the beat's own DomainError.
        """
        mine = Waiting(report)
        with self.gate:
            self.waiting.append(mine)
            leads, self.is_led = not self.is_led, True
        if not leads:
            mine.woken.wait()  # answered, or chosen to lead
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.answer

    def _lead(self) -> None:
        """Take everything that waits, the leader's own beat first, and pass the lead on."""
        with self.gate:
            batch, self.waiting = self.waiting[:MOST_TOGETHER], self.waiting[MOST_TOGETHER:]
        committed = False
        try:
            with self._between_processes():
                _take_batch(batch)
                db.session.commit()
            committed = True
        except SQLAlchemyError:
            db.session.rollback()
        finally:
            if not committed:
                for one in batch:
                    one.answer = one.error = None
            self._pass_on(batch)

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
    def _between_processes(self) -> Iterator[None]:
        if self.lock_path is None:
            yield
            return
        with self.lock_path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _take_batch(batch: list[Waiting]) -> None:
    table = StudyClock.__table__
    ids = {one.report.member_id for one in batch}
    # In the order of members, so that two processes never wait for each other in a ring.
    query = select(table.c.member_id, table.c.state).where(table.c.member_id.in_(ids))
    query = query.order_by(table.c.member_id).with_for_update()
    clocks = {row.member_id: load(row.state) for row in db.session.execute(query)}
    changed = {}
    for one in batch:
        member_id = one.report.member_id
        clock = clocks.get(member_id)
        if clock is None:
            continue
        try:
            after, one.answer = count(one.report, clock, actor=None)
        except SeatNeeded:
            continue
        except Expired as error:
            one.error = error
            continue
        if after is not clock:
            clocks[member_id] = changed[member_id] = after
    if changed:
        rows = [{"of_member": key, **columns(clock)} for key, clock in sorted(changed.items())]
        change = update(table).where(table.c.member_id == bindparam("of_member"))
        values = {name: bindparam(name) for name in rows[0] if name != "of_member"}
        db.session.connection().execute(change.values(values), rows)


def queue_of(app: Flask) -> BeatQueue:
    """The queue of this process for the application."""
    if "study.beats" not in app.extensions:
        settings = app.config["SETTINGS"]
        is_sqlite = settings.database_url.startswith("sqlite")
        lock_path = settings.data_dir / "beats.lock" if is_sqlite else None
        app.extensions.setdefault("study.beats", BeatQueue(lock_path))
    queue: BeatQueue = app.extensions["study.beats"]
    return queue
