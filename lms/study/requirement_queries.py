"""Reading requirements and exemptions for the pages that list them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from lms.db import db
from lms.errors import NotFound
from lms.members.models import Member, OrgUnit
from lms.members.policy import Action, Actor, Role
from lms.members.queries import get_member
from lms.members.scope import below
from lms.study.models import Exemption, Requirement
from lms.study.months import Month


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One version with the names that a list shows."""

    requirement: Requirement
    unit_name: str
    member_name: str
    author: str

    @property
    def since(self) -> Month:
        """The month from which it holds."""
        return Month.from_key(self.requirement.since_month)


def list_requirements(actor: Actor) -> list[RequirementRow]:
    """The versions that concern the units that the person manages, newest first.

    Those of units above are among them: they are inherited.
    """
    author = aliased(Member)
    paths = actor.paths(Role.MANAGER)
    above = {int(part) for path in paths for part in path.strip("/").split("/")}
    query = (
        select(Requirement, OrgUnit.name, Member.name, author.name)
        .join(OrgUnit, OrgUnit.id == Requirement.unit_id)
        .outerjoin(Member, Member.id == Requirement.member_id)
        .outerjoin(author, author.id == Requirement.published_by_id)
        .where(or_(below(OrgUnit.path.expression, paths), OrgUnit.id.in_(above)))
        .order_by(Requirement.since_month.desc(), Requirement.id.desc())
    )
    return [
        RequirementRow(requirement, unit, member or "", by or "")
        for requirement, unit, member, by in db.session.execute(query)
    ]


def list_exemptions(member_id: int) -> Sequence[Exemption]:
    """All exemptions of a member, withdrawn ones too, newest first."""
    query = select(Exemption).where(Exemption.member_id == member_id)
    return db.session.scalars(query.order_by(Exemption.since_on.desc(), Exemption.id.desc())).all()


def get_exemption(exemption_id: int, *, member: Actor) -> Exemption:
    """An exemption of somebody whom the person supervises; raises NotFound."""
    exemption = db.session.get(Exemption, exemption_id)
    if exemption is None:
        raise NotFound(_("没有找到这条免学。"))
    get_member(exemption.member_id, member=member, action=Action.SUPERVISE)
    return exemption
