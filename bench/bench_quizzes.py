"""Measures tests: rush, autosaves, whole attempts, regrading, analysis, importing, drawing, faults.

    python -m bench.bench_quizzes          all cases but the storm on SQLite, and on PostgreSQL
                                           where BENCH_POSTGRESQL_URL names an empty one
    python -m bench.bench_quizzes --only saves --seconds 5
    python -m bench.bench_quizzes --only storm --takers 200 --kills 20 --seconds 60

Prints one JSON line a case. Whatever is counted was answered, and so committed.
"""

import argparse
import asyncio
import os
import resource
import secrets
import tempfile
import time
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from flask import Flask
from sqlalchemy import insert, select

from bench.bench_study import Connection, Learner, Load, make_learners, server
from bench.lines import say
from bench.processor import measured
from bench.quizzes_load import Taker, make_test, question, storm
from bench.quizzes_takers import hand_in_many
from config import Settings
from lms import clock, create_app
from lms.db import db
from lms.members.models import Member, OrgUnit
from lms.members.queries import find_actor_by_number
from lms.quizzes.actions import draw_sheet
from lms.quizzes.analysis import analyse
from lms.quizzes.attempt_queries import answers_of
from lms.quizzes.bank_actions import create_bank, revise_question
from lms.quizzes.definition import key_letter
from lms.quizzes.grading_actions import grade_attempt
from lms.quizzes.imports import import_parsed, parse
from lms.quizzes.marking import regrade
from lms.quizzes.models import Answer, Attempt, AttemptState, Paper, Question
from lms.quizzes.sheet import sheet_to_json

BENCH = "quizzes"
WARM_SECONDS = 12
CASES = ("", "rush", "saves", "attempts", "regrade", "analysis", "import", "draw", "storm")


async def timed(latencies: list[float], failed: list[int], action: Any) -> int:
    """Await one request, note how long it took and whether it was answered well."""
    at = time.perf_counter()
    status: int = await action
    if status in (200, 302):
        latencies.append(time.perf_counter() - at)
    else:
        failed.append(status)
    return status


async def rush(port: int, learners: list[Learner], paper_id: int, seconds: float) -> Load:
    """Everybody begins within `seconds`."""
    latencies: list[float] = []
    failed: list[int] = []

    async def begin(place: int, learner: Learner) -> None:
        await asyncio.sleep(seconds * place / len(learners))
        taker = Taker(learner, Connection(port))
        await timed(latencies, failed, taker.start(paper_id))
        await taker.leave()

    began = time.perf_counter()
    await asyncio.gather(*(begin(place, one) for place, one in enumerate(learners)))
    return Load(len(latencies), len(failed), time.perf_counter() - began, tuple(latencies))


async def saves(
    port: int, learners: list[Learner], paper_id: int, seconds: float, pace: float = 0.0
) -> Load:
    """Everybody saves answers, as fast as they are acknowledged or `pace` a second together."""
    latencies: list[float] = []
    failed: list[int] = []
    takers = [Taker(learner, Connection(port)) for learner in learners]
    for taker in takers:
        await taker.start(paper_id)
        taker.sequence = int(time.time() * 200) % 2**30  # above those of an earlier run
    pause = len(takers) / pace if pace else 0.0
    ends = time.perf_counter() + seconds

    async def work(place: int, taker: Taker) -> None:
        await asyncio.sleep(pause * place / len(takers))
        slot = 0
        while (at := time.perf_counter()) < ends:
            slot = slot % 50 + 1
            await timed(latencies, failed, taker.answer(slot, "abcd"[slot % 4]))
            if pause:
                await asyncio.sleep(max(0.0, pause - (time.perf_counter() - at)))
        await taker.leave()

    began = time.perf_counter()
    await asyncio.gather(*(work(place, one) for place, one in enumerate(takers)))
    return Load(len(latencies), len(failed), time.perf_counter() - began, tuple(latencies))


async def attempts(port: int, learners: list[Learner], paper_id: int, seconds: float) -> Load:
    """Whole attempts: start, ten answers, submit, the graded paper."""
    latencies: list[float] = []
    failed: list[int] = []
    ends = time.perf_counter() + seconds

    async def work(learner: Learner) -> None:
        line = Connection(port)  # browsers keep theirs
        while time.perf_counter() < ends:
            taker = Taker(learner, line)
            await timed(latencies, failed, _whole(taker, paper_id))
        await Taker(learner, line).leave()

    began = time.perf_counter()
    await asyncio.gather(*(work(one) for one in learners))
    return Load(len(latencies), len(failed), time.perf_counter() - began, tuple(latencies))


async def _whole(taker: Taker, paper_id: int) -> int:
    status = await taker.start(paper_id)
    for slot in range(1, 11):
        status = await taker.answer(slot, "abcd"[slot % 4]) if status in (200, 302) else status
    status = await taker.submit() if status == 200 else status
    return await taker.review() if status == 302 else status


