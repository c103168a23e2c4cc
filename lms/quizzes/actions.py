"""Taking a test: begin, save answers, hand in and grade in one transaction. No commits."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.dialects import postgresql, sqlite

from lms import clock
from lms.db import db
from lms.errors import Conflict, Expired, Forbidden, Invalid
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes.attempt_queries import StoredAnswer, answers_of, find_open_attempt
from lms.quizzes.bank_queries import definitions_of, newest_versions
from lms.quizzes.chance_queries import Chances, chances_of
from lms.quizzes.condition_queries import unmet_conditions
from lms.quizzes.definition import Definition, Kind
from lms.quizzes.drawing import PoolTooSmall, draw_paper, shuffled
from lms.quizzes.grading_actions import grade_attempt
from lms.quizzes.models import (
    Answer,
    Attempt,
    AttemptEvent,
    AttemptState,
    Paper,
    SubmittedBy,
)
from lms.quizzes.paper_queries import plan_of
from lms.quizzes.results import Window, fraction_of, window_at
from lms.quizzes.sheet import NO_SHEET, Sheet, SheetItem, sheet_to_json

MAX_SEQUENCE = 2**31  # as far as the column goes on PostgreSQL
SEEN_EVERY = timedelta(seconds=5)  # how often the invigilator's page learns where somebody is


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer on its way in; `sequence` grows with every change in the browser."""

    slot: int
    sequence: int
    response: dict[str, Any]
    is_flagged: bool = False
    spent_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the answers: saved ones, and slots for which a newer answer was there."""

    slots: tuple[tuple[int, int], ...]
    stale: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """An attempt that may be begun: its row and paper, or the id of the one under way."""

    open_id: int | None
    values: dict[str, Any]
    sheet: Sheet = NO_SHEET


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt under way, with the paper when it was drawn just now."""

    attempt_id: int
    sheet: Sheet = NO_SHEET


def start_attempt(
    paper: Paper, *, by: Actor, at: datetime, lesson_id: int | None = None
) -> Attempt:
    """Begin an attempt, or go on with the one under way.

    Draws the paper and stores it with the attempt; fixes the deadline. Raises Forbidden, Conflict
    or Expired with the sentence that says why it cannot be begun.
    """
    begun = begin_attempt(prepare_attempt(paper, by=by, at=at, lesson_id=lesson_id))
    return db.session.get_one(Attempt, begun.attempt_id)


def prepare_attempt(
    paper: Paper, *, by: Actor, at: datetime, lesson_id: int | None = None
) -> Ready:
    """All of beginning that only reads: whether it is allowed, the drawn paper, the deadline."""
    chances = chances_of(paper.id, by)
    if chances.open_id is not None:
        return Ready(chances.open_id, {})
    check_may_start(paper, chances, by=by, at=at)
    seed = secrets.randbits(31)
    sheet = draw_sheet(paper, seed)
    values = {
        "paper_id": paper.id,
        "member_id": by.id,
        "lesson_id": lesson_id,
        "number": chances.last_number + 1,
        "seed": seed,
        "state": AttemptState.OPEN,
        "started_at": at,
        "deadline_at": deadline_of(paper, at=at, extra_seconds=chances.extra.seconds),
        "grace_seconds": paper.grace_seconds,
        "drawn": sheet_to_json(sheet),
        "max_points": sheet.max_points,
    }
    return Ready(None, values, sheet)


def begin_attempt(ready: Ready) -> Begun:
    """Write the row; its number lets one of two windows through that begin at the same moment."""
    if ready.open_id is not None:
        return Begun(ready.open_id)
    is_postgresql = db.engine.dialect.name == "postgresql"
    attempt_id = db.session.scalar(_BEGIN[is_postgresql], ready.values)
    if attempt_id is not None:
        return Begun(attempt_id, ready.sheet)
    other = find_open_attempt(ready.values["paper_id"], ready.values["member_id"])
    if other is None:
        raise Conflict(_("这次考试刚刚已经开始，请刷新页面。"))
    return Begun(other.id)


