"""Writers of one SQLite file queue: nobody fails, nothing is lost, the dead hold up nobody."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from lms import turns
from lms.db import tune_engine

ROOT = Path(__file__).parents[1]
WRITER = """
import sys
from tests.test_turns import add_one, open_engine
engine = open_engine(sys.argv[1])
for _ in range(int(sys.argv[2])):
    add_one(engine)
"""
HOLDER = """
import sys, time
from sqlalchemy import text
from tests.test_turns import open_engine
with open_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("UPDATE counter SET n = n + 1000"))
    print("mine", flush=True)
    time.sleep(60)
"""


def open_engine(path: str) -> Engine:
    """An engine as the product has it, but for connections that outlive their use."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    tune_engine(engine)
    return engine


def add_one(engine: Engine) -> None:
    """Read, then write what follows from it: lost if two do it at once."""
    with engine.begin() as connection:
        before = connection.scalar(text("SELECT n FROM counter"))
        connection.execute(text("UPDATE counter SET n = :n"), {"n": before + 1})


@pytest.fixture
def path(tmp_path):
    path = str(tmp_path / "turns.db")
    with open_engine(path).begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    return path


def start(source: str, *args: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", source, *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def count(path: str) -> int:
    with open_engine(path).begin() as connection:
        return connection.scalar(text("SELECT n FROM counter"))


@pytest.mark.slow
def test_writers_of_several_processes_and_threads_all_get_their_turn(path):
    processes = [start(WRITER, path, "100") for _ in range(2)]
    engine = open_engine(path)
    threads = [threading.Thread(target=lambda: [add_one(engine) for _ in range(50)]) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert count(path) == 300


@pytest.mark.slow
def test_a_process_that_dies_in_its_turn_holds_up_nobody(path):
    holder = start(HOLDER, path)
    assert holder.stdout.readline() == "mine\n"
    waiting = start(WRITER, path, "1")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(2)
    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=10)
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert count(path) == 1


def test_a_turn_that_is_never_given_back_is_an_error_after_a_while(path, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.2)
    engine = open_engine(path)
    with engine.begin() as first:
        first.execute(text("UPDATE counter SET n = 5"))
        with pytest.raises(OperationalError, match="database is locked"):
            engine.connect().execute(text("SELECT 1"))
    add_one(engine)
    assert count(path) == 6
