"""What the desks show, gathered from the parts below."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from lms import clock
from lms.courses.catalogue_queries import (
    ContinueCard,
    CourseCard,
    count_drafts,
    find_continue,
    list_open_courses,
    list_unfinished,
)
from lms.courses.programme_queries import ProgrammeView, list_open_programmes
from lms.db import db
from lms.members.models import Member, MemberState, OrgUnit
from lms.members.policy import Actor, Role
from lms.members.queries import get_first_unit, people, search_people, supervised_by
from lms.quizzes.contest_queries import ContestView, list_contests
from lms.quizzes.corrections import News, list_news
from lms.quizzes.models import AttemptState
from lms.quizzes.paper_queries import list_offered_papers
from lms.quizzes.standing import Standing, standings_of
from lms.study.months import Month
from lms.study.queries import (
    MemberMonth,
    MonthSummary,
    list_member_months,
    month_summary,
    this_month,
    year_months,
)
from lms.study.requirements import Status
from lms.web.settings import settings

MOST_TASKS = 5
MOST_COURSES = 50
MOST_PEOPLE = 1000  # a larger unit's months are counted on its own page, not on the desk


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits to be done."""

    title: str
    note: str
    url: str
    due_on: date | None = None
    is_open: bool = False  # begun: the clock may be running


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the twelve months."""

    label: str
    value: Decimal
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class UnitDesk:
    """A manager's unit in this month; `counts` is None where it is too large to count here."""

    unit: OrgUnit
    people_count: int
    counts: Mapping[Status, int] | None
    behind: list[MemberMonth]


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's desk."""

    actor: Actor
    at: datetime  # in the organisation's zone
    month: Month
    summary: MonthSummary
    bars: list[Bar]
    required: Decimal
    going_on: ContinueCard | None
    offers: list[CourseCard]  # when there is nothing to go on with
    tasks: list[Task]
    task_count: int
    unit: UnitDesk | None
    news: list[News]  # grades that were corrected or completed

    @property
    def today(self) -> date:
        """The day that it is."""
        return self.at.date()


def view_desk(actor: Actor) -> Desk:
    """The desk of the person."""
    month = this_month()
    summary = month_summary(actor.id, month)
    going_on = find_continue(actor)
    tasks = list_tasks(actor, without=going_on.course.id if going_on else None)
    return Desk(
        actor=actor,
        at=clock.now().astimezone(settings().zone),
        month=month,
        summary=summary,
        bars=_bars(year_months(actor.id, month)),
        required=summary.standing.required,
        going_on=going_on,
        offers=[] if going_on else list_open_courses(actor, limit=3),
        tasks=tasks[:MOST_TASKS],
        task_count=len(tasks),
        unit=_unit_desk(actor, month) if actor.has(Role.MANAGER) else None,
        news=list_news(actor, at=clock.now()),
    )


def _bars(months: list[MemberMonth]) -> list[Bar]:
    last = months[-1].month
    return [
        Bar(
            label=str(one.month.number),
            value=one.credit,
            tone=_tone(one, is_last=one.month == last),
            title=_(
                "%(year)d 年 %(month)d 月：%(credit)s / %(required)s 学时",
                year=one.month.year,
                month=one.month.number,
                credit=f"{one.credit:.1f}",
                required=f"{one.required:.1f}",
            ),
        )
        for one in months
    ]


def _tone(one: MemberMonth, *, is_last: bool) -> str:
    if one.status is Status.MET:
        return "ok"
    return "now" if is_last else "quiet"


# What waits


def list_tasks(actor: Actor, *, without: int | None = None) -> list[Task]:
    """Tests, programmes and courses that wait, what is due first before all else.

    `without` names the course that the desk shows elsewhere.
    """
    at = clock.now()
    standings = standings_of(list_offered_papers(actor, at=at), member=actor, at=at)
    tasks = [_contest(view) for view in list_contests(actor, at=at) if _is_played(view)]
    tasks += [_test(one) for one in standings if _waits(one)]
    tasks += [_programme(view) for view in list_open_programmes(actor) if view.next_course]
    unfinished = list_unfinished(actor, limit=MOST_COURSES)
    tasks += [_course(card) for card in unfinished if card.course.id != without]
    return sorted(tasks, key=lambda task: (not task.is_open, task.due_on or date.max))


