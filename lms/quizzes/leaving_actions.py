"""Noting that a taker left the window or is back, and the limit a paper may set. No commits."""

from dataclasses import dataclass
from datetime import datetime

from lms.quizzes.actions import note_event, submit_attempt
from lms.quizzes.attempt_queries import hold_attempt, list_events
from lms.quizzes.leaving import count_leavings, is_away
from lms.quizzes.models import Attempt, Paper, SubmittedBy


@dataclass(frozen=True, slots=True)
class Leavings:
    """How often the window was left, how often it may be, and whether that has ended the test."""

    count: int = 0
    limit: int | None = None
    is_over: bool = False


def leavings_of(attempt: Attempt, paper: Paper) -> Leavings:
    """What the page says when it is opened; nothing is counted for papers without a limit."""
    if paper.leave_limit is None:
        return Leavings()
    events = [(event.kind, event.at) for event in list_events(attempt.id)]
    return Leavings(count_leavings(events), paper.leave_limit)


def note_leaving(attempt: Attempt, kind: str, *, at: datetime) -> Leavings:
    """Add "left" or "returned" to the evidence; hands in when the paper's limit is reached.

    Without a limit it is evidence for a person to judge and nothing else.
    """
    paper = attempt.paper
    if paper.leave_limit is None:
        note_event(attempt, kind, by=attempt.member_id)
        return Leavings()
    events = [(event.kind, event.at) for event in list_events(attempt.id)]
    if kind == "left" or is_away(events):
        note_event(attempt, kind, by=attempt.member_id)
        events.append((kind, at))
    count = count_leavings(events)
    is_over = count >= paper.leave_limit
    if is_over and submit_attempt(hold_attempt(attempt.id), how=SubmittedBy.SERVER, at=at):
        note_event(attempt, "left_out", by=None, detail={"count": count})
    return Leavings(count, paper.leave_limit, is_over)