def _make_begin(insert: Any) -> Any:
    # Of the table: through the mapper the statement would be compiled anew each time.
    table = Attempt.__table__
    statement = insert(table).on_conflict_do_nothing(
        index_elements=["paper_id", "member_id", "number"]
    )
    return statement.returning(table.c.id)


_BEGIN = {False: _make_begin(sqlite.insert), True: _make_begin(postgresql.insert)}


def check_may_start(paper: Paper, chances: Chances, *, by: Actor, at: datetime) -> None:
    """Raise the error that says why the member may not begin another attempt."""
    if paper.state != ContentState.PUBLISHED:
        raise Forbidden(_("这份试卷还没有发布。"))
    window = window_at(at, paper.opens_at, paper.closes_at)
    if window == Window.BEFORE:
        raise Forbidden(_("考试还没有开始。"))
    if window == Window.AFTER:
        raise Expired(_("考试已经结束。"))
    if chances.has_conditions and (unmet := unmet_conditions([paper], member=by)):
        raise Forbidden(unmet[paper.id])
    if paper.attempts_allowed and chances.used >= paper.attempts_allowed + chances.extra.attempts:
        raise Conflict(_("可考的次数已经用完。"))


def deadline_of(paper: Paper, *, at: datetime, extra_seconds: int) -> datetime | None:
    """When the attempt ends: the time limit or the end of the window, whichever comes first."""
    more = timedelta(seconds=extra_seconds)
    ends = [paper.closes_at + more] if paper.closes_at else []
    if paper.time_limit_seconds:
        ends.append(at + timedelta(seconds=paper.time_limit_seconds) + more)
    return min(ends, default=None)


def draw_sheet(paper: Paper, seed: int) -> Sheet:
    """Draw the paper for one attempt; Conflict when the bank has become too small."""
    plan = plan_of(paper.id)
    try:
        drawn = draw_paper(plan.sections, seed)
    except PoolTooSmall as error:
        raise Conflict(_("题库里的题目不够抽，请联系管理员。")) from error
    versions = newest_versions(entry.question_id for entry in drawn)
    definitions = definitions_of(dict(versions.values()))
    items = []
    for slot, entry in enumerate(drawn, 1):
        version_id, name = versions[entry.question_id]
        items.append(
            SheetItem(
                slot,
                entry.section,
                entry.question_id,
                version_id,
                name,
                entry.points,
                shown_order(definitions[version_id], paper.shuffles_options, seed, slot),
            )
        )
    return Sheet(plan.headings, tuple(items))


def shown_order(definition: Definition, shuffles: bool, seed: int, slot: int) -> tuple[str, ...]:
    """The keys of options, choices or items in the order that this attempt shows; () as written."""
    if definition.kind == Kind.ORDERING:
        return shuffled([item.key for item in definition.items], seed, slot)
    if definition.kind == Kind.MATCHING:
        return shuffled([choice.key for choice in definition.choices], seed, slot)
    if shuffles and definition.shuffles and definition.kind in (Kind.SINGLE, Kind.MULTIPLE):
        return shuffled([option.key for option in definition.options], seed, slot)
    return ()


def check_running(attempt: Attempt, *, at: datetime) -> None:
    """Raise Conflict when the attempt takes no more answers."""
    if attempt.state != AttemptState.OPEN:
        raise Conflict(_("已经交卷，不能再改答案。"), code="closed")
    if is_past(attempt.deadline_at, timedelta(seconds=attempt.grace_seconds), at):
        raise Conflict(_("考试时间已到。"), code="closed")


def is_past(deadline: datetime | None, grace: timedelta, at: datetime) -> bool:
    """Whether the deadline and the grace after it have passed."""
    return deadline is not None and at > deadline + grace


def save_answers(attempt: Attempt, answers: Sequence[NewAnswer], *, at: datetime) -> Saved:
    """Keep answers of a running attempt; an answer older than the stored one changes nothing.

    Raises Conflict when the attempt is over. The attempt's row is locked for reading, so that an
    answer is either in before the paper is graded or is refused.
    """
    db.session.refresh(attempt, with_for_update={"read": True})
    check_running(attempt, at=at)
    return _write_answers(attempt, answers, at=at)


