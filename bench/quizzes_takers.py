"""Many takers of one test with their answers and grades, written at once: the better know more."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from math import exp
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text

from bench.generate import generate
from bench.generate_plan import Plan
from lms import clock
from lms.db import db
from lms.members.models import Member
from lms.quizzes.actions import draw_sheet
from lms.quizzes.attempt_queries import Asked, asked_in
from lms.quizzes.grading_actions import grade_response, grade_values
from lms.quizzes.models import Answer, Attempt, AttemptState, GradeRow, GradeSource, Marking, Paper
from lms.quizzes.sheet import sheet_to_json

AT_ONCE = 200  # takers

Choices = dict[str, dict[str, Any]]  # the row of grades for each option that may be chosen


def hand_in_many(app: Flask, paper_id: int, takers: int, seed: int = 7) -> None:
    """`takers` new members have handed in the paper, which asks all the same single choices."""
    with app.app_context():
        generate(Plan(members=takers, months=1, studies=0.0), db.engine)
        newest = select(Member.id).order_by(Member.id.desc()).limit(takers)
        members = list(db.session.scalars(newest))
        sheet = draw_sheet(db.session.get_one(Paper, paper_id), seed)
        draw, now = random.Random(seed), clock.now()
        graded = [_graded(asked, now) for asked in asked_in(sheet)]
        values = {
            "paper_id": paper_id,
            "number": 1,
            "seed": seed,
            "state": AttemptState.SUBMITTED,
            "submitted_at": now,
            "grace_seconds": 10,
            "drawn": sheet_to_json(sheet),
            "max_points": sheet.max_points,
        }
        for start in range(0, takers, AT_ONCE):
            some = members[start : start + AT_ONCE]
            papers = [_fill_in(graded, draw.gauss(0, 1), draw) for _member in some]
            attempts = [
                values
                | {"member_id": member_id, "points": (points := _points(paper))}
                | {"is_passed": points * 10 >= sheet.max_points * 6}
                | {"started_at": now - timedelta(seconds=draw.randrange(600, 5400))}
                for member_id, paper in zip(some, papers, strict=True)
            ]
            _write(attempts, papers, draw, now)
        db.session.commit()
        db.session.execute(text("ANALYZE"))  # as PostgreSQL does by itself after a while
        db.session.commit()
        db.session.remove()


def _graded(asked: Asked, at: datetime) -> Choices:
    return {
        option.key: grade_values(
            0,
            asked,
            grade_response(asked.definition, {"choice": option.key}, Marking.PLAIN),
            GradeSource.MACHINE,
            at,
        )
        for option in asked.definition.options
    }


def _fill_in(graded: list[Choices], skill: float, draw: random.Random) -> list[dict[str, Any]]:
    """The grades of what somebody chooses: the right option the likelier, the better they are."""
    rows = []
    for place, choices in enumerate(graded):
        hardness = (place * 7 % len(graded)) / len(graded) * 3 - 1.5
        right = max(choices, key=lambda key: choices[key]["points"])
        knows = draw.random() < 1 / (1 + exp(hardness - skill))
        key = right if knows else draw.choice(list(choices))
        rows.append(choices[key] | {"key": key})
    return rows


def _points(paper: list[dict[str, Any]]) -> Decimal:
    return sum((row["points"] for row in paper), Decimal(0))


def _write(
    attempts: list[dict[str, Any]],
    papers: list[list[dict[str, Any]]],
    draw: random.Random,
    now: datetime,
) -> None:
    made = insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True)
    ids = list(db.session.scalars(made, attempts))
    rows = [
        row | {"attempt_id": attempt_id}
        for attempt_id, paper in zip(ids, papers, strict=True)
        for row in paper
    ]
    answers = [
        {
            "attempt_id": row["attempt_id"],
            "slot": row["slot"],
            "response": {"choice": row.pop("key")},
            "sequence": 1,
            "spent_seconds": draw.randrange(3, 120),
            "saved_at": now,
        }
        for row in rows
    ]
    db.session.connection().execute(insert(Answer.__table__), answers)
    db.session.connection().execute(insert(GradeRow.__table__), rows)
