"""Reading attempts: loaders that check the person, the paper as drawn, answers, grades, results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import joinedload

from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, Membership
from lms.members.policy import Action, Actor, may_content
from lms.members.scope import content_facts
from lms.quizzes.bank_queries import definitions_of
from lms.quizzes.definition import Definition
from lms.quizzes.models import (
    Answer,
    Attempt,
    AttemptEvent,
    AttemptState,
    GradeRow,
    GradeSource,
    Paper,
)
from lms.quizzes.sheet import Sheet, SheetItem, sheet_from_json


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of an attempt with its definition."""

    item: SheetItem
    definition: Definition


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The newest answer to one slot."""

    slot: int
    response: dict[str, Any]
    sequence: int
    is_flagged: bool
    spent_seconds: int


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """The grade that counts for one slot, the version it was made with, and the answer."""

    slot: int
    version_id: int
    outcome: str
    points: Decimal
    max_points: Decimal
    source: GradeSource
    comment: str
    response: dict[str, Any] | None  # None where nothing was answered


# Asked with every attempt, so they are put together once. What there are many of is asked for by
# columns, because objects of the mapper cost three times as much.
_answer, _grade = Answer.__table__.c, GradeRow.__table__.c
_ATTEMPT = (
    select(Attempt)
    .where(Attempt.id == bindparam("attempt_id"))
    .options(joinedload(Attempt.paper, innerjoin=True))
)
_HELD = _ATTEMPT.with_for_update(of=Attempt, key_share=True).execution_options(
    populate_existing=True
)
_ANSWERS = select(
    _answer.slot, _answer.response, _answer.sequence, _answer.is_flagged, _answer.spent_seconds
).where(_answer.attempt_id == bindparam("attempt_id"))
_GRADED = (
    select(
        _grade.slot,
        _grade.version_id,
        _grade.outcome,
        _grade.points,
        _grade.max_points,
        _grade.source,
        _grade.comment,
        _answer.response,
    )
    .outerjoin(
        Answer.__table__,
        (_answer.attempt_id == _grade.attempt_id) & (_answer.slot == _grade.slot),
    )
    .where(_grade.attempt_id == bindparam("attempt_id"))
    .order_by(_grade.id)
)


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What a member has reached at a paper, over all attempts."""

    member_id: int
    paper_id: int
    title: str
    points: Decimal
    max_points: Decimal
    is_passed: bool
    submitted_at: datetime


def get_attempt(attempt_id: int, *, member: Actor, action: Action = Action.VIEW) -> Attempt:
    """An own attempt to VIEW, or any attempt at a paper that the person may EDIT."""
    attempt = db.session.scalar(_ATTEMPT, {"attempt_id": attempt_id})
    if attempt is not None:
        if action is Action.VIEW and attempt.member_id == member.id:
            return attempt
        if may_content(member, Action.EDIT, content_facts(attempt.paper)):
            return attempt
    raise NotFound(_("没有找到这次考试。"))


def get_own_attempt(attempt_id: int, *, member: Actor, holds: bool = False) -> Attempt:
    """An attempt of the person's own: nobody answers for another."""
    attempt = db.session.scalar(_HELD if holds else _ATTEMPT, {"attempt_id": attempt_id})
    if attempt is None or attempt.member_id != member.id:
        raise NotFound(_("没有找到这次考试。"))
    return attempt


def hold_attempt(attempt_id: int) -> Attempt:
    """The attempt as it is now; until the transaction ends nobody else changes or answers it."""
    return db.session.scalars(_HELD, {"attempt_id": attempt_id}).one()


def sheet_of(attempt: Attempt) -> Sheet:
    """The paper as it was drawn."""
    return sheet_from_json(attempt.drawn)


def asked_in(sheet: Sheet) -> list[Asked]:
    """The questions of a drawn paper with the versions that were asked."""
    definitions = definitions_of({item.version_id: item.digest for item in sheet.items})
    return [Asked(item, definitions[item.version_id]) for item in sheet.items]


def answers_of(attempt_id: int) -> dict[int, StoredAnswer]:
    """The newest answers by slot."""
    rows = db.session.execute(_ANSWERS, {"attempt_id": attempt_id})
    return {row.slot: StoredAnswer(*row) for row in rows}


def grades_of(attempt_id: int) -> dict[int, StoredGrade]:
    """The grade that counts for each slot of an attempt, the newest row, and what was answered."""
    rows = db.session.execute(_GRADED, {"attempt_id": attempt_id})
    return {row.slot: StoredGrade(*row) for row in rows}


def find_open_attempt(paper_id: int, member_id: int) -> Attempt | None:
    """The attempt that the member has under way at this paper."""
    return db.session.scalar(
        select(Attempt).where(
            Attempt.paper_id == paper_id,
            Attempt.member_id == member_id,
            Attempt.state == AttemptState.OPEN,
        )
    )


def list_events(attempt_id: int) -> Sequence[AttemptEvent]:
    """What happened around an attempt, oldest first."""
    return db.session.scalars(
        select(AttemptEvent).where(AttemptEvent.attempt_id == attempt_id).order_by(AttemptEvent.id)
    ).all()


def list_overdue(at: datetime, *, limit: int = 200) -> list[int]:
    """The open attempts whose deadline and grace have passed."""
    query = (
        select(Attempt.id, Attempt.deadline_at, Attempt.grace_seconds)
        .where(Attempt.state == AttemptState.OPEN, Attempt.deadline_at < at)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    )
    return [
        attempt_id
        for attempt_id, deadline, grace in db.session.execute(query)
        if deadline is not None and (at - deadline).total_seconds() > grace
    ]


def list_results(
    members: ColumnElement[bool] | None, *, since: datetime, until: datetime
) -> list[MemberResult]:
    """The best finished attempt of each member at each paper that was handed in in [since, until).

    `members` is a condition on Member, such as `scope.supervised_by(actor)`; the caller answers
    for it. Attempts that are void are left out.
    """
    query = (
        select(Attempt, Paper.title)
        .join(Paper, Paper.id == Attempt.paper_id)
        .join(Member, Member.id == Attempt.member_id)
        .where(
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.submitted_at >= since,
            Attempt.submitted_at < until,
        )
        .order_by(Attempt.id)
    )
    if members is not None:
        query = query.where(members)
    best: dict[tuple[int, int], MemberResult] = {}
    for attempt, title in db.session.execute(query):
        found = MemberResult(
            attempt.member_id,
            attempt.paper_id,
            title,
            attempt.points or Decimal(0),
            attempt.max_points,
            bool(attempt.is_passed),
            attempt.submitted_at or attempt.started_at,
        )
        key = (found.member_id, found.paper_id)
        known = best.get(key)
        if known is None or (found.is_passed, found.points) > (known.is_passed, known.points):
            best[key] = found
    return list(best.values())


def responses_of(answers: Mapping[int, StoredAnswer]) -> dict[int, dict[str, Any]]:
    """The responses by slot."""
    return {slot: answer.response for slot, answer in answers.items()}


def count_by_state(paper_id: int) -> dict[AttemptState, int]:
    """How many attempts at a paper are open, handed in and void."""
    query = (
        select(Attempt.state, func.count())
        .where(Attempt.paper_id == paper_id)
        .group_by(Attempt.state)
    )
    return dict(db.session.execute(query).all())


def unit_of_members(member_ids: Sequence[int]) -> dict[int, int]:
    """The unit each of these members belongs to now."""
    query = select(Membership.member_id, Membership.unit_id).where(
        Membership.member_id.in_(member_ids), Membership.until_on.is_(None)
    )
    return dict(db.session.execute(query).all())
