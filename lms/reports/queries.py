"""Reading for reports: the people of a subtree over a period, and what they passed and finished."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import case, func, select

from lms.courses.models import Course, CourseProgress
from lms.db import db
from lms.errors import NotFound
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role, holds
from lms.members.queries import people, supervised_by, today
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.reports.completion import Overview, Place, overview
from lms.reports.period_standing import PeriodStanding, combine, of_one_month
from lms.reports.periods import Period, Span
from lms.study.models import StudyEntry, StudyMonth
from lms.study.months import Month, midnight
from lms.study.offline_models import QueryState, StudyQuery
from lms.study.queries import iter_member_months, list_member_months
from lms.web.settings import settings

ZERO = Decimal(0)
CHUNK = 1_000
MOST_UNITS_LISTED = 300


@dataclass(frozen=True, slots=True)
class UnitReport:
    """The page about one unit and period."""

    unit: Place
    period: Period
    as_of: date
    overview: Overview[PeriodStanding]
    people: Sequence[PeriodStanding]
    units_below: int
    is_over: bool
    change: Decimal | None  # of the average against the same days of the period before

    @property
    def has_branches(self) -> bool:
        """Whether units stand below that can be compared."""
        return any(not branch.is_own for branch in self.overview.branches)

    def listed(self, status: str = "", *, own: bool = False) -> list[PeriodStanding]:
        """The people with that status, all without one; `own`: of the unit itself only."""
        return [
            one
            for one in self.people
            if (not status or one.status == status) and (not own or one.unit_id == self.unit.id)
        ]

    @property
    def by_fraction(self) -> list[PeriodStanding]:
        """The people, the furthest ahead first."""
        return sorted(self.people, key=lambda one: (-one.fraction, -one.earned, one.number))


@dataclass(frozen=True, slots=True)
class UnitChoices:
    """The units that the picker offers: up as far as the person manages, and one level down."""

    above: Sequence[Place]
    below: Sequence[Place]
    elsewhere: Sequence[Place]  # the person's other grants


@dataclass(slots=True)
class Achievements:
    """What one person passed and finished in a period."""

    tests: dict[str, Decimal | None] = field(default_factory=dict)  # best share of the points
    passed: set[str] = field(default_factory=set)
    courses: list[str] = field(default_factory=list)

    def add_test(self, title: str, points: Decimal | None, most: Decimal, is_passed: bool) -> None:
        """Take the best attempt at one paper; an ungraded one is kept without a share."""
        share = points / most if points is not None and most else None
        before = self.tests.get(title)
        self.tests[title] = max((s for s in (share, before) if s is not None), default=None)
        if is_passed:
            self.passed.add(title)


def find_period(text: str | None) -> Period:
    """The period that an address asks for, this month by default; NotFound for nonsense."""
    if not text:
        return Period.of(Span.MONTH, Month.of(today()))
    try:
        period = Period.parse(text)
    except ValueError as error:
        raise NotFound(_("没有这个月份。请从列表中选择。")) from error
    if not period.begun_by(today()):
        raise NotFound(_("没有这个月份。请从列表中选择。"))
    return period


def list_standings(actor: Actor, unit_path: str, period: Period) -> list[PeriodStanding]:
    """Everybody of the subtree over the period whom the person supervises, by unit and number."""
    months = [month for month in period.months if month.first_on <= today()]
    lists = [list_member_months(actor, unit_path, month) for month in months]
    return combine(lists, is_over=period.last_on < today())


def iter_standings(actor: Actor, unit_path: str, period: Period) -> Iterator[PeriodStanding]:
    """The same as a stream, where the period is one month."""
    if period.span is not Span.MONTH:
        yield from list_standings(actor, unit_path, period)
        return
    for one in iter_member_months(unit_path, period.first, actor=actor):
        yield of_one_month(one)


def get_unit_report(actor: Actor, unit: OrgUnit, period: Period) -> UnitReport:
    """What the page about the unit says; the unit has been checked already."""
    at = Place(unit.id, unit.name, unit.path)
    standings = list_standings(actor, unit.path, period)
    asking = find_asking(actor)
    standings = [
        replace(one, has_query=True) if one.member_id in asking else one for one in standings
    ]
    seen = overview(standings, at=at, below=list_places_below(unit))
    as_of = min(today(), period.last_on)
    return UnitReport(
        unit=at,
        period=period,
        as_of=as_of,
        overview=seen,
        people=standings,
        units_below=count_units_below(unit),
        is_over=period.last_on < today(),
        change=_change(standings, seen.tally.average, period, as_of),
    )


def find_asking(actor: Actor) -> set[int]:
    """The people whose questions about their record wait for the person."""
    query = select(StudyQuery.member_id).where(StudyQuery.state == QueryState.WAITING)
    mine = people().where(supervised_by(actor)).subquery()
    return set(db.session.scalars(query.where(StudyQuery.member_id.in_(select(mine.c.id)))))


def _change(
    standings: Sequence[PeriodStanding], average: Decimal, period: Period, as_of: date
) -> Decimal | None:
    """How much more a head than in the same number of days of the period before, or None."""
    before = period.plus(-1)
    last_on = min(before.last_on, before.first_on + (as_of - period.first_on))
    if as_of == period.last_on:
        last_on = before.last_on
    total = ZERO
    ids = [person.member_id for person in standings]
    for some in chunks(ids):
        query = select(func.sum(StudyEntry.credit)).where(
            StudyEntry.member_id.in_(some), StudyEntry.day_on.between(before.first_on, last_on)
        )
        total += db.session.scalar(query) or ZERO
    return average - total / len(ids) if total else None


def list_places_below(unit: OrgUnit) -> list[Place]:
    """The units directly below, in the tree's order."""
    query = select(OrgUnit.id, OrgUnit.name, OrgUnit.path).where(OrgUnit.parent_id == unit.id)
    rows = db.session.execute(query.order_by(OrgUnit.position, OrgUnit.id))
    return [Place(*row) for row in rows]


