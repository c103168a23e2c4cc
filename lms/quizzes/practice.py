"""The wrong-question book: what a member got wrong and may see the answers of, and trying again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms.db import db
from lms.errors import NotFound
from lms.quizzes.definition import Definition
from lms.quizzes.grade import Grade, Outcome
from lms.quizzes.grading import grade, with_retries
from lms.quizzes.models import (
    Attempt,
    AttemptState,
    GradeRow,
    Paper,
    Question,
    Showing,
    WrongQuestion,
)

RIGHT_TO_LEAVE = 2  # right so many times running, and the question is mastered


@dataclass(frozen=True, slots=True)
class Tried:
    """One try in practice."""

    result: Grade
    is_mastered: bool


def select_wrong(member_id: int, *, at: datetime) -> Any:
    """The member's wrong questions, newest first; only those whose answers they may see by now."""
    shown = (
        select(GradeRow.question_id)
        .join(Attempt, Attempt.id == GradeRow.attempt_id)
        .join(Paper, Paper.id == Attempt.paper_id)
        .where(
            Attempt.member_id == member_id,
            Attempt.state == AttemptState.SUBMITTED,
            Paper.showing.in_((Showing.ANSWERS, Showing.EXPLANATIONS)),
            Paper.shows_after_close.is_(False) | (Paper.closes_at <= at),
        )
    )
    return (
        select(WrongQuestion, Question)
        .join(Question, Question.id == WrongQuestion.question_id)
        .where(
            WrongQuestion.member_id == member_id,
            WrongQuestion.is_mastered.is_(False),
            WrongQuestion.question_id.in_(shown),
        )
        .order_by(WrongQuestion.last_wrong_at.desc(), WrongQuestion.question_id)
    )


def get_wrong(question_id: int, *, member_id: int, at: datetime) -> tuple[WrongQuestion, Question]:
    """A question out of the member's own book."""
    query = select_wrong(member_id, at=at).where(WrongQuestion.question_id == question_id)
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(_("这道题不在你的错题本里，或者已经掌握。"))
    return found


def try_again(
    entry: WrongQuestion,
    definition: Definition,
    response: dict[str, Any],
    *,
    tries: int,
    at: datetime,
) -> Tried:
    """Grade a try at once; right twice running takes the question out of the book."""
    result = grade(definition, response)
    if result.outcome == Outcome.GRADED:
        if result.fraction >= 1:
            entry.right_count += 1
        else:
            entry.wrong_count += 1
            entry.right_count = 0
            entry.last_wrong_at = at
        entry.is_mastered = entry.right_count >= RIGHT_TO_LEAVE
    db.session.flush()
    penalized = with_retries(result, tries=tries, penalty=definition.penalty_fraction)
    return Tried(penalized, entry.is_mastered)
