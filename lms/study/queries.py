"""Where members stand, month by month: for their own page, their manager's and the reports.

A month that was closed is given as it was frozen; what was entered later stands beside it as a
correction. Totals include the span that is open at the moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import Row, Select, exists, or_, select
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
from lms.study.standing_queries import (
    KINDS,
    Basis,
    Standing,
    add_members,
    find_rules,
    load_basis,
)
from lms.web.settings import settings

ZERO = Decimal(0)
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """Where one member stands in one month."""

    member_id: int
    number: str
    name: str
    unit_id: int
    unit_name: str
    unit_path: str
    month: Month
    credit: Decimal
    seconds: int
    required: Decimal
    carried: Decimal
    status: Status
    by_kind: Mapping[CreditKind, Decimal]
    required_credit: Decimal = ZERO  # earned towards the required part
    required_part: Decimal | None = None  # the hours that part asks for
    exemption: str = ""  # its kind, where one covers part of the month
    correction: Decimal = ZERO  # entered after the month was closed
    is_closed: bool = False

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
    mine = _member_month(person, year[-1])
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
    return [_member_month(person, basis.stand(member_id, month)) for month in months]


def list_member_months(actor: Actor, unit_path: str, month: Month) -> list[MemberMonth]:
    """Everybody of the unit and below whom the person supervises, by unit and number."""
    return list(iter_member_months(unit_path, month, actor=actor))


def iter_member_months(
    unit_path: str, month: Month, *, actor: Actor | None = None, chunk: int = CHUNK
) -> Iterator[MemberMonth]:
    """The same as a stream, for big units; without an actor nobody is left out."""
    rules = find_rules(min(month.last_on, today()))
    basis = load_basis(None, month, month, today=today(), rules=rules)
    people = db.session.execute(_people(unit_path, month, actor)).all()
    for start in range(0, len(people), chunk):
        some = people[start : start + chunk]
        add_members(basis, [person.id for person in some], rules=rules)
        for person in some:
            yield _member_month(person, basis.stand(person.id, month))


Person = Row[tuple[int, str, str, int, str, str]]


def _member_rows() -> Select[tuple[int, str, str, int, str, str]]:
    return (
        select(
            Member.id,
            Member.number,
            Member.name,
            OrgUnit.id.label("unit_id"),
            OrgUnit.name.label("unit_name"),
            OrgUnit.path.label("unit_path"),
        )
        .join(Membership, Membership.member_id == Member.id)
        .join(OrgUnit, OrgUnit.id == Membership.unit_id)
    )


def _people(
    unit_path: str, month: Month, actor: Actor | None
) -> Select[tuple[int, str, str, int, str, str]]:
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


def _member_month(person: Person, standing: Standing) -> MemberMonth:
    totals = standing.totals
    return MemberMonth(
        member_id=person.id,
        number=person.number,
        name=person.name,
        unit_id=person.unit_id,
        unit_name=person.unit_name,
        unit_path=person.unit_path,
        month=standing.month,
        credit=totals.credit,
        seconds=totals.seconds,
        required=standing.required,
        carried=standing.carried,
        status=standing.status,
        by_kind=dict(zip(KINDS, totals.by_kind, strict=True)),
        required_credit=totals.required_credit,
        required_part=standing.required_part,
        exemption=standing.exemption,
        correction=standing.correction,
        is_closed=standing.is_closed,
    )
