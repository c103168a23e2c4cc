"""Credit rules: new versions, and what one would have made of past study. No commits here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.members.audit import record
from lms.members.models import Member
from lms.members.policy import Actor
from lms.study.actions import FIRST_DAY, rules_on
from lms.study.credit import CreditKind, Rules, to_data
from lms.study.models import EntryKind, StudyEntry, StudyItem, StudyRule
from lms.study.months import day_at
from lms.web.settings import settings

ZERO = Decimal(0)
PREVIEW_DAYS = 90
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would have given for real past study, beside what was given."""

    since_on: date
    members: int
    given: Decimal
    would_be: Decimal
    examples: tuple[tuple[str, Decimal, Decimal], ...]  # name, given, would be


def publish_rules(
    rules: Rules, *, name: str, effective_on: date, by: Actor, note: str = ""
) -> StudyRule:
    """A new version that holds from `effective_on` on; what was credited before stays."""
    if effective_on < day_at(clock.now(), settings().zone):
        raise Invalid(_("规则只能从今天或以后生效，已经计入的学时不会改变。"))
    rules_on(FIRST_DAY)  # the first version is put down before the second
    rule = StudyRule(
        name=name,
        data=to_data(rules),
        effective_on=effective_on,
        note=note,
        created_at=clock.now(),
        created_by_id=by.id,
    )
    db.session.add(rule)
    db.session.flush()
    record("study.publish_rules", by=by, subject_kind="study_rule", subject_id=rule.id)
    return rule


def list_rules() -> Sequence[StudyRule]:
    """All versions, the newest first."""
    query = select(StudyRule).order_by(StudyRule.effective_on.desc(), StudyRule.id.desc())
    return db.session.scalars(query).all()


def preview(rules: Rules, *, today: date, days: int = PREVIEW_DAYS) -> Preview:
    """What the rules would have given for online study and tests of the last `days`.

    Caps are left out of the comparison: they hold for what is credited from now on.
    """
    since_on = today - timedelta(days=days)
    given: dict[int, Decimal] = defaultdict(lambda: ZERO)
    would_be: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for member_id, kind, seconds, credit, count in _past(since_on):
        given[member_id] += credit
        if kind is EntryKind.ONLINE:
            would_be[member_id] += rules.for_online(int(seconds))
        elif kind is EntryKind.TEST:
            would_be[member_id] += rules.test_credit * count
    for member_id, length_seconds in _completed(since_on):
        would_be[member_id] += rules.for_completion(length_seconds)
    members = given.keys() | would_be.keys()
    most = sorted(members, key=lambda one: (-given[one], one))[:EXAMPLES]
    names = _names(most)
    return Preview(
        since_on=since_on,
        members=len(members),
        given=sum(given.values(), ZERO),
        would_be=sum(would_be.values(), ZERO),
        examples=tuple((names[one], given[one], would_be[one]) for one in most),
    )


def _past(since_on: date) -> Sequence[tuple[int, EntryKind, int, Decimal, int]]:
    query = (
        select(
            StudyEntry.member_id,
            StudyEntry.kind,
            func.sum(StudyEntry.seconds),
            func.sum(StudyEntry.credit),
            func.count(),
        )
        .where(
            StudyEntry.day_on >= since_on,
            StudyEntry.counts_as.in_((CreditKind.ONLINE, CreditKind.TEST)),
        )
        .group_by(StudyEntry.member_id, StudyEntry.kind)
    )
    return db.session.execute(query).all()  # type: ignore[return-value]


def _completed(since_on: date) -> Sequence[tuple[int, int]]:
    query = select(StudyItem.member_id, StudyItem.length_seconds).where(
        StudyItem.completed_at >= clock.now() - (day_at(clock.now(), settings().zone) - since_on)
    )
    return db.session.execute(query).all()  # type: ignore[return-value]


def _names(member_ids: Sequence[int]) -> dict[int, str]:
    query = select(Member.id, Member.name).where(Member.id.in_(member_ids))
    return {row.id: row.name for row in db.session.execute(query)}
