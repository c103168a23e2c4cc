"""Measures the study clock: beats a second through gunicorn, growth of the ledger, proofs, status.

    python -m bench.bench_study                        all cases on SQLite, and on PostgreSQL
                                                       where BENCH_POSTGRESQL_URL names an empty one
    python -m bench.bench_study --only beats --seconds 5
    python -m bench.bench_study --entries 100000 --members 20000

Prints one JSON line a case. The bare endpoint stands in the same server and is measured in the same
run. Every beat that is counted here was answered, and so committed.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from bench.lines import say
from bench.processor import measured
from bench.study_ledger import measure_growth, measure_proofs, measure_status
from bench.study_server import register_kind
from config import Settings
from lms import clock, create_app
from lms.courses.actions import add_chapter, add_lesson, create_course
from lms.db import db
from lms.members.actions import create_member, create_unit
from lms.members.models import MemberState
from lms.members.queries import today
from lms.members.scope import ContentState
from lms.members.session import open_session

BENCH = "study"
WORKERS, THREADS = Settings.web_workers, Settings.web_threads
CONCURRENCY = (16, 64)
TURNS = 9


@dataclass(frozen=True, slots=True)
class Learner:
    """One signed-in member with the headers of every request."""

    headers: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of requests came to."""

    answered: int
    failed: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Throughput."""
        return self.answered / self.seconds

    def to_json(self) -> dict[str, Any]:
        """Throughput and percentiles in milliseconds."""
        cuts = quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        return {
            "per_second": round(self.per_second, 1),
            "p50_ms": round(cuts[49] * 1000, 2),
            "p95_ms": round(cuts[94] * 1000, 2),
            "p99_ms": round(cuts[98] * 1000, 2),
            "failed": self.failed,
        }


Run = tuple[Load, dict[str, float]]  # with the processor time of each part


def make_learners(app: Flask, count: int) -> tuple[list[Learner], int]:
    """People with open sign-ins and a published lesson for all of them."""
    register_kind()
    with app.app_context():
        unit = create_unit(name="示例集团", code=secrets.token_hex(4), parent=None)
        course = create_course(title="课程", unit_id=unit.id, by=None)
        lesson = add_lesson(add_chapter(course, title="一"), kind="bench-text", title="一")
        course.state = ContentState.PUBLISHED
        ids = []
        for _ in range(count):
            number = secrets.token_hex(6)
            since_on = today() - timedelta(days=90)
            member = create_member(number=number, name=number, unit=unit, since_on=since_on)
            member.state = MemberState.ACTIVE
            ids.append(member.id)
        lesson_id = lesson.id
        db.session.commit()
    return [Learner(sign_in(app, member_id)) for member_id in ids], lesson_id


def sign_in(app: Flask, member_id: int) -> bytes:
    """The headers of every request of a member who has signed in."""
    # From the address of the load: a cookie from elsewhere would be written anew at every request.
    here = {"REMOTE_ADDR": "127.0.0.1"}
    with app.test_request_context("/", method="POST", environ_base=here):
        open_session(member_id)
        token = generate_csrf()
        db.session.commit()
        response = app.make_response("")
        app.session_interface.save_session(app, session, response)  # type: ignore[arg-type]
        cookie = response.headers["Set-Cookie"].split(";")[0]
    return (
        f"Host: bench\r\nCookie: {cookie}\r\nX-CSRFToken: {token}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\n"
    ).encode()


class Connection:
    """One keep-alive connection; requests go one after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, headers: bytes, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        return await self._ask(
            f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}", headers, body
        )

    async def get(self, path: str, headers: bytes) -> tuple[int, bytes]:
        """Status and body of a page."""
        return await self._ask(f"GET {path} HTTP/1.1", headers, b"")

    async def _ask(self, head: str, headers: bytes, body: bytes) -> tuple[int, bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None
        self.writer.write(f"{head}\r\n".encode() + headers + b"\r\n" + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        lower = answer.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start : lower.index(b"\r", start)])
        content = await self.reader.readexactly(length)
        if b"connection: close" in lower:
            self.writer.close()
            self.writer = None
        return status, content


