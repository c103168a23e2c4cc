"""Where members stand, month by month: for their own page, their manager's and the reports.

A month that was closed is given as it was frozen; what was entered later stands beside it as a
correction. Totals include the span that is open at the moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import aliased

from lms import clock
from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, Membership, OrgUnit
from lms.members.policy import Actor
from lms.members.queries import supervised_by
from lms.study.credit import CreditKind
from lms.study.months import Month
from lms.study.requirements import Outlook, Status, outlook
from lms.study.standing import Basis, Standing
from lms.study.standing_queries import add_rows, find_rules, load_basis, with_last_month
from lms.web.settings import settings

ZERO = Decimal(0)
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """Where one member stands in one month."""

    person: "Person"  # with their unit of that month
    standing: Standing

    @property
    def member_id(self) -> int:
        """The member."""
        return self.person.id

    @property
    def number(self) -> str:
        """What they sign in with."""
        return self.person.number

    @property
    def name(self) -> str:
        """Their name."""
        return self.person.name

    @property
    def unit_id(self) -> int:
        """Their unit in that month."""
        return self.person.unit_id

    @property
    def unit_name(self) -> str:
        """Its name."""
        return self.person.unit_name

    @property
    def unit_path(self) -> str:
        """Its place in the tree."""
        return self.person.unit_path

    @property
    def month(self) -> Month:
        """The month."""
        return self.standing.month

    @property
    def credit(self) -> Decimal:
        """Credit hours, as they were when the month was closed."""
        return self.standing.totals.credit

    @property
    def seconds(self) -> int:
        """Counted time."""
        return self.standing.totals.seconds

    @property
    def required(self) -> Decimal:
        """The hours that are asked."""
        return self.standing.required

    @property
    def carried(self) -> Decimal:
        """Surplus of earlier months."""
        return self.standing.carried

    @property
    def status(self) -> Status:
        """Met, on track, behind or exempt."""
        return self.standing.status

    @property
    def by_kind(self) -> Mapping[CreditKind, Decimal]:
        """The credit under each heading."""
        return self.standing.totals.by_kind

    @property
    def required_credit(self) -> Decimal:
        """Earned towards the required part."""
        return self.standing.totals.required_credit

    @property
    def required_part(self) -> Decimal | None:
        """The hours that part asks for."""
        return self.standing.required_part

    @property
    def exemption(self) -> str:
        """Its kind, where one covers part of the month."""
        return self.standing.exemption

    @property
    def correction(self) -> Decimal:
        """Entered after the month was closed."""
        return self.standing.correction

    @property
    def is_closed(self) -> bool:
        """Whether the month is closed."""
        return self.standing.is_closed

    @property
    def elective_credit(self) -> Decimal:
        """What was earned beside the required part."""
        return max(ZERO, self.credit + self.correction - self.required_credit)

    @property
    def missing(self) -> Decimal:
        """What is still to be earned."""
        return max(ZERO, self.required - self.carried - self.credit)

    @property
    def fraction(self) -> float:
        """How much of what is required has been earned, 0 to 1."""
        if self.required <= 0:
            return 1.0
        return float(min(Decimal(1), (self.credit + self.carried) / self.required))


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """One member's month, how it will end, and the year so far."""

    standing: MemberMonth
    outlook: Outlook
    year_credit: Decimal
    year_required: Decimal
    minutes_per_credit: int


def today() -> date:
    """Today in the organisation's zone."""
    return clock.today(settings().zone)


def this_month() -> Month:
    """The month that today lies in."""
    return Month.of(today())


