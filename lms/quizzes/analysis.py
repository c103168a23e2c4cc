"""The figures of a paper gathered for its analysis page and export."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, select

from lms.db import db
from lms.quizzes import statistics
from lms.quizzes.analysis_answers import Answers, Asked, Item, list_asked, read_items
from lms.quizzes.definition import Kind
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.quizzes.presenting import plain
from lms.quizzes.richtext import summary_of
from lms.quizzes.statistics import Choice, Concern, Floats, ItemFacts, Spread
from lms.quizzes.words import TRUTH


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


def analyse(paper: Paper) -> Analysis:
    """The analysis of a paper over the last submitted attempt of each member."""
    last = (
        select(func.max(Attempt.id))
        .where(Attempt.paper_id == paper.id, Attempt.state == AttemptState.SUBMITTED)
        .group_by(Attempt.member_id)
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
    points = np.array([float(row.points or 0) for row in attempts])
    taken = [(row.submitted_at - row.started_at).total_seconds() for row in attempts]
    asked = list_asked(last) if attempts else []
    items, answers = read_items([row.id for row in attempts], asked) if asked else ([], [])
    variance = statistics.variance(fractions)
    deviation = variance**0.5 if variance is not None else None
    # Alpha compares what everybody was asked: a drawn paper has none.
    is_common = all(len(item.places) == len(attempts) for item in items)
    common = [item.fractions for item in items] if is_common else []
    alpha = statistics.cronbach_alpha(common)
    without = statistics.alphas_without(common) if common else [None] * len(items)
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
            _figures(number, question, item, points[item.places], answers, rest)
            for number, (question, item, rest) in enumerate(
                zip(asked, items, without, strict=True), 1
            )
        ),
    )


def _figures(
    number: int,
    asked: Asked,
    item: Item,
    points: Floats,
    answers: Answers,
    alpha_without: float | None,
) -> QuestionFigures:
    """`points` are the totals of who was asked."""
    # Totals in units of this question, so that it can be taken out of them.
    totals = points / (asked.worth or 1.0)
    options = {option.key: option for option in asked.definition.options}
    right = [key for key, option in options.items() if option.weight > 0]
    choices = statistics.distractors(answers, item.given, totals, list(options))
    facts = statistics.item_facts(item.fractions, totals, item.seconds[item.seconds > 0])
    return QuestionFigures(
        number=number,
        question_id=asked.question_id,
        kind=asked.definition.kind,
        summary=summary_of(asked.definition),
        facts=facts,
        alpha_without=alpha_without,
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
