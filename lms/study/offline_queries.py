"""Reading events and their attendees."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, func, or_, select

from lms.db import db
from lms.errors import NotFound
from lms.files.models import Blob
from lms.members.models import Member, OrgUnit
from lms.members.policy import Actor, Role, holds
from lms.members.queries import people, supervised_by
from lms.members.scope import below
from lms.study.attendees import Person
from lms.study.offline_models import (
    EventState,
    OfflineAttendee,
    OfflineEvent,
    OfflineEvidence,
)

MOST_FOUND = 60  # as many are shown for one search


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a list."""

    event: OfflineEvent
    unit_name: str
    author: str
    attendees: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who may be picked as an attendee."""

    id: int
    number: str
    name: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with everybody who was there and what shows it."""

    event: OfflineEvent
    unit_name: str
    author: str
    decider: str
    attendees: Sequence[Person]
    evidence: Sequence[Blob]


def get_event(event_id: int, *, member: Actor) -> OfflineEvent:
    """The event, for managers of its unit; raises NotFound for everybody else."""
    event = db.session.get(OfflineEvent, event_id)
    unit = db.session.get(OrgUnit, event.unit_id) if event else None
    if event is None or unit is None or not holds(member, Role.MANAGER, unit.path):
        raise NotFound(_("没有找到这次集中学习。"))
    return event


def list_supervised(actor: Actor) -> list[Person]:
    """Everybody whom the person may put on a list of attendees."""
    query = (
        people()
        .where(supervised_by(actor))
        .with_only_columns(Member.id, Member.number, Member.name)
    )
    return [Person(*row) for row in db.session.execute(query)]


def search_supervised(actor: Actor, text: str, *, limit: int = MOST_FOUND) -> list[Choice]:
    """The person's own people whose number, name or unit holds the text, by unit and number."""
    if not (text := text.strip()):
        return []
    columns = (Member.number, Member.name, OrgUnit.name)
    query = _choices(actor).where(or_(*(one.contains(text, autoescape=True) for one in columns)))
    return [Choice(*row) for row in db.session.execute(query.limit(limit))]


def find_supervised(actor: Actor, member_ids: Sequence[int]) -> list[Choice]:
    """Those of the people with these ids who are the person's own."""
    query = _choices(actor).where(Member.id.in_(member_ids))
    return [Choice(*row) for row in db.session.execute(query)] if member_ids else []


def _choices(actor: Actor) -> Select[tuple[int, str, str, str]]:
    return (
        people()
        .where(supervised_by(actor))
        .with_only_columns(Member.id, Member.number, Member.name, OrgUnit.name)
        .order_by(OrgUnit.path, Member.number)
    )


def events_of(actor: Actor, state: EventState | None = None) -> Select[tuple[OfflineEvent]]:
    """The events of the units that the person manages, newest first."""
    inside = select(OrgUnit.id).where(below(OrgUnit.path.expression, actor.paths(Role.MANAGER)))
    query = select(OfflineEvent).where(OfflineEvent.unit_id.in_(inside))
    if state is not None:
        query = query.where(OfflineEvent.state == state)
    return query.order_by(OfflineEvent.started_at.desc(), OfflineEvent.id.desc())


def describe_events(events: Sequence[OfflineEvent]) -> list[EventRow]:
    """Events with the names and counts that a list shows; three queries."""
    names = _names({event.created_by_id for event in events})
    units = _unit_names({event.unit_id for event in events})
    counts = dict(
        tuple(row)
        for row in db.session.execute(
            select(OfflineAttendee.event_id, func.count())
            .where(OfflineAttendee.event_id.in_([event.id for event in events]))
            .group_by(OfflineAttendee.event_id)
        )
    )
    return [
        EventRow(event, units[event.unit_id], names[event.created_by_id], counts.get(event.id, 0))
        for event in events
    ]


def view_event(event: OfflineEvent) -> EventView:
    """All that the page of an event shows."""
    attendees = (
        select(Member.id, Member.number, Member.name)
        .join(OfflineAttendee, OfflineAttendee.member_id == Member.id)
        .where(OfflineAttendee.event_id == event.id)
        .order_by(Member.number)
    )
    evidence = (
        select(Blob)
        .join(OfflineEvidence, OfflineEvidence.blob_id == Blob.id)
        .where(OfflineEvidence.event_id == event.id)
    )
    names = _names({event.created_by_id, event.decided_by_id or 0})
    return EventView(
        event=event,
        unit_name=_unit_names({event.unit_id})[event.unit_id],
        author=names[event.created_by_id],
        decider=names.get(event.decided_by_id or 0, ""),
        attendees=[Person(*row) for row in db.session.execute(attendees)],
        evidence=db.session.scalars(evidence).all(),
    )


def _names(member_ids: set[int]) -> dict[int, str]:
    query = select(Member.id, Member.name).where(Member.id.in_(member_ids))
    return {row.id: row.name for row in db.session.execute(query)}


def _unit_names(unit_ids: set[int]) -> dict[int, str]:
    query = select(OrgUnit.id, OrgUnit.name).where(OrgUnit.id.in_(unit_ids))
    return {row.id: row.name for row in db.session.execute(query)}
