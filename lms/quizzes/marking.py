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
from sqlalchemy import func, insert, select

from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.models import Member
from lms.members.policy import Actor
from lms.quizzes.attempt_queries import asked_in, newest_grades, sheet_of
from lms.quizzes.bank_queries import definitions_of, newest_versions
from lms.quizzes.definition import Definition
from lms.quizzes.grade import Grade, Outcome
from lms.quizzes.grading import marked
from lms.quizzes.grading_actions import grade_response, grade_values, reasons_data, set_total
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

BATCH = 2_000


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
    """A person's mark for one answer, and the attempt's new total."""
    asked = next((each for each in asked_in(sheet_of(attempt)) if each.item.slot == slot), None)
    if attempt.state != AttemptState.SUBMITTED or asked is None:
        raise Conflict(_("这份答卷现在不能评阅。"))
    if not 0 <= points <= asked.item.points:
        raise Invalid(_("分数要在 0 到 %(points)s 之间。", points=asked.item.points))
    result = marked(points / asked.item.points, comment)
    row = grade_values(attempt.id, asked, result, GradeSource.PERSON, at, by=by, comment=comment)
    db.session.execute(insert(GradeRow), [{**row, "points": points}])
    refresh_total(attempt, at=at)
    record(
        "attempt.mark",
        by=by,
        subject_kind="attempt",
        subject_id=attempt.id,
        detail={"slot": slot, "points": str(points)},
    )


def refresh_total(attempt: Attempt, *, at: datetime) -> None:
    """Sum the grades that count, and tell courses and the ledger when that passes."""
    rows = newest_grades([attempt.id]).values()
    paper = db.session.get_one(Paper, attempt.paper_id)
    total = sum((row.points for row in rows), Decimal(0))
    pending = any(row.outcome == Outcome.PENDING.value for row in rows)
    set_total(attempt, paper, total, is_pending=pending, at=at)


def _graded(paper_id: int, after: int) -> list[_Graded]:
    """A batch of machine-graded answers of submitted attempts, by attempt id."""
    attempts = (
        select(Attempt.id)
        .where(
            Attempt.paper_id == paper_id,
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.id > after,
        )
        .order_by(Attempt.id)
        .limit(BATCH)
    )
    ids = list(db.session.scalars(attempts))
    if not ids:
        return []
    newest = (
        select(func.max(GradeRow.id))
        .where(GradeRow.attempt_id.between(ids[0], ids[-1]))
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


def preview_regrade(paper: Paper) -> Iterator[Change]:
    """Every answer whose points change when the newest versions of the questions are the key."""
    after = 0
    cache: dict[tuple[int, str], Grade] = {}
    while batch := _graded(paper.id, after):
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
        after = batch[-1].attempt_id


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


def regrade(paper: Paper, *, by: Actor, at: datetime) -> int:
    """Grade again with the newest versions; the number of answers that changed. Idempotent."""
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
        db.session.execute(insert(GradeRow), rows[start : start + BATCH])
    for attempt_id in dict.fromkeys(change.attempt_id for change in changes):
        refresh_total(db.session.get_one(Attempt, attempt_id), at=at)
    record(
        "paper.regrade",
        by=by,
        subject_kind="paper",
        subject_id=paper.id,
        detail={"changed": len(rows)},
    )
    return len(rows)
