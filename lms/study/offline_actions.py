"""Recording attendance and approving it. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor
from lms.study import ledger
from lms.study.actions import reverse, rules_on
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind, StudyEntry, StudySetting
from lms.study.months import day_at
from lms.study.offline_models import (
    EventState,
    OfflineAttendee,
    OfflineEvent,
    OfflineEvidence,
)
from lms.web.settings import settings

LONGEST = timedelta(hours=24)
NEEDS_APPROVAL = "offline_needs_approval"
POINTS = "points"
DEFAULTS = {NEEDS_APPROVAL: True, POINTS: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What is to be recorded of an event."""

    title: str
    kind: str
    started_at: datetime
    ended_at: datetime
    place: str = ""
    host: str = ""
    note: str = ""
    is_required: bool = False


def is_on(name: str) -> bool:
    """Whether a choice of the organisation is switched on."""
    row = db.session.get(StudySetting, name)
    return DEFAULTS[name] if row is None else row.is_on


def switch(name: str, on: bool, *, by: Actor) -> None:
    """Switch a choice of the organisation on or off."""
    if name not in DEFAULTS:
        raise Invalid(_("没有这项设置。"))
    row = db.session.get(StudySetting, name)
    if row is None:
        row = StudySetting(name=name)
        db.session.add(row)
    row.is_on, row.changed_at, row.changed_by_id = on, clock.now(), by.id
    record("study.setting", by=by, detail={"name": name, "is_on": on})


def record_event(
    new: NewEvent,
    *,
    unit: OrgUnit,
    member_ids: Sequence[int],
    blob_ids: Sequence[int] = (),
    by: Actor,
) -> OfflineEvent:
    """Record an event with its attendees; without an approval its hours count at once."""
    _check_event(new, member_ids)
    event = OfflineEvent(
        unit_id=unit.id,
        title=new.title,
        kind=new.kind,
        place=new.place,
        host=new.host,
        note=new.note,
        started_at=new.started_at,
        ended_at=new.ended_at,
        is_required=new.is_required,
        state=EventState.WAITING,
        created_at=clock.now(),
        created_by_id=by.id,
    )
    db.session.add(event)
    db.session.flush()
    db.session.add_all(OfflineAttendee(event_id=event.id, member_id=one) for one in member_ids)
    db.session.add_all(OfflineEvidence(event_id=event.id, blob_id=one) for one in blob_ids)
    db.session.flush()
    _audit("study.record_event", event, by)
    if not is_on(NEEDS_APPROVAL):
        _approve(event, by=by)
    return event


def approve_event(event: OfflineEvent, *, by: Actor, note: str = "") -> None:
    """Let the hours count; whoever recorded the event can't approve it."""
    _check_waiting(event)
    if event.created_by_id == by.id:
        raise Invalid(_("自己登记的集中学习要由另一位管理人员审核。"))
    event.decision_note = note.strip()
    _approve(event, by=by)


def refuse_event(event: OfflineEvent, *, by: Actor, note: str) -> None:
    """Do not let the hours count, and say why."""
    _check_waiting(event)
    if not note.strip():
        raise Invalid(_("请写明不通过的原因。"))
    event.state, event.decision_note = EventState.REFUSED, note.strip()
    event.decided_at, event.decided_by_id = clock.now(), by.id
    _audit("study.refuse_event", event, by)


def cancel_event(event: OfflineEvent, *, by: Actor, note: str) -> None:
    """Take the hours of an approved event back: every entry is reversed, with the reason."""
    if event.state is not EventState.APPROVED:
        raise Conflict(_("只有已计入的集中学习才能撤销。"))
    entries = (
        select(StudyEntry)
        .join(OfflineAttendee, OfflineAttendee.entry_id == StudyEntry.id)
        .where(OfflineAttendee.event_id == event.id)
        .order_by(StudyEntry.member_id)
    )
    for entry in db.session.scalars(entries).all():
        reverse(entry, reason=note, by=by)
    event.state, event.decision_note = EventState.CANCELLED, note.strip()
    event.decided_at, event.decided_by_id = clock.now(), by.id
    _audit("study.cancel_event", event, by)


def _approve(event: OfflineEvent, *, by: Actor) -> None:
    at, day = clock.now(), day_at(event.started_at, settings().zone)
    rule_id, rules = rules_on(day)
    attendees = select(OfflineAttendee).where(OfflineAttendee.event_id == event.id)
    # Everybody locks several clocks in the same order, so that two approvals never wait in a ring.
    for attendee in db.session.scalars(attendees.order_by(OfflineAttendee.member_id)).all():
        attendee.entry_id = ledger.add(
            NewEntry(
                member_id=attendee.member_id,
                kind=EntryKind.OFFLINE,
                counts_as=CreditKind.OFFLINE,
                day=day,
                title=event.title,
                at=at,
                seconds=event.seconds,
                credit=rules.for_seconds(event.seconds),
                subject_kind="event",
                subject_id=event.id,
                is_required=event.is_required,
                rule_id=rule_id,
                actor_id=by.id,
                started_at=event.started_at,
                award_key=f"event:{event.id}",
            )
        )
    event.state = EventState.APPROVED
    event.decided_at, event.decided_by_id = at, by.id
    _audit("study.approve_event", event, by)


def _check_event(new: NewEvent, member_ids: Sequence[int]) -> None:
    if new.ended_at <= new.started_at:
        raise Invalid(_("结束时间要晚于开始时间。"))
    if new.ended_at - new.started_at > LONGEST:
        raise Invalid(_("一次集中学习不能超过 24 小时，请按天分别登记。"))
    if new.ended_at > clock.now():
        raise Invalid(_("集中学习结束之后才能登记。"))
    if not member_ids:
        raise Invalid(_("请至少登记一位参加人员。"))


def _check_waiting(event: OfflineEvent) -> None:
    if event.state is not EventState.WAITING:
        raise Conflict(_("这次集中学习已经审核过了。"))


def _audit(action: str, event: OfflineEvent, by: Actor) -> None:
    record(action, by=by, subject_kind="offline_event", subject_id=event.id)
