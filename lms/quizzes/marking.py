"""After the machine: marks by people, regrading when a key was corrected. No commits.

Grades are added, never changed; the newest row of a slot counts, and a person's mark survives
every regrade.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, case, func, select, type_coerce, update

from lms.db import Exact, db
from lms.errors import Conflict, Invalid
from lms.given import insert_many
from lms.members.audit import record
from lms.members.models import Member
from lms.members.policy import Actor
from lms.quizzes.attempt_queries import asked_in, sheet_of
from lms.quizzes.bank_queries import definitions_of, newest_versions
from lms.quizzes.corrections import note_corrections, note_marked, standings_of_attempts
from lms.quizzes.definition import Definition
from lms.quizzes.grade import Grade, Outcome
from lms.quizzes.grading import marked
from lms.quizzes.grading_actions import (
    INSERT_GRADES,
    grade_response,
    grade_values,
    reasons_data,
    set_total,
)
from lms.quizzes.models import (
    Answer,
    Attempt,
    AttemptState,
    GradeRow,
    GradeSource,
    Marking,
    Paper,
    Question,
)
from lms.quizzes.results import passes

BATCH = 2_000
_SET_POINTS = (
    update(Attempt.__table__)
    .where(Attempt.__table__.c.id == bindparam("of_attempt"))
    .values(points=bindparam("points"), is_pending=bindparam("is_pending"))
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Answers of one question at one paper that wait for a person."""

    paper_id: int
    title: str
    question_id: int
    summary: str
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """What regrading would do to one answer."""

    attempt_id: int
    slot: int
    question_id: int
    version_id: int
    member_name: str
    before: Decimal
    after: Decimal
    max_points: Decimal
    grade: Grade


@dataclass(frozen=True, slots=True)
class _Graded:
    attempt_id: int
    slot: int
    question_id: int
    version_id: int
    points: Decimal
    max_points: Decimal
    outcome: str
    response: dict[str, Any] | None
    member_name: str


def _newest() -> Any:
    """The ids of the rows that count."""
    return select(func.max(GradeRow.id)).group_by(GradeRow.attempt_id, GradeRow.slot)


def list_waiting(paper_ids: Sequence[int]) -> list[Waiting]:
    """What waits for marking at these papers, by question."""
    query = (
        select(Paper.id, Paper.title, Question.id, Question.summary, func.count())
        .select_from(GradeRow)
        .join(Attempt, Attempt.id == GradeRow.attempt_id)
        .join(Paper, Paper.id == Attempt.paper_id)
        .join(Question, Question.id == GradeRow.question_id)
        .where(
            GradeRow.id.in_(_newest()),
            GradeRow.outcome == Outcome.PENDING.value,
            Attempt.state == AttemptState.SUBMITTED,
            Paper.id.in_(paper_ids),
        )
        .group_by(Paper.id, Paper.title, Question.id, Question.summary)
        .order_by(Paper.title, Question.id)
    )
    return [Waiting(*row) for row in db.session.execute(query)]


