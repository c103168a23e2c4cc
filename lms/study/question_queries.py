"""Reading the questions that members ask about their record, and what else waits for a manager."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, OrgUnit
from lms.members.policy import Action, Actor
from lms.members.queries import get_member, people, supervised_by
from lms.study.models import StudyEntry
from lms.study.offline_models import EventState, QueryState, StudyQuery
from lms.study.offline_queries import events_of
from lms.study.record_queries import Piece, pieces_of
from lms.study.standing_queries import find_rules

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A question with the line, and the stretch if it is about one."""

    query: StudyQuery
    entry: StudyEntry
    member_name: str
    unit_name: str
    piece: Piece | None = None
    worth: Decimal | None = None  # what the stretch would have earned


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a question, for the person who asked."""

    stretch: int
    text: str
    state: QueryState
    answer: str
    answered_at: datetime | None
    credit: Decimal | None


def get_entry(entry_id: int, *, member: Actor, action: Action) -> StudyEntry:
    """A line of the ledger, of a member whom the person may see; raises NotFound."""
    entry = db.session.get(StudyEntry, entry_id)
    if entry is None:
        raise NotFound(_("没有找到这条记录。"))
    get_member(entry.member_id, member=member, action=action)
    return entry


def get_query(query_id: int, *, member: Actor) -> StudyQuery:
    """A question of somebody whom the person supervises; raises NotFound."""
    query = db.session.get(StudyQuery, query_id)
    if query is None:
        raise NotFound(_("没有找到这个疑问。"))
    get_member(query.member_id, member=member, action=Action.SUPERVISE)
    return query


def find_piece(entry: StudyEntry, stretch: int) -> Piece | None:
    """The stretch of the entry with that number, if its record shows one."""
    return next((piece for piece in pieces_of(entry) if piece.number == stretch), None)


def worth_of(entry: StudyEntry, piece: Piece) -> Decimal:
    """What the part of a stretch that did not count would have earned, up to the next hundredth."""
    missing = max(0, piece.seconds - piece.counted_seconds)
    credit = find_rules(entry.day_on).for_seconds(missing)
    return credit.quantize(HUNDREDTH, rounding=ROUND_CEILING)


def list_queries(actor: Actor, *, state: QueryState = QueryState.WAITING) -> list[QueryRow]:
    """The questions of the people whom the person supervises, oldest first."""
    mine = (
        people()
        .where(supervised_by(actor))
        .with_only_columns(
            Member.id.label("id"), Member.name.label("name"), OrgUnit.name.label("unit")
        )
    )
    person = mine.subquery()
    query = (
        select(StudyQuery, StudyEntry, person.c.name, person.c.unit)
        .join(person, person.c.id == StudyQuery.member_id)
        .join(StudyEntry, StudyEntry.id == StudyQuery.entry_id)
        .where(StudyQuery.state == state)
        .order_by(StudyQuery.asked_at)
    )
    return [_row(*row) for row in db.session.execute(query)]


def _row(query: StudyQuery, entry: StudyEntry, member_name: str, unit_name: str) -> QueryRow:
    piece = find_piece(entry, query.stretch) if query.stretch else None
    worth = worth_of(entry, piece) if piece else None
    return QueryRow(query, entry, member_name, unit_name, piece, worth)


def find_asked(member_id: int, entry_ids: Sequence[int]) -> dict[int, list[Asked]]:
    """The newest question on each of these lines and on each of their stretches."""
    query = select(StudyQuery).where(
        StudyQuery.member_id == member_id, StudyQuery.entry_id.in_(entry_ids)
    )
    newest: dict[int, dict[int, Asked]] = {}
    for row in db.session.scalars(query.order_by(StudyQuery.id)):
        newest.setdefault(row.entry_id, {})[row.stretch] = Asked(
            row.stretch, row.text, row.state, row.answer, row.answered_at, row.credit
        )
    return {entry_id: list(asked.values()) for entry_id, asked in newest.items()}


def count_waiting(actor: Actor) -> tuple[int, int]:
    """How many events and questions wait for the person."""
    events = select(func.count()).select_from(events_of(actor, EventState.WAITING).subquery())
    mine = people().where(supervised_by(actor)).with_only_columns(Member.id)
    questions = select(func.count(StudyQuery.id)).where(
        StudyQuery.state == QueryState.WAITING, StudyQuery.member_id.in_(mine)
    )
    return db.session.scalar(events) or 0, db.session.scalar(questions) or 0
