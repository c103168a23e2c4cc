"""The pages of the record: a member's own month, the same for their manager, a unit's month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template, request
from flask_babel import gettext as _

from lms.errors import NotFound
from lms.members.policy import Role
from lms.members.queries import get_first_unit, get_unit, list_units_with_role
from lms.members.session import current_actor
from lms.study import words
from lms.study.awards import list_waiting
from lms.study.blueprint import bp
from lms.study.closing_actions import find_closing
from lms.study.forms import AskForm, ReasonForm
from lms.study.months import Month
from lms.study.offline_actions import POINTS, is_on
from lms.study.people_queries import get_reader
from lms.study.points import Points, points_of
from lms.study.queries import (
    MemberMonth,
    list_member_months,
    month_summary,
    this_month,
    today,
    year_months,
)
from lms.study.question_queries import count_waiting, find_asked
from lms.study.record_queries import lines_of, list_days, list_heat, list_study_days
from lms.study.requirements import Status
from lms.web.pager import Page, page_number

PAGE_SIZE = 30
FIRST_MONTH = Month(2000, 1)
LONGEST_STREAK = timedelta(days=800)  # reaches back behind every month that can be chosen


@bp.get("/")
def index() -> str:
    """My study: this month, how it will end, the year, and every minute behind it."""
    actor = current_actor()
    return _member_page(
        actor.id,
        "study/index.html",
        months=recent_months(),
        may_manage=actor.has(Role.MANAGER),
        may_rule=actor.has(Role.OPERATOR),
        points=_points(actor.id) if is_on(POINTS) else None,
        ask_form=AskForm(),
    )


@bp.get("/members/<int:member_id>")
def member(member_id: int) -> str:
    """The same for a member whom the person supervises, or did when the month was."""
    actor, months = current_actor(), recent_months()
    person = get_reader(member_id, month_asked(), member=actor, listed=months)
    return _member_page(
        person.id,
        "study/member.html",
        months=months if person.months is None else person.months,
        is_past=person.is_past,
        person=person,
        may_correct=person.id != actor.id and not person.is_past,
        reason_form=ReasonForm(),
    )


@bp.get("/unit")
def unit() -> str:
    """A unit's month: who has met the requirement, who is behind."""
    actor, month = current_actor(), month_asked()
    unit_id = request.args.get("unit", type=int)
    if unit_id is None:
        shown = get_first_unit(member=actor, role=Role.MANAGER)
    else:
        shown = get_unit(unit_id, member=actor, role=Role.MANAGER)
    people = list_member_months(actor, shown.path, month)
    wanted = request.args.get("status", "")
    listed = [one for one in people if not wanted or one.status == wanted]
    number = page_number()
    return render_template(
        "study/unit.html",
        unit=shown,
        units=list_units_with_role(actor, Role.MANAGER),
        waiting=sum(count_waiting(actor)),
        month=month,
        months=recent_months(),
        is_over=month < this_month(),
        counts=count_statuses(people),
        mean=_mean(people),
        has_parts=any(one.required_part or one.required_credit for one in people),
        people=people,
        page=Page(
            listed[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, PAGE_SIZE, len(listed)
        ),
        wanted=wanted,
        closing=find_closing(shown, month),
        words=words,
        Status=Status,
    )


def month_asked() -> Month:
    """The month in the address, this month by default; raises NotFound for nonsense."""
    text = request.args.get("month")
    if not text:
        return this_month()
    try:
        month = Month.parse(text)
    except ValueError as error:
        raise NotFound(_("没有这个月份。")) from error
    if not FIRST_MONTH <= month <= this_month().plus(1):
        raise NotFound(_("没有这个月份。"))
    return month


def recent_months() -> list[Month]:
    """The months that can be chosen, newest first."""
    return this_month().plus(-23).until(this_month())[::-1]


def count_statuses(people: list[MemberMonth]) -> dict[Status, int]:
    """How many people have each status."""
    counts = dict.fromkeys(Status, 0)
    for one in people:
        counts[one.status] += 1
    return counts


def _mean(people: list[MemberMonth]) -> float:
    return float(sum(one.credit for one in people)) / len(people) if people else 0.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the twelve months in the chart."""

    label: str
    value: float
    tone: str


def _bars(months: list[MemberMonth], last: Month) -> list[Bar]:
    return [
        Bar(
            str(one.month.number),
            float(one.credit),
            "ok" if one.status is Status.MET else "now" if one.month == last else "quiet",
        )
        for one in months
    ]


def _points(member_id: int) -> Points:
    days = list_study_days(member_id, today() - LONGEST_STREAK)
    return points_of(days, month=month_asked(), today=today())


def _member_page(
    member_id: int,
    template: str,
    *,
    months: Sequence[Month],
    is_past: bool = False,
    **context: object,
) -> str:
    """The page of a member's month; of somebody who has moved on it shows nothing but `months`."""
    month = month_asked()
    year = [one for one in year_months(member_id, month) if not is_past or one.month in months]
    summary = month_summary(member_id, month)
    is_over = month < this_month()
    days = list_days(member_id, month)
    return render_template(
        template,
        month=month,
        months=months,
        is_past=is_past,
        summary=summary,
        standing=summary.standing,
        status=words.status_word(summary.standing, is_over=is_over),
        pace=words.pace_sentence(summary, is_over=is_over),
        bars=_bars(year, month),
        heat=[] if is_past else list_heat(member_id, today()),
        days=days,
        waiting=[] if is_over or is_past else list_waiting(member_id),
        asked=find_asked(member_id, [line.id for line in lines_of(days) if line.id]),
        asking=(
            request.args.get("line", 0, type=int),
            request.args.get("stretch", None, type=int),
        ),
        words=words,
        **context,
    )
