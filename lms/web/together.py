"""Group commit: small writes that arrive together at one process share one transaction.

Each request puts its item into the queue and waits for its turn. Whoever comes first takes
everything that is waiting, does it, commits once and hands out the answers; nobody is answered
before the commit.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from lms.db import db

MOST_TOGETHER = 64

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Work = Callable[[Connection, Sequence[Item]], Sequence[Answer | None]]


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Item, Answer]):
    """An item in the queue and, once it has been done, what it is answered."""

    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    answer: Answer | None = None


class Together(Generic[Item, Answer]):
    """The queue of one process for one kind of write.

    `work` does all items in the transaction of the connection it gets and gives an answer each, or
    None for an item of which it has written nothing.
    """

    def __init__(self, app: Flask, work: Work[Item, Answer]) -> None:
        self._app = app
        self._work = work
        self._gate = threading.Lock()
        self._is_led = False
        self._waiting: list[_Waiting[Item, Answer]] = []

    def take(self, item: Item) -> Answer | None:
        """Do an item together with others; committed when this returns.

        None when nothing of it was kept and it has to be done by itself: because `work` left it, or
        because the transaction that it was part of failed.
        """
        mine: _Waiting[Item, Answer] = _Waiting(item)
        with self._gate:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.woken.wait()  # answered, or chosen to lead
        if not mine.is_done:
            self._lead()
        return mine.answer

    def _lead(self) -> None:
        """Do everything that waits, the leader's own item first, and pass the lead on."""
        batch: list[_Waiting[Item, Answer]] = []
        answers: Sequence[Answer | None] = ()
        try:
            with self._app.app_context():
                # Taken when the transaction has begun, which may be a while: meanwhile more come.
                connection = db.session.connection()
                batch = self._gather()
                found = self._work(connection, [one.item for one in batch])
                db.session.commit()
            answers = found
        except SQLAlchemyError:
            pass  # each item of the batch is done again by itself, where the fault is told
        finally:
            batch = batch or self._gather()
            for one, answer in zip(batch, answers, strict=False):
                one.answer = answer
            self._pass_on(batch)

    def _gather(self) -> list[_Waiting[Item, Answer]]:
        with self._gate:
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        return batch

    def _pass_on(self, batch: list[_Waiting[Item, Answer]]) -> None:
        with self._gate:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        if following is not None:
            following.woken.set()
        for one in batch:
            one.is_done = True
            one.woken.set()
