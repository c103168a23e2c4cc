"""The worker: claims job rows under a lease, runs them, and runs the periodic tasks.

A claim is one conditional update, so two workers never hold one job. The lease is renewed while the
handler runs; when the worker is killed the lease lapses and the job is run again.
"""

import logging
import secrets
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from lms import clock
from lms.db import db
from lms.errors import DomainError
from lms.jobs.models import Job, JobSchedule, JobState
from lms.jobs.registry import LeaseLost, Periodic, periodics, tasks

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
RENEW_SECONDS = 4.0
IDLE_SECONDS = 0.3
RETRY_AFTER = timedelta(seconds=2)


class Claim:
    """A job held by this worker; the JobContext that handlers receive."""

    def __init__(self, job: Job, token: str) -> None:
        self.job_id = job.id
        self.task = job.task
        self.arguments = dict(job.arguments)
        self.token = token
        self.lost = threading.Event()

    def progress(self, fraction: float, text: str = "") -> None:
        """Store how far the job is and renew the lease; raises LeaseLost."""
        self._update(progress_fraction=min(max(fraction, 0.0), 1.0), progress_text=text)

    def check(self) -> None:
        """Raise LeaseLost when the job is no longer ours."""
        if self.lost.is_set():
            raise LeaseLost

    def renew(self) -> None:
        """Extend the lease; raises LeaseLost."""
        self._update()

    def _update(self, **values: object) -> None:
        db.session.rollback()
        held = (Job.id == self.job_id) & (Job.lease_token == self.token)
        lease = {"lease_until": clock.now() + LEASE}
        result = db.session.execute(update(Job).where(held).values(**lease, **values))
        db.session.commit()
        if _rows(result) == 0:
            self.lost.set()
            raise LeaseLost


