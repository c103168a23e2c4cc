"""The figures of a paper gathered for its analysis page and export."""

from collections.abc import Iterable
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
from lms.quizzes.statistics import Choice, ItemFacts
from lms.quizzes.words import TRUTH

MAX_ATTEMPTS = 20_000


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """One question of the analysis; `choices` pairs an option's text and rightness with counts."""

    question_id: int
    kind: Kind
    summary: str
    facts: ItemFacts
    choices: tuple[tuple[str, bool, Choice], ...]


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
    histogram: tuple[int, ...]
    questions: tuple[QuestionFigures, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    attempt_id: int
    fraction: float
    seconds: float
    response: dict[str, Any]


def analyse(paper: Paper) -> Analysis:
    """The analysis of a paper over the last submitted attempt of each member."""
    last = (
        select(func.max(Attempt.id))
        .where(Attempt.paper_id == paper.id, Attempt.state == AttemptState.SUBMITTED)
        .group_by(Attempt.member_id)
        .limit(MAX_ATTEMPTS)
    )
    attempts = db.session.execute(
        select(Attempt.id, Attempt.points, Attempt.max_points, Attempt.is_passed).where(
            Attempt.id.in_(last)
        )
    ).all()
    totals = {
        attempt_id: float(points / maximum) if points is not None and maximum else 0.0
        for attempt_id, points, maximum, _passed in attempts
    }
    points = {attempt_id: float(points or 0) for attempt_id, points, _max, _passed in attempts}
    given, versions, worth = _answers(last)
    fractions = list(totals.values())
    deviation = statistics.variance(fractions)
    alpha = _alpha(given, list(totals))
    spread = deviation**0.5 if deviation is not None else None
    return Analysis(
        takers=len(fractions),
        mean_fraction=statistics.mean(fractions),
        median_fraction=statistics.median(fractions),
        deviation=spread,
        alpha=alpha,
        standard_error=statistics.standard_error(spread, alpha),
        pass_fraction=statistics.mean([float(bool(row[3])) for row in attempts]),
        histogram=statistics.histogram(fractions),
        questions=tuple(
            _figures(question_id, definition, given[question_id], points, worth[question_id])
            for question_id, definition in _definitions(versions).items()
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


def _alpha(given: dict[int, list[_Given]], attempts: list[int]) -> float | None:
    """Alpha needs everybody to have had the same questions; drawn papers have none."""
    columns = []
    for entries in given.values():
        by_attempt = {entry.attempt_id: entry.fraction for entry in entries}
        if len(by_attempt) != len(attempts):
            return None
        columns.append([by_attempt[attempt] for attempt in attempts])
    return statistics.cronbach_alpha(columns) if columns else None


def _figures(
    question_id: int,
    definition: Definition,
    given: list[_Given],
    points: dict[int, float],
    worth: float,
) -> QuestionFigures:
    fractions = [entry.fraction for entry in given]
    # Totals in units of this question, so that it can be taken out of them.
    totals = [points[entry.attempt_id] / (worth or 1.0) for entry in given]
    seconds = [entry.seconds for entry in given if entry.seconds > 0]
    keys = [option.key for option in definition.options]
    chosen = [chosen_keys(entry.response) for entry in given]
    texts = {option.key: option for option in definition.options}
    choices = tuple(
        (
            plain(texts[row.key].text) or str(TRUTH.get(row.key, row.key)),
            texts[row.key].weight > 0,
            row,
        )
        for row in statistics.distractors(chosen, totals, keys)
    )
    return QuestionFigures(
        question_id,
        definition.kind,
        summary_of(definition),
        statistics.item_facts(fractions, totals, seconds),
        choices,
    )


HEADINGS = ("题目", "题型", "人数", "得分率", "区分度", "点双列相关", "用时中位数（秒）")


def table_of(analysis: Analysis, kinds: Any) -> Iterable[tuple[str, ...]]:
    """The analysis as rows of text, for the export."""
    yield HEADINGS
    for each in analysis.questions:
        facts = each.facts
        yield (
            each.summary,
            str(kinds[each.kind]),
            str(facts.takers),
            figure(facts.facility),
            figure(facts.discrimination_index),
            figure(facts.point_biserial),
            figure(facts.median_seconds),
        )


def figure(value: float | None) -> str:
    """A figure with two places, nothing where there is none."""
    return "" if value is None else f"{value:.2f}"