def measure_http(app: Flask, settings: Settings, database: str, chosen: argparse.Namespace) -> None:
    """The cases that go through gunicorn."""
    learners, _lesson = make_learners(app, 500)
    big = make_test(app, bank_size=1_000, drawn=50, time_limit_seconds=7200)
    small = make_test(app, bank_size=200, drawn=10, time_limit_seconds=7200)
    with server(settings) as port:
        if chosen.only in ("", "rush"):
            load = asyncio.run(rush(port, learners, big, 10)).to_json()
            say(BENCH, "start rush", load["p99_ms"], "ms p99", database=database, **load)
        if chosen.only in ("", "saves"):
            some = learners[:32]
            full = asyncio.run(saves(port, some, big, chosen.seconds)).to_json()
            half = asyncio.run(saves(port, some, big, chosen.seconds, full["per_second"] / 2))
            rate, late = full["per_second"], half.to_json()
            say(BENCH, "autosaves", rate, "saves/s", at_least=700, database=database, **full)
            name, p99 = "autosave p99 at half load", late["p99_ms"]
            say(BENCH, name, p99, "ms", at_most=50, database=database, **late)
        if chosen.only in ("", "attempts"):
            some = learners[100:132]
            # Until templates have been read and all connections have planned their statements.
            asyncio.run(attempts(port, some, small, WARM_SECONDS))
            with measured(app) as spent:
                found = asyncio.run(attempts(port, some, small, chosen.seconds))
            load = found.to_json()
            load |= {f"{name}_ms": 1000 * each / found.answered for name, each in spent.items()}
            rate = load["per_second"]
            say(BENCH, "whole attempts", rate, "attempts/s", at_least=60, database=database, **load)


def measure_regrade(app: Flask, database: str, count: int) -> None:
    """Submit and regrade `count` attempts at a paper of 50 questions, in one process."""
    make_learners(app, 1)
    paper_id = make_test(app, bank_size=50, drawn=50)
    with app.app_context():
        paper = db.session.get_one(Paper, paper_id)
        member_id = db.session.scalars(select(Member.id).order_by(Member.id.desc())).first()
        now = clock.now()
        sheet = draw_sheet(paper, 1)
        values = {
            "paper_id": paper_id,
            "member_id": member_id,
            "seed": 1,
            "state": AttemptState.SUBMITTED,
            "started_at": now,
            "submitted_at": now,
            "grace_seconds": 10,
            "drawn": sheet_to_json(sheet),
            "max_points": sheet.max_points,
            "is_pending": False,
            "void_reason": "",
            "current_slot": 0,
        }
        rows = [{**values, "number": number} for number in range(1, count + 1)]
        ids = list(db.session.scalars(insert(Attempt).returning(Attempt.id), rows))
        for start in range(0, len(ids), 200):
            db.session.execute(insert(Answer), list(_answers(ids[start : start + 200], now)))
        db.session.commit()
        began = time.perf_counter()
        for attempt in db.session.scalars(select(Attempt).where(Attempt.id.in_(ids[:500]))):
            grade_attempt(attempt, answers_of(attempt.id), at=now)
        db.session.commit()
        taken = time.perf_counter() - began
        rate = min(500, count) / taken
        say(BENCH, "papers of 50 questions graded", rate, "papers/s", database=database)
        for start in range(500, len(ids), 500):
            some = select(Attempt).where(Attempt.id.in_(ids[start : start + 500]))
            for attempt in db.session.scalars(some):
                grade_attempt(attempt, answers_of(attempt.id), at=now)
            db.session.commit()
            db.session.expunge_all()
        paper = db.session.get_one(Paper, paper_id)
        changed = db.session.get_one(Question, sheet.items[0].question_id)
        revise_question(changed, question(1_000_001), by=None)
        db.session.commit()
        actor = _somebody()
        began = time.perf_counter()
        changes = regrade(paper, by=actor, at=clock.now())
        db.session.commit()
        taken = time.perf_counter() - began
        facts = {"database": database, "attempts": count, "changes": changes, "seconds": taken}
        say(BENCH, "regrade", count / taken, "attempts/s", at_least=2000, **facts)
        db.session.remove()


def _answers(ids: list[int], now: Any) -> Any:
    for attempt_id in ids:
        for slot in range(1, 51):
            yield {
                "attempt_id": attempt_id,
                "slot": slot,
                "response": {"choice": key_letter((attempt_id + slot) % 4)},
                "sequence": 1,
                "is_flagged": False,
                "spent_seconds": 30,
                "saved_at": now,
            }


def _somebody() -> Any:
    number = db.session.scalars(select(Member.number).order_by(Member.id.desc())).first()
    return find_actor_by_number(number or "")


