"""Watching over a test: who is where, more time, forced submission, voiding. No commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.models import Member
from lms.members.policy import Actor
from lms.quizzes.actions import note_event, submit_attempt
from lms.quizzes.attempt_queries import hold_attempt
from lms.quizzes.models import Answer, Attempt, AttemptEvent, AttemptState, SubmittedBy

AWAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Watched:
    """One attempt as the invigilator sees it."""

    attempt: Attempt
    number: str
    name: str
    total: int
    answered: int
    times_left: int
    is_away: bool


def list_watched(paper_id: int, *, at: datetime) -> list[Watched]:
    """All attempts at a paper, those under way first."""
    answered = (
        select(Answer.attempt_id, func.count().label("count"))
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.paper_id == paper_id)
        .group_by(Answer.attempt_id)
        .subquery()
    )
    left = (
        select(AttemptEvent.attempt_id, func.count().label("count"))
        .join(Attempt, Attempt.id == AttemptEvent.attempt_id)
        .where(Attempt.paper_id == paper_id, AttemptEvent.kind == "left")
        .group_by(AttemptEvent.attempt_id)
        .subquery()
    )
    query = (
        select(
            Attempt,
            Member.number,
            Member.name,
            func.coalesce(answered.c.count, 0),
            func.coalesce(left.c.count, 0),
        )
        .join(Member, Member.id == Attempt.member_id)
        .outerjoin(answered, answered.c.attempt_id == Attempt.id)
        .outerjoin(left, left.c.attempt_id == Attempt.id)
        .where(Attempt.paper_id == paper_id)
        .order_by(Attempt.state != AttemptState.OPEN, Attempt.started_at.desc())
        .limit(1000)
    )
    return [
        Watched(
            attempt=attempt,
            number=number,
            name=name,
            total=len(attempt.drawn["items"]),
            answered=count,
            times_left=times,
            is_away=attempt.state == AttemptState.OPEN
            and (attempt.seen_at is None or (at - attempt.seen_at).total_seconds() > AWAY_SECONDS),
        )
        for attempt, number, name, count, times in db.session.execute(query)
    ]


def extend_attempt(attempt: Attempt, *, seconds: int, by: Actor) -> None:
    """Move the deadline of a running attempt."""
    if attempt.state != AttemptState.OPEN:
        raise Conflict(_("已经交卷，不能再延长。"))
    if attempt.deadline_at is None:
        raise Conflict(_("这场考试不限时。"))
    if not 0 < seconds <= 86_400:
        raise Invalid(_("延长的时间要在 1 分钟到 24 小时之间。"))
    attempt.deadline_at += timedelta(seconds=seconds)
    _note(attempt, "extended", by, seconds=seconds)


def force_submission(attempt: Attempt, *, by: Actor, at: datetime) -> None:
    """Hand the attempt in for the member, with what was saved."""
    if not submit_attempt(hold_attempt(attempt.id), how=SubmittedBy.INVIGILATOR, at=at):
        raise Conflict(_("已经交卷。"))
    _note(attempt, "forced", by)


def void_attempt(attempt: Attempt, *, reason: str, by: Actor) -> None:
    """Declare the attempt void; answers and grades stay on record and count for nothing."""
    if not reason.strip():
        raise Invalid(_("请写明作废的原因。"))
    if attempt.state == AttemptState.VOID:
        raise Conflict(_("已经作废。"))
    attempt.state = AttemptState.VOID
    attempt.void_reason = reason.strip()[:200]
    _note(attempt, "voided", by, reason=attempt.void_reason)


def _note(attempt: Attempt, kind: str, by: Actor, **detail: object) -> None:
    note_event(attempt, kind, by=by.id, detail=detail)
    record(
        f"attempt.{kind}",
        by=by,
        subject_kind="attempt",
        subject_id=attempt.id,
        detail=detail,
    )
    db.session.flush()


def summary_of(rows: Sequence[Watched]) -> dict[str, int]:
    """How many are under way, away and done."""
    return {
        "open": sum(row.attempt.state == AttemptState.OPEN for row in rows),
        "away": sum(row.is_away for row in rows),
        "done": sum(row.attempt.state == AttemptState.SUBMITTED for row in rows),
    }
