"""Periodic work of the study part: ending silent spans, credit that waited, sealing days."""

from datetime import timedelta

from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.jobs.registry import every
from lms.study.awards import give_waiting
from lms.study.beats import close_if_silent
from lms.study.clock import LEAVE_MS
from lms.study.lesson_subject import list_ready_members
from lms.study.models import StudyClock
from lms.study.proofs import seal_days

MOST_AT_ONCE = 2000


@every(seconds=20, name="study.close_silent")
def close_silent() -> int:
    """End the spans of which nothing more is expected, each in a transaction of its own."""
    now = clock.now()
    quiet = now - timedelta(milliseconds=LEAVE_MS)
    ahead = now + timedelta(milliseconds=LEAVE_MS)  # the server's clock was set back meanwhile
    query = select(StudyClock.member_id).where(
        StudyClock.is_open, (StudyClock.beat_at < quiet) | (StudyClock.beat_at > ahead)
    )
    member_ids = db.session.scalars(query).all()
    db.session.rollback()
    closed = 0
    for member_id in member_ids:
        closed += close_if_silent(member_id, at=clock.now())
        db.session.commit()
    return closed


@every(seconds=1800, name="study.give_waiting")
def give_ready() -> int:
    """Give the credit that waited for tests that courses no longer have."""
    member_ids = list_ready_members(MOST_AT_ONCE)
    db.session.rollback()
    given = 0
    for member_id in member_ids:
        given += give_waiting(member_id, at=clock.now())
        db.session.commit()
    return given


@every(seconds=1800, name="study.seal_days")
def seal() -> int:
    """Seal the days that have ended."""
    count = seal_days()
    db.session.commit()
    return count