def count_units_below(unit: OrgUnit) -> int:
    """How many units stand below this one, at any depth."""
    query = select(func.count()).select_from(OrgUnit)
    return db.session.scalar(query.where(OrgUnit.path.like(f"{unit.path}_%"))) or 0


def list_month_averages(actor: Actor, unit_path: str, last: Month) -> list[tuple[Month, Decimal]]:
    """Credit a head in each of the twelve months up to `last`, of the people of today."""
    mine = people().where(OrgUnit.path.like(f"{unit_path}%"), supervised_by(actor)).subquery()
    months = last.plus(-11).until(last)
    query = (
        select(StudyMonth.month, func.sum(StudyMonth.credit))
        .where(
            StudyMonth.member_id.in_(select(mine.c.id)),
            StudyMonth.month.between(months[0].key, last.key),
        )
        .group_by(StudyMonth.month)
    )
    sums = {row[0]: row[1] for row in db.session.execute(query)}
    heads = max(1, count_people(actor, unit_path))
    return [(month, Decimal(sums.get(month.key) or 0) / heads) for month in months]


def count_people(actor: Actor, unit_path: str) -> int:
    """How many people of today the person supervises in the subtree."""
    mine = people().where(OrgUnit.path.like(f"{unit_path}%"), supervised_by(actor))
    return db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0


def get_unit_choices(actor: Actor, unit: OrgUnit) -> UnitChoices:
    """What the picker offers to somebody who looks at `unit`."""
    ids = [int(part) for part in unit.path.strip("/").split("/")][:-1]
    above = {place.id: place for place in _places(OrgUnit.id.in_(ids))}
    mine = [above[i] for i in ids if holds(actor, Role.MANAGER, above[i].path)]
    granted = _places(OrgUnit.path.in_(actor.paths(Role.MANAGER)))
    shown = {unit.id, *(place.id for place in mine)}
    return UnitChoices(
        above=mine,
        below=list_places_below(unit)[:MOST_UNITS_LISTED],
        elsewhere=[place for place in granted if place.id not in shown],
    )


def _places(condition: object) -> list[Place]:
    query = select(OrgUnit.id, OrgUnit.name, OrgUnit.path).where(condition)  # type: ignore[arg-type]
    return [Place(*row) for row in db.session.execute(query.order_by(OrgUnit.path))]


def find_unit_names(unit_path: str) -> dict[str, str]:
    """For each unit of the subtree its names from `unit_path` down, joined by slashes."""
    query = select(OrgUnit.path, OrgUnit.name).where(OrgUnit.path.like(f"{unit_path}%"))
    names: dict[str, str] = {}
    for path, name in db.session.execute(query.order_by(func.length(OrgUnit.path), OrgUnit.path)):
        above = names.get(path[: path.rstrip("/").rindex("/") + 1])
        names[path] = f"{above} / {name}" if above else name
    return names


def find_achievements(member_ids: Sequence[int], period: Period) -> dict[int, Achievements]:
    """What each of the people passed and finished within the period."""
    since, until = moments(period, settings().zone)
    found: dict[int, Achievements] = defaultdict(Achievements)
    for member_id, title, points, most, is_passed in db.session.execute(
        select(
            Attempt.member_id,
            Paper.title,
            func.max(Attempt.points),
            Attempt.max_points,
            func.max(case((Attempt.is_passed, 1), else_=0)),
        )
        .join(Paper, Paper.id == Attempt.paper_id)
        .where(
            Attempt.member_id.in_(member_ids),
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.submitted_at >= since,
            Attempt.submitted_at < until,
        )
        .group_by(Attempt.member_id, Paper.id, Paper.title, Attempt.max_points)
        .order_by(Paper.id)
    ):
        found[member_id].add_test(title, points, most, bool(is_passed))
    for member_id, title in db.session.execute(
        select(CourseProgress.member_id, Course.title)
        .join(Course, Course.id == CourseProgress.course_id)
        .where(
            CourseProgress.member_id.in_(member_ids),
            CourseProgress.completed_at >= since,
            CourseProgress.completed_at < until,
        )
        .order_by(CourseProgress.completed_at, Course.id)
    ):
        found[member_id].courses.append(title)
    return found


def moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moment at which the period begins and the one at which it is over."""
    return midnight(period.first_on, zone), midnight(period.last_on + timedelta(days=1), zone)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids in parts that one query can take."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def list_periods(chosen: Period) -> list[Period]:
    """What the picker offers: twelve months, and the quarters and years that they touch."""
    this_month = Month.of(today())
    months = [Period.of(Span.MONTH, this_month.plus(-step)) for step in range(12)]
    quarters = [Period.of(Span.QUARTER, this_month).plus(-step) for step in range(4)]
    years = [Period.of(Span.YEAR, this_month).plus(-step) for step in range(2)]
    periods = months + quarters + years
    return periods if chosen in periods else [*periods, chosen]