def measure_analysis(app: Flask, database: str, takers: int) -> None:
    """The figures of a paper of 50 questions that `takers` people have handed in."""
    make_learners(app, 1)
    paper_id = make_test(app, bank_size=50, drawn=50)
    hand_in_many(app, paper_id, takers)
    with app.app_context():
        paper = db.session.get_one(Paper, paper_id)
        before = peak_mb()
        began, cpu = time.perf_counter(), time.process_time()
        found = analyse(paper)
        taken = time.perf_counter() - began
        facts = {"database": database, "takers": found.takers, "questions": len(found.questions)}
        facts |= {"cpu_seconds": time.process_time() - cpu, "memory_mb": peak_mb() - before}
        say(BENCH, f"analysis of {takers:,} takers", taken, "s", at_most=2.0, **facts)
        db.session.remove()


def peak_mb() -> float:
    """The most memory that this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_import(app: Flask, database: str, count: int) -> None:
    """Read and import an Excel list."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(
        0, 0, ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "难度"]
    )
    for row in range(1, count + 1):
        cells = ["单选题", f"第 {row} 题是什么？", "甲", "乙", "丙", "丁", "B", "见条文", "3"]
        sheet.write_row(row, 0, cells)
    book.close()
    data = target.getvalue()
    make_learners(app, 1)
    with app.app_context():
        unit_id = db.session.scalars(select(OrgUnit.id)).first()
        bank = create_bank(code=f"import-{count}", title="导入", unit_id=unit_id or 1, by=None)
        db.session.commit()
        began = time.perf_counter()
        parsed = parse("题.xlsx", data)
        read = time.perf_counter() - began
        imported = import_parsed(bank, parsed, by=None)
        db.session.commit()
        taken = time.perf_counter() - began
        facts = {"database": database, "questions": imported, "seconds": taken}
        facts["reading_seconds"] = read
        say(BENCH, "import from Excel", imported / taken, "questions/s", at_least=2000, **facts)
        db.session.remove()


def measure_draw(app: Flask, database: str, count: int) -> None:
    """Draw 50 questions from a bank of `count`, the first time and after that."""
    make_learners(app, 1)
    paper_id = make_test(app, bank_size=count, drawn=50)
    with app.app_context():
        paper = db.session.get_one(Paper, paper_id)
        times = []
        for seed in range(21):
            began = time.perf_counter()
            draw_sheet(paper, seed)
            times.append((time.perf_counter() - began) * 1000)
        facts = {"database": database, "bank": count, "first_ms": times[0]}
        say(BENCH, "draw 50 from a large bank", sorted(times[1:])[10], "ms", **facts)
        db.session.remove()


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
        app = create_app(settings)
        with app.app_context():
            db.drop_all()
            db.create_all()
            db.session.remove()
        if chosen.only in ("", "rush", "saves", "attempts"):
            measure_http(app, settings, database, chosen)
        if chosen.only in ("", "regrade"):
            measure_regrade(app, database, chosen.attempts)
        if chosen.only in ("", "analysis"):
            measure_analysis(app, database, chosen.attempts)
        if chosen.only in ("", "draw"):
            measure_draw(app, database, chosen.bank)
        if chosen.only in ("", "import"):
            measure_import(app, database, chosen.questions)
        if chosen.only == "storm":
            learners, _lesson = make_learners(app, chosen.takers)
            report = storm(app, settings, learners, kills=chosen.kills, seconds=chosen.seconds)
            facts = {"database": database, **asdict(report)}
            for what, count in (
                ("acknowledged answers lost in the storm", report.lost_answers),
                ("answers graded wrongly in the storm", report.misgraded),
                ("answers graded twice in the storm", report.graded_twice),
                ("attempts not handed in after the storm", report.not_submitted),
                ("attempts handed in late after the storm", report.late),
            ):
                say(BENCH, what, count, "", at_most=0, **facts)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", choices=CASES)
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one run of requests")
    parser.add_argument(
        "--attempts", type=int, default=10_000, help="attempts to regrade or analyse"
    )
    parser.add_argument("--questions", type=int, default=10_000, help="questions to import")
    parser.add_argument("--bank", type=int, default=100_000, help="questions to draw from")
    parser.add_argument("--takers", type=int, default=200, help="takers in the storm")
    parser.add_argument("--kills", type=int, default=20, help="how often a process is killed")
    parser.add_argument("--database", default="", choices=["", "sqlite", "postgresql"])
    chosen = parser.parse_args()
    url = os.environ.get("BENCH_POSTGRESQL_URL", "")
    if chosen.database in ("", "sqlite"):
        measure("sqlite", "", chosen)
    if url and chosen.database in ("", "postgresql"):
        measure("postgresql", url, chosen)


if __name__ == "__main__":
    main()
