"""The search page over HTTP, and how long a change takes until the page shows it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select

from bench.bench_study import Connection, Learner, Load, server, sign_in
from bench.lines import say
from bench.search_stage import Stage
from config import Settings
from lms.courses.actions import create_course
from lms.db import db
from lms.members.actions import create_member
from lms.members.models import Member, MemberState, OrgUnit
from lms.members.queries import today
from lms.members.scope import ContentState
from lms.search.outbox import note_changed

BENCH = "search"
USERS = 20
PACE_SECONDS = 2.0  # between the searches of somebody who reads what was found
FOUND_TRIES = 5
MOST_SECONDS = 30.0
TURNS = 5  # within a minute the machine is not the same


def measure_pages(stage: Stage, queries: Sequence[str], seconds: float) -> None:
    """20 people search as fast as answers come, and at the pace of readers; then changes."""
    people = _make_people(stage)
    addresses = [f"/search?q={quote(text)}" for text in queries]
    facts = {"entries": stage.count, "engine": stage.settings.search_engine, "users": USERS}
    with server(stage.settings) as port:
        asyncio.run(_drive(port, people, addresses, seconds / 2))  # the lists are read now
        runs = [asyncio.run(_drive(port, people, addresses, seconds / 2)) for _turn in range(TURNS)]
        figures = sorted((one.to_json() for one in runs), key=lambda one: one["p95_ms"])
        middle, turns = figures[TURNS // 2], [one["p95_ms"] for one in figures]
        say(
            *(BENCH, "search page, median of turns", middle["p95_ms"], "ms p95"),
            at_most=80, turns=turns, **facts, **middle,
        )  # fmt: skip
        paced = asyncio.run(_drive(port, people, addresses, 2 * seconds, PACE_SECONDS)).to_json()
        say(BENCH, "search page, 10 a second", paced["p95_ms"], "ms p95", **facts, **paced)
        bare = asyncio.run(_drive(port, people, ["/healthz"], seconds / 2)).to_json()
        say(BENCH, "the barest page beside it", bare["p95_ms"], "ms p95", **facts, **bare)
        with _worker(stage.settings):
            found = [asyncio.run(_until_found(stage, port, people[0])) for _ in range(FOUND_TRIES)]
        more = {"median": sorted(found)[len(found) // 2]}
        say(BENCH, "from commit to found", max(found), "s", at_most=5, **facts, **more)


def _make_people(stage: Stage) -> list[Learner]:
    """Signed-in members of the unit that the texts are for."""
    with stage.app.app_context():
        unit = db.session.get_one(OrgUnit, 1)
        members = []
        for number in range(USERS):
            name = f"search{number}"
            member = db.session.scalar(select(Member).where(Member.number == name))
            if member is None:
                since_on = today() - timedelta(days=90)
                member = create_member(number=name, name=name, unit=unit, since_on=since_on)
                member.state = MemberState.ACTIVE
            members.append(member)
        db.session.commit()
        ids = [member.id for member in members]
        db.session.remove()
        db.engine.dispose()
    # Outside, so that everybody has a token of their own in the cookie, as browsers keep it.
    return [Learner(sign_in(stage.app, member_id)) for member_id in ids]


async def _drive(
    port: int, people: Sequence[Learner], addresses: Sequence[str], seconds: float, pace: float = 0
) -> Load:
    """Everybody asks in an order of their own, each `pace` seconds if that is given."""
    latencies: list[float] = []
    failed = 0
    began = time.perf_counter()
    ends = began + seconds

    async def ask(place: int, person: Learner) -> None:
        nonlocal failed
        line = Connection(port)
        mine = random.Random(place).sample(addresses, len(addresses))
        await asyncio.sleep(pace * place / len(people))
        count = 0
        while (at := time.perf_counter()) < ends:
            status, _body = await line.get(mine[count % len(mine)], person.headers)
            took = time.perf_counter() - at
            count += 1
            if status == 200:
                latencies.append(took)
            else:
                failed += 1
            if pace:
                await asyncio.sleep(max(0.0, pace - took))

    await asyncio.gather(*(ask(place, one) for place, one in enumerate(people)))
    return Load(len(latencies), failed, time.perf_counter() - began, tuple(latencies))


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """The worker as `make run` starts it."""
    env = os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SEARCH_ENGINE": settings.search_engine,
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"]
    process = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        time.sleep(5)  # it has started, and seen to what was waiting
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


async def _until_found(stage: Stage, port: int, person: Learner) -> float:
    """Seconds from the commit of a new course until the page shows it."""
    word = "".join(random.choices("鼂龘靐齉爩鱻麤籱灪鸞讟", k=10))
    with stage.app.app_context():
        course = create_course(title=f"新课{word}", unit_id=1, by=None)
        course.state = ContentState.PUBLISHED
        note_changed("course", course.id)
        db.session.commit()
        committed = time.perf_counter()
        db.session.remove()
        db.engine.dispose()
    line = Connection(port)
    while time.perf_counter() - committed < MOST_SECONDS:
        _status, body = await line.get(f"/search?q={quote(word)}", person.headers)
        if b"search-card" in body:
            break
        await asyncio.sleep(0.02)
    return time.perf_counter() - committed
