"""A test with takers over HTTP: makes the paper, plays the takers, kills the servers under them."""

import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from bench.bench_study import Connection, Learner
from config import Settings
from lms.db import db
from lms.members.models import OrgUnit
from lms.quizzes.attempt_queries import answers_of, asked_in, sheet_of
from lms.quizzes.bank_actions import NewQuestion, add_questions, create_bank
from lms.quizzes.definition import ONE, ZERO, Definition, Kind, Option, Rule, key_letter
from lms.quizzes.grading import grade
from lms.quizzes.models import Attempt, AttemptState, GradeRow
from lms.quizzes.paper_actions import DrawRule, add_rule_to, create_paper, publish_paper

ROOT = Path(__file__).resolve().parent.parent
ATTEMPT = re.compile(rb"/quizzes/attempts/(\d+)")
RETRY_SECONDS = 0.2
SWEEP_SECONDS = 10  # the server looks for papers whose time is over a little after it is


def question(number: int) -> Definition:
    """A single choice of four options; the right one follows from the number."""
    return Definition(
        kind=Kind.SINGLE,
        text=f"第 {number} 题：下列说法正确的是哪一项？",
        rule=Rule.WEIGHTED,
        options=tuple(
            Option(key_letter(place), f"说法 {place}", ONE if place == number % 4 else ZERO)
            for place in range(4)
        ),
        explanation="见相关条文。",
    )


def make_test(app: Flask, *, bank_size: int, drawn: int, **settings: Any) -> int:
    """A published paper that draws `drawn` questions from a new bank; its id."""
    with app.app_context():
        unit_id = db.session.scalars(select(func.max(OrgUnit.id))).one()
        code = f"bench-{time.time_ns()}"
        bank = create_bank(code=code, title="基准题库", unit_id=unit_id, by=None)
        new = (NewQuestion(question(number)) for number in range(bank_size))
        add_questions(bank, new, by=None)
        paper = create_paper(title="基准考试", unit_id=unit_id, by=None, **settings)
        add_rule_to(paper.sections[0], DrawRule(bank.id, drawn), points=Decimal(2))
        publish_paper(paper, by=None)
        paper_id = paper.id
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return paper_id


@dataclass(slots=True)
class Taker:
    """Somebody at the test: what the server has acknowledged of their answers."""

    learner: Learner
    line: Connection
    patient: bool = False  # goes on trying when the server does not answer
    attempt_id: int = 0
    sequence: int = 0
    saves: int = 0
    slowest_ms: float = 0.0
    acknowledged: dict[int, tuple[int, str]] = field(default_factory=dict)

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """The answer of the server; a patient taker sends the same again until there is one."""
        data = json.dumps(body).encode()
        while True:
            try:
                status, content = await self.line.post(path, self.learner.headers, data)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                await self.leave()
                status, content = 599, b""
            if status < 500 or not self.patient:
                return status, content
            await asyncio.sleep(RETRY_SECONDS)

    async def leave(self) -> None:
        """Close the connection."""
        writer, self.line.writer = self.line.writer, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def start(self, paper_id: int) -> int:
        """Begin, or go on; the status of the answer."""
        status, content = await self.post(f"/quizzes/papers/{paper_id}/start", {})
        if found := ATTEMPT.search(content):
            self.attempt_id = int(found[1])
        return status

    async def answer(self, slot: int, choice: str) -> int:
        """Save one answer; what is acknowledged is noted."""
        self.sequence += 1
        entry = {"slot": slot, "sequence": self.sequence, "fields": {f"q{slot}": [choice]}}
        path = f"/quizzes/attempts/{self.attempt_id}/answers"
        began = time.perf_counter()
        status, _content = await self.post(path, {"answers": [entry], "current": slot})
        if status == 200:
            self.acknowledged[slot] = (self.sequence, choice)
            self.saves += 1
            self.slowest_ms = max(self.slowest_ms, (time.perf_counter() - began) * 1000)
        return status

    async def submit(self) -> int:
        """Hand in; the status of the answer."""
        status, _content = await self.post(f"/quizzes/attempts/{self.attempt_id}/submit", {})
        return status

    async def review(self) -> int:
        """Read the graded paper; the status of the answer."""
        path = f"/quizzes/attempts/{self.attempt_id}/result"
        status, _content = await self.line.get(path, self.learner.headers)
        return status


