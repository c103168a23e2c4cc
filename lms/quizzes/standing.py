"""Where a member stands with a paper: what the list, the first page and the lesson show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes.chance_queries import Extra, extras_for
from lms.quizzes.condition_queries import unmet_conditions
from lms.quizzes.correction_models import Correction
from lms.quizzes.corrections import corrections_of
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.quizzes.paper_queries import PaperSize, attempts_by_paper, sizes_of
from lms.quizzes.results import View, Window, effective, fraction_of, view_of, window_at


@dataclass(frozen=True, slots=True)
class Standing:
    """A paper as one member sees it."""

    paper: Paper
    size: PaperSize
    attempts: Sequence[Attempt]
    window: Window
    extra: Extra
    view: View
    corrections: Mapping[int, list[Correction]]  # by attempt, newest first
    unmet: str = ""  # what has to be done first, in words

    @property
    def open_attempt(self) -> Attempt | None:
        """The attempt under way."""
        return next((each for each in self.attempts if each.state == AttemptState.OPEN), None)

    @property
    def finished(self) -> list[Attempt]:
        """The attempts that were handed in, oldest first."""
        return [each for each in self.attempts if each.state == AttemptState.SUBMITTED]

    @property
    def used(self) -> int:
        """How many attempts count against the limit."""
        return sum(each.state != AttemptState.VOID for each in self.attempts)

    @property
    def left(self) -> int | None:
        """How many attempts are left; None when there is no limit."""
        if not self.paper.attempts_allowed:
            return None
        return max(0, self.paper.attempts_allowed + self.extra.attempts - self.used)

    @property
    def may_start(self) -> bool:
        """Whether a new attempt can be begun now."""
        return (
            self.paper.state == ContentState.PUBLISHED
            and self.window == Window.OPEN
            and self.open_attempt is None
            and self.left != 0
            and not self.unmet
        )

    @property
    def is_pending(self) -> bool:
        """Whether a finished attempt waits for marking."""
        return any(each.is_pending for each in self.finished)

    @property
    def is_passed(self) -> bool:
        """Whether any attempt passed; what was passed once stays passed."""
        return any(each.is_passed for each in self.finished)

    @property
    def score_fraction(self) -> Decimal | None:
        """The share of the points that counts under the paper's method; None before any result."""
        shares = [fraction_of(each.points, each.max_points) for each in self.finished]
        return effective(shares, self.paper.method)

    @property
    def score(self) -> Decimal | None:
        """The counting score in points of the newest attempt's paper."""
        share = self.score_fraction
        return None if share is None else share * self.finished[-1].max_points


def standing_of(paper: Paper, *, member: Actor, at: datetime) -> Standing:
    """Where the member stands with one paper."""
    return standings_of([paper], member=member, at=at)[0]


def standings_of(papers: Sequence[Paper], *, member: Actor, at: datetime) -> list[Standing]:
    """Where the member stands with each paper."""
    attempts = attempts_by_paper(member.id, [paper.id for paper in papers])
    sizes = sizes_of(papers)
    finished = [one.id for those in attempts.values() for one in those if one.submitted_at]
    corrections = corrections_of(finished) if finished else {}
    limited = [
        paper.id
        for paper in papers
        if paper.attempts_allowed or paper.time_limit_seconds or paper.closes_at
    ]
    unmet = unmet_conditions(papers, member=member) if papers else {}
    extras = extras_for(limited, member) if limited else {}
    return [
        Standing(
            paper=paper,
            size=sizes[paper.id],
            attempts=attempts[paper.id],
            window=(window := window_at(at, paper.opens_at, paper.closes_at)),
            extra=extras.get(paper.id, Extra()),
            view=view_of(
                paper.showing,
                after_close=paper.shows_after_close,
                is_closed=window == Window.AFTER,
            ),
            corrections=corrections,
            unmet=unmet.get(paper.id, ""),
        )
        for paper in papers
    ]
