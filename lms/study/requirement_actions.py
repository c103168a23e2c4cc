"""Publishing requirements and granting exemptions. Nothing here commits."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role
from lms.study.models import Exemption, MonthClosing, Requirement
from lms.study.months import Month
from lms.study.requirements import CarryOver

MOST_MONTH_HOURS = Decimal(200)
MOST_YEAR_HOURS = Decimal(2000)


def publish_requirement(
    *,
    unit: OrgUnit,
    since: Month,
    month_hours: Decimal | None,
    by: Actor | None,
    year_hours: Decimal | None = None,
    required_part_hours: Decimal | None = None,
    carry_over: CarryOver = CarryOver.NONE,
    role: Role | None = None,
    member_id: int | None = None,
    note: str = "",
) -> Requirement:
    """Publish a new version for the unit and all below, a role in it or one person.

    It holds from the month `since` on; earlier months keep the version they had. Raises Conflict
    when `since` lies in a month that is closed. `by` None is the system itself.
    """
    _check_hours(month_hours, year_hours, required_part_hours)
    if role is not None and member_id is not None:
        raise Invalid(_("一条要求只能针对一种角色或一个人。"))
    closed = select(MonthClosing.id).where(MonthClosing.month >= since.key)
    inside = MonthClosing.unit_id.in_(_unit_and_above(unit)) | MonthClosing.unit_id.in_(
        select(OrgUnit.id).where(OrgUnit.path.like(f"{unit.path}%"))
    )
    if db.session.scalar(closed.where(inside).limit(1)):
        raise Conflict(_("这个月已经结账，要求请从还没有结账的月份开始。"))
    requirement = Requirement(
        unit_id=unit.id,
        role=role,
        member_id=member_id,
        since_month=since.key,
        month_hours=month_hours,
        year_hours=year_hours,
        required_part_hours=required_part_hours,
        carry_over=carry_over,
        note=note,
        published_at=clock.now(),
        published_by_id=by.id if by else None,
    )
    db.session.add(requirement)
    db.session.flush()
    record(
        "study.publish_requirement",
        by=by,
        subject_kind="requirement",
        subject_id=requirement.id,
        detail={"unit": unit.id, "since": since.key, "month_hours": str(month_hours)},
    )
    return requirement


def publish_first_requirement(unit: OrgUnit) -> Requirement | None:
    """The preset of a fresh installation: 32 hours a year, 4 a month; None when there is one."""
    if db.session.scalar(select(Requirement.id).limit(1)):
        return None
    return publish_requirement(
        unit=unit,
        since=Month.of(clock.now().date()).year_start,
        month_hours=Decimal(4),
        year_hours=Decimal(32),
        carry_over=CarryOver.QUARTER,
        by=None,
        note=_("预设：每月 4 学时，每年 32 学时，季度内可结转。"),
    )


def grant_exemption(
    *, member_id: int, kind: str, since_on: date, until_on: date | None, reason: str, by: Actor
) -> Exemption:
    """Ask nothing of a person from one day to another. Nobody exempts themselves."""
    if member_id == by.id:
        raise Invalid(_("不能给自己登记免学，请由另一位管理人员办理。"))
    if until_on is not None and until_on < since_on:
        raise Invalid(_("结束日期早于开始日期。"))
    if not reason.strip():
        raise Invalid(_("请写明免学的原因。"))
    exemption = Exemption(
        member_id=member_id,
        kind=kind,
        reason=reason.strip(),
        since_on=since_on,
        until_on=until_on,
        granted_at=clock.now(),
        granted_by_id=by.id,
    )
    db.session.add(exemption)
    db.session.flush()
    detail = {"exemption": exemption.id, "kind": kind, "since": since_on.isoformat()}
    record("study.exempt", by=by, subject_kind="member", subject_id=member_id, detail=detail)
    return exemption


def end_exemption(exemption: Exemption, *, by: Actor) -> None:
    """Withdraw an exemption; the row stays for the record."""
    if exemption.ended_at is not None:
        raise Conflict(_("这条免学已经撤销。"))
    exemption.ended_at = clock.now()
    exemption.ended_by_id = by.id
    detail = {"exemption": exemption.id}
    subject = {"subject_kind": "member", "subject_id": exemption.member_id}
    record("study.end_exemption", by=by, detail=detail, **subject)


def _check_hours(
    month_hours: Decimal | None, year_hours: Decimal | None, part_hours: Decimal | None
) -> None:
    for hours, most in (
        (month_hours, MOST_MONTH_HOURS),
        (year_hours, MOST_YEAR_HOURS),
        (part_hours, MOST_MONTH_HOURS),
    ):
        if hours is not None and not 0 <= hours <= most:
            raise Invalid(_("学时应在 0 到 %(most)s 之间。", most=most))
    if part_hours is not None and month_hours is not None and part_hours > month_hours:
        raise Invalid(_("必修部分不能多于每月的总学时。"))


def _unit_and_above(unit: OrgUnit) -> list[int]:
    return [int(part) for part in unit.path.strip("/").split("/")]
