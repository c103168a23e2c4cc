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

from lms.web.crowding import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

COUNT = 40
LARGE = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.web.whoami:app", "--log-level=critical"]
    command += [f"--bind=127.0.0.1:{number}", "--workers=2", "--threads=8", "--keep-alive=30"]
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


def _answer(line: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of the next answer with a length."""
    file = line.makefile("rb")
    head = b"".join(iter(file.readline, b"\r\n"))
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    return head, file.read(length)


def test_one_connection_brings_many_requests(port: int) -> None:
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    for number in range(50):
        line.request("POST", "/echo", body=f"body {number}")
        assert line.getresponse().read() == f"body {number}".encode()
        line.request("POST", "/", body=b"never read" * 1_000)
        assert line.getresponse().read().isdigit()
    line.request("HEAD", "/")
    assert line.getresponse().read() == b""
    line.request("GET", "/pieces")
    assert line.getresponse().read() == b"piece" * 3
    line.request("GET", "/fails")
    assert line.getresponse().status == 500


def test_requests_that_arrive_at_once_are_answered_in_their_order(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        heads = (f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{n}" for n in "123")
        line.sendall("".join(heads).encode())
        file = line.makefile("rb")
        bodies = []
        for _ in range(3):
            head = b"".join(iter(file.readline, b"\r\n"))
            assert head.startswith(b"HTTP/1.1 200")
            bodies.append(file.read(1))
        assert bodies == [b"1", b"2", b"3"]


def test_a_request_that_comes_drop_by_drop_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        for _again in range(2):  # as a new connection, and as a kept one
            for byte in b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":
                line.sendall(bytes([byte]))
                time.sleep(0.002)
            assert _answer(line)[1] == b"abc"


def test_whoever_goes_away_takes_nobody_along(port: int) -> None:
    for _ in range(40):  # more than there are threads
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    assert sum(_who_answers(port, 8).values()) == 8


def test_a_process_that_ends_answers_what_it_has_begun(port: int) -> None:
    lines = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(6)]
    for line in lines:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _answer(line)[1].isdigit()
        line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.3)
    for process in _who_answers(port, 8):
        os.kill(process, signal.SIGTERM)
    for line in lines:
        head, body = _answer(line)
        assert head.startswith(b"HTTP/1.1 200")
        assert body.isdigit()
        line.close()


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HTTP/1.1\r\nHo", LARGE % b"large", LARGE % b"file"],
    ids=["brings nothing", "brings half a request", "takes no answer", "takes no file"],
)
def test_nobody_waits_for_the_line_of_another(port: int, begun: bytes) -> None:
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    for line in lines:
        line.sendall(begun)
    time.sleep(0.2)
    for _ in range(6):
        began = time.monotonic()
        assert _who_answers(port, 1)
        assert time.monotonic() - began < PATIENCE_SECONDS / 2
    for line in lines:
        line.close()


@pytest.mark.parametrize(("method", "least", "most"), [("POST", 2, 4), ("GET", 0, 0)])
def test_who_writes_lets_others_go_on_and_who_reads_does_not(
    port: int, method: str, least: int, most: int
) -> None:
    lines = [HTTPConnection("127.0.0.1", port) for _ in range(4)]  # two for each process, mostly
    for line in lines:
        line.connect()
    for line in lines:
        line.request(method, "/meet")
    met = [line.getresponse().read() for line in lines].count(b"together")
    assert least <= met <= most
    for line in lines:
        line.close()
