"""A connection that asks less of the kernel.

Every system call of a thread lets the others of its process in, and the thread has to wait for its
turn again: for a short answer that costs more than the answer. gunicorn changes the timeout of a
connection six times a request, mostly without reading in between, and sends head and body of an
answer one by one. Here the head goes out with the body that follows, and what can be read or sent
at once is; only who has to wait sets the timeout, and lets the next request begin.
"""

import socket
from typing import Any

from lms.web.crowding import step_aside

LONGEST_JOINED = 65_536  # what is longer is not copied to be sent at once


class QuietSocket(socket.socket):
    """A socket that puts off what can be done with the next call."""

    __slots__ = ("_begins", "_head", "_timeout")

    def __init__(self, accepted: socket.socket) -> None:
        kind = accepted.family, accepted.type, accepted.proto
        super().__init__(*kind, accepted.detach())
        self._timeout = super().gettimeout()
        self._begins = False  # what is sent next is the beginning of an answer
        self._head = b""

    def gettimeout(self) -> float | None:
        """The timeout as it was asked for."""
        return self._timeout

    def settimeout(self, value: float | None, /) -> None:
        """Ask for a timeout; the kernel is told when something is read or sent."""
        self._timeout = value

    def setblocking(self, flag: bool, /) -> None:
        """The same with the usual words."""
        self._timeout = None if flag else 0.0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read; whatever is sent next begins an answer."""
        self.flush()
        self._begins = True
        try:
            self._set_timeout(None)
            return super().recv(size, flags | socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._wait()
        return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of it; the beginning of an answer waits for what follows."""
        if self._begins and len(data) <= LONGEST_JOINED:
            self._begins, self._head = False, bytes(data)
            return
        if len(data) <= LONGEST_JOINED:
            data, self._head = self._head + data, b""
        self.flush(socket.MSG_MORE)
        self._send_all(data, flags)

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send some of it at once."""
        self.flush(socket.MSG_MORE)
        self._wait()
        return super().send(data, flags)

    def sendfile(self, *file_and_place: Any, **more: Any) -> int:
        """Send a file."""
        self.flush(socket.MSG_MORE)
        self._wait()
        return super().sendfile(*file_and_place, **more)

    def flush(self, flags: int = 0) -> None:
        """Send what waits."""
        self._begins = False
        head, self._head = self._head, b""
        if head:
            self._send_all(head, flags)

    def shutdown(self, how: int, /) -> None:
        """End one direction, after what waits."""
        self.flush()
        super().shutdown(how)

    def _send_all(self, data: Any, flags: int) -> None:
        try:
            self._set_timeout(None)
            sent = super().send(data, flags | socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._wait()
            super().sendall(memoryview(data)[sent:], flags)

    def _wait(self) -> None:
        """Before what may wait for the other end: others go on, and the timeout counts."""
        step_aside()
        self._set_timeout(self._timeout)

    def _set_timeout(self, value: float | None) -> None:
        if value != super().gettimeout():
            super().settimeout(value)
