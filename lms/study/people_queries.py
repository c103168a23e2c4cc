"""Whose record a person may open, and for which months: the policy of records over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, Membership, OrgUnit
from lms.members.policy import Action, Actor, Role
from lms.members.queries import get_member
from lms.members.scope import below
from lms.study.months import Month


@dataclass(frozen=True, slots=True)
class Reader:
    """A member whose record somebody opens, and of which months; None: of all."""

    id: int
    number: str
    name: str
    unit_id: int
    unit_name: str
    months: tuple[Month, ...] | None = None

    @property
    def is_past(self) -> bool:
        """Whether only past months are open, because the member has moved on."""
        return self.months is not None


def get_reader(member_id: int, month: Month, *, member: Actor, listed: Sequence[Month]) -> Reader:
    """The member whose `month` is asked for; raises NotFound when it is not to be seen.

    Oneself and today's managers see all months. Managers of a unit that the member belonged to
    earlier see the months in which they belonged to it and no others; which of the `listed` ones
    these are is given back.
    """
    try:
        person = get_member(member_id, member=member, action=Action.VIEW)
    except NotFound:
        return _get_past_reader(member_id, month, member, listed)
    return Reader(person.id, person.number, person.name, person.unit_id, person.unit_name)


def _get_past_reader(member_id: int, month: Month, actor: Actor, listed: Sequence[Month]) -> Reader:
    query = (
        select(
            Member.number,
            Member.name,
            OrgUnit.id.label("unit_id"),
            OrgUnit.name.label("unit_name"),
            Membership.since_on,
            Membership.until_on,
        )
        .join(Member, Member.id == Membership.member_id)
        .join(OrgUnit, OrgUnit.id == Membership.unit_id)
        .where(
            Membership.member_id == member_id,
            below(OrgUnit.path.expression, actor.paths(Role.MANAGER)),
        )
        .order_by(Membership.since_on)
    )
    stays = db.session.execute(query).all()
    then = [stay for stay in stays if _touches(stay, month)]
    if not then:
        raise NotFound(_("没有找到这位学员。"))
    return Reader(
        member_id,
        then[-1].number,
        then[-1].name,
        then[-1].unit_id,
        then[-1].unit_name,
        months=tuple(one for one in listed if any(_touches(stay, one) for stay in stays)),
    )


def _touches(stay: Any, month: Month) -> bool:
    return stay.since_on <= month.last_on and (
        stay.until_on is None or stay.until_on >= month.first_on
    )
