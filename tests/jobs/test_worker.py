"""Tests of the worker: claims, leases, retries, and what a killed process leaves behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import pytest

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.jobs import registry
from lms.jobs.actions import cancel, enqueue, retry
from lms.jobs.models import Job, JobState
from lms.jobs.queries import count_waiting, find_latest_job
from lms.jobs.registry import every, task
from lms.jobs.worker import LEASE, Clockwork, Worker, claim_next, run_claim, run_pending


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    monkeypatch.setattr(registry, "tasks", {})
    monkeypatch.setattr("lms.jobs.actions.tasks", registry.tasks)
    monkeypatch.setattr("lms.jobs.worker.tasks", registry.tasks)
    monkeypatch.setattr(registry, "periodics", {})
    monkeypatch.setattr("lms.jobs.worker.periodics", registry.periodics)


def add(name="t", **arguments):
    job_id = enqueue(name, arguments, subject="thing:1").id
    db.session.commit()
    return job_id


def load(job_id):
    db.session.expire_all()
    return db.session.get_one(Job, job_id)


def test_a_job_runs_with_its_arguments_and_tells_its_progress(app):
    seen = []

    @task("t")
    def run(job, number):
        job.progress(0.5, "half")
        seen.append((number, load(job.job_id).progress_text))

    job_id = add(number=3)
    assert run_pending(app) == 1
    assert seen == [(3, "half")]
    job = load(job_id)
    assert (job.state, job.progress_fraction, job.tries) == (JobState.DONE, 1.0, 1)
    assert run_pending(app) == 0


def test_a_job_exists_only_when_its_transaction_does(app):
    task("t")(lambda job: None)
    enqueue("t")
    db.session.rollback()
    assert run_pending(app) == 0
    with pytest.raises(KeyError):
        enqueue("unknown")


def test_a_fault_is_tried_again_and_then_given_up(app, caplog):
    @task("t", tries=2)
    def run(job):
        raise RuntimeError("boom")

    job_id = add()
    run_pending(app)
    assert load(job_id).state is JobState.QUEUED
    db.session.rollback()
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        run_pending(app)
    job = load(job_id)
    assert (job.state, job.tries) == (JobState.FAILED, 2)
    assert "boom" in job.error


def test_a_rule_that_says_no_is_not_tried_again(app):
    @task("t")
    def run(job):
        raise Invalid("这个文件打不开。")

    job_id = add()
    run_pending(app)
    job = load(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "这个文件打不开。")
    retry(job)
    db.session.commit()
    assert load(job_id).state is JobState.QUEUED


def test_what_a_handler_left_uncommitted_is_not_kept(app):
    @task("t")
    def run(job):
        enqueue("t", subject="left behind")

    add()
    claim = claim_next()
    run_claim(app, claim)
    assert find_latest_job("left behind") is None


def test_one_job_has_one_worker(app):
    task("t")(lambda job: None)
    add()
    assert claim_next() is not None
    assert claim_next() is None
    assert count_waiting() == 1


def test_a_lapsed_lease_gives_the_job_to_another_and_the_first_learns_it(app):
    task("t")(lambda job: None)
    job_id = add()
    first = claim_next()
    with clock.frozen(clock.now() + LEASE + timedelta(seconds=1)):
        second = claim_next()
    assert second is not None
    assert second.job_id == job_id
    with pytest.raises(registry.LeaseLost):
        first.progress(0.9)
    run_claim(app, first)
    assert load(job_id).state is JobState.RUNNING
    db.session.rollback()
    run_claim(app, second)
    assert load(job_id).state is JobState.DONE


def test_a_cancelled_job_stops_at_its_next_check(app):
    def run(job):
        held = load(job.job_id)
        cancel(held)
        db.session.commit()
        with pytest.raises(registry.LeaseLost):
            job.progress(0.5)
        job.check()
        raise AssertionError("went on")

    task("t")(run)
    job_id = add()
    run_pending(app)
    assert load(job_id).state is JobState.CANCELLED


def test_a_job_whose_every_try_was_killed_ends_with_a_reason(app):
    task("t", tries=2)(lambda job: None)
    job_id = add()
    at = clock.now()
    for minute in range(3):
        with clock.frozen(at + timedelta(minutes=minute)):
            claim_next()
    job = load(job_id)
    assert job.state is JobState.FAILED
    assert job.error


def test_a_periodic_task_runs_once_an_interval(app):
    runs = []
    every(seconds=60, name="p")(lambda: runs.append(1))
    at = clock.now()
    workers = Clockwork(), Clockwork()
    for second in (0, 1, 59, 61, 62):
        with clock.frozen(at + timedelta(seconds=second)):
            for worker in workers:
                worker.run_due()
    assert len(runs) == 2


def test_a_clock_that_is_set_back_does_not_stop_the_periodic_tasks(app):
    runs = []
    every(seconds=60, name="p")(lambda: runs.append(1))
    at = clock.now()
    for hours in (0, -1):
        with clock.frozen(at + timedelta(hours=hours)):
            Clockwork().run_due()
    assert len(runs) == 2


def test_a_failing_periodic_task_does_not_stop_the_others(app, caplog):
    runs = []

    @every(seconds=1, name="a")
    def fail():
        raise RuntimeError("boom")

    every(seconds=1, name="b")(lambda: runs.append(1))
    assert Clockwork().run_due() == 2
    assert runs == [1]


def test_a_worker_runs_until_it_is_stopped(app):
    done = threading.Event()

    @task("t")
    def run(job):
        done.set()

    add()
    worker = Worker(app, job_threads=1)
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert done.wait(10)
    worker.stop()
    thread.join(10)
    for loop in worker.threads:
        loop.join(10)
    assert not thread.is_alive()


KILLED = """
import os, sys
from dataclasses import replace
from lms import create_app
from lms.jobs.registry import task
from lms.jobs.worker import run_pending
from tests.conftest import test_settings
from pathlib import Path

app = create_app(test_settings(Path(sys.argv[1])))

@task("killed.once")
def run(job):
    Path(sys.argv[2]).open("a").write("started\\n")
    if sys.argv[3] == "hang":
        import time
        time.sleep(60)
    Path(sys.argv[2]).open("a").write("finished\\n")

with app.app_context():
    run_pending(app)
"""


@pytest.mark.slow
def test_a_job_whose_worker_was_killed_is_finished_by_the_next(app, tmp_path, monkeypatch):
    task("killed.once")(lambda job: None)
    job_id = add("killed.once")
    db.engine.dispose()
    log = tmp_path / "log"
    data_dir = app.config["SETTINGS"].data_dir
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(data_dir), str(log)]
    env = {**os.environ, "PYTHONPATH": "."}
    first = subprocess.Popen([*command, "hang"], env=env)
    deadline = time.monotonic() + 30
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    held = load(job_id)
    assert held.state is JobState.RUNNING
    held.lease_until = clock.now() - timedelta(seconds=1)
    db.session.commit()
    subprocess.run([*command, "finish"], env=env, check=True, timeout=60)
    assert log.read_text().split() == ["started", "started", "finished"]
    assert load(job_id).state is JobState.DONE
