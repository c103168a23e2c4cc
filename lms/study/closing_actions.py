"""Closing a month: freezing it for reports. Nothing here commits."""

from flask_babel import gettext as _
from sqlalchemy import insert, select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor
from lms.study.models import ClosedMonth, MonthClosing, StudyClock
from lms.study.months import Month
from lms.study.queries import MemberMonth, iter_member_months, this_month

BATCH = 2000


def close_month(unit: OrgUnit, month: Month, *, by: Actor) -> MonthClosing:
    """Freeze the month for everybody of the unit and below who is not frozen yet.

    Later entries for its days stay possible and are shown as corrections. Raises Invalid before
    the month is over, Conflict when it is closed here or above, or while somebody's span of that
    month is still open.
    """
    if month >= this_month():
        raise Invalid(_("这个月还没有结束，不能结账。"))
    if find_closing(unit, month) is not None:
        raise Conflict(_("这个月已经结账。"))
    if _has_open_spans(month):
        raise Conflict(_("还有学习时段没有结束，请十分钟后再结账。"))
    closing = MonthClosing(
        unit_id=unit.id, month=month.key, closed_at=clock.now(), closed_by_id=by.id
    )
    db.session.add(closing)
    db.session.flush()
    rows = [
        _frozen(one, closing.id)
        for one in iter_member_months(unit.path, month)
        if not one.is_closed
    ]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(ClosedMonth), rows[start : start + BATCH])
    detail = {"month": month.key, "members": len(rows)}
    record("study.close_month", by=by, subject_kind="unit", subject_id=unit.id, detail=detail)
    return closing


def find_closing(unit: OrgUnit, month: Month) -> MonthClosing | None:
    """The closing that covers the unit in that month, its own or one from above."""
    units = [int(part) for part in unit.path.strip("/").split("/")]
    query = select(MonthClosing).where(
        MonthClosing.month == month.key, MonthClosing.unit_id.in_(units)
    )
    return db.session.scalars(query.order_by(MonthClosing.id).limit(1)).first()


def _has_open_spans(month: Month) -> bool:
    query = select(StudyClock.member_id).where(
        StudyClock.is_open, StudyClock.open_on <= month.last_on, StudyClock.open_seconds > 0
    )
    return db.session.scalar(query.limit(1)) is not None


def _frozen(one: MemberMonth, closing_id: int) -> dict[str, object]:
    return {
        "member_id": one.member_id,
        "month": one.month.key,
        "closing_id": closing_id,
        "unit_id": one.unit_id,
        "seconds": one.seconds,
        "credit": one.credit,
        "carried": one.carried,
        "required": one.required,
        "status": one.status,
    }
