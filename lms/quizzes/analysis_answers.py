"""Everybody's grades and answers at a paper as columns of numbers: a few bytes for each answer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Text,
    bindparam,
    case,
    cast,
    false,
    func,
    select,
    type_coerce,
)

from lms.db import db
from lms.quizzes.bank_queries import definitions_of
from lms.quizzes.definition import Definition
from lms.quizzes.grading_choices import chosen_keys
from lms.quizzes.models import Answer, GradeRow, QuestionVersion
from lms.quizzes.statistics import Floats, Ints

AT_ONCE = 100  # attempts that are read by one query
COLUMNS = (np.int64, np.int16, np.int64, np.int64, np.int64, np.int32, np.int32)

Answers = list[tuple[str, ...]]  # the different answers to questions with options


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that some were asked, by the newest version that somebody was graded with."""

    question_id: int
    definition: Definition
    worth: float  # points


@dataclass(frozen=True, slots=True)
class Item:
    """What the takers of one question did, in the order of their attempts."""

    places: Ints  # of their attempts among all
    fractions: Floats
    seconds: Ints
    given: Ints  # places among the different answers


def list_asked(attempts: Any) -> list[Asked]:
    """The questions of these attempts (a subquery of ids) in the order of the paper."""
    version, worth = func.max(GradeRow.version_id), func.max(GradeRow.max_points)
    query = (
        select(GradeRow.question_id, version, worth)
        .where(GradeRow.attempt_id.in_(attempts))
        .group_by(GradeRow.question_id)
        .order_by(func.min(GradeRow.slot), GradeRow.question_id)
    )
    rows = db.session.execute(query).all()
    digests = select(QuestionVersion.id, QuestionVersion.digest).where(
        QuestionVersion.id.in_([row[1] for row in rows])
    )
    definitions = definitions_of(dict(db.session.execute(digests).all()))
    return [Asked(row[0], definitions[row[1]], float(row[2])) for row in rows]


def read_items(attempt_ids: Sequence[int], asked: Sequence[Asked]) -> tuple[list[Item], Answers]:
    """What was done at each question that was asked, and the different answers.

    `attempt_ids` ascend. Of several grades of an answer the newest counts.
    """
    known: dict[str | None, int] = {None: 0}  # answers by how they are stored
    parts = list(_columns(attempt_ids, asked, known))
    attempt, slot, question, points, worth, seconds, given = map(
        np.concatenate, zip(*parts, strict=True)
    )
    newest = np.append((attempt[1:] != attempt[:-1]) | (slot[1:] != slot[:-1]), True)
    places = np.searchsorted(np.asarray(attempt_ids), attempt).astype(np.int32)
    fractions = np.divide(points, worth, out=np.zeros(len(worth)), where=worth > 0)
    items = []
    for each in asked:
        mine = np.flatnonzero(newest & (question == each.question_id))
        items.append(Item(places[mine], fractions[mine], seconds[mine], given[mine]))
    return items, [chosen_keys(json.loads(text) or {}) if text else () for text in known]


def _columns(
    attempt_ids: Sequence[int], asked: Sequence[Asked], known: dict[str | None, int]
) -> Iterator[list[Any]]:
    query = _query([each.question_id for each in asked if each.definition.options])
    for start in range(0, len(attempt_ids), AT_ONCE):
        ids = attempt_ids[start : start + AT_ONCE]
        # The driver's own tuples: wrapping each row takes longer than all the rest.
        with db.session.connection().execute(query, {"ids": ids}) as result:
            columns = list(zip(*result.cursor.fetchall(), strict=True))
        if not columns:
            continue
        columns[-1] = tuple([known.setdefault(text, len(known)) for text in columns[-1]])
        yield [
            np.fromiter(column, kind, len(column))
            for column, kind in zip(columns, COLUMNS, strict=True)
        ]


def _query(with_options: Sequence[int]) -> Any:
    """The rows of some attempts by slot, older grades first; texts that were written are left."""
    grade, answer = GradeRow.__table__.c, Answer.__table__.c
    ids = bindparam("ids", expanding=True)
    has_options = grade.question_id.in_(with_options) if with_options else false()
    return (
        select(
            grade.attempt_id,
            grade.slot,
            grade.question_id,
            type_coerce(grade.points, BigInteger),
            type_coerce(grade.max_points, BigInteger),
            func.coalesce(answer.spent_seconds, 0),
            case((has_options, cast(answer.response, Text))),
        )
        .select_from(GradeRow.__table__)
        .outerjoin(
            Answer.__table__,
            # The attempts are named on both sides, or PostgreSQL would read all answers there are.
            (answer.attempt_id == grade.attempt_id)
            & (answer.slot == grade.slot)
            & answer.attempt_id.in_(ids),
        )
        .where(grade.attempt_id.in_(ids))
        .order_by(grade.attempt_id, grade.slot, grade.id)
    )
