"""The requests of one process are served one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from queue import SimpleQueue

import pytest
from flask import Flask

from lms.web.crowding import Threads, step_aside
from tests.pages import LintingClient

LONG = 5.0


class Crowd:
    """Requests that stay until they are let go."""

    def __init__(self, threads: Threads) -> None:
        self.threads = threads
        self.begun: list[int] = []
        self.leave = [threading.Event() for _ in range(8)]

    def send(self, number: int, *, waits: bool = False) -> None:
        self.threads.submit(self._waits if waits else self._stay, number)
        self._settle()

    def _stay(self, number: int) -> None:
        self.begun.append(number)
        self.leave[number].wait(LONG)

    def _waits(self, number: int) -> None:
        step_aside()
        step_aside()  # has no turn to give any more
        self._stay(number)

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


def test_who_writes_lets_others_go_on_and_who_reads_does_not(
    app: Flask, people, monkeypatch, crowd_of
) -> None:
    def meeting(timeout: float) -> Callable[[], str]:
        met = threading.Barrier(3, timeout=timeout)

        def view() -> str:
            try:
                met.wait()
            except threading.BrokenBarrierError:
                return "alone"
            return "together"

        return view

    monkeypatch.setitem(app.view_functions, "web.set_preference", meeting(5))
    monkeypatch.setitem(app.view_functions, "web.healthz", meeting(0.2))
    threads = crowd_of(1).threads
    assert _answers(app, threads, "POST", "/preferences") == ["together"] * 3
    assert _answers(app, threads, "GET", "/healthz") == ["alone"] * 3


def _answers(app: Flask, threads: Threads, method: str, path: str) -> list[str]:
    found: SimpleQueue[str] = SimpleQueue()

    def ask(client: LintingClient) -> None:
        with app.app_context():
            found.put(client.open(path, method=method).text)

    clients = [LintingClient(app) for _ in range(3)]
    for client in clients:
        client.csrf_token()
    for client in clients:
        threads.submit(ask, client)
    return [found.get(timeout=10) for _ in clients]
