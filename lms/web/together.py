"""Group commit: small writes that arrive together at one process share one transaction.

Each request puts its item into the queue and waits for its turn. Whoever comes first takes
everything that is waiting, does it, commits once and hands out the answers; nobody is answered
before the commit. What one statement can do is done first, without a session and, on PostgreSQL, in
one round trip; what it left is done in a transaction of the session.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from flask import Flask
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from lms.db import db

MOST_TOGETHER = 64

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Work = Callable[[Connection, Sequence[Item]], Sequence[Answer | None]]


def _held_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Item, Answer]):
    """An item in the queue and, once it has been done, what it is answered.

    `asleep` is held until its request is woken, once: an Event would do, at many times the cost.
    """

    item: Item
    asleep: threading.Lock = field(default_factory=_held_lock)
    is_done: bool = False
    answer: Answer | None = None


class Together(Generic[Item, Answer]):
    """The queue of one process for one kind of write.

    `quick` does what it can with statements that may each be committed by themselves; `rest` does
    what `quick` left, in a transaction. Both give an answer for each item, or None for one of
    which they wrote nothing.
    """

    def __init__(
        self, app: Flask, quick: Work[Item, Answer], rest: Work[Item, Answer] | None = None
    ) -> None:
        self._app = app
        with app.app_context():
            self._engine = db.engine
        event.listen(self._engine, "engine_disposed", self._let_go)
        self._quick = quick
        self._rest = rest
        self._gate = threading.Lock()
        self._is_led = False
        self._waiting: list[_Waiting[Item, Answer]] = []
        self._kept: Connection | None = None  # PostgreSQL: the leader's, one leader at a time

    def take(self, item: Item) -> Answer | None:
        """Do an item together with others; committed when this returns.

        None when nothing of it was kept and it has to be done by itself: because it was left, or
        because the transaction that it was part of failed.
        """
        mine: _Waiting[Item, Answer] = _Waiting(item)
        with self._gate:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.asleep.acquire()  # answered, or chosen to lead
        if not mine.is_done:
            self._lead(mine)
        return mine.answer

    def _lead(self, mine: _Waiting[Item, Answer]) -> None:
        """Do everything that waits, the leader's own item first, and pass the lead on."""
        batch: list[_Waiting[Item, Answer]] = []
        try:
            with self._app.app_context():
                with self._alone() as connection:
                    # Taken when the connection may write, which can be a while: more come.
                    batch = self._gather()
                    answers = list(self._quick(connection, [one.item for one in batch]))
                _hand_out(batch, answers)
                if self._rest is not None and None in answers:
                    self._finish(batch, answers, self._rest)
                    db.session.commit()
                    _hand_out(batch, answers)
        except SQLAlchemyError:
            pass  # what has no answer is done again by itself, where the fault is told
        finally:
            self._pass_on(batch or self._gather(), mine)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A connection for statements of which each may be committed by itself.

        On PostgreSQL it is, which saves two round trips; SQLite has none to save.
        """
        if self._engine.dialect.name != "postgresql":
            with self._engine.begin() as connection:
                yield connection
            return
        if self._kept is None:
            self._kept = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield self._kept
        except BaseException:
            self._let_go()  # whatever it is, the next leader gets another
            raise

    def _let_go(self, _engine: Engine | None = None) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.invalidate()  # ends it, and gives its place in the pool back

    def _finish(
        self,
        batch: Sequence[_Waiting[Item, Answer]],
        answers: list[Answer | None],
        work: Work[Item, Answer],
    ) -> None:
        left = [place for place, answer in enumerate(answers) if answer is None]
        found = work(db.session.connection(), [batch[place].item for place in left])
        for place, answer in zip(left, found, strict=True):
            answers[place] = answer

    def _gather(self) -> list[_Waiting[Item, Answer]]:
        with self._gate:
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        return batch

    def _pass_on(self, batch: list[_Waiting[Item, Answer]], mine: _Waiting[Item, Answer]) -> None:
        with self._gate:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        if following is not None:
            following.asleep.release()
        for one in batch:
            one.is_done = True
            if one is not mine:
                one.asleep.release()


def _hand_out(batch: Sequence[_Waiting[Item, Answer]], answers: Sequence[Answer | None]) -> None:
    for one, answer in zip(batch, answers, strict=True):
        one.answer = answer
