"""Statistics of a test: how hard, how telling, how reliable. Numbers in, plain numbers out.

Scores are floats here: they are estimates for people to judge, never grades.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Values = Sequence[float] | Floats | Ints

FEW = 10  # fewer takers say nothing about a question


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle half of what was measured: a quarter lies below `low`, a quarter above `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What one question did in a set of attempts; None where there is too little to say."""

    takers: int
    facility: float | None
    discrimination_index: float | None
    point_biserial: float | None
    seconds: Spread | None


class Concern(StrEnum):
    """Why somebody should look at a question again."""

    KEY = "key"  # those who know most chose a wrong option more often than the right one
    NEGATIVE = "negative"  # those who know least do better at it
    WEAK = "weak"  # it hardly tells those who know from those who do not
    HARD = "hard"
    EASY = "easy"


@dataclass(frozen=True, slots=True)
class Choice:
    """How often an option was chosen, in all and by the upper and lower groups."""

    key: str
    count: int
    upper: int
    lower: int


def mean(values: Values) -> float | None:
    """The arithmetic mean."""
    return float(np.mean(values)) if len(values) else None


def quantile(values: Values, share: float) -> float | None:
    """The value below which `share` of the values lie, between two of them where need be.

    Definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The
    American Statistician 50 (1996): h = (n - 1) * share, linear between the neighbours of h.
    """
    return float(np.quantile(values, share, method="linear")) if len(values) else None


def median(values: Values) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    return quantile(values, 0.5)


def spread(values: Values) -> Spread | None:
    """The quartiles; None without values."""
    found = [quantile(values, share) for share in (0.25, 0.5, 0.75)]
    low, middle, high = found
    if low is None or middle is None or high is None:
        return None
    return Spread(low, middle, high)


def variance(values: Values) -> float | None:
    """The variance of a sample (n - 1 below the line); None for fewer than two values."""
    return float(np.var(values, ddof=1)) if len(values) > 1 else None


def correlation(a: Values, b: Values) -> float | None:
    """Pearson's product-moment correlation; None when either side does not vary."""
    if len(a) < 2:
        return None
    off_a, off_b = np.subtract(a, np.mean(a)), np.subtract(b, np.mean(b))
    spread = sqrt(np.dot(off_a, off_a)) * sqrt(np.dot(off_b, off_b))
    return max(-1.0, min(1.0, float(np.dot(off_a, off_b)) / spread)) if spread > 1e-12 else None


def facility(fractions: Values) -> float | None:
    """The facility index: the mean fraction of the credit, p in classical test theory.

    F. M. Lord and M. R. Novick, "Statistical Theories of Mental Test Scores" (1968), chapter 15.
    """
    return mean(fractions)


def groups(totals: Values, share: float = 0.27) -> tuple[NDArray[Any], NDArray[Any]]:
    """The places of the upper and the lower group by total score, 27 % each.

    T. L. Kelley, "The selection of upper and lower groups for the validation of test items",
    Journal of Educational Psychology 30 (1939).
    """
    order = np.argsort(-np.asarray(totals, np.float64), kind="stable")
    size = round(len(order) * share)
    if len(order) >= 2:
        size = max(1, size)
    return order[:size], order[len(order) - size :]


def discrimination_index(fractions: Values, totals: Values) -> float | None:
    """D = facility of the upper 27 % less facility of the lower 27 % (Kelley 1939)."""
    upper, lower = groups(totals)
    high, low = (mean(np.asarray(fractions, np.float64)[group]) for group in (upper, lower))
    return None if high is None or low is None else high - low


def point_biserial(fractions: Values, totals: Values) -> float | None:
    """The corrected item-total correlation: the item against the total without the item.

    For right/wrong items this is the point-biserial coefficient of Lord and Novick, "Statistical
    Theories of Mental Test Scores" (1968), section 15.5, on the rest score.
    """
    return correlation(fractions, np.subtract(totals, fractions))


def cronbach_alpha(items: Sequence[Values]) -> float | None:
    """k / (k - 1) * (1 - sum of item variances / variance of the totals); `items` by question.

    L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16
    (1951).
    """
    count = len(items)
    if count < 2 or len(items[0]) < 2:
        return None
    whole = variance(_totals(items))
    if not whole or whole <= 1e-12:
        return None
    parts = sum(variance(item) or 0.0 for item in items)
    return count / (count - 1) * (1 - parts / whole)


