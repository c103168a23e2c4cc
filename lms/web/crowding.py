"""Pages one after the other: the threads of a process share one interpreter.

Threads that put pages together at the same time take it from each other at every row that they
read, and a thread that is woken for the next page waits until it gets it. So one thread reads
requests and answers one after the other. What writes waits for the database and for other writers,
and is handed over to other threads; who has to wait for a slow line steps aside.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from flask import Flask

Work = tuple[Callable[..., None], Any]
AT_ONCE = 1  # SQLite works inside this process
AT_ONCE_ELSEWHERE = 2  # while one waits for another machine's database, the other computes
PATIENCE_SECONDS = 0.5  # behind requests that take long, such as a large export
_mine = threading.local()  # the turn of this thread


class Threads:
    """Threads that take work from one queue, so many of them at a time, and others to help them.

    A thread holds a turn while it works. Further turns are lent while work has waited for long.
    """

    at_once = AT_ONCE  # as the application of the process says

    def __init__(self, count: int, patience: float = PATIENCE_SECONDS) -> None:
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._handed_over: SimpleQueue[Work | None] = SimpleQueue()
        self._came: deque[float] = deque()  # when what waits was submitted
        self._turns: SimpleQueue[None] = SimpleQueue()
        self._lent = 0
        self._lock = threading.Lock()
        self._count = count
        self._patience = patience

    def start(self) -> None:
        """Begin, once the application is there."""
        for _ in range(self.at_once):
            self._turns.put(None)
        for run in [self._take_turns, self._help] * self._count:
            threading.Thread(target=run, daemon=True).start()

    def submit(self, work: Callable[..., None], given: Any) -> None:
        """Let the next thread that has a turn do it."""
        self._came.append(time.monotonic())
        self._work.put((work, given))

    def hand_over(self, work: Callable[..., None], given: Any) -> None:
        """Let a thread do it that needs no turn."""
        self._handed_over.put((work, given))

    def shutdown(self, *, wait: bool) -> None:
        """Let the threads end; what one is doing ends with the process, which does not wait."""
        for _ in range(self._count):
            self._work.put(None)
            self._turns.put(None)
            self._handed_over.put(None)

    def lend_turn(self) -> float:
        """Let one more thread work when work has waited for long; to be called now and then.

        Gives the seconds until there may be reason to do it again.
        """
        try:
            waited = time.monotonic() - self._came[0]
        except IndexError:
            return math.inf
        if waited >= self._patience:
            with self._lock:
                if self._lent < self._count:
                    self._lent += 1
                    self._turns.put(None)
        return self._patience / 2

    def pass_turn(self) -> None:
        """Give the turn of this thread to another, unless it is one that was lent."""
        with self._lock:
            if self._lent:
                self._lent -= 1
            else:
                self._turns.put(None)

    def _take_turns(self) -> None:
        while True:
            self._turns.get()
            turn = _mine.turn = Turn(self)
            while turn.is_held:
                given = self._work.get()
                if given is None:
                    return
                self._came.popleft()
                _do(given)
                if self._lent:
                    turn.give_up()

    def _help(self) -> None:
        while (given := self._handed_over.get()) is not None:
            _do(given)


def _do(given: Work) -> None:
    work, what = given
    try:
        work(what)
    except Exception:  # the thread has others to serve
        logging.getLogger(__name__).exception("A connection was lost.")


class Turn:
    """The right of a thread to work; only that thread touches it."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self.is_held = True

    def give_up(self) -> None:
        """Let another thread work; the first time, that is."""
        if self.is_held:
            self.is_held = False
            self._threads.pass_turn()


def has_turn() -> bool:
    """Whether others wait for this thread."""
    turn: Turn | None = getattr(_mine, "turn", None)
    return turn is not None and turn.is_held


def step_aside() -> None:
    """Let the next request begin, because this one is about to wait."""
    turn: Turn | None = getattr(_mine, "turn", None)
    if turn is not None:
        turn.give_up()


def init_crowding(app: Flask) -> None:
    """Tell the threads of this process how many of them the database lets work at once."""
    is_here = app.config["SETTINGS"].database_url.startswith("sqlite")
    Threads.at_once = AT_ONCE if is_here else AT_ONCE_ELSEWHERE
