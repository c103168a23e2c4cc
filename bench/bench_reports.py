"""Measures reports: the manager's page, and exports as Excel and CSV, by the number of people.

    python -m bench.bench_reports                     1,000 and 10,000 people on SQLite
    python -m bench.bench_reports --members 100000

Prints one JSON line a case. Pages are the best of three requests in this process; exports are
written as the worker writes them. `cpu_seconds` are of this process, whatever else the machine
does; `peak_mib` is its largest size so far.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import select

from bench.generate import generate
from bench.generate_plan import Plan
from bench.lines import say
from config import Settings
from lms import clock, create_app
from lms.db import db
from lms.members.models import Member, OrgUnit
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number
from lms.members.session import open_session
from lms.reports.actions import request_export, written
from lms.reports.models import Format
from lms.reports.periods import Period, Span
from lms.study.months import Month

TIMES = 3


@contextmanager
def told(case: str, **facts: object) -> Iterator[dict[str, object]]:
    """Tell how long what is inside took, and what it adds to the facts."""
    more: dict[str, object] = {}
    began, worked = time.perf_counter(), time.process_time()
    yield more
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    tell(case, seconds, cpu, **facts, **more)


def tell(case: str, seconds: float, cpu_seconds: float, **facts: object) -> None:
    """One line of the result."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say("reports", case, seconds, "s", cpu_seconds=cpu_seconds, peak_mib=peak, **facts)


def make_app(folder: Path) -> Flask:
    """An application on an empty SQLite database in the folder."""
    app = create_app(
        Settings(
            data_dir=folder,
            secret_key="for measuring only, long enough to be one",
            database_url=f"sqlite:///{folder / 'xueshi.db'}",
            zone=ZoneInfo("Asia/Shanghai"),
            rate_limits=False,
            log_level="ERROR",
        )
    )
    with app.app_context():
        db.create_all()
    return app


def signed_in(app: Flask, member_id: int) -> FlaskClient:
    """A client of that person."""
    client = app.test_client()
    with app.test_request_context("/", method="POST"):
        open_session(member_id)
        db.session.commit()
        answer = app.make_response("")
        app.session_interface.save_session(app, session, answer)  # type: ignore[arg-type]
    name, value = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)
    client.set_cookie(name, value)
    return client


def measure_pages(client: FlaskClient, unit_id: int, members: int) -> None:
    """The overview of everybody, of one unit, and a page of the list."""
    for case, path in (
        ("overview of all", "/reports/"),
        ("overview of one unit", f"/reports/?unit={unit_id}"),
        ("list of people", "/reports/people"),
        ("courses", "/reports/courses"),
    ):
        times = []
        for _ in range(TIMES):
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path)
            times.append((time.perf_counter() - began, time.process_time() - worked))
            assert answer.status_code == 200, path
        tell(case, *min(times), members=members)


def measure_exports(actor: Actor, unit_id: int, members: int) -> None:
    """Everybody of the root as a file, with nothing else going on."""
    period = Period.of(Span.MONTH, Month.of(clock.today(ZoneInfo("Asia/Shanghai"))))
    for kind in Format:
        unit = db.session.get_one(OrgUnit, unit_id)
        export = request_export(unit, report="members", period=period, format=kind, by=actor)
        db.session.commit()
        db.session.expunge_all()
        db.session.add(export)
        with told(f"export {kind}", members=members) as more, written(export, actor) as path:
            more["bytes"] = path.stat().st_size
        db.session.rollback()


def measure(members: int) -> None:
    """All cases at one size."""
    with tempfile.TemporaryDirectory(prefix="xueshi-bench-") as folder:
        app = make_app(Path(folder))
        with app.app_context():
            today = clock.today(ZoneInfo("Asia/Shanghai"))
            plan = Plan(members=members, months=2, last_on=today.isoformat())
            with told("generate", members=members) as more:
                more["rows"] = sum(generate(plan, db.engine).values())
            first = db.session.scalars(select(Member).order_by(Member.id)).first()
            root = db.session.scalars(select(OrgUnit.id).order_by(OrgUnit.id).limit(2)).all()
            assert first is not None
            actor = find_actor_by_number(first.number)
            assert actor is not None
            db.session.rollback()
        measure_pages(signed_in(app, actor.id), root[1], members)
        with app.app_context():
            measure_exports(actor, root[0], members)
            db.session.remove()
            db.engine.dispose()


def main() -> None:
    """Measure at the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--members", type=int, nargs="*", default=[1_000, 10_000])
    for members in parser.parse_args().members:
        measure(members)


if __name__ == "__main__":
    main()
