"""Credit rules: what holds, and new versions. Nothing here commits."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.members.audit import record
from lms.members.policy import Actor
from lms.study.actions import FIRST_DAY, rules_on
from lms.study.credit import Rules, to_data
from lms.study.models import StudyRule
from lms.study.months import day_at
from lms.web.settings import settings


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
