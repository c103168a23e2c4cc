"""Pages of one process are put together one after the other."""

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from lms.web.crowding import PATIENCE_SECONDS, Queue
from tests.pages import LintingClient


class Crowd:
    """Threads that go through a queue and stay inside until they are let go."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.entered: list[int] = []
        self.leave = [threading.Event() for _ in range(6)]
        self.threads: list[threading.Thread] = []

    def send(self, number: int) -> None:
        thread = threading.Thread(target=self._go, args=(number,))
        thread.start()
        self.threads.append(thread)
        time.sleep(0.02)

    def _go(self, number: int) -> None:
        with self.queue:
            self.entered.append(number)
            self.leave[number].wait(5)

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self.leave[number].set()
            time.sleep(0.02)


@pytest.fixture
def crowd_of():
    made = []

    def make(queue: Queue) -> Crowd:
        made.append(Crowd(queue))
        return made[-1]

    yield make
    for crowd in made:
        for event in crowd.leave:
            event.set()
        for thread in crowd.threads:
            thread.join()


def test_so_many_are_let_in_and_the_others_in_the_order_of_their_coming(crowd_of) -> None:
    crowd = crowd_of(Queue(2, patience=5))
    for number in range(6):
        crowd.send(number)
    assert sorted(crowd.entered) == [0, 1]
    crowd.let_go(1)
    assert crowd.entered[2:] == [2]
    crowd.let_go(0, 2)
    assert crowd.entered[3:] == [3, 4]
    crowd.let_go(3, 4, 5)
    assert crowd.entered[5:] == [5]


def test_nobody_waits_for_ever_and_the_queue_recovers(crowd_of) -> None:
    crowd = crowd_of(Queue(1, patience=0.05))
    crowd.send(0)
    crowd.send(1)
    time.sleep(0.1)
    assert crowd.entered == [0, 1]
    crowd.let_go(0)
    crowd.send(2)
    assert crowd.entered == [0, 1]  # one is inside still, as many as there may be
    crowd.let_go(1)
    assert crowd.entered == [0, 1, 2]


def test_only_pages_queue(app: Flask, people, monkeypatch) -> None:
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
    monkeypatch.setitem(app.view_functions, "web.healthz", meeting(PATIENCE_SECONDS / 2))
    assert _answers(app, "POST", "/preferences") == ["together"] * 3
    assert _answers(app, "GET", "/healthz") == ["alone"] * 3


def _answers(app: Flask, method: str, path: str) -> list[str]:
    found: list[str] = []
    clients = [LintingClient(app) for _ in range(3)]
    for client in clients:
        client.csrf_token()

    def ask(client: LintingClient) -> None:
        with app.app_context():
            found.append(client.open(path, method=method).text)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