def month_summary(member_id: int, month: Month) -> MonthSummary:
    """Where the member stands in `month`, and in its year so far."""
    rules = find_rules(min(month.last_on, today()))
    basis = load_basis([member_id], month.year_start, month, today=today(), rules=rules)
    person = _find_person(member_id, month)
    year = [basis.stand(member_id, one) for one in month.year_start.until(month)]
    mine = MemberMonth(person, year[-1])
    return MonthSummary(
        standing=mine,
        outlook=outlook(
            required=mine.required,
            earned=mine.credit + mine.carried,
            month=month,
            today=today(),
            minutes_per_credit=rules.minutes_per_credit,
        ),
        year_credit=sum((one.totals.credit + one.correction for one in year), ZERO),
        year_required=_year_required(basis, member_id, month),
        minutes_per_credit=rules.minutes_per_credit,
    )


def _year_required(basis: Basis, member_id: int, month: Month) -> Decimal:
    stay = basis.stand(member_id, month).stay
    terms = basis.terms_of(member_id, stay.unit_path, month) if stay else None
    return terms.year_total if terms else ZERO


def year_months(member_id: int, last: Month) -> list[MemberMonth]:
    """The twelve months up to and with `last`, oldest first."""
    months = last.plus(-11).until(last)
    rules = find_rules(today())
    basis = load_basis([member_id], months[0], last, today=today(), rules=rules)
    person = _find_person(member_id, last)
    return [MemberMonth(person, basis.stand(member_id, month)) for month in months]


def list_member_months(actor: Actor, unit_path: str, month: Month) -> list[MemberMonth]:
    """Everybody of the unit and below whom the person supervises, by unit and number."""
    return list(iter_member_months(unit_path, month, actor=actor))


def iter_member_months(
    unit_path: str, month: Month, *, actor: Actor | None = None, chunk: int = CHUNK
) -> Iterator[MemberMonth]:
    """The same as a stream, for big units; without an actor nobody is left out."""
    rules = find_rules(min(month.last_on, today()))
    basis = load_basis(None, month, month, today=today(), rules=rules)
    standings = basis.of(month)
    people = db.session.execute(with_last_month(_people(unit_path, month, actor), basis)).all()
    for start in range(0, len(people), chunk):
        some = people[start : start + chunk]
        add_rows(basis, some, rules=rules)
        for person in some:
            yield MemberMonth(person, standings.stand(person.id))


class Person(Protocol):
    """A row with a member and their unit of the month in question."""

    id: int
    number: str
    name: str
    unit_id: int
    unit_name: str
    unit_path: str


def _member_rows() -> Select[Any]:
    # The tables instead of the classes: these rows are many, and loading them costs less so.
    member, unit, stay = Member.__table__, OrgUnit.__table__, Membership.__table__
    return (
        select(
            member.c.id,
            member.c.number,
            member.c.name,
            unit.c.id.label("unit_id"),
            unit.c.name.label("unit_name"),
            unit.c.path.label("unit_path"),
        )
        .join(stay, stay.c.member_id == member.c.id)
        .join(unit, unit.c.id == stay.c.unit_id)
    )


def _people(unit_path: str, month: Month, actor: Actor | None) -> Select[Any]:
    """Members by the last unit that they belonged to within the month, as far as it has passed."""
    end_on = min(month.last_on, max(today(), month.first_on))
    later = aliased(Membership)
    moved_on = exists().where(
        later.member_id == Membership.member_id,
        later.since_on > Membership.since_on,
        later.since_on <= end_on,
    )
    query = (
        _member_rows()
        .where(
            OrgUnit.path.like(f"{unit_path}%"),
            Membership.since_on <= end_on,
            or_(Membership.until_on.is_(None), Membership.until_on >= month.first_on),
            ~moved_on,
        )
        .order_by(OrgUnit.path, Member.number)
    )
    return query if actor is None else query.where(supervised_by(actor))


def _find_person(member_id: int, month: Month) -> Person:
    """The member with the unit of that month, or the nearest one that they belonged to."""
    query = _member_rows().where(Member.id == member_id)
    before = query.where(Membership.since_on <= month.last_on)
    row = db.session.execute(before.order_by(Membership.since_on.desc())).first()
    row = row or db.session.execute(query.order_by(Membership.since_on)).first()
    if row is None:
        raise NotFound(_("没有找到这位学员。"))
    return row
