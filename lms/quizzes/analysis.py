"""The figures of a paper gathered for its analysis page and export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from lms.db import db
from lms.quizzes import statistics
from lms.quizzes.bank_queries import definitions_of
from lms.quizzes.definition import Definition, Kind
from lms.quizzes.grading_choices import chosen_keys
from lms.quizzes.models import (
    Answer,
    Attempt,
    AttemptState,
    GradeRow,
    Paper,
    QuestionVersion,
)
from lms.quizzes.presenting import plain
from lms.quizzes.richtext import summary_of
from lms.quizzes.statistics import Choice, Concern, ItemFacts, Spread
from lms.quizzes.words import TRUTH

MAX_ATTEMPTS = 3_000  # the newest; more would change no figure by a hundredth, and keep one waiting


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """An option of a question: how often it was chosen, in all and by the outer groups."""

    text: str
    is_right: bool
    row: Choice


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """One question of the analysis; `number` is its place, in drawn papers one of its places."""

    number: int
    question_id: int
    kind: Kind
    summary: str
    facts: ItemFacts
    alpha_without: float | None
    group_size: int  # how many are in the upper group, and in the lower
    choices: tuple[OptionFigures, ...]
    concerns: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All figures of a paper; each member's last submitted attempt counts."""

    takers: int
    mean_fraction: float | None
    median_fraction: float | None
    deviation: float | None
    alpha: float | None
    standard_error: float | None
    pass_fraction: float | None
    seconds: Spread | None  # from the start to handing in
    histogram: tuple[int, ...]
    questions: tuple[QuestionFigures, ...]

    @property
    def timed(self) -> list[QuestionFigures]:
        """The questions that some time was measured for."""
        return [each for each in self.questions if each.facts.seconds]

    @property
    def lowest_discrimination(self) -> float:
        """Where the scale of discrimination begins: -0.25, or -1 for values below."""
        facts = [each.facts for each in self.questions]
        values = [each.discrimination_index or 0 for each in facts]
        values += [each.point_biserial or 0 for each in facts]
        return -1.0 if min(values, default=0) < -0.25 else -0.25


@dataclass(frozen=True, slots=True)
class _Given:
    attempt_id: int
    fraction: float
    seconds: float
    response: dict[str, Any]


def analyse(paper: Paper) -> Analysis:
    """The analysis of a paper over the last submitted attempt of each member, the newest first."""
    last = (
        select(func.max(Attempt.id))
        .where(Attempt.paper_id == paper.id, Attempt.state == AttemptState.SUBMITTED)
        .group_by(Attempt.member_id)
        .order_by(func.max(Attempt.id).desc())
        .limit(MAX_ATTEMPTS)
    )
    attempts = db.session.execute(
        select(
            Attempt.id,
            Attempt.points,
            Attempt.max_points,
            Attempt.is_passed,
            Attempt.started_at,
            Attempt.submitted_at,
        )
        .where(Attempt.id.in_(last))
        .order_by(Attempt.id)
    ).all()
    fractions = [float(row.points / row.max_points) if row.max_points else 0.0 for row in attempts]
    points = {row.id: float(row.points or 0) for row in attempts}
    taken = [(row.submitted_at - row.started_at).total_seconds() for row in attempts]
    given, versions, worth = _answers(last)
    variance = statistics.variance(fractions)
    deviation = variance**0.5 if variance is not None else None
    items = _common_items(given, list(points))
    alpha = statistics.cronbach_alpha(items) if items else None
    without = statistics.alphas_without(items) if items else [None] * len(given)
    definitions = _definitions(versions)
    return Analysis(
        takers=len(fractions),
        mean_fraction=statistics.mean(fractions),
        median_fraction=statistics.median(fractions),
        deviation=deviation,
        alpha=alpha,
        standard_error=statistics.standard_error(deviation, alpha),
        pass_fraction=statistics.mean([float(bool(row.is_passed)) for row in attempts]),
        seconds=statistics.spread(taken),
        histogram=statistics.histogram(fractions),
        questions=tuple(
            _figures(
                _Item(number, question_id, definitions[question_id], worth[question_id], rest),
                given[question_id],
                points,
            )
            for number, (question_id, rest) in enumerate(zip(given, without, strict=True), 1)
        ),
    )


