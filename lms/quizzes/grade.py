"""What the grader answers: a fraction of the credit, what happened, and why."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

NOTHING = Fraction(0)
FULL = Fraction(1)
PLACES = Decimal("0.0001")


class Outcome(StrEnum):
    """What became of a response."""

    GRADED = "graded"
    UNANSWERED = "unanswered"  # no answer; worth nothing, but not a wrong answer
    PENDING = "pending"  # waits for a person


class ReasonCode(StrEnum):
    """Why credit was given or not."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    MISSED = "missed"  # a right option was not chosen
    UNANSWERED = "unanswered"
    PENDING = "pending"
    NO_NUMBER = "no_number"  # what was written is not a number
    WRONG_UNIT = "wrong_unit"
    CERTAINTY = "certainty"  # the stated certainty changed the credit
    RETRIED = "retried"  # earlier tries cost credit


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of why: `part` is the option, gap, stem or item that it is about."""

    code: ReasonCode
    part: str = ""
    fraction: Fraction = NOTHING
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """The outcome of one response; `fraction` is exact and at most 1."""

    outcome: Outcome
    fraction: Fraction = NOTHING
    reasons: tuple[Reason, ...] = ()

    def points(self, maximum: Decimal) -> Decimal:
        """The points earned out of `maximum`, to four places."""
        return points_of(self.fraction, maximum)


UNANSWERED = Grade(Outcome.UNANSWERED, NOTHING, (Reason(ReasonCode.UNANSWERED),))
PENDING = Grade(Outcome.PENDING, NOTHING, (Reason(ReasonCode.PENDING),))


def points_of(fraction: Fraction, maximum: Decimal) -> Decimal:
    """`fraction` of `maximum`, half up to the four places that are stored."""
    exact = fraction * Fraction(maximum)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(PLACES, ROUND_HALF_UP)


@lru_cache(maxsize=4096)
def share(weight: Decimal) -> Fraction:
    """The fraction that a written weight means: 0.33333 is a third, so that three of them make one.

    Other systems write thirds, sixths and sevenths with five or seven places; a weight within
    0.00005 of a fraction with a denominator up to 30 is taken to be that fraction.
    """
    exact = Fraction(weight)
    simple = exact.limit_denominator(30)
    return simple if abs(exact - simple) <= Fraction(1, 20_000) else exact


def held(value: Fraction, low: Fraction = NOTHING, high: Fraction = FULL) -> Fraction:
    """`value`, not below `low` and not above `high`."""
    return max(low, min(high, value))


def graded(fraction: Fraction, reasons: tuple[Reason, ...]) -> Grade:
    """A grade with this fraction."""
    return Grade(Outcome.GRADED, fraction, reasons)


def verdict(fraction: Fraction) -> ReasonCode:
    """Right, partly right or wrong."""
    if fraction >= FULL:
        return ReasonCode.RIGHT
    return ReasonCode.PARTLY if fraction > NOTHING else ReasonCode.WRONG
