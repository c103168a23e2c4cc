"""Telling members of grades that a regrade or a person's marks changed, until they have looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import bindparam, insert, select

from lms.db import db
from lms.errors import NotFound
from lms.members.policy import Actor
from lms.quizzes.correction_models import Correction
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.quizzes.results import Window, view_of, window_at

BATCH = 2_000
NEWS_DAYS = 60
MOST_NEWS = 5

_OF_ATTEMPTS = (
    select(Correction)
    .where(Correction.attempt_id.in_(bindparam("ids", expanding=True)))
    .order_by(Correction.id.desc())
)
Standings = dict[int, tuple[int, Decimal, bool]]  # by attempt: member, points, passed


@dataclass(frozen=True, slots=True)
class News:
    """A correction that the member has not looked at yet."""

    correction: Correction
    title: str


def standings_of_attempts(attempt_ids: Sequence[int]) -> Standings:
    """Whose these attempts are, their points, and whether they pass."""
    found: Standings = {}
    for start in range(0, len(attempt_ids), BATCH):
        query = select(Attempt.id, Attempt.member_id, Attempt.points, Attempt.is_passed).where(
            Attempt.id.in_(attempt_ids[start : start + BATCH])
        )
        for attempt_id, member_id, points, passed in db.session.execute(query):
            found[attempt_id] = (member_id, points or Decimal(0), bool(passed))
    return found


def note_corrections(
    before: Standings,
    after: Standings,
    slots: Mapping[int, Sequence[int]],
    *,
    reason: str,
    at: datetime,
) -> int:
    """A row for each attempt whose total or passing is another than before; how many."""
    rows = [
        {
            "attempt_id": attempt_id,
            "member_id": member_id,
            "at": at,
            "slots": sorted(slots[attempt_id]),
            "points_before": points,
            "points_after": after[attempt_id][1],
            "was_passed": passed,
            "is_passed": after[attempt_id][2],
            "reason": reason,
        }
        for attempt_id, (member_id, points, passed) in before.items()
        if after[attempt_id] != (member_id, points, passed)
    ]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(Correction), rows[start : start + BATCH])
    return len(rows)


def note_marked(attempt: Attempt, before: Standings, *, slot: int, at: datetime) -> None:
    """Tell the member that nothing waits for a person any more, and what the total came to."""
    _member_id, points, passed = before[attempt.id]
    db.session.add(
        Correction(
            attempt_id=attempt.id,
            member_id=attempt.member_id,
            at=at,
            is_marking=True,
            slots=[slot],
            points_before=points,
            points_after=attempt.points,
            was_passed=passed,
            is_passed=attempt.is_passed,
        )
    )


def corrections_of(attempt_ids: Sequence[int]) -> dict[int, list[Correction]]:
    """What changed the grades of these attempts, newest first; attempts without are left out."""
    found: dict[int, list[Correction]] = {}
    for correction in db.session.scalars(_OF_ATTEMPTS, {"ids": attempt_ids}):
        found.setdefault(correction.attempt_id, []).append(correction)
    return found


def list_news(member: Actor, *, at: datetime) -> list[News]:
    """The newest corrections that the member has not seen and whose scores they may see."""
    query = (
        select(Correction, Paper)
        .join(Attempt, Attempt.id == Correction.attempt_id)
        .join(Paper, Paper.id == Attempt.paper_id)
        .where(
            Correction.member_id == member.id,
            Correction.seen_at.is_(None),
            Correction.at > at - timedelta(days=NEWS_DAYS),
            Attempt.state == AttemptState.SUBMITTED,
        )
        .order_by(Correction.id.desc())
    )
    return [
        News(correction, paper.title)
        for correction, paper in db.session.execute(query)
        if _shows_score(paper, at)
    ][:MOST_NEWS]


def _shows_score(paper: Paper, at: datetime) -> bool:
    is_closed = window_at(at, None, paper.closes_at) == Window.AFTER
    return view_of(paper.showing, after_close=paper.shows_after_close, is_closed=is_closed).score


def see_correction(correction_id: int, *, by: Actor, at: datetime) -> Correction:
    """The member has looked at it: this one and older ones of the attempt are no news any more."""
    correction = db.session.get(Correction, correction_id)
    if correction is None or correction.member_id != by.id:
        raise NotFound(_("没有找到这次更正。"))
    for each in corrections_of([correction.attempt_id])[correction.attempt_id]:
        if each.id <= correction.id and each.seen_at is None:
            each.seen_at = at
    return correction
