"""The grader: a question's definition and a response give a fraction of the credit with reasons.

Pure and exact: fractions are rational numbers, rounding happens when points are stored or shown.
A response is the JSON that the browser sent; whatever shape it has, grading never raises.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.quizzes.definition import Definition, Kind
from lms.quizzes.grade import (
    FULL,
    NOTHING,
    PENDING,
    UNANSWERED,
    Grade,
    Outcome,
    Reason,
    ReasonCode,
    held,
    share,
    verdict,
)
from lms.quizzes.grading_choices import grade_multiple, grade_single
from lms.quizzes.grading_numbers import grade_numeric
from lms.quizzes.grading_order import grade_matching, grade_ordering
from lms.quizzes.grading_text import grade_gaps, grade_short, written

Response = dict[str, Any]


def grade(definition: Definition, response: Response | None) -> Grade:
    """What `response` earns; no answer is "unanswered", an essay is "pending"."""
    if not isinstance(response, dict) or not response:
        return UNANSWERED
    return GRADERS[definition.kind](definition, response)


def grade_essay(definition: Definition, response: Response) -> Grade:
    """A person marks it, once something was written or handed in."""
    return PENDING if written(response) or response.get("files") else UNANSWERED


def grade_material(definition: Definition, response: Response) -> Grade:
    """The questions of a passage, each with its share of the points."""
    given = response.get("parts")
    given = given if isinstance(given, dict) else {}
    whole = sum((Fraction(part.points) for part in definition.parts), NOTHING)
    total, outcomes, reasons = NOTHING, [], []
    for number, part in enumerate(definition.parts, 1):
        result = grade(part, given.get(str(number)))
        total += result.fraction * Fraction(part.points)
        outcomes.append(result.outcome)
        code = result.reasons[0].code if result.reasons else verdict(result.fraction)
        reasons.append(Reason(code, str(number), result.fraction))
    if all(outcome == Outcome.UNANSWERED for outcome in outcomes):
        return UNANSWERED
    fraction = held(total / whole, Fraction(-1)) if whole else NOTHING
    outcome = Outcome.PENDING if Outcome.PENDING in outcomes else Outcome.GRADED
    return Grade(outcome, fraction, (Reason(verdict(fraction), "", fraction), *reasons))


GRADERS: dict[Kind, Callable[[Definition, Response], Grade]] = {
    Kind.SINGLE: grade_single,
    Kind.TRUE_FALSE: grade_single,
    Kind.MULTIPLE: grade_multiple,
    Kind.FILL_IN: grade_gaps,
    Kind.CLOZE: grade_gaps,
    Kind.NUMERIC: grade_numeric,
    Kind.SHORT: grade_short,
    Kind.MATCHING: grade_matching,
    Kind.ORDERING: grade_ordering,
    Kind.ESSAY: grade_essay,
    Kind.MATERIAL: grade_material,
}

CERTAINTY_RIGHT = {1: Fraction(1), 2: Fraction(2), 3: Fraction(3)}
CERTAINTY_WRONG = {1: Fraction(0), 2: Fraction(-2), 3: Fraction(-6)}


def with_certainty(result: Grade, certainty: int) -> Grade:
    """Certainty-based marking: 1, 2, 3 when right, 0, -2, -6 when wrong, as shares of 3.

    A. R. Gardner-Medwin, "Confidence assessment in the teaching of basic science" (1995); partly
    right answers lie on the line between. No answer and pending answers stay as they are.
    """
    if result.outcome != Outcome.GRADED:
        return result
    level = certainty if certainty in CERTAINTY_RIGHT else 1
    right, wrong = CERTAINTY_RIGHT[level], CERTAINTY_WRONG[level]
    part = held(result.fraction)
    fraction = (wrong + (right - wrong) * part) / 3
    reason = Reason(ReasonCode.CERTAINTY, str(level), fraction)
    return Grade(result.outcome, fraction, (*result.reasons, reason))


def with_retries(result: Grade, *, tries: int, penalty: Decimal) -> Grade:
    """Practice: each earlier try costs `penalty` of the full credit, never below nothing."""
    if result.outcome != Outcome.GRADED or tries <= 1 or result.fraction <= NOTHING:
        return result
    fraction = held(result.fraction - share(penalty) * (tries - 1))
    reason = Reason(ReasonCode.RETRIED, str(tries), fraction)
    return Grade(result.outcome, fraction, (*result.reasons, reason))


def marked(fraction: Decimal, comment: str = "") -> Grade:
    """The grade that a person gave, held within 0..1."""
    part = held(share(fraction), NOTHING, FULL)
    return Grade(Outcome.GRADED, part, (Reason(verdict(part), "", part, comment),))
