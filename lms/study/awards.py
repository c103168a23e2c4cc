"""Credit for finished items, given at once or when the course's test is passed, under the caps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, update

from lms.courses.queries import completion_times
from lms.db import db
from lms.study import ledger, subjects
from lms.study.clock_state import Item
from lms.study.credit import CreditKind, Rules, from_data
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind, StudyItem, StudyRule
from lms.study.months import day_at
from lms.web.settings import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An item that a member has finished, and the rules of that day."""

    member_id: int
    kind: str
    subject_id: int
    length_seconds: int
    is_required: bool
    rule_id: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that is finished and waits for its course's test."""

    title: str
    credit: Decimal  # what it will earn, caps left aside


def give_completion(finished: Finished, *, at: datetime) -> None:
    """Give the credit for a finished item; where the rules want its course's test too, note that.

    The item's row exists; whoever calls is in the member's transaction.
    """
    credit = finished.rules.for_completion(finished.length_seconds)
    if not credit:
        return
    item = (finished.kind, finished.subject_id)
    if finished.rules.needs_test and _waits_for_test(finished.member_id, item):
        _note_waiting(finished.member_id, item, finished.rule_id)
        return
    day = day_at(at, settings().zone)
    add_capped(_completion(finished, credit, day, at), finished.rules)


def give_waiting(member_id: int, *, at: datetime) -> int:
    """Give what waited for tests that are passed by now; how many items that were.

    The rules of the day on which an item was finished decide how much; the credit belongs to the
    day on which the last condition was met.
    """
    given = 0
    ledger.hold_clock(member_id)
    for item in _waiting_items(member_id):
        key = (item.subject_kind, item.subject_id)
        if item.waits_rule_id is None or _waits_for_test(member_id, key):
            continue
        rule_id, rules = item.waits_rule_id, _rules(item.waits_rule_id)
        finished = Finished(
            member_id=member_id,
            kind=item.subject_kind,
            subject_id=item.subject_id,
            length_seconds=item.length_seconds,
            is_required=subjects.counts_as_required(*key, member_id=member_id),
            rule_id=rule_id,
            rules=rules,
        )
        _note_waiting(member_id, key, None)
        credit = rules.for_completion(item.length_seconds)
        add_capped(_completion(finished, credit, day_at(at, settings().zone), at), rules)
        given += 1
    return given


def list_waiting(member_id: int) -> list[Waiting]:
    """What the member has finished and waits for a test."""
    return [
        Waiting(
            subjects.title_of(item.subject_kind, item.subject_id),
            _rules(item.waits_rule_id).for_completion(item.length_seconds),
        )
        for item in _waiting_items(member_id)
        if item.waits_rule_id is not None
    ]


def add_capped(new: NewEntry, rules: Rules) -> None:
    """Add an entry of online study with as much of its credit as the caps leave."""
    caps = (rules.item_credit_cap, rules.day_credit_cap, rules.month_credit_cap)
    if any(cap is not None for cap in caps):
        item, day, month = ledger.credit_before(new)
        credit = rules.capped(new.credit, item_before=item, day_before=day, month_before=month)
        new = replace(new, credit=credit)
    ledger.add(new)


def _completion(finished: Finished, credit: Decimal, day: date, at: datetime) -> NewEntry:
    return NewEntry(
        member_id=finished.member_id,
        kind=EntryKind.COMPLETION,
        counts_as=CreditKind.ONLINE,
        day=day,
        title=subjects.title_of(finished.kind, finished.subject_id),
        at=at,
        credit=credit,
        subject_kind=finished.kind,
        subject_id=finished.subject_id,
        is_required=finished.is_required,
        rule_id=finished.rule_id,
        award_key=f"done:{finished.kind}:{finished.subject_id}",
    )


def _waiting_items(member_id: int) -> Sequence[StudyItem]:
    query = select(StudyItem).where(
        StudyItem.member_id == member_id, StudyItem.waits_rule_id.is_not(None)
    )
    return db.session.scalars(query.order_by(StudyItem.completed_at, StudyItem.subject_id)).all()


def _waits_for_test(member_id: int, item: Item) -> bool:
    tests = subjects.tests_of(*item)
    return len(completion_times(tests, [member_id])) < len(tests) if tests else False


def _note_waiting(member_id: int, item: Item, rule_id: int | None) -> None:
    change = update(StudyItem).where(
        StudyItem.member_id == member_id,
        StudyItem.subject_kind == item[0],
        StudyItem.subject_id == item[1],
    )
    db.session.execute(change.values(waits_rule_id=rule_id))


def _rules(rule_id: int) -> Rules:
    return from_data(db.session.get_one(StudyRule, rule_id).data)
