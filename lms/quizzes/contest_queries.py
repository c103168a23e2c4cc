"""Reading contests: loaders, whose team somebody is in, and the board out of one grouped query."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from flask_babel import gettext as _
from sqlalchemy import and_, case, func, or_, select, type_coerce

from lms import clock
from lms.db import Exact, db
from lms.errors import NotFound
from lms.members import scope
from lms.members.models import Membership, OrgUnit
from lms.members.policy import Action, Actor, may_content
from lms.members.queries import current_on, today
from lms.quizzes.contest_models import BoardAudience, Contest, ContestEntry, ContestTeam
from lms.quizzes.contest_score import Place, ScoreRule, Tally, board_of, nearest_team
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.quizzes.results import Window, window_at

BOARD_SECONDS = 2  # a board is counted so often at most, however many watch it
COUNT_SECONDS = 60  # the people of the teams are counted so often
CACHED = 200

_boards: dict[tuple[int, datetime], tuple[datetime, tuple[Place, ...]]] = {}
_counts: dict[tuple[int, datetime], tuple[datetime, dict[int, int]]] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class ContestView:
    """A contest as one person sees it."""

    contest: Contest
    window: Window
    team: OrgUnit | None
    attempt: Attempt | None
    may_edit: bool

    @property
    def sees_board(self) -> bool:
        """Whether the board is shown to the person."""
        if self.may_edit:
            return True
        in_reach = self.contest.board_audience == BoardAudience.AUDIENCE or self.team is not None
        return self.contest.is_board_on and in_reach

    @property
    def is_to_begin(self) -> bool:
        """Whether the person has no attempt that counts."""
        return self.attempt is None or self.attempt.state == AttemptState.VOID

    @property
    def may_enter(self) -> bool:
        """Whether the person can begin now."""
        return (
            self.contest.state == scope.ContentState.PUBLISHED
            and self.window == Window.OPEN
            and self.team is not None
            and self.is_to_begin
        )


def get_contest(contest_id: int, *, member: Actor, action: Action = Action.VIEW) -> Contest:
    """The contest, for those who may `action` it."""
    contest = db.session.get(Contest, contest_id)
    if contest is None:
        raise NotFound(_("没有找到这场竞赛。"))
    scope.check(member, action, contest)
    return contest


def teams_of(contest_id: int) -> Sequence[OrgUnit]:
    """The units that are the teams of a contest, in the order of the tree."""
    return db.session.scalars(
        select(OrgUnit)
        .join(ContestTeam, ContestTeam.unit_id == OrgUnit.id)
        .where(ContestTeam.contest_id == contest_id)
        .order_by(OrgUnit.path)
    ).all()


def list_contests(member: Actor, *, at: datetime) -> list[ContestView]:
    """The contests that the person may see, newest window first, in a fixed number of queries."""
    contests = db.session.scalars(
        select(Contest)
        .where(scope.visible_to(member, Contest), Contest.state != scope.ContentState.ARCHIVED)
        .order_by(Contest.opens_at.desc(), Contest.id.desc())
        .limit(200)
    ).all()
    ids = [contest.id for contest in contests]
    mine: dict[int, list[OrgUnit]] = {each: [] for each in ids}
    teams = (
        select(ContestTeam.contest_id, OrgUnit)
        .join(OrgUnit, OrgUnit.id == ContestTeam.unit_id)
        .where(ContestTeam.contest_id.in_(ids), OrgUnit.id.in_(member.unit_ids))
        .order_by(OrgUnit.path)
    )
    for contest_id, unit in db.session.execute(teams):
        mine[contest_id].append(unit)
    entries = (
        select(ContestEntry.contest_id, Attempt)
        .join(Attempt, Attempt.id == ContestEntry.attempt_id)
        .where(ContestEntry.contest_id.in_(ids), ContestEntry.member_id == member.id)
    )
    attempts = dict(db.session.execute(entries).all())
    editable = set(
        db.session.scalars(
            select(Contest.id).where(Contest.id.in_(ids), scope.editable_by(member, Contest))
        )
    )
    return [
        ContestView(
            contest=contest,
            window=window_at(at, contest.opens_at, contest.closes_at),
            team=mine[contest.id][-1] if mine[contest.id] else None,
            attempt=attempts.get(contest.id),
            may_edit=contest.id in editable,
        )
        for contest in contests
    ]


def view_contest(contest: Contest, *, member: Actor, at: datetime) -> ContestView:
    """The contest as the person sees it."""
    teams = {unit.id: unit for unit in teams_of(contest.id)}
    entry = db.session.get(ContestEntry, (contest.id, member.id))
    unit_id = entry.unit_id if entry else nearest_team(member.unit_ids, teams)
    return ContestView(
        contest=contest,
        window=window_at(at, contest.opens_at, contest.closes_at),
        team=teams.get(unit_id) if unit_id else None,
        attempt=db.session.get(Attempt, entry.attempt_id) if entry else None,
        may_edit=may_content(member, Action.EDIT, scope.content_facts(contest)),
    )


def contest_problems(contest: Contest) -> list[str]:
    """Why the contest cannot be published, one sentence each."""
    teams = teams_of(contest.id)
    paper = db.session.get_one(Paper, contest.paper_id)
    paths = dict(
        db.session.execute(
            select(OrgUnit.id, OrgUnit.path).where(
                OrgUnit.id.in_((paper.audience_unit_id, contest.audience_unit_id))
            )
        ).all()
    )
    problems = []
    if len(teams) < 2:
        problems.append(_("至少要有两个参赛队。"))
    if paper.state != scope.ContentState.PUBLISHED:
        problems.append(_("试卷“%(title)s”还没有发布。", title=paper.title))
    if (paper.opens_at and paper.opens_at > contest.opens_at) or (
        paper.closes_at and paper.closes_at < contest.closes_at
    ):
        problems.append(_("试卷开放的时间要包住竞赛的时间。"))
    for team in teams:
        if not team.path.startswith(paths[paper.audience_unit_id]):
            problems.append(_("“%(name)s”不在试卷面向的单位里。", name=team.name))
        if not team.path.startswith(paths[contest.audience_unit_id]):
            problems.append(_("“%(name)s”不在竞赛面向的单位里。", name=team.name))
    return problems


def tallies_of(contest: Contest) -> dict[int, Tally]:
    """What is counted of each team, in one grouped query; void attempts are left out."""
    is_finished = Attempt.state == AttemptState.SUBMITTED
    place = func.row_number().over(
        partition_by=(ContestEntry.unit_id, Attempt.state), order_by=Attempt.points.desc()
    )
    ranked = (
        select(
            ContestEntry.unit_id,
            case((is_finished, 1), else_=0).label("finished"),
            Attempt.points,
            place.label("place"),
        )
        .join(Attempt, Attempt.id == ContestEntry.attempt_id)
        .where(ContestEntry.contest_id == contest.id, Attempt.state != AttemptState.VOID)
        .subquery()
    )
    counts = ranked.c.finished == 1
    if contest.score_rule == ScoreRule.BEST:
        counts = and_(counts, ranked.c.place <= contest.best_count)
    points = func.coalesce(func.sum(case((counts, ranked.c.points))), 0)
    query = select(
        ranked.c.unit_id,
        func.count(),
        func.sum(ranked.c.finished),
        type_coerce(points, Exact()),
    ).group_by(ranked.c.unit_id)
    return {
        unit_id: Tally(unit_id, started, int(finished), total)
        for unit_id, started, finished, total in db.session.execute(query)
    }


def members_of_teams(teams: Sequence[OrgUnit]) -> dict[int, int]:
    """How many people each team has today."""
    if not teams:
        return {}
    query = (
        select(OrgUnit.path, func.count())
        .join(Membership, and_(Membership.unit_id == OrgUnit.id, current_on(Membership, today())))
        .where(or_(*(OrgUnit.path.like(f"{team.path}%") for team in teams)))
        .group_by(OrgUnit.path)
    )
    known = [team.id for team in teams]
    counts: Counter[int] = Counter()
    for path, count in db.session.execute(query):
        team = nearest_team([int(part) for part in path.strip("/").split("/")], known)
        counts[team or 0] += count
    return dict(counts)


def find_board(contest: Contest, *, at: datetime) -> tuple[Place, ...]:
    """The board, counted anew every BOARD_SECONDS at most in a process."""
    key = (contest.id, contest.changed_at)
    with _lock:
        known = _boards.get(key)
        if known and timedelta(0) <= at - known[0] < timedelta(seconds=BOARD_SECONDS):
            return known[1]
        teams = teams_of(contest.id)
        board = board_of(
            [(team.id, team.name) for team in teams],
            tallies_of(contest),
            _members(key, teams, at),
            contest.score_rule,
            contest.best_count,
        )
        if len(_boards) >= CACHED:
            _boards.clear()
            _counts.clear()
        _boards[key] = (at, board)
    return board


def _members(key: tuple[int, datetime], teams: Sequence[OrgUnit], at: datetime) -> dict[int, int]:
    known = _counts.get(key)
    if known and timedelta(0) <= at - known[0] < timedelta(seconds=COUNT_SECONDS):
        return known[1]
    counts = members_of_teams(teams)
    _counts[key] = (at, counts)
    return counts


def remaining_seconds(contest: Contest) -> int:
    """The seconds until the contest opens, or when it is open until it closes; 0 afterwards."""
    now = clock.now()
    end = contest.opens_at if now < contest.opens_at else contest.closes_at
    return max(0, round((end - now).total_seconds()))