def _totals(items: Sequence[Values]) -> Floats:
    totals = np.zeros(len(items[0]))
    for item in items:
        totals += item
    return totals


def alphas_without(items: Sequence[Values]) -> list[float | None]:
    """For each question the alpha of all others: one that raises alpha does not fit the rest.

    The item analysis "alpha if item deleted" of J. C. Nunnally, "Psychometric Theory" (1978),
    chapter 8; sums are taken once, so that k questions cost k times n.
    """
    count = len(items)
    if count < 3 or len(items[0]) < 2:
        return [None] * count
    totals = _totals(items)
    variances = [variance(item) or 0.0 for item in items]
    all_parts = sum(variances)
    found: list[float | None] = []
    for item, own in zip(items, variances, strict=True):
        rest = variance(totals - item)
        if not rest or rest <= 1e-12:
            found.append(None)
        else:
            found.append((count - 1) / (count - 2) * (1 - (all_parts - own) / rest))
    return found


def standard_error(deviation: float | None, alpha: float | None) -> float | None:
    """The standard error of measurement: s * sqrt(1 - alpha); Lord and Novick (1968), chapter 3."""
    if deviation is None or alpha is None:
        return None
    return deviation * sqrt(max(0.0, 1 - alpha))


def histogram(fractions: Values, bins: int = 10) -> tuple[int, ...]:
    """How many scores fall into each of `bins` equal parts of 0..1; full marks are in the last."""
    places = np.floor(np.asarray(fractions, np.float64) * bins + 1e-9).astype(np.int64)
    return tuple(np.bincount(np.clip(places, 0, bins - 1), minlength=bins).tolist())


def distractors(
    answers: Sequence[Collection[str]],
    given: Sequence[int] | Ints,
    totals: Values,
    keys: Sequence[str],
) -> tuple[Choice, ...]:
    """For each option how often it was chosen, and how often by the upper and lower groups.

    `answers` are the different answers, each the keys of the options that it chooses; `given` says
    which of them each taker gave.
    """
    given = np.asarray(given, np.int32)
    upper, lower = groups(totals)
    counts = [
        np.bincount(some, minlength=len(answers)) for some in (given, given[upper], given[lower])
    ]
    places = np.flatnonzero(counts[0]).tolist()
    rows = []
    for key in keys:
        choosing = [place for place in places if key in answers[place]]
        rows.append(Choice(key, *(int(count[choosing].sum()) for count in counts)))
    return tuple(rows)


def item_facts(fractions: Values, totals: Values, seconds: Values) -> ItemFacts:
    """All figures of one question; `totals` are the scores in the same order, in its own units."""
    return ItemFacts(
        takers=len(fractions),
        facility=facility(fractions),
        discrimination_index=discrimination_index(fractions, totals),
        point_biserial=point_biserial(fractions, totals),
        seconds=spread(seconds),
    )


def concerns(
    facts: ItemFacts, choices: Sequence[Choice] = (), right: Sequence[str] = ()
) -> tuple[Concern, ...]:
    """What speaks for looking at a question again, the gravest first; nothing for few takers.

    The bounds of discrimination are those of R. L. Ebel and D. A. Frisbie, "Essentials of
    Educational Measurement" (1991), chapter 13: 0.40 and above very good, 0.30 good, 0.20 in need
    of improvement, below that poor. `right` are the keys of the right options.
    """
    if facts.takers < FEW:
        return ()
    found = []
    best = max((each.upper for each in choices if each.key in right), default=0)
    if any(each.upper > best for each in choices if each.key not in right):
        found.append(Concern.KEY)
    if facts.facility is not None and facts.facility > 0.95:
        found.append(Concern.EASY)
    elif facts.discrimination_index is not None and facts.discrimination_index < 0:
        found.append(Concern.NEGATIVE)
    elif facts.discrimination_index is not None and facts.discrimination_index < 0.2:
        found.append(Concern.WEAK)
    if facts.facility is not None and facts.facility < 0.2:
        found.append(Concern.HARD)
    return tuple(found)