def _write_answers(attempt: Attempt, answers: Sequence[NewAnswer], *, at: datetime) -> Saved:
    saved, stale = [], []
    slots = len(attempt.drawn["items"])
    for answer in answers:
        if not 1 <= answer.slot <= slots or not 0 <= answer.sequence < MAX_SEQUENCE:
            raise Invalid(_("没有这道题，答案没有保存。"))
        if _upsert(attempt.id, answer, at) or _is_stored(attempt.id, answer):
            saved.append((answer.slot, answer.sequence))
        else:
            stale.append(answer.slot)
    return Saved(tuple(saved), tuple(stale))


def _is_stored(attempt_id: int, answer: NewAnswer) -> bool:
    """Whether this very answer is there already: it was sent twice because the reply got lost."""
    stored = db.session.get(Answer, (attempt_id, answer.slot))
    return stored is not None and (stored.sequence, stored.response) == (
        answer.sequence,
        answer.response,
    )


def _upsert(attempt_id: int, answer: NewAnswer, at: datetime) -> bool:
    """Insert or replace when newer, in one statement; False when nothing was newer."""
    values = answer_values(attempt_id, answer, at)
    upsert = insert_answers(db.engine.dialect.name)
    return db.session.execute(upsert, values).first() is not None


def answer_values(attempt_id: int, answer: NewAnswer, at: datetime) -> dict[str, Any]:
    """The row of an answer."""
    return {
        "attempt_id": attempt_id,
        "slot": answer.slot,
        "response": answer.response,
        "sequence": answer.sequence,
        "is_flagged": answer.is_flagged,
        "spent_seconds": max(0, min(answer.spent_seconds, 864_000)),
        "saved_at": at,
    }


@lru_cache
def insert_answers(dialect_name: str, source: Any = None) -> Any:
    """Inserts rows of answers or replaces those that are older; returns the rows it wrote.

    The rows are its parameters, or what the query `source` gives, column by column.
    """
    insert = postgresql.insert if dialect_name == "postgresql" else sqlite.insert
    table = Answer.__table__
    statement = insert(table)
    if source is not None:
        statement = statement.from_select([one.name for one in table.c], source)
    changing = ("response", "sequence", "is_flagged", "spent_seconds", "saved_at")
    return statement.on_conflict_do_update(
        index_elements=["attempt_id", "slot"],
        set_={name: statement.excluded[name] for name in changing},
        where=table.c.sequence < statement.excluded.sequence,
    ).returning(table.c.attempt_id, table.c.slot)


def submit_attempt(
    held: Attempt,
    *,
    how: SubmittedBy,
    at: datetime,
    read_last: Callable[[Mapping[int, StoredAnswer]], Sequence[NewAnswer]] | None = None,
) -> bool:
    """Hand in and grade in one transaction; False when somebody had already done it.

    The attempt is held (see `hold_attempt`), so that of all who try at the same moment one finds it
    open, and no answer comes between. `read_last` gives the answers that travel with the
    submission, from those that are stored; they count when they arrive before deadline and grace.
    """
    if held.state != AttemptState.OPEN:
        return False
    answers = answers_of(held.id)
    last = read_last(answers) if read_last else ()
    if last and not is_past(held.deadline_at, timedelta(seconds=held.grace_seconds), at):
        _write_answers(held, last, at=at)
        answers = answers_of(held.id)
    handed_in = {"state": AttemptState.SUBMITTED, "submitted_at": at, "submitted_by": how}
    grade_attempt(held, answers, at=at, **handed_in)
    return True


def note_event(
    attempt: Attempt, kind: str, *, by: int | None, detail: dict[str, Any] | None = None
) -> None:
    """Add to the evidence around an attempt."""
    db.session.add(
        AttemptEvent(
            attempt_id=attempt.id,
            at=clock.now(),
            kind=kind,
            member_id=by,
            detail=detail or {},
        )
    )


def score_of(attempt: Attempt) -> Decimal:
    """The share of the points, 0 to 1."""
    return fraction_of(attempt.points, attempt.max_points)
