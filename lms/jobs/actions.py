"""Writing jobs: enqueue, cancel, retry. The caller's transaction carries them."""

from datetime import datetime
from typing import Any

from lms import clock
from lms.db import db
from lms.jobs.models import Job, JobState
from lms.jobs.registry import tasks


def enqueue(
    task: str,
    arguments: dict[str, Any] | None = None,
    *,
    subject: str = "",
    member_id: int | None = None,
    run_at: datetime | None = None,
) -> Job:
    """Add a job to the caller's transaction; it exists exactly when that commits.

    Raises KeyError when no part has registered `task`.
    """
    now = clock.now()
    job = Job(
        task=task,
        arguments=arguments or {},
        subject=subject,
        member_id=member_id,
        max_tries=tasks[task].tries,
        run_at=run_at or now,
        created_at=now,
    )
    db.session.add(job)
    db.session.flush()
    return job


def cancel(job: Job) -> None:
    """Stop a job: a queued one never starts, a running one ends at its next check."""
    if not job.is_over:
        job.state = JobState.CANCELLED
        job.lease_token = ""
        job.finished_at = clock.now()


def retry(job: Job) -> None:
    """Queue a failed or cancelled job again, with all its tries."""
    job.state = JobState.QUEUED
    job.tries = 0
    job.error = ""
    job.progress_fraction = 0.0
    job.run_at = clock.now()
