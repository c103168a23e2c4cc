"""Several processes at one member's clock: never more than the wall clock, never twice, kill -9."""

import signal
import subprocess
import sys
import time as wall
from pathlib import Path

import pytest
from sqlalchemy import select

from lms.db import db
from lms.study import proofs
from lms.study.beats import close_clock
from lms.study.clock_state import load
from lms.study.models import StudyClock, StudyEntry
from lms.study.months import from_ms
from tests.factories import make_people
from tests.study.lessons import make_material, registered

ROOT = Path(__file__).parents[2]


@pytest.fixture
def people(app):
    """The usual people at the real time: other processes have clocks of their own."""
    return make_people()


@pytest.fixture
def start(app, people):
    """Start a process that hammers; all are ended when the test is."""
    settings = app.config["SETTINGS"]
    url = db.engine.url.render_as_string(hide_password=False)
    running = []

    def run(lesson_id, seconds, take_over="yes"):
        db.session.rollback()
        words = [settings.data_dir, url, "learner", lesson_id, seconds, take_over]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.study.hammer", *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def lessons(people):
    with registered():
        yield make_material(people.north)


def close(member_id):
    row = db.session.get_one(StudyClock, member_id)
    at = from_ms(load(row.state).beat_at_ms)
    close_clock(member_id, at=at)
    db.session.commit()


def counted(member_id):
    db.session.rollback()
    close(member_id)
    query = select(StudyEntry.seconds).where(StudyEntry.member_id == member_id)
    return sum(db.session.scalars(query))


@pytest.mark.slow
@pytest.mark.parametrize("take_over", ["yes", "no"])
def test_processes_with_tabs_of_one_member_never_count_together(people, lessons, start, take_over):
    began = wall.monotonic()
    processes = [start(lessons.text, 3, take_over) for _ in range(2)]
    processes += [start(lessons.clip, 3, take_over) for _ in range(2)]
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        answers.append(len(out.split()))
    elapsed = wall.monotonic() - began
    assert all(count > 5 for count in answers), answers
    assert counted(people.learner) <= elapsed
    assert list(proofs.verify()) == []


@pytest.mark.slow
def test_what_was_acknowledged_outlives_kill_9_and_is_counted_once(people, lessons, start):
    process = start(lessons.text, 30)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    rest, _errors = process.communicate(timeout=30)
    acknowledged = max(int(line) for line in (*lines, *rest.split()[:-1]) if line.strip().isdigit())
    total = counted(people.learner)
    # At most the one beat that was committed and not yet acknowledged comes on top.
    assert acknowledged <= total <= acknowledged + 3
    assert list(proofs.verify()) == []
