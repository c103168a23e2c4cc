"""Putting grades down: rows for every slot, the attempt's total, what courses and ledger learn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import set_committed_value

from lms.courses.actions import record_progress
from lms.db import db
from lms.given import insert_many
from lms.members.policy import Actor
from lms.quizzes.attempt_queries import Asked, StoredAnswer, asked_in, responses_of, sheet_of
from lms.quizzes.definition import Definition
from lms.quizzes.grade import Grade, Outcome
from lms.quizzes.grading import grade, with_certainty
from lms.quizzes.models import Attempt, GradeRow, GradeSource, Marking, Paper, WrongQuestion
from lms.quizzes.results import passes
from lms.study.actions import record_test_passed

INSERT_GRADES = insert(GradeRow.__table__)
_CHANGE = update(Attempt.__table__).where(Attempt.__table__.c.id == bindparam("of_attempt"))


def grade_attempt(
    attempt: Attempt, answers: Mapping[int, StoredAnswer], *, at: datetime, **changes: Any
) -> None:
    """Grade every slot with these answers and set the total; in the submitting transaction.

    `changes` are columns of the attempt that are written with it.
    """
    paper = attempt.paper
    asked = asked_in(sheet_of(attempt))
    responses = responses_of(answers)
    rows, wrong = [], []
    total, pending = Decimal(0), False
    for each in asked:
        result = grade_response(each.definition, responses.get(each.item.slot), paper.marking)
        row = grade_values(attempt.id, each, result, GradeSource.MACHINE, at)
        total += row["points"]
        pending = pending or result.outcome == Outcome.PENDING
        if result.outcome == Outcome.GRADED and result.fraction < 1:
            wrong.append(each.item.question_id)
        rows.append(row)
    insert_many(db.session.connection(), INSERT_GRADES, rows)
    note_wrong(attempt.member_id, wrong, at=at)
    set_total(attempt, paper, total, is_pending=pending, at=at, **changes)


def grade_response(
    definition: Definition, response: Mapping[str, Any] | None, marking: Marking
) -> Grade:
    """The grade under the paper's way of marking."""
    result = grade(definition, dict(response) if response else None)
    if marking == Marking.CERTAINTY and response:
        certainty = response.get("certainty", 1)
        return with_certainty(result, certainty if isinstance(certainty, int) else 1)
    return result


def grade_values(
    attempt_id: int,
    asked: Asked,
    result: Grade,
    source: GradeSource,
    at: datetime,
    *,
    version_id: int | None = None,
    by: Actor | None = None,
    comment: str = "",
) -> dict[str, Any]:
    """A row of grades, ready to be inserted."""
    return {
        "attempt_id": attempt_id,
        "slot": asked.item.slot,
        "question_id": asked.item.question_id,
        "version_id": version_id or asked.item.version_id,
        "outcome": result.outcome.value,
        "points": result.points(asked.item.points),
        "max_points": asked.item.points,
        "reasons": reasons_data(result),
        "source": source,
        "comment": comment,
        "graded_by_id": by.id if by else None,
        "graded_at": at,
    }


def reasons_data(result: Grade) -> list[list[str]]:
    """The reasons of a grade as they are stored."""
    return [
        [reason.code.value, reason.part, str(reason.fraction), reason.feedback]
        for reason in result.reasons
    ]


def set_total(
    attempt: Attempt,
    paper: Paper,
    total: Decimal,
    *,
    is_pending: bool,
    at: datetime,
    **changes: Any,
) -> None:
    """Put the sum of the grades into the attempt and tell courses and the ledger of a pass.

    `changes` are other columns that are written with it.
    """
    is_passed = passes(total, attempt.max_points, paper.pass_fraction)
    changes |= {"points": total, "is_pending": is_pending, "is_passed": is_passed}
    db.session.connection().execute(_CHANGE, {"of_attempt": attempt.id, **changes})
    for name, value in changes.items():
        set_committed_value(attempt, name, value)
    if attempt.lesson_id is not None:
        record_progress(
            member_id=attempt.member_id,
            lesson_id=attempt.lesson_id,
            fraction=Decimal(1) if attempt.is_passed else Decimal(0),
            position={"attempt_id": attempt.id},
            at=at,
        )
    if attempt.is_passed:
        record_test_passed(
            member_id=attempt.member_id,
            subject_kind="paper",
            subject_id=paper.id,
            title=paper.title,
            at=at,
            lesson_id=attempt.lesson_id,
        )


def note_wrong(member_id: int, question_ids: Sequence[int], *, at: datetime) -> None:
    """Put questions into the member's wrong-question book."""
    rows = [
        {
            "member_id": member_id,
            "question_id": question_id,
            "wrong_count": 1,
            "right_count": 0,
            "last_wrong_at": at,
            "is_mastered": False,
        }
        for question_id in sorted(set(question_ids))
    ]
    is_postgresql = db.engine.dialect.name == "postgresql"
    insert_many(db.session.connection(), _WRONG[is_postgresql], rows)


def _make_wrong(insert: Any) -> Any:
    table = WrongQuestion.__table__
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=["member_id", "question_id"],
        set_={
            "wrong_count": table.c.wrong_count + 1,
            "right_count": 0,
            "last_wrong_at": statement.excluded.last_wrong_at,
            "is_mastered": False,
        },
    )


_WRONG = {False: _make_wrong(sqlite.insert), True: _make_wrong(postgresql.insert)}
