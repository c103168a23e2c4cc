"""The requests of one process are served one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from flask import Flask

from lms.web.crowding import AT_ONCE, AT_ONCE_ELSEWHERE, Threads, init_crowding, step_aside

LONG = 5.0


class Crowd:
    """Requests that stay until they are let go."""

    def __init__(self, threads: Threads) -> None:
        self.threads = threads
        self.begun: list[int] = []
        self.leave = [threading.Event() for _ in range(8)]

    def send(self, number: int, *, waits: bool = False) -> None:
        self.threads.submit(self._waits if waits else self.stay, number)
        self._settle()

    def stay(self, number: int) -> None:
        self.begun.append(number)
        self.leave[number].wait(LONG)

    def _waits(self, number: int) -> None:
        step_aside()
        step_aside()  # has no turn to give any more
        self.stay(number)

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self.leave[number].set()
            self._settle()

    def _settle(self) -> None:
        time.sleep(0.03)


@pytest.fixture
def crowd_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Crowd]]:
    made: list[Crowd] = []

    def make(at_once: int, patience: float = LONG) -> Crowd:
        monkeypatch.setattr(Threads, "at_once", at_once)
        threads = Threads(6, patience)
        threads.start()
        made.append(Crowd(threads))
        return made[-1]

    yield make
    for crowd in made:
        crowd.threads.shutdown(wait=False)
        for event in crowd.leave:
            event.set()


def test_so_many_are_served_and_the_others_in_the_order_of_their_coming(crowd_of) -> None:
    crowd = crowd_of(2)
    for number in range(6):
        crowd.send(number)
    assert sorted(crowd.begun) == [0, 1]
    crowd.let_go(1)
    assert crowd.begun[2:] == [2]
    crowd.let_go(0, 2)
    assert crowd.begun[3:] == [3, 4]
    crowd.let_go(3, 4, 5)
    assert crowd.begun[5:] == [5]


def test_who_waits_lets_the_next_one_begin(crowd_of) -> None:
    crowd = crowd_of(1)
    crowd.send(0, waits=True)
    crowd.send(1, waits=True)
    crowd.send(2)
    crowd.send(3)
    assert crowd.begun == [0, 1, 2]
    crowd.let_go(0, 1)
    assert crowd.begun == [0, 1, 2]  # their turns were given long ago
    crowd.let_go(2)
    assert crowd.begun == [0, 1, 2, 3]


def test_a_turn_is_lent_behind_what_takes_long_and_taken_back(crowd_of) -> None:
    crowd = crowd_of(1, patience=0.1)
    assert crowd.threads.lend_turn() > 1  # nothing waits
    crowd.send(0)
    crowd.send(1)
    assert crowd.threads.lend_turn() <= 0.1
    assert crowd.begun == [0]
    time.sleep(0.1)
    crowd.threads.lend_turn()
    crowd.send(2)
    assert crowd.begun == [0, 1]
    crowd.let_go(0)
    assert crowd.begun == [0, 1]  # one is still served, as many as there may be
    crowd.let_go(1)
    assert crowd.begun == [0, 1, 2]


def test_a_thread_outlives_what_it_was_given(crowd_of) -> None:
    crowd = crowd_of(1)
    done: list[int] = []
    numbers = count()

    def fail_at_times(_given: object) -> None:
        if (number := next(numbers)) % 2:
            raise ValueError("on purpose")
        done.append(number)

    for _ in range(4):
        crowd.threads.submit(fail_at_times, None)
    crowd.send(5)
    assert done == [0, 2]
    assert crowd.begun == [5]


def test_threads_end_when_all_that_came_before_is_done(crowd_of) -> None:
    before = threading.active_count()
    crowd = crowd_of(1)
    crowd.send(0)
    crowd.send(1)
    crowd.threads.shutdown(wait=False)
    crowd.let_go(0, 1)
    deadline = time.monotonic() + LONG
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert crowd.begun == [0, 1]


def test_what_is_handed_over_needs_no_turn(crowd_of) -> None:
    crowd = crowd_of(1)
    crowd.send(0)
    for number in (1, 2):
        crowd.threads.hand_over(crowd.stay, number)
    crowd.send(3)
    assert sorted(crowd.begun) == [0, 1, 2]
    crowd.let_go(1, 2)
    assert sorted(crowd.begun) == [0, 1, 2]
    crowd.let_go(0)
    assert crowd.begun[3:] == [3]


def test_a_database_elsewhere_lets_two_work_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = app.config["SETTINGS"]
    for url, expected in (("sqlite:///x.db", AT_ONCE), ("postgresql://x", AT_ONCE_ELSEWHERE)):
        monkeypatch.setattr(Threads, "at_once", 0)
        monkeypatch.setitem(app.config, "SETTINGS", replace(here, database_url=url))
        init_crowding(app)
        assert Threads.at_once == expected
