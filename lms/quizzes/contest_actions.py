"""Setting contests up, turning their boards on, and beginning one for a team. No commits."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Expired, Forbidden, Invalid, NotFound
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor
from lms.members.scope import ContentState
from lms.quizzes.actions import start_attempt
from lms.quizzes.attempt_queries import find_open_attempt
from lms.quizzes.bank_actions import check_owner
from lms.quizzes.chance_queries import extra_for
from lms.quizzes.contest_models import Contest, ContestEntry, ContestTeam
from lms.quizzes.contest_queries import contest_problems, view_contest
from lms.quizzes.models import Attempt
from lms.quizzes.paper_queries import get_paper
from lms.quizzes.results import Window

MAX_TEAMS = 200


def create_contest(*, title: str, unit_id: int, by: Actor, **settings: Any) -> Contest:
    """A new draft without teams; `settings` are columns of the contest."""
    check_owner(unit_id, by)
    now = clock.now()
    contest = Contest(
        title=title, unit_id=unit_id, state=ContentState.DRAFT, created_at=now, changed_at=now
    )
    _set(contest, by=by, **settings)
    db.session.add(contest)
    db.session.flush()
    record("contest.create", by=by, subject_kind="contest", subject_id=contest.id)
    return contest


def change_contest(contest: Contest, *, by: Actor, **settings: Any) -> None:
    """Set columns of the contest; Conflict when its paper changes after somebody has begun."""
    if settings["paper_id"] != contest.paper_id and has_entries(contest):
        raise Conflict(_("已经有人开始，不能再换试卷。"))
    _set(contest, by=by, **settings)
    _check_still_sound(contest)
    record("contest.change", by=by, subject_kind="contest", subject_id=contest.id)


def _set(contest: Contest, *, by: Actor, **settings: Any) -> None:
    if settings["closes_at"] <= settings["opens_at"]:
        raise Invalid(_("结束时间要晚于开始时间。"))
    get_paper(settings["paper_id"], member=by, action=Action.EDIT)
    check_owner(settings["audience_unit_id"], by)
    for name, value in settings.items():
        setattr(contest, name, value)
    _touch(contest)


def _touch(contest: Contest) -> None:
    contest.changed_at = clock.now()
    db.session.flush()


def _check_still_sound(contest: Contest) -> None:
    """What is published stays fit to be published."""
    problems = contest_problems(contest) if contest.state == ContentState.PUBLISHED else []
    if problems:
        raise Invalid(_("竞赛已经发布，不能这样改。"), problems=problems)


def has_entries(contest: Contest, unit_id: int | None = None) -> bool:
    """Whether anybody, or anybody of a team, has begun."""
    query = select(ContestEntry.member_id).where(ContestEntry.contest_id == contest.id)
    if unit_id is not None:
        query = query.where(ContestEntry.unit_id == unit_id)
    return db.session.scalar(query.limit(1)) is not None


def add_teams(contest: Contest, unit_id: int, *, children: bool, by: Actor) -> int:
    """Make a unit a team, or each unit right below it; the number of new teams."""
    check_owner(unit_id, by)
    chosen = OrgUnit.parent_id == unit_id if children else OrgUnit.id == unit_id
    units = db.session.scalars(select(OrgUnit).where(chosen)).all()
    known = set(
        db.session.scalars(select(ContestTeam.unit_id).where(ContestTeam.contest_id == contest.id))
    )
    new = [unit for unit in units if unit.id not in known]
    if not new:
        raise Invalid(_("没有可以加入的单位。"))
    if len(known) + len(new) > MAX_TEAMS:
        raise Invalid(_("一场竞赛最多 %(count)d 个队。", count=MAX_TEAMS))
    db.session.add_all(ContestTeam(contest_id=contest.id, unit_id=unit.id) for unit in new)
    _touch(contest)
    _check_still_sound(contest)
    record(
        "contest.teams",
        by=by,
        subject_kind="contest",
        subject_id=contest.id,
        detail={"added": [unit.id for unit in new]},
    )
    return len(new)


def remove_team(contest: Contest, unit_id: int, *, by: Actor) -> None:
    """Take a team out; Conflict when somebody has begun for it."""
    team = db.session.get(ContestTeam, (contest.id, unit_id))
    if team is None:
        raise NotFound(_("没有找到这个单位。"))
    if has_entries(contest, unit_id):
        raise Conflict(_("这个队已经有人开始，不能移出。"))
    db.session.delete(team)
    _touch(contest)
    _check_still_sound(contest)
    record(
        "contest.teams",
        by=by,
        subject_kind="contest",
        subject_id=contest.id,
        detail={"removed": [unit_id]},
    )


def publish_contest(contest: Contest, *, by: Actor) -> None:
    """Open the contest to its teams; Invalid with all problems."""
    if problems := contest_problems(contest):
        raise Invalid(_("竞赛还不能发布。"), problems=problems)
    contest.state = ContentState.PUBLISHED
    _touch(contest)
    record("contest.publish", by=by, subject_kind="contest", subject_id=contest.id)


def withdraw_contest(contest: Contest, *, by: Actor) -> None:
    """Take the contest back to a draft: nobody can begin; attempts under way go on."""
    contest.state = ContentState.DRAFT
    _touch(contest)
    record("contest.withdraw", by=by, subject_kind="contest", subject_id=contest.id)


def switch_board(contest: Contest, *, on: bool, by: Actor) -> None:
    """Show the board to whom it is meant for, or show it no longer."""
    contest.is_board_on = on
    _touch(contest)
    record(
        "contest.board",
        by=by,
        subject_kind="contest",
        subject_id=contest.id,
        detail={"on": on},
    )


def enter_contest(contest: Contest, *, by: Actor, at: datetime) -> Attempt:
    """Begin the paper for one's team, or go on with it; it ends with the contest.

    One attempt counts; who was declared void may begin again. Raises Forbidden, Expired or
    Conflict with the sentence that says why it cannot be begun.
    """
    view = view_contest(contest, member=by, at=at)
    if view.attempt is not None and not view.is_to_begin:
        return view.attempt
    if contest.state != ContentState.PUBLISHED:
        raise Forbidden(_("竞赛还没有发布。"))
    if view.window == Window.BEFORE:
        raise Forbidden(_("竞赛还没有开始。"))
    if view.window == Window.AFTER:
        raise Expired(_("竞赛已经结束。"))
    if view.team is None:
        raise Forbidden(_("你的单位没有参加这场竞赛。"))
    paper = get_paper(contest.paper_id, member=by)
    if find_open_attempt(paper.id, by.id):
        raise Conflict(_("你正在另外作答这份试卷，请先交卷。"))
    attempt = start_attempt(paper, by=by, at=at)
    closes_at = contest.closes_at + timedelta(seconds=extra_for(paper.id, by).seconds)
    attempt.deadline_at = min(attempt.deadline_at or closes_at, closes_at)
    db.session.merge(
        ContestEntry(
            contest_id=contest.id, member_id=by.id, unit_id=view.team.id, attempt_id=attempt.id
        )
    )
    db.session.flush()
    return attempt