def list_to_mark(paper_id: int, question_id: int) -> list[tuple[int, int]]:
    """(attempt, slot) of every answer to a question that waits, oldest first."""
    query = (
        select(GradeRow.attempt_id, GradeRow.slot)
        .join(Attempt, Attempt.id == GradeRow.attempt_id)
        .where(
            GradeRow.id.in_(_newest()),
            GradeRow.outcome == Outcome.PENDING.value,
            GradeRow.question_id == question_id,
            Attempt.paper_id == paper_id,
            Attempt.state == AttemptState.SUBMITTED,
        )
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    return [(attempt_id, slot) for attempt_id, slot in db.session.execute(query)]


def mark_answer(
    attempt: Attempt, slot: int, *, points: Decimal, comment: str, by: Actor, at: datetime
) -> None:
    """A person's mark for one answer, and the attempt's new total.

    The member is told when it was the last that was missing, and when a later mark changes it.
    """
    asked = next((each for each in asked_in(sheet_of(attempt)) if each.item.slot == slot), None)
    if attempt.state != AttemptState.SUBMITTED or asked is None:
        raise Conflict(_("这份答卷现在不能评阅。"))
    if not 0 <= points <= asked.item.points:
        raise Invalid(_("分数要在 0 到 %(points)s 之间。", points=asked.item.points))
    result = marked(points / asked.item.points, comment)
    row = grade_values(attempt.id, asked, result, GradeSource.PERSON, at, by=by, comment=comment)
    insert_many(db.session.connection(), INSERT_GRADES, [{**row, "points": points}])
    was_pending, before = attempt.is_pending, standings_of_attempts([attempt.id])
    refresh_total(attempt, at=at)
    if not attempt.is_pending and (was_pending or before != standings_of_attempts([attempt.id])):
        note_marked(attempt, before, slot=slot, at=at)
    record(
        "attempt.mark",
        by=by,
        subject_kind="attempt",
        subject_id=attempt.id,
        detail={"slot": slot, "points": str(points)},
    )


def refresh_total(attempt: Attempt, *, at: datetime) -> None:
    """Sum the grades that count, and tell courses and the ledger when that passes."""
    paper = db.session.get_one(Paper, attempt.paper_id)
    total, pending = _totals([attempt.id])[attempt.id]
    set_total(attempt, paper, total, is_pending=pending, at=at)


def _totals(attempt_ids: Sequence[int]) -> dict[int, tuple[Decimal, bool]]:
    """The sum of the grades that count, and whether one waits for a person, by attempt."""
    newest = _newest().where(GradeRow.attempt_id.in_(attempt_ids))
    waits = case((GradeRow.outcome == Outcome.PENDING.value, 1), else_=0)
    query = (
        select(
            GradeRow.attempt_id, type_coerce(func.sum(GradeRow.points), Exact()), func.max(waits)
        )
        .where(GradeRow.id.in_(newest))
        .group_by(GradeRow.attempt_id)
    )
    return {
        attempt_id: (total, bool(pending))
        for attempt_id, total, pending in db.session.execute(query)
    }


def _refresh_totals(paper: Paper, attempt_ids: Sequence[int], *, at: datetime) -> None:
    """The same for many attempts; one by one only where passing is gained or lost."""
    for start in range(0, len(attempt_ids), BATCH):
        some = attempt_ids[start : start + BATCH]
        totals = _totals(some)
        known = db.session.execute(
            select(Attempt.id, Attempt.max_points, Attempt.is_passed).where(Attempt.id.in_(some))
        )
        same = []
        for attempt_id, max_points, was_passed in known:
            total, pending = totals[attempt_id]
            if passes(total, max_points, paper.pass_fraction) == was_passed:
                same.append({"of_attempt": attempt_id, "points": total, "is_pending": pending})
                continue
            attempt = db.session.get_one(Attempt, attempt_id)
            set_total(attempt, paper, total, is_pending=pending, at=at)
        if same:
            db.session.connection().execute(_SET_POINTS, same)
    db.session.expire_all()


def _changed_questions(paper_id: int) -> list[int]:
    """The questions of which some answer was graded by a version that is not the newest."""
    query = (
        select(GradeRow.question_id, GradeRow.version_id)
        .join(Attempt, Attempt.id == GradeRow.attempt_id)
        .where(Attempt.paper_id == paper_id, Attempt.state == AttemptState.SUBMITTED)
        .distinct()
    )
    pairs = list(db.session.execute(query))
    versions = newest_versions(question_id for question_id, _version_id in pairs)
    changed = {
        question_id for question_id, version_id in pairs if versions[question_id][0] != version_id
    }
    return sorted(changed)


def _submitted(paper_id: int, after: int) -> list[int]:
    """A batch of submitted attempts, by id."""
    query = (
        select(Attempt.id)
        .where(
            Attempt.paper_id == paper_id,
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.id > after,
        )
        .order_by(Attempt.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(query))


def _graded(paper_id: int, question_ids: Sequence[int], ids: Sequence[int]) -> list[_Graded]:
    """The machine-graded answers to these questions in these attempts."""
    newest = (
        select(func.max(GradeRow.id))
        .where(GradeRow.attempt_id.between(ids[0], ids[-1]), GradeRow.question_id.in_(question_ids))
        .group_by(GradeRow.attempt_id, GradeRow.slot)
    )
    query = (
        select(
            GradeRow.attempt_id,
            GradeRow.slot,
            GradeRow.question_id,
            GradeRow.version_id,
            GradeRow.points,
            GradeRow.max_points,
            GradeRow.outcome,
            Answer.response,
            Member.name,
        )
        .join(Attempt, Attempt.id == GradeRow.attempt_id)
        .join(Member, Member.id == Attempt.member_id)
        .outerjoin(
            Answer, (Answer.attempt_id == GradeRow.attempt_id) & (Answer.slot == GradeRow.slot)
        )
        .where(
            GradeRow.id.in_(newest),
            Attempt.paper_id == paper_id,
            GradeRow.source != GradeSource.PERSON,
        )
        .order_by(GradeRow.attempt_id, GradeRow.slot)
    )
    return [_Graded(*row) for row in db.session.execute(query)]


def _batches(paper_id: int, question_ids: Sequence[int]) -> Iterator[list[_Graded]]:
    after = 0
    while question_ids and (ids := _submitted(paper_id, after)):
        yield _graded(paper_id, question_ids, ids)
        after = ids[-1]


def preview_regrade(paper: Paper) -> Iterator[Change]:
    """Every answer whose points change when the newest versions of the questions are the key."""
    cache: dict[tuple[int, str], Grade] = {}
    for batch in _batches(paper.id, _changed_questions(paper.id)):
        versions = newest_versions(each.question_id for each in batch)
        definitions = definitions_of(dict(versions.values()))
        for each in batch:
            version_id = versions[each.question_id][0]
            result = _cached_grade(cache, version_id, definitions[version_id], each, paper.marking)
            points = result.points(each.max_points)
            if points != each.points or result.outcome.value != each.outcome:
                yield Change(
                    each.attempt_id,
                    each.slot,
                    each.question_id,
                    version_id,
                    each.member_name,
                    each.points,
                    points,
                    each.max_points,
                    result,
                )


def _cached_grade(
    cache: dict[tuple[int, str], Grade],
    version_id: int,
    definition: Definition,
    each: _Graded,
    marking: Marking,
) -> Grade:
    """Equal answers to equal versions have equal grades; most answers are like another."""
    key = (version_id, json.dumps(each.response, sort_keys=True))
    if key not in cache:
        if len(cache) > 100_000:
            cache.clear()
        cache[key] = grade_response(definition, each.response, marking)
    return cache[key]


def regrade(paper: Paper, *, by: Actor, at: datetime, reason: str = "") -> int:
    """Grade again with the newest versions; the number of answers that changed. Idempotent.

    Members whose totals change are told, with `reason`; see `corrections`.
    """
    changes = list(preview_regrade(paper))
    rows = [
        {
            "attempt_id": change.attempt_id,
            "slot": change.slot,
            "question_id": change.question_id,
            "version_id": change.version_id,
            "outcome": change.grade.outcome.value,
            "points": change.after,
            "max_points": change.max_points,
            "reasons": reasons_data(change.grade),
            "source": GradeSource.REGRADE,
            "comment": "",
            "graded_by_id": by.id,
            "graded_at": at,
        }
        for change in changes
    ]
    for start in range(0, len(rows), BATCH):
        insert_many(db.session.connection(), INSERT_GRADES, rows[start : start + BATCH])
    slots: dict[int, list[int]] = {}
    for change in changes:
        slots.setdefault(change.attempt_id, []).append(change.slot)
    attempt_ids = list(slots)
    before = standings_of_attempts(attempt_ids)
    _refresh_totals(paper, attempt_ids, at=at)
    after = standings_of_attempts(attempt_ids)
    told = note_corrections(before, after, slots, reason=reason, at=at)
    record(
        "paper.regrade",
        by=by,
        subject_kind="paper",
        subject_id=paper.id,
        detail={"changed": len(rows), "told": told, "reason": reason},
    )
    return len(rows)
