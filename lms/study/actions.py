"""Writing to the ledger: awards, corrections, rules and requirements. Nothing here commits."""

from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.policy import Actor
from lms.study import ledger, subjects
from lms.study.awards import give_waiting
from lms.study.credit import PRESETS, CreditKind, Rules, from_data, to_data
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind, StudyEntry, StudyRule
from lms.study.months import day_at
from lms.web.settings import settings

FIRST_DAY = date(2000, 1, 1)  # the first rule holds for everything before the second one


def rules_on(day: date) -> tuple[int, Rules]:
    """The rules in force on `day` with their version; the first time they are put down as data."""
    query = select(StudyRule).where(StudyRule.effective_on <= day)
    rule = db.session.scalars(
        query.order_by(StudyRule.effective_on.desc(), StudyRule.id.desc())
    ).first()
    if rule is None:
        rule = StudyRule(
            name=_("按学习时间计学时"),
            data=to_data(PRESETS["time"]),
            effective_on=FIRST_DAY,
            created_at=clock.now(),
        )
        db.session.add(rule)
        db.session.flush()
    return rule.id, from_data(rule.data)


def record_test_passed(
    *,
    member_id: int,
    subject_kind: str,
    subject_id: int,
    title: str,
    at: datetime,
    lesson_id: int | None = None,
) -> int | None:
    """Give the credit for a passed test, once for each member and test; the entry's id.

    None when it had been credited before. A rule that gives nothing for tests still has the pass
    recorded, with zero credit. What the member has finished and what waited for this test earns
    its credit too; the lesson in which it was taken, complete by now, says whether it is required.
    """
    day = day_at(at, settings().zone)
    rule_id, rules = rules_on(day)
    is_required = lesson_id is not None and subjects.counts_as_required(
        "lesson", lesson_id, member_id=member_id
    )
    entry_id = ledger.add(
        NewEntry(
            member_id=member_id,
            kind=EntryKind.TEST,
            counts_as=CreditKind.TEST,
            day=day,
            title=title,
            at=at,
            credit=rules.test_credit,
            subject_kind=subject_kind,
            subject_id=subject_id,
            is_required=is_required,
            rule_id=rule_id,
            award_key=f"test:{subject_kind}:{subject_id}",
        )
    )
    give_waiting(member_id, at=at)
    return entry_id


def record_reflection_accepted(
    *, member_id: int, subject_id: int, title: str, chars: int, by: Actor, at: datetime
) -> int | None:
    """Give the credit for an accepted reflection by its length, once; the entry's id or None."""
    day = day_at(at, settings().zone)
    rule_id, rules = rules_on(day)
    return ledger.add(
        NewEntry(
            member_id=member_id,
            kind=EntryKind.REFLECTION,
            counts_as=CreditKind.REFLECTION,
            day=day,
            title=title,
            at=at,
            credit=rules.for_reflection(chars),
            subject_kind="reflection",
            subject_id=subject_id,
            rule_id=rule_id,
            actor_id=by.id,
            award_key=f"reflection:{subject_id}",
        )
    )


def adjust(
    *,
    member_id: int,
    day: date,
    title: str,
    credit: Decimal,
    reason: str,
    by: Actor,
    seconds: int = 0,
    is_required: bool = False,
) -> int:
    """Add or take credit with a reason; gives the entry's id. Nobody adjusts their own record."""
    _check_correction(member_id, reason, by)
    if not credit and not seconds:
        raise Invalid(_("更正的学时不能是零。"))
    at = clock.now()
    entry_id = ledger.add(
        NewEntry(
            member_id=member_id,
            kind=EntryKind.ADJUSTMENT,
            counts_as=CreditKind.ADJUSTMENT,
            day=day,
            title=title,
            at=at,
            seconds=seconds,
            credit=credit,
            is_required=is_required,
            rule_id=rules_on(day)[0],
            actor_id=by.id,
            reason=reason.strip(),
        )
    )
    assert entry_id is not None
    detail = {"entry": entry_id, "credit": str(credit)}
    record("study.adjust", by=by, subject_kind="member", subject_id=member_id, detail=detail)
    return entry_id


def reverse(entry: StudyEntry, *, reason: str, by: Actor) -> int:
    """Take an entry back by one that cancels it; Conflict when that has been done before."""
    _check_correction(entry.member_id, reason, by)
    if entry.kind is EntryKind.REVERSAL:
        raise Invalid(_("冲销记录本身不能再冲销，请另记一笔更正。"))
    ledger.hold_clock(entry.member_id)
    if db.session.scalar(select(StudyEntry.id).where(StudyEntry.reverses_id == entry.id)):
        raise Conflict(_("这条记录已经冲销过了。"))
    entry_id = ledger.add(
        NewEntry(
            member_id=entry.member_id,
            kind=EntryKind.REVERSAL,
            counts_as=entry.counts_as,
            day=entry.day_on,
            title=entry.title,
            at=clock.now(),
            seconds=-entry.seconds,
            credit=-entry.credit,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            is_required=entry.is_required,
            rule_id=entry.rule_id,
            actor_id=by.id,
            reason=reason.strip(),
            reverses_id=entry.id,
        )
    )
    assert entry_id is not None
    detail = {"entry": entry.id, "reversal": entry_id}
    record("study.reverse", by=by, subject_kind="member", subject_id=entry.member_id, detail=detail)
    return entry_id


def _check_correction(member_id: int, reason: str, by: Actor) -> None:
    if not reason.strip():
        raise Invalid(_("请写明原因，它会和这笔更正一起留在记录里。"))
    if member_id == by.id:
        raise Invalid(_("不能更正自己的学习记录，请由另一位管理人员办理。"))
