"""The short way of an autosave: answers of many takers share one transaction.

It takes what is plainly newer than what is stored, of an attempt that is under way. Everything else
- an attempt it does not know, one that is over, an answer that was overtaken - goes to the view.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy import (
    Connection,
    Dialect,
    String,
    bindparam,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from lms.errors import DomainError
from lms.given import GivenRows
from lms.given_change import GivenChange
from lms.quizzes.actions import (
    MAX_SEQUENCE,
    SEEN_EVERY,
    NewAnswer,
    answer_values,
    insert_answers,
)
from lms.quizzes.attempt_queries import Asked
from lms.quizzes.models import Answer, Attempt, AttemptState
from lms.quizzes.reading import answers_from_json
from lms.web.together import Together

MOST_KNOWN = 2_000  # attempts whose questions are kept in memory
Place = tuple[int, int]  # an attempt and a slot

_attempt = Attempt.__table__.c
_SEE = (
    update(Attempt.__table__)
    .where(_attempt.id == bindparam("of_attempt"))
    .values(seen_at=bindparam("seen_at"), current_slot=bindparam("current_slot"))
)


@dataclass(frozen=True, slots=True)
class Known:
    """What never changes of an attempt: whose it is, what it asks, its grace after the deadline."""

    member_id: int
    asked: Sequence[Asked]
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Save:
    """Answers on their way in, read and checked against the questions that were asked."""

    attempt_id: int
    answers: tuple[NewAnswer, ...]
    current_slot: int | None
    at: datetime
    grace: timedelta

    @property
    def places(self) -> list[Place]:
        """Where the answers belong."""
        return [(self.attempt_id, answer.slot) for answer in self.answers]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the page is told."""

    slots: tuple[tuple[int, int], ...]
    remaining_seconds: int | None


class AutosaveWay:
    """Answers the usual autosave; see lms.web.short_ways."""

    path = re.compile(r"/quizzes/attempts/(\d{1,15})/answers")
    endpoint = "quizzes.save"

    def __init__(self, app: Flask) -> None:
        app.extensions["quizzes.autosave"] = self
        self.queue: Together[Save, Kept] = Together(app, save_batch)
        self._known: dict[int, Known] = {}

    def note(self, attempt_id: int, known: Known) -> None:
        """The view has answered for this attempt."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[attempt_id] = known

    def answer(
        self, values: Any, found: re.Match[str], *, member_id: int, at: datetime
    ) -> dict[str, Any] | None:
        """Save the answers; None when the view has to see them."""
        attempt_id = int(found[1])
        known = self._known.get(attempt_id)
        if known is None or known.member_id != member_id:
            return None
        try:
            answers = tuple(answers_from_json(values, known.asked))
        except DomainError:
            return None
        current = values.get("current")
        if not isinstance(current, int) or not 0 <= current <= len(known.asked):
            current = None
        kept = self.queue.take(Save(attempt_id, answers, current, at, known.grace))
        if kept is None:
            return None
        return {
            "saved": kept.slots,
            "stale": [],
            "remaining_seconds": kept.remaining_seconds,
        }


def save_batch(connection: Connection, saves: Sequence[Save]) -> list[Kept | None]:
    """Keep answers of several attempts in one statement; None for what is not plainly newer.

    Of a save of several answers some may be newer than what is stored and are kept; the view, which
    sees it next, finds them stored as they were sent.
    """
    rows: dict[Place, dict[str, Any]] = {}
    taken = [_take(save, rows) for save in saves]
    if not rows:
        return [None] * len(saves)
    changed = _upsert(connection.dialect).run(connection, (rows[key] for key in sorted(rows)))
    written = {(attempt_id, slot): facts for attempt_id, slot, *facts in changed}
    seen: dict[int, dict[str, Any]] = {}
    kept: list[Kept | None] = []
    for save, is_taken in zip(saves, taken, strict=True):
        if not is_taken or not written.keys() >= set(save.places):
            kept.append(None)
            continue
        ends, seen_at = written[save.places[0]]
        is_due = seen_at is None or save.at - seen_at >= SEEN_EVERY
        if save.current_slot is not None and is_due:
            marks = {"seen_at": save.at, "current_slot": save.current_slot}
            seen[save.attempt_id] = {"of_attempt": save.attempt_id, **marks}
        remaining = None if ends is None else max(0, round((ends - save.at).total_seconds()))
        slots = tuple((answer.slot, answer.sequence) for answer in save.answers)
        kept.append(Kept(slots, remaining))
    if seen:
        connection.execute(_SEE, [seen[key] for key in sorted(seen)])
    return kept


def _take(save: Save, rows: dict[Place, dict[str, Any]]) -> bool:
    """Put the answers among those to be written, if each is newer than what came before it in this
    batch.
    """
    mine: dict[Place, dict[str, Any]] = {}
    for place, answer in zip(save.places, save.answers, strict=True):
        before = rows[place]["sequence"] if place in rows else -1
        if not before < answer.sequence < MAX_SEQUENCE:
            return False
        mine[place] = answer_values(save.attempt_id, answer, save.at) | {
            "not_over_at": save.at - save.grace
        }
    if len(mine) < len(save.answers):
        return False
    rows.update(mine)
    return True


@lru_cache
def _upsert(dialect: Dialect) -> GivenChange:
    """Writes the answers of attempts that are under way and returns those that it wrote.

    An attempt's row is held meanwhile, so that an answer is in before its paper is graded, or not
    at all. SQLite has one writer at a time.
    """
    columns = {one.name: one for one in Answer.__table__.c}
    given = GivenRows(dialect, {**columns, "not_over_at": _attempt.deadline_at})
    is_open = (
        # Not by its index: SQLite would look through all that are under way for each answer.
        type_coerce(_attempt.state, String).concat("") == AttemptState.OPEN.value,
        or_(_attempt.deadline_at.is_(None), _attempt.deadline_at >= given.c.not_over_at),
    )
    answers = (
        select(*(given.c[name] for name in columns))
        .join_from(given.table, Attempt.__table__, _attempt.id == given.c.attempt_id)
        .where(*is_open)
        .with_for_update(key_share=True, of=Attempt.__table__)
    )
    # As text, because SQLAlchemy correlates nothing with the row that an INSERT returns.
    written = literal_column(f"{Answer.__tablename__}.attempt_id")
    facts = (
        select(one).where(_attempt.id == written).scalar_subquery().label(one.name)
        for one in (_attempt.deadline_at, _attempt.seen_at)
    )
    statement = insert_answers(dialect.name, answers).returning(*facts)
    return GivenChange(given, statement, dialect)