def _answers(last: Any) -> tuple[dict[int, list[_Given]], dict[int, int], dict[int, float]]:
    """By question: what was given, the newest version graded with, what it is worth."""
    newest = (
        select(func.max(GradeRow.id))
        .where(GradeRow.attempt_id.in_(last))
        .group_by(GradeRow.attempt_id, GradeRow.slot)
    )
    query = (
        select(
            GradeRow.question_id,
            GradeRow.version_id,
            GradeRow.attempt_id,
            GradeRow.points,
            GradeRow.max_points,
            Answer.spent_seconds,
            Answer.response,
        )
        .outerjoin(
            Answer, (Answer.attempt_id == GradeRow.attempt_id) & (Answer.slot == GradeRow.slot)
        )
        .where(GradeRow.id.in_(newest))
        .order_by(GradeRow.slot, GradeRow.question_id, GradeRow.attempt_id)
    )
    given: dict[int, list[_Given]] = {}
    versions: dict[int, int] = {}
    worth: dict[int, float] = {}
    for question, version, attempt, points, maximum, seconds, response in db.session.execute(query):
        share = float(points / maximum) if maximum else 0.0
        given.setdefault(question, []).append(
            _Given(attempt, share, float(seconds or 0), response or {})
        )
        versions[question] = max(version, versions.get(question, 0))
        worth[question] = float(maximum)
    return given, versions, worth


def _definitions(versions: dict[int, int]) -> dict[int, Definition]:
    rows = db.session.execute(
        select(QuestionVersion.id, QuestionVersion.digest).where(
            QuestionVersion.id.in_(list(versions.values()))
        )
    )
    found = definitions_of(dict(rows.all()))
    return {question: found[version] for question, version in versions.items()}


def _common_items(given: dict[int, list[_Given]], attempts: list[int]) -> list[list[float]]:
    """Everybody's fractions by question; empty unless all had the same questions.

    Alpha compares what everybody was asked: a drawn paper has none.
    """
    columns = []
    for entries in given.values():
        by_attempt = {entry.attempt_id: entry.fraction for entry in entries}
        if len(by_attempt) != len(attempts):
            return []
        columns.append([by_attempt[attempt] for attempt in attempts])
    return columns


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    question_id: int
    definition: Definition
    worth: float
    alpha_without: float | None


def _figures(item: _Item, given: Sequence[_Given], points: Mapping[int, float]) -> QuestionFigures:
    fractions = [entry.fraction for entry in given]
    # Totals in units of this question, so that it can be taken out of them.
    totals = [points[entry.attempt_id] / (item.worth or 1.0) for entry in given]
    seconds = [entry.seconds for entry in given if entry.seconds > 0]
    options = {option.key: option for option in item.definition.options}
    right = [key for key, option in options.items() if option.weight > 0]
    chosen = [chosen_keys(entry.response) for entry in given]
    choices = statistics.distractors(chosen, totals, list(options))
    facts = statistics.item_facts(fractions, totals, seconds)
    return QuestionFigures(
        number=item.number,
        question_id=item.question_id,
        kind=item.definition.kind,
        summary=summary_of(item.definition),
        facts=facts,
        alpha_without=item.alpha_without,
        group_size=len(statistics.groups(totals)[0]),
        choices=tuple(
            OptionFigures(
                plain(options[row.key].text) or str(TRUTH.get(row.key, row.key)),
                row.key in right,
                row,
            )
            for row in choices
        ),
        concerns=statistics.concerns(facts, choices, right),
    )
