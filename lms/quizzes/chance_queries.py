"""What a member may still begin: attempts used, allowances, whether something is asked first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, true

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.models import Allowance, Attempt, AttemptState, PaperCondition


@dataclass(frozen=True, slots=True)
class Extra:
    """What a member gets beyond the paper's own limits."""

    seconds: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Chances:
    """A member's attempts at a paper and what stands beside its limits."""

    last_number: int
    used: int  # without what was declared void
    open_id: int | None
    extra: Extra
    has_conditions: bool


_attempt, _allowance = Attempt.__table__.c, Allowance.__table__.c
_condition = PaperCondition.__table__.c
_is_allowed = or_(
    _allowance.member_id == bindparam("member_id"),
    _allowance.unit_id.in_(bindparam("unit_ids", expanding=True)),
)
_MORE = (func.max(_allowance.extra_seconds), func.max(_allowance.extra_attempts))
_EXTRAS = (
    select(_allowance.paper_id, *_MORE)
    .where(_allowance.paper_id.in_(bindparam("paper_ids", expanding=True)), _is_allowed)
    .group_by(_allowance.paper_id)
)
_of_paper = bindparam("paper_id")
_tries = (
    select(
        func.max(_attempt.number).label("last"),
        func.count(case((_attempt.state != AttemptState.VOID, 1))).label("used"),
        func.max(case((_attempt.state == AttemptState.OPEN, _attempt.id))).label("open_id"),
    )
    .where(and_(_attempt.paper_id == _of_paper, _attempt.member_id == bindparam("member_id")))
    .subquery()
)
_extra = (
    select(_MORE[0].label("seconds"), _MORE[1].label("attempts"))
    .where(_allowance.paper_id == _of_paper, _is_allowed)
    .subquery()
)
# Asked at every start of an attempt: in one statement, put together once.
_CHANCES = select(
    _tries.c.last,
    _tries.c.used,
    _tries.c.open_id,
    _extra.c.seconds,
    _extra.c.attempts,
    exists().where(_condition.paper_id == _of_paper).label("has_conditions"),
).select_from(_tries.join(_extra, true()))


def chances_of(paper_id: int, member: Actor) -> Chances:
    """What the member has used of a paper, and what may be begun."""
    given = {"paper_id": paper_id, "member_id": member.id, "unit_ids": member.unit_ids}
    row = db.session.execute(_CHANCES, given).one()
    extra = Extra(row.seconds or 0, row.attempts or 0)
    return Chances(row.last or 0, row.used, row.open_id, extra, row.has_conditions)


def extra_for(paper_id: int, member: Actor) -> Extra:
    """The largest allowance among those for the member and for the units above them."""
    return extras_for([paper_id], member).get(paper_id, Extra())


def extras_for(paper_ids: Sequence[int], member: Actor) -> dict[int, Extra]:
    """The same for many papers in one query; those without any allowance are left out."""
    given = {"paper_ids": paper_ids, "member_id": member.id, "unit_ids": member.unit_ids}
    return {
        paper_id: Extra(seconds, attempts)
        for paper_id, seconds, attempts in db.session.execute(_EXTRAS, given)
    }