class Servers:
    """gunicorn and the worker of one data folder, to be killed and started again."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = os.environ | {
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "RATE_LIMITS": "no",
            "LOG_LEVEL": "ERROR",
        }
        self.commands = {
            "web": [
                *(sys.executable, "-m", "gunicorn", "wsgi:app", "--worker-class", "gthread"),
                *("--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "8"),
                *("--keep-alive", "30", "--log-level", "critical"),
            ],
            "worker": [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """Start one of the two in a process group of its own."""
        self.running[name] = subprocess.Popen(
            self.commands[name],
            env=self.env,
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """kill -9 of the whole group, as a machine that loses power would."""
        process = self.running[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    async def wait_until_ready(self, seconds: float = 60) -> None:
        """Until the application answers; the port alone opens long before that."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(5):
                    if await self._answers():
                        return
            await asyncio.sleep(0.1)
        raise TimeoutError("the server did not start")

    async def _answers(self) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(b"GET /healthz HTTP/1.0\r\nHost: bench\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@contextmanager
def running(settings: Settings) -> Iterator[Servers]:
    """Both processes, ended at the end."""
    servers = Servers(settings)
    try:
        for name in servers.commands:
            servers.start(name)
        asyncio.run(servers.wait_until_ready())
        yield servers
    finally:
        for name in servers.running:
            servers.kill(name)


@dataclass(frozen=True, slots=True)
class Storm:
    """What a storm left behind; everything after `latest_seconds` must be nothing."""

    takers: int
    acknowledged: int  # slots whose newest answer was acknowledged
    saves: int  # answers acknowledged, one slot often
    kills: int
    slowest_ms: float  # from an answer given to its acknowledgement, over all restarts
    latest_seconds: float  # between deadline with grace and the last attempt's handing in
    lost_answers: int
    misgraded: int  # answers whose grade is not the one of what is stored
    graded_twice: int
    not_submitted: int
    late: int


async def weather(
    servers: Servers, takers: list[Taker], paper_id: int, *, kills: int, seconds: float, seed: int
) -> None:
    """All takers at work while the servers are killed `kills` times.

    Between two kills lie `seconds` / (`kills` + 1) in which the web server is up.
    """
    chance = random.Random(seed)
    pause, over = seconds / (kills + 1), asyncio.Event()

    async def take(place: int, taker: Taker) -> None:
        own = random.Random(seed + place)
        await taker.start(paper_id)
        status = 200
        while not over.is_set() and status != 409:
            status = await taker.answer(own.randint(1, 10), own.choice("abcd"))
            await asyncio.sleep(own.uniform(0.05, 0.4))
        if place % 4:  # every fourth goes away without handing in
            await taker.submit()
        await taker.leave()

    async def strike() -> None:
        for _kill in range(kills):
            await asyncio.sleep(pause)
            name = chance.choice(("web", "web", "worker"))
            servers.kill(name)
            servers.start(name)
            await servers.wait_until_ready()
        await asyncio.sleep(pause)
        over.set()

    await asyncio.gather(strike(), *(take(place, one) for place, one in enumerate(takers)))


def storm(
    app: Flask, settings: Settings, learners: list[Learner], *, kills: int, seconds: float
) -> Storm:
    """Takers, kills, and the count of what went wrong; waits until the deadline has passed."""
    limit = int(seconds) + 5 * kills + 10
    paper_id = make_test(app, bank_size=40, drawn=10, time_limit_seconds=limit, grace_seconds=3)
    with running(settings) as servers:
        takers = [Taker(each, Connection(servers.port), patient=True) for each in learners]
        asyncio.run(weather(servers, takers, paper_id, kills=kills, seconds=seconds, seed=7))
        wait_for_submissions(app, paper_id, limit + 40)
    return verdict(app, paper_id, takers, kills)


def wait_for_submissions(app: Flask, paper_id: int, seconds: float) -> None:
    """Until no attempt is open, or the time is over."""
    still_open = select(func.count()).where(
        Attempt.paper_id == paper_id, Attempt.state == AttemptState.OPEN
    )
    ends = time.monotonic() + seconds
    with app.app_context():
        while time.monotonic() < ends:
            left = db.session.scalar(still_open)
            db.session.rollback()
            if not left:
                return
            time.sleep(0.5)


def verdict(app: Flask, paper_id: int, takers: list[Taker], kills: int) -> Storm:
    """Compare what was acknowledged with what is stored, and what is stored with what is graded."""
    with app.app_context():
        attempts = {
            each.id: each
            for each in db.session.scalars(select(Attempt).where(Attempt.paper_id == paper_id))
        }
        submitted = [each for each in attempts.values() if each.state == AttemptState.SUBMITTED]
        rows: dict[tuple[int, int], list[GradeRow]] = {}
        for row in db.session.scalars(
            select(GradeRow).where(GradeRow.attempt_id.in_(list(attempts)))
        ):
            rows.setdefault((row.attempt_id, row.slot), []).append(row)
        report = Storm(
            takers=len(takers),
            acknowledged=sum(len(taker.acknowledged) for taker in takers),
            saves=sum(taker.saves for taker in takers),
            kills=kills,
            slowest_ms=round(max(taker.slowest_ms for taker in takers)),
            latest_seconds=max(map(seconds_late, submitted), default=0.0),
            lost_answers=sum(map(lost_of, takers)),
            misgraded=sum(misgraded_in(attempt, rows) for attempt in submitted),
            graded_twice=sum(len(each) > 1 for each in rows.values()),
            not_submitted=len(takers) - len(submitted),
            late=sum(seconds_late(attempt) > SWEEP_SECONDS for attempt in submitted),
        )
        db.session.rollback()
    return report


def lost_of(taker: Taker) -> int:
    """How many acknowledged answers of a taker are neither stored nor replaced by newer ones."""
    stored = answers_of(taker.attempt_id)
    lost = 0
    for slot, (sequence, choice) in taker.acknowledged.items():
        row = stored.get(slot)
        newer = row is not None and row.sequence > sequence
        same = row is not None and (row.sequence, row.response) == (sequence, {"choice": choice})
        lost += not newer and not same
    return lost


def misgraded_in(attempt: Attempt, rows: dict[tuple[int, int], list[GradeRow]]) -> int:
    """How many slots have another grade than the stored answer earns, or none."""
    stored = answers_of(attempt.id)
    wrong = 0
    for each in asked_in(sheet_of(attempt)):
        slot = each.item.slot
        response = stored[slot].response if slot in stored else None
        due = grade(each.definition, response).points(each.item.points)
        wrong += [row.points for row in rows.get((attempt.id, slot), [])] != [due]
    return wrong


def seconds_late(attempt: Attempt) -> float:
    """How long after deadline and grace the attempt was handed in; 0 when in time."""
    assert attempt.deadline_at is not None
    assert attempt.submitted_at is not None
    end = attempt.deadline_at + timedelta(seconds=attempt.grace_seconds)
    return max(0.0, (attempt.submitted_at - end).total_seconds())
