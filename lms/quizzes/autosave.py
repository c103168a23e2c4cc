"""The short way of an autosave: answers of many takers share one transaction.

It takes what is plainly newer than what is stored, of an attempt that is under way. Everything else
- an attempt it does not know, one that is over, an answer that was overtaken - goes to the view.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Connection, bindparam, select, update

from lms.errors import DomainError
from lms.quizzes.actions import (
    MAX_SEQUENCE,
    SEEN_EVERY,
    NewAnswer,
    answer_values,
    is_past,
    upsert_answer,
)
from lms.quizzes.attempt_queries import Asked
from lms.quizzes.models import Attempt, AttemptState
from lms.quizzes.reading import answers_from_json
from lms.web.together import Together

MOST_KNOWN = 2_000  # attempts whose questions are kept in memory
Place = tuple[int, int]  # an attempt and a slot

_attempt = Attempt.__table__.c
# In the order of ids, so that two processes never wait for each other in a ring.
_HOLD = (
    select(
        _attempt.id,
        _attempt.state,
        _attempt.deadline_at,
        _attempt.grace_seconds,
        _attempt.seen_at,
    )
    .where(_attempt.id.in_(bindparam("ids", expanding=True)))
    .order_by(_attempt.id)
    .with_for_update(key_share=True)
)
_SEE = (
    update(Attempt.__table__)
    .where(_attempt.id == bindparam("of_attempt"))
    .values(seen_at=bindparam("seen_at"), current_slot=bindparam("current_slot"))
)


@dataclass(frozen=True, slots=True)
class Save:
    """Answers on their way in, read and checked against the questions that were asked."""

    attempt_id: int
    answers: tuple[NewAnswer, ...]
    current_slot: int | None
    at: datetime

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
        self._known: dict[int, tuple[int, Sequence[Asked]]] = {}

    def note(self, attempt_id: int, asked: Sequence[Asked], *, member_id: int) -> None:
        """The view has answered for this attempt: whose it is and what it asks never changes."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[attempt_id] = (member_id, asked)

    def answer(
        self, values: Any, found: re.Match[str], *, member_id: int, at: datetime
    ) -> dict[str, Any] | None:
        """Save the answers; None when the view has to see them."""
        attempt_id = int(found[1])
        owner_id, asked = self._known.get(attempt_id, (0, ()))
        if owner_id != member_id:
            return None
        try:
            answers = tuple(answers_from_json(values, asked))
        except DomainError:
            return None
        current = values.get("current")
        if not isinstance(current, int) or not 0 <= current <= len(asked):
            current = None
        kept = self.queue.take(Save(attempt_id, answers, current, at))
        if kept is None:
            return None
        return {
            "saved": kept.slots,
            "stale": [],
            "remaining_seconds": kept.remaining_seconds,
        }


def save_batch(connection: Connection, saves: Sequence[Save]) -> list[Kept | None]:
    """Keep answers of several attempts in one transaction; None for what is not plainly newer.

    Of a save of several answers some may be newer than what is stored and are kept; the view, which
    sees it next, finds them stored as they were sent.
    """
    ids = list({save.attempt_id for save in saves})
    rows = {row.id: row for row in connection.execute(_HOLD, {"ids": ids})}
    writes: dict[Place, dict[str, Any]] = {}
    taken = [_take(save, rows.get(save.attempt_id), writes) for save in saves]
    written: set[Place] = set()
    if writes:
        ordered = [writes[place] for place in sorted(writes)]
        written = {(row[0], row[1]) for row in connection.execute(upsert_answer(), ordered)}
    seen: dict[int, dict[str, Any]] = {}
    kept: list[Kept | None] = []
    for save, is_taken in zip(saves, taken, strict=True):
        if not is_taken or not written.issuperset(save.places):
            kept.append(None)
            continue
        row = rows[save.attempt_id]
        is_due = row.seen_at is None or save.at - row.seen_at >= SEEN_EVERY
        if save.current_slot is not None and is_due:
            values = {"seen_at": save.at, "current_slot": save.current_slot}
            seen[row.id] = {"of_attempt": row.id, **values}
        ends = row.deadline_at
        remaining = None if ends is None else max(0, round((ends - save.at).total_seconds()))
        given = tuple((answer.slot, answer.sequence) for answer in save.answers)
        kept.append(Kept(given, remaining))
    if seen:
        connection.execute(_SEE, [seen[key] for key in sorted(seen)])
    return kept


def _take(save: Save, row: Any, writes: dict[Place, dict[str, Any]]) -> bool:
    """Put the answers among those to be written, if the attempt is under way and each is newer
    than what came before it in this batch.
    """
    if row is None or row.state != AttemptState.OPEN:
        return False
    if is_past(row.deadline_at, timedelta(seconds=row.grace_seconds), save.at):
        return False
    mine: dict[Place, dict[str, Any]] = {}
    for place, answer in zip(save.places, save.answers, strict=True):
        before = writes[place]["sequence"] if place in writes else -1
        if not before < answer.sequence < MAX_SEQUENCE:
            return False
        mine[place] = answer_values(save.attempt_id, answer, save.at)
    if len(mine) < len(save.answers):
        return False
    writes.update(mine)
    return True
