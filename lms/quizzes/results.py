"""What several attempts come to, and what a member may see of one: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from lms.quizzes.models import Method, Showing


class Window(StrEnum):
    """Where a moment lies in the time that a test can be begun."""

    BEFORE = "before"
    OPEN = "open"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class View:
    """What may be shown of a finished attempt."""

    score: bool
    answers: bool
    explanations: bool
    waits_for_close: bool = False


def effective(scores: Sequence[Decimal], method: Method) -> Decimal | None:
    """The score that counts, of the scores in the order of the attempts; None without any."""
    if not scores:
        return None
    if method == Method.BEST:
        return max(scores)
    if method == Method.LAST:
        return scores[-1]
    mean = sum(scores, Decimal(0)) / len(scores)
    return mean.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def passes(points: Decimal, maximum: Decimal, pass_fraction: Decimal) -> bool:
    """Whether the points reach the pass mark; multiplied out, so that nothing is rounded."""
    return points >= maximum * pass_fraction


def fraction_of(points: Decimal | None, maximum: Decimal) -> Decimal:
    """The share of the points, from 0 to 1, to four places."""
    if points is None or maximum <= 0:
        return Decimal(0)
    share = max(Decimal(0), min(Decimal(1), points / maximum))
    return share.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def window_at(at: datetime, opens_at: datetime | None, closes_at: datetime | None) -> Window:
    """Whether a test can be begun at `at`."""
    if opens_at is not None and at < opens_at:
        return Window.BEFORE
    if closes_at is not None and at >= closes_at:
        return Window.AFTER
    return Window.OPEN


def view_of(showing: Showing, *, after_close: bool, is_closed: bool) -> View:
    """What a member sees of an own finished attempt."""
    if after_close and not is_closed:
        return View(False, False, False, waits_for_close=showing != Showing.NOTHING)
    return View(
        score=showing != Showing.NOTHING,
        answers=showing in (Showing.ANSWERS, Showing.EXPLANATIONS),
        explanations=showing == Showing.EXPLANATIONS,
    )