def _waits(standing: Standing) -> bool:
    return bool(standing.open_attempt) or (standing.may_start and not standing.is_passed)


def _is_played(view: ContestView) -> bool:
    is_begun = view.attempt is not None and view.attempt.state == AttemptState.OPEN
    return view.may_enter or is_begun


def _contest(view: ContestView) -> Task:
    contest, team = view.contest, view.team
    return Task(
        title=_("知识竞赛：%(title)s", title=contest.title),
        note=_("代表“%(name)s”", name=team.name if team else ""),
        url=url_for("quizzes.contest", contest_id=contest.id),
        due_on=contest.closes_at.astimezone(settings().zone).date(),
        is_open=view.attempt is not None,
    )


def _test(standing: Standing) -> Task:
    paper, size = standing.paper, standing.size
    parts = [_("%(count)d 题", count=size.questions)]
    if paper.time_limit_seconds:
        parts.append(_("%(minutes)d 分钟", minutes=paper.time_limit_seconds // 60))
    if standing.left is not None:
        parts.append(_("可考 %(count)d 次", count=standing.left))
    closes_at = paper.closes_at
    return Task(
        title=paper.title,
        note=_("，").join(parts),
        url=url_for("quizzes.show_paper", paper_id=paper.id),
        due_on=closes_at.astimezone(settings().zone).date() if closes_at else None,
        is_open=standing.open_attempt is not None,
    )


def _programme(view: ProgrammeView) -> Task:
    done, needed = view.standing.done_count, view.standing.needed_count
    return Task(
        title=_("专题：%(title)s", title=view.programme.title),
        note=_("已完成 %(done)d / %(needed)d 门课程", done=done, needed=needed),
        url=url_for("courses.programme", programme_id=view.programme.id),
        due_on=view.programme.due_on,
    )


def _course(card: CourseCard) -> Task:
    done, needed = card.standing.done_count, card.standing.needed_count
    return Task(
        title=card.course.title,
        note=_("已完成 %(done)d / %(needed)d 讲", done=done, needed=needed),
        url=url_for("courses.resume", course_id=card.course.id),
    )


# What waits for those who have a role


def list_reminders(actor: Actor) -> dict[str, str]:
    """What waits behind a next step, in words, by the step's endpoint."""
    found = {}
    if actor.has(Role.ADMINISTRATOR) and (drafts := count_drafts(actor)):
        found["courses.manage"] = _("有 %(count)d 门草稿还没发布", count=drafts)
    if actor.has(Role.OPERATOR) and (invited := _count_invited(actor)):
        found["members.people"] = _("有 %(count)d 人还没激活账号", count=invited)
    return found


def _count_invited(actor: Actor) -> int:
    invited = search_people(actor).where(Member.state == MemberState.INVITED).order_by(None)
    return db.session.scalar(select(func.count()).select_from(invited.subquery())) or 0


# The manager's desk


def _unit_desk(actor: Actor, month: Month) -> UnitDesk:
    unit = get_first_unit(member=actor, role=Role.MANAGER)
    inside = people().where(supervised_by(actor), OrgUnit.path.like(f"{unit.path}%"))
    count = db.session.scalar(select(func.count()).select_from(inside.subquery())) or 0
    if count > MOST_PEOPLE:
        return UnitDesk(unit, count, None, [])
    months = list_member_months(actor, unit.path, month)
    behind = [one for one in months if one.status is Status.BEHIND]
    behind.sort(key=lambda one: (-one.missing, one.number))
    return UnitDesk(unit, count, Counter(one.status for one in months), behind[:MOST_TASKS])