def _rows(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def claim_next() -> Claim | None:
    """Take the oldest job that is due, or whose lease has lapsed; None when there is none."""
    now = clock.now()
    due = (Job.state == JobState.QUEUED) & (Job.run_at <= now)
    lapsed = (Job.state == JobState.RUNNING) & (Job.lease_until < now)
    query = select(Job).where(or_(due, lapsed)).order_by(Job.run_at, Job.id).limit(1)
    job = db.session.scalar(query.with_for_update(skip_locked=True))
    if job is None:
        db.session.rollback()
        return None
    if job.tries >= job.max_tries:
        _finish(job, JobState.FAILED, "The worker stopped in the middle of every try.")
        db.session.commit()
        return None
    job.state = JobState.RUNNING
    job.tries += 1
    job.started_at = now
    job.lease_until = now + LEASE
    job.lease_token = secrets.token_hex(16)
    claim = Claim(job, job.lease_token)
    db.session.commit()
    return claim


def run_claim(app: Flask, claim: Claim) -> None:
    """Run one claimed job to its end, renewing the lease meanwhile."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep_lease, args=(app, claim, over), daemon=True)
    keeper.start()
    try:
        tasks[claim.task].run(claim, **claim.arguments)
        db.session.rollback()
        _close(claim, JobState.DONE, "")
    except LeaseLost:
        log.warning("job %s is no longer ours", claim.job_id)
    except DomainError as error:
        db.session.rollback()
        _close(claim, JobState.FAILED, error.message)
    except Exception:
        log.exception("job %s (%s) failed", claim.job_id, claim.task)
        db.session.rollback()
        _close_or_retry(claim, traceback.format_exc(limit=-3))
    finally:
        over.set()
        keeper.join()
        db.session.remove()


def _keep_lease(app: Flask, claim: Claim, over: threading.Event) -> None:
    with app.app_context():
        while not over.wait(RENEW_SECONDS):
            try:
                claim.renew()
            except LeaseLost:
                return
            except OperationalError:
                log.warning("lease of job %s could not be renewed yet", claim.job_id)
            finally:
                db.session.remove()


def _finish(job: Job, state: JobState, error: str) -> None:
    job.state = state
    job.error = error
    job.lease_token = ""
    job.lease_until = None
    job.finished_at = clock.now()
    if state is JobState.DONE:
        job.progress_fraction = 1.0


def _held(claim: Claim) -> Job | None:
    query = select(Job).where(Job.id == claim.job_id, Job.lease_token == claim.token)
    return db.session.scalar(query.with_for_update())


def _close(claim: Claim, state: JobState, error: str) -> None:
    if job := _held(claim):
        _finish(job, state, error)
    db.session.commit()


def _close_or_retry(claim: Claim, error: str) -> None:
    if job := _held(claim):
        if job.tries < job.max_tries:
            job.state = JobState.QUEUED
            job.lease_token = ""
            job.run_at = clock.now() + RETRY_AFTER * job.tries
            job.error = error
        else:
            _finish(job, JobState.FAILED, error)
    db.session.commit()


class Clockwork:
    """The periodic tasks: each runs when it is due, in one worker at a time.

    It remembers until when nothing is due, so that an idle worker leaves the database alone.
    """

    def __init__(self) -> None:
        self.due_at: dict[str, datetime] = {}

    def run_due(self) -> int:
        """Run every periodic task that is due and not claimed by another worker; gives how many."""
        return sum(self._run_if_due(periodic) for periodic in list(periodics.values()))

    def _run_if_due(self, periodic: Periodic) -> bool:
        due_at = self.due_at.get(periodic.name)
        if due_at and clock.now() < due_at:
            return False
        claimed, self.due_at[periodic.name] = _claim_periodic(periodic)
        if not claimed:
            return False
        try:
            periodic.run()
        except Exception:
            log.exception("periodic task %s failed", periodic.name)
        finally:
            db.session.remove()
        return True


def _claim_periodic(periodic: Periodic) -> tuple[bool, datetime]:
    """Whether this worker may run the task now, and when it is next due."""
    now = clock.now()
    next_run_at = now + timedelta(seconds=periodic.seconds)
    row = db.session.get(JobSchedule, periodic.name)
    if row is None:
        db.session.add(JobSchedule(name=periodic.name, next_run_at=next_run_at))
        claimed = True
    elif row.next_run_at > next_run_at:
        # The server's clock was set back: what was planned in its future is planned anew.
        claimed = _move(periodic.name, row.next_run_at, next_run_at)
    elif row.next_run_at > now:
        planned_at = row.next_run_at
        db.session.rollback()
        return False, planned_at
    else:
        claimed = _move(periodic.name, row.next_run_at, next_run_at)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        claimed = False
    return claimed, next_run_at


def _move(name: str, planned_at: datetime, next_run_at: datetime) -> bool:
    unmoved = (JobSchedule.name == name) & (JobSchedule.next_run_at == planned_at)
    plan = update(JobSchedule).where(unmoved).values(next_run_at=next_run_at)
    return _rows(db.session.execute(plan, execution_options={"synchronize_session": False})) == 1


def run_pending(app: Flask) -> int:
    """Run the jobs that are due, one after the other, until none is left; gives how many."""
    count = 0
    while claim := claim_next():
        run_claim(app, claim)
        count += 1
    return count


class Worker:
    """Threads that run jobs beside one thread that runs the periodic tasks."""

    def __init__(self, app: Flask, job_threads: int) -> None:
        self.app = app
        self.stopping = threading.Event()
        loops = [self._run_jobs] * job_threads + [self._run_periodics]
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def run(self) -> None:
        """Work until `stop` is called."""
        for thread in self.threads:
            thread.start()
        log.info("worker started")
        self.stopping.wait()

    def stop(self) -> None:
        """End after the claims now at hand; what is cut off is run again by the next worker."""
        self.stopping.set()

    def _run_jobs(self) -> None:
        self._loop(lambda: run_pending(self.app))

    def _run_periodics(self) -> None:
        self._loop(Clockwork().run_due)

    def _loop(self, step: Callable[[], int]) -> None:
        while not self.stopping.is_set():
            with self.app.app_context():
                try:
                    worked = step()
                except OperationalError:
                    log.warning("the database did not answer; trying again", exc_info=True)
                    worked = 0
                finally:
                    db.session.remove()
            self.stopping.wait(0.0 if worked else IDLE_SECONDS)
