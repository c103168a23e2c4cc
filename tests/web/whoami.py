"""What test_serving serves: an application that tells which process answers."""

import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

MEETING_SECONDS = 0.1
LARGE = 20_000_000
meeting = threading.Barrier(2)


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The id of this process, read body or not; /slow takes a second, the long ones are 20 MB."""
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(1)
    body = str(os.getpid()).encode()
    if path == "/echo":
        body = environ["wsgi.input"].read()
    if path == "/large":
        body = bytes(LARGE)
    if path == "/file":
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it has been sent)
        file.truncate(LARGE)
        start_response("200 OK", [("Content-Length", str(LARGE))])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return wrapped
    if path == "/meet":
        body = _meet()
    if path == "/pieces":
        start_response("200 OK", [])
        return _pieces()
    if path == "/fails":
        raise RuntimeError("on purpose")
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _meet() -> bytes:
    try:
        meeting.wait(MEETING_SECONDS)
    except threading.BrokenBarrierError:
        meeting.reset()
        return b"alone"
    return b"together"


def _pieces() -> Iterator[bytes]:
    for _ in range(3):
        yield b"piece"
