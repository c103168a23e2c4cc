"""A connection that asks less of the kernel sends and reads what any other would."""

import socket
import tempfile
from threading import Thread

import pytest

from lms.web.quiet_socket import LONGEST_JOINED, QuietSocket


@pytest.fixture
def ends():
    """The server's end, which has read a request, and the client's."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    client.settimeout(5)
    server = QuietSocket(listener.accept()[0])
    client.sendall(b"request")
    assert server.recv(100) == b"request"
    yield server, client
    for each in (server, client, listener):
        each.close()


def read_all(client):
    return b"".join(iter(lambda: client.recv(65_536), b""))


def test_head_and_body_leave_together(ends):
    server, client = ends
    server.sendall(b"head")
    client.settimeout(0.1)
    with pytest.raises(TimeoutError):
        client.recv(100)
    server.sendall(b"body")
    assert client.recv(100) == b"headbody"
    server.sendall(b"more")
    assert client.recv(100) == b"more"


@pytest.mark.parametrize("end", ["flush", "recv", "shutdown"])
def test_a_head_alone_is_sent_at_the_end(ends, end):
    server, client = ends
    server.sendall(b"head")
    client.sendall(b"next")
    if end == "recv":
        assert server.recv(100) == b"next"
    elif end == "flush":
        server.flush()
    else:
        server.shutdown(socket.SHUT_WR)
    assert client.recv(100) == b"head"


@pytest.mark.parametrize("size", [1, LONGEST_JOINED, LONGEST_JOINED + 1, 5_000_000])
def test_long_answers_arrive_whole(ends, size):
    server, client = ends
    body = bytes(range(251)) * (size // 251 + 1)

    def send():
        server.sendall(b"head")
        server.sendall(body[:size])
        server.sendall(b"end")
        server.shutdown(socket.SHUT_WR)

    thread = Thread(target=send)
    thread.start()
    assert read_all(client) == b"head" + body[:size] + b"end"
    thread.join()


def test_a_head_that_is_long_itself_does_not_wait(ends):
    server, client = ends
    server.sendall(b"x" * (LONGEST_JOINED + 1))
    assert len(client.recv(1, socket.MSG_PEEK)) == 1


def test_a_file_follows_its_head(ends):
    server, client = ends
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(0)
        server.setblocking(False)
        server.setblocking(True)
        server.sendall(b"head")
        assert server.sendfile(file, 2, 5) == 5
    server.shutdown(socket.SHUT_WR)
    assert read_all(client) == b"head23456"


def test_what_is_sent_piece_by_piece_does_not_wait(ends):
    server, client = ends
    assert server.send(b"100 Continue") == 12
    assert client.recv(100) == b"100 Continue"


def test_a_timeout_holds_when_something_waits_for_it(ends):
    server, client = ends
    server.settimeout(0.05)
    assert server.gettimeout() == 0.05
    with pytest.raises(TimeoutError):
        server.recv(1)
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.recv(1)
    server.setblocking(True)
    assert server.gettimeout() is None
    client.sendall(b"later")
    assert server.recv(100) == b"later"
