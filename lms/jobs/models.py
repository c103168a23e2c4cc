"""Slow work as rows: a job is written in the transaction that needs it and is its own queue."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key, enum_column


class JobState(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"  # waiting for `run_at`
    RUNNING = "running"  # claimed by a worker until `lease_until`
    DONE = "done"
    FAILED = "failed"  # gave up; `error` says why
    CANCELLED = "cancelled"


class Job(Base):
    """One piece of slow work; a lapsed lease makes it claimable again."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_run_at", "state", "run_at"),
        Index("ix_job_subject", "subject"),
    )

    id: Mapped[Key]
    task: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    subject: Mapped[str] = mapped_column(String(64), default="")
    member_id: Mapped[int | None]
    state: Mapped[JobState] = enum_column(JobState, "state", default=JobState.QUEUED)
    progress_fraction: Mapped[float] = mapped_column(Float, default=0.0)
    progress_text: Mapped[str] = mapped_column(String(200), default="")
    tries: Mapped[int] = mapped_column(default=0)
    max_tries: Mapped[int] = mapped_column(default=3)
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobSchedule(Base):
    """When a periodic task is next due; claiming it is one conditional update."""

    __tablename__ = "job_schedule"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_run_at: Mapped[datetime]