class Window:
    """One open page of one learner, with its session and its place in the sequence."""

    def __init__(self, port: int, learner: Learner, lesson_id: int) -> None:
        self.line, self.learner, self.lesson_id = Connection(port), learner, lesson_id
        self.ticket, self.sequence = "-" * 80, 0

    async def open(self) -> None:
        """Open the session and take the clock with a first beat."""
        body = json.dumps({"kind": "lesson", "id": self.lesson_id}).encode()
        _status, answer = await self.line.post("/study/sessions", self.learner.headers, body)
        self.ticket = json.loads(answer)["session"]
        await self.send("/study/beats")

    async def send(self, path: str) -> int:
        """Send a beat; the status of its answer."""
        self.sequence += 1
        beat = {"session": self.ticket, "sequence": self.sequence, "active_seconds": 15.0}
        beat |= {"state": "active", "position": 0.5, "at_end": False}
        status, _answer = await self.line.post(
            path, self.learner.headers, json.dumps(beat).encode()
        )
        return status


async def drive(windows: list[Window], seconds: float, *, bare: bool, pace: float) -> Load:
    """All windows at once: as fast as answers come, or `pace` requests a second together."""
    latencies: list[float] = []
    failed = 0
    pause = len(windows) / pace if pace else 0.0
    if not bare:
        for window in windows:
            await window.open()
    began = time.perf_counter()
    ends = began + seconds

    async def study(place: int, window: Window) -> None:
        nonlocal failed
        await asyncio.sleep(pause * place / len(windows))
        while (at := time.perf_counter()) < ends:
            status = await window.send("/bare/" if bare else "/study/beats")
            took = time.perf_counter() - at
            if status == 200:
                latencies.append(took)
            else:
                failed += 1
            if pause:
                await asyncio.sleep(max(0.0, pause - took))

    await asyncio.gather(*(study(place, one) for place, one in enumerate(windows)))
    return Load(len(latencies), failed, time.perf_counter() - began, tuple(latencies))


