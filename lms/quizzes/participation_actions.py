"""Who may take a paper beyond its audience, and who gets more time or attempts. No commits."""

from flask_babel import gettext as _
from sqlalchemy import select

from lms.courses.programme_queries import get_programme
from lms.courses.queries import get_course
from lms.db import db
from lms.errors import Invalid
from lms.members.audit import record
from lms.members.models import Membership, OrgUnit
from lms.members.policy import Actor, covers
from lms.members.queries import current_on, find_actor_by_number, today
from lms.quizzes.actions import deadline_of, note_event
from lms.quizzes.models import Allowance, Attempt, AttemptState, Paper, PaperCondition

MOST_SECONDS = 24 * 3600
MOST_ATTEMPTS = 100


def allow_more(
    paper: Paper,
    *,
    member_id: int | None = None,
    unit_id: int | None = None,
    seconds: int = 0,
    attempts: int = 0,
    reason: str = "",
    by: Actor | None,
) -> Allowance:
    """Give one member, or a unit with all below, more time or more attempts.

    What the same member or unit had before is replaced; attempts under way get the time as well.
    """
    if seconds <= 0 and attempts <= 0:
        raise Invalid(_("写上加多少时间或加几次机会。"))
    if seconds > MOST_SECONDS or attempts > MOST_ATTEMPTS:
        raise Invalid(_("最多可以加 24 小时、%(count)d 次。", count=MOST_ATTEMPTS))
    allowance = db.session.scalar(
        select(Allowance).where(
            Allowance.paper_id == paper.id,
            Allowance.member_id == member_id,
            Allowance.unit_id == unit_id,
        )
    )
    if allowance is None:
        allowance = Allowance(paper_id=paper.id, member_id=member_id, unit_id=unit_id)
        db.session.add(allowance)
    allowance.extra_seconds = max(0, seconds)
    allowance.extra_attempts = max(0, attempts)
    allowance.reason = reason.strip()[:200]
    db.session.flush()
    _lengthen(paper, allowance, by=by)
    record("paper.allow", by=by, subject_kind="paper", subject_id=paper.id)
    return allowance


def _lengthen(paper: Paper, allowance: Allowance, *, by: Actor | None) -> None:
    """Move the deadlines of attempts under way, never to an earlier time."""
    query = select(Attempt).where(
        Attempt.paper_id == paper.id,
        Attempt.state == AttemptState.OPEN,
        Attempt.deadline_at.is_not(None),
    )
    if allowance.member_id is not None:
        query = query.where(Attempt.member_id == allowance.member_id)
    else:
        top = select(OrgUnit.path).where(OrgUnit.id == allowance.unit_id).scalar_subquery()
        inside = (
            select(Membership.member_id)
            .join(OrgUnit, OrgUnit.id == Membership.unit_id)
            .where(OrgUnit.path.startswith(top), current_on(Membership, today()))
        )
        query = query.where(Attempt.member_id.in_(inside))
    for attempt in db.session.scalars(query):
        ends = deadline_of(paper, at=attempt.started_at, extra_seconds=allowance.extra_seconds)
        if ends is None or attempt.deadline_at is None or ends <= attempt.deadline_at:
            continue
        more = round((ends - attempt.deadline_at).total_seconds())
        attempt.deadline_at = ends
        note_event(attempt, "extended", by=by.id if by else None, detail={"seconds": more})
    db.session.flush()


def allow_people(
    paper: Paper, numbers: str, *, seconds: int, attempts: int, reason: str, by: Actor
) -> int:
    """The same for people by their numbers; Invalid names those the paper is not meant for."""
    wanted = list(dict.fromkeys(numbers.replace("，", " ").replace(",", " ").split()))
    top = db.session.get_one(OrgUnit, paper.audience_unit_id).path
    found = {number: find_actor_by_number(number) for number in wanted[:500]}
    strange = [
        number for number, actor in found.items() if not actor or not covers(top, actor.unit_path)
    ]
    if strange:
        raise Invalid(
            _("这份试卷面向的单位里没有编号 %(numbers)s。", numbers="、".join(strange[:10]))
        )
    for actor in found.values():
        assert actor is not None
        allow_more(
            paper, member_id=actor.id, seconds=seconds, attempts=attempts, reason=reason, by=by
        )
    return len(found)


def drop_allowance(paper: Paper, allowance: Allowance, *, by: Actor) -> None:
    """Take an allowance back; attempts under way keep the time they have."""
    db.session.delete(allowance)
    db.session.flush()
    record("paper.disallow", by=by, subject_kind="paper", subject_id=paper.id)


def add_condition(paper: Paper, subject: str, *, needs_completion: bool, by: Actor) -> None:
    """Keep the paper to learners of a course ("course:5") or programme ("programme:2").

    The same subject again changes what is asked of it.
    """
    kind, _colon, key = subject.partition(":")
    if kind not in ("course", "programme") or not key.isdecimal() or len(key) > 18:
        raise Invalid(_("请选择一门课程或一个专题。"))
    named = (get_course if kind == "course" else get_programme)(int(key), member=by).id
    course_id, programme_id = (named, None) if kind == "course" else (None, named)
    condition = db.session.scalar(
        select(PaperCondition).where(
            PaperCondition.paper_id == paper.id,
            PaperCondition.course_id == course_id,
            PaperCondition.programme_id == programme_id,
        )
    )
    if condition is None:
        condition = PaperCondition(
            paper_id=paper.id, course_id=course_id, programme_id=programme_id
        )
        db.session.add(condition)
    condition.needs_completion = needs_completion
    db.session.flush()
    record("paper.restrict", by=by, subject_kind="paper", subject_id=paper.id)


def drop_condition(paper: Paper, condition: PaperCondition, *, by: Actor) -> None:
    """Take a condition away; without any, the whole audience may take the paper."""
    db.session.delete(condition)
    db.session.flush()
    record("paper.restrict", by=by, subject_kind="paper", subject_id=paper.id)
