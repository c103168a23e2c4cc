"""Connections that are kept come to all processes alike."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

pytestmark = pytest.mark.slow

COUNT = 40


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.web.whoami:app", "--log-level=critical"]
    command += [f"--bind=127.0.0.1:{number}", "--workers=2", "--threads=4", "--keep-alive=30"]
    command += ["--worker-class=lms.web.serving.EvenWorker", "--no-control-socket"]
    process = subprocess.Popen(command, start_new_session=True)
    while len(_who_answers(number, 8)) < 2:  # both processes are up
        assert process.poll() is None
    yield number
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=30)


def _who_answers(port: int, count: int, kept: list[HTTPConnection] | None = None) -> Counter[int]:
    """How many of so many connections, opened one upon the other, each process has got."""
    lines = [HTTPConnection("127.0.0.1", port) for _ in range(count)]
    try:
        for line in lines:
            line.connect()
        for line in lines:
            line.request("GET", "/")
        return Counter(int(line.getresponse().read()) for line in lines)
    except OSError:
        time.sleep(0.05)
        return Counter()
    finally:
        for line in lines:
            kept.append(line) if kept is not None else line.close()


def test_connections_are_shared_out_evenly(port: int) -> None:
    time.sleep(0.5)  # those of the start are gone
    counts = _who_answers(port, COUNT)
    assert sum(counts.values()) == COUNT
    assert max(counts.values()) <= 0.6 * COUNT, counts


def test_a_new_process_is_given_what_the_dead_one_had(port: int) -> None:
    kept: list[HTTPConnection] = []
    before = _who_answers(port, COUNT, kept)
    dead, left = sorted(before)
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not (later := _who_answers(port, 4)).keys() - before.keys():
        assert time.monotonic() < deadline, later
    # The one that was left has its connections still, so the new one is given all others.
    counts = _who_answers(port, before[left] // 2)
    assert counts[left] <= 2, counts
    for line in kept:
        line.close()