@contextmanager
def server(settings: Settings) -> Iterator[int]:
    """gunicorn as `make run` starts it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SEARCH_ENGINE": settings.search_engine,
        "RATE_LIMITS": "no",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "bench.study_server:create()"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    command += ["--worker-class", "lms.web.serving.EvenWorker"]
    command += ["--preload"]  # the socket opens when the application has been imported
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "30"]
    process = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(2)  # both workers are up, not only the socket
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def measure_beats(app: Flask, settings: Settings, database: str, seconds: float) -> None:
    """Throughput and latency with 16 and 64 learners, the ceiling, and half of the load."""
    learners, lesson_id = make_learners(app, max(CONCURRENCY))
    with app.app_context():
        db.engine.dispose()
    with server(settings) as port:
        for count in CONCURRENCY:
            measure_share(app, port, learners[:count], lesson_id, database, seconds)


def measure_share(
    app: Flask, port: int, learners: list[Learner], lesson_id: int, database: str, seconds: float
) -> None:
    """Beats beside the bare endpoint, in turns: within a minute the machine is not the same."""

    def run(seconds: float, *, bare: bool, pace: float = 0.0) -> Run:
        windows = [Window(port, learner, lesson_id) for learner in learners]
        with measured(app) as spent:
            load = asyncio.run(drive(windows, seconds, bare=bare, pace=pace))
        return load, spent

    for bare in (True, False):
        run(seconds / 2, bare=bare)
    ceilings, beats = [], []
    for _turn in range(TURNS):
        ceilings.append(run(seconds / 4, bare=True))
        beats.append(run(seconds / 4, bare=False))
    shares = [
        beat.per_second / ceiling.per_second
        for (ceiling, _), (beat, _) in zip(ceilings, beats, strict=True)
    ]
    ceiling, full = in_all(ceilings), in_all(beats)
    halves = [
        in_all([run(seconds / 2, bare=False, pace=full["per_second"] / 2)]) for _turn in range(5)
    ]
    half = sorted(halves, key=lambda one: one["p99_ms"])[2]  # one stall of the disk is one turn's
    facts = {"database": database, "learners": len(learners)}
    say(BENCH, "bare endpoint", ceiling["per_second"], "requests/s", **facts, **ceiling)
    say(BENCH, "beats", full["per_second"], "beats/s", **facts, **full)
    turns = sorted(round(share, 2) for share in shares)
    name = "share of the bare endpoint, median of turns"
    say(BENCH, name, median(shares), "ratio", at_least=0.45, turns=turns, **facts)
    turns = sorted(one["p99_ms"] for one in halves)
    name = "p99 at half load, median of turns"
    say(BENCH, name, half["p99_ms"], "ms", at_most=50, turns=turns, **facts, **half)


def in_all(runs: list[Run]) -> dict[str, Any]:
    """What several runs came to together, with the processor time of each part for a request."""
    loads = [load for load, _spent in runs]
    together = Load(
        answered=sum(load.answered for load in loads),
        failed=sum(load.failed for load in loads),
        seconds=sum(load.seconds for load in loads),
        latencies=tuple(chain.from_iterable(load.latencies for load in loads)),
    )
    work = {
        f"{part}_ms": 1000 * sum(spent[part] for _load, spent in runs) / together.answered
        for part in runs[0][1]
    }
    return together.to_json() | work


def measure_growing(database: str) -> None:
    """Rows and bytes that an hour of study leaves in the ledger."""
    found = measure_growth()
    rows, size = found["entries_per_learner_hour"], found["ledger_bytes_per_learner_hour"]
    whole = found["bytes_per_learner_hour"]
    say(BENCH, "ledger rows a learner-hour", rows, "rows", at_most=4, database=database)
    say(BENCH, "ledger bytes a learner-hour", size, "bytes", at_most=1024, database=database)
    say(BENCH, "with totals, items and clocks", whole, "bytes", database=database)


def measure_proving(database: str, entries: int) -> None:
    """Seconds to rebuild, seal and verify, and what it adds to the memory of the process."""
    found = measure_proofs(entries)
    facts = {"database": database, "entries": entries, "faults": found["faults"]}
    for work in ("seal", "rebuild", "verify"):
        say(BENCH, f"{work} the ledger", found[f"{work}_seconds"], "s", **facts)
    more = found["mib_after"] - found["mib_before"]
    say(BENCH, "memory of the proofs", more, "MiB", **facts, peak_mib=found["mib_after"])


def measure_standing(database: str, members: int) -> None:
    """Seconds until everybody's status of one month is known."""
    found = measure_status(members)
    facts = {"database": database, "members": members, "met": found["met"]}
    say(BENCH, "monthly status of everybody", found["seconds"], "s", at_most=2, **facts)


def measure(database: str, url: str, chosen: argparse.Namespace) -> None:
    """All cases on one database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            secret_key=secrets.token_hex(32),
            database_url=url or f"sqlite:///{folder}/xueshi.db",
            rate_limits=False,
            log_level="ERROR",
        )
        app = create_app(replace(settings))
        with app.app_context():
            db.drop_all()
            db.create_all()
            db.session.remove()
        if chosen.only in ("", "beats"):
            measure_beats(app, settings, database, chosen.seconds)
        with app.app_context(), clock.frozen(clock.now()):
            if chosen.only in ("", "growth"):
                measure_growing(database)
            if chosen.only in ("", "proofs"):
                measure_proving(database, chosen.entries)
            if chosen.only in ("", "status"):
                measure_standing(database, chosen.members)
            db.session.remove()
            db.engine.dispose()


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one run of requests")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries for the proofs")
    parser.add_argument("--members", type=int, default=100_000, help="members for the status")
    parser.add_argument("--only", default="", choices=["", "beats", "growth", "proofs", "status"])
    parser.add_argument("--database", default="", choices=["", "sqlite", "postgresql"])
    chosen = parser.parse_args()
    url = os.environ.get("BENCH_POSTGRESQL_URL", "")
    if chosen.database in ("", "sqlite"):
        measure("sqlite", "", chosen)
    if url and chosen.database in ("", "postgresql"):
        measure("postgresql", url, chosen)


if __name__ == "__main__":
    main()
