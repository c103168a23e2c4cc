"""Reading jobs."""

from sqlalchemy import func, select

from lms.db import db
from lms.jobs.models import Job, JobState


def find_latest_job(subject: str, task: str | None = None) -> Job | None:
    """The newest job about `subject`, or None."""
    query = select(Job).where(Job.subject == subject).order_by(Job.id.desc()).limit(1)
    if task:
        query = query.where(Job.task == task)
    return db.session.scalar(query)


def count_waiting() -> int:
    """How many jobs are queued or running."""
    waiting = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    return db.session.scalar(select(func.count()).select_from(Job).where(waiting)) or 0
