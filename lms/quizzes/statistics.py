"""Statistics of a test: how hard, how telling, how reliable. Plain numbers in, plain numbers out.

Scores are floats here: they are estimates for people to judge, never grades.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor, sqrt

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


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean."""
    return sum(values) / len(values) if values else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of the values lie, between two of them where need be.

    Definition 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The
    American Statistician 50 (1996): h = (n - 1) * share, linear between the neighbours of h.
    """
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    return quantile(values, 0.5)


def spread(values: Sequence[float]) -> Spread | None:
    """The quartiles; None without values."""
    found = [quantile(values, share) for share in (0.25, 0.5, 0.75)]
    low, middle, high = found
    if low is None or middle is None or high is None:
        return None
    return Spread(low, middle, high)


def variance(values: Sequence[float]) -> float | None:
    """The variance of a sample (n - 1 below the line); None for fewer than two values."""
    if len(values) < 2:
        return None
    middle = sum(values) / len(values)
    return sum((value - middle) ** 2 for value in values) / (len(values) - 1)


def correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Pearson's product-moment correlation; None when either side does not vary."""
    size = len(a)
    if size < 2:
        return None
    mean_a, mean_b = sum(a) / size, sum(b) / size
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = sqrt(sum((x - mean_a) ** 2 for x in a)) * sqrt(sum((y - mean_b) ** 2 for y in b))
    return max(-1.0, min(1.0, both / spread)) if spread > 1e-12 else None


def facility(fractions: Sequence[float]) -> float | None:
    """The facility index: the mean fraction of the credit, p in classical test theory.

    F. M. Lord and M. R. Novick, "Statistical Theories of Mental Test Scores" (1968), chapter 15.
    """
    return mean(fractions)


def groups(totals: Sequence[float], share: float = 0.27) -> tuple[list[int], list[int]]:
    """The places of the upper and the lower group by total score, 27 % each.

    T. L. Kelley, "The selection of upper and lower groups for the validation of test items",
    Journal of Educational Psychology 30 (1939).
    """
    order = sorted(range(len(totals)), key=lambda place: (-totals[place], place))
    size = round(len(order) * share)
    if len(order) >= 2:
        size = max(1, size)
    return order[:size], order[len(order) - size :] if size else []


def discrimination_index(fractions: Sequence[float], totals: Sequence[float]) -> float | None:
    """D = facility of the upper 27 % less facility of the lower 27 % (Kelley 1939)."""
    upper, lower = groups(totals)
    if not upper:
        return None
    high, low = mean([fractions[i] for i in upper]), mean([fractions[i] for i in lower])
    return None if high is None or low is None else high - low


def point_biserial(fractions: Sequence[float], totals: Sequence[float]) -> float | None:
    """The corrected item-total correlation: the item against the total without the item.

    For right/wrong items this is the point-biserial coefficient of Lord and Novick, "Statistical
    Theories of Mental Test Scores" (1968), section 15.5, on the rest score.
    """
    rest = [total - own for total, own in zip(totals, fractions, strict=True)]
    return correlation(fractions, rest)


def cronbach_alpha(items: Sequence[Sequence[float]]) -> float | None:
    """k / (k - 1) * (1 - sum of item variances / variance of the totals); `items` by question.

    L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16
    (1951).
    """
    count = len(items)
    if count < 2 or len(items[0]) < 2:
        return None
    totals = [sum(column) for column in zip(*items, strict=True)]
    whole = variance(totals)
    if not whole or whole <= 1e-12:
        return None
    parts = sum(variance(item) or 0.0 for item in items)
    return count / (count - 1) * (1 - parts / whole)


def alphas_without(items: Sequence[Sequence[float]]) -> list[float | None]:
    """For each question the alpha of all others: one that raises alpha does not fit the rest.

    The item analysis "alpha if item deleted" of J. C. Nunnally, "Psychometric Theory" (1978),
    chapter 8; sums are taken once, so that k questions cost k times n.
    """
    count = len(items)
    if count < 3 or len(items[0]) < 2:
        return [None] * count
    totals = [sum(column) for column in zip(*items, strict=True)]
    variances = [variance(item) or 0.0 for item in items]
    all_parts = sum(variances)
    found: list[float | None] = []
    for item, own in zip(items, variances, strict=True):
        rest = variance([total - value for total, value in zip(totals, item, strict=True)])
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


def histogram(fractions: Sequence[float], bins: int = 10) -> tuple[int, ...]:
    """How many scores fall into each of `bins` equal parts of 0..1; full marks are in the last."""
    counts = [0] * bins
    for fraction in fractions:
        counts[max(0, min(bins - 1, int(fraction * bins + 1e-9)))] += 1
    return tuple(counts)


def distractors(
    chosen: Sequence[Sequence[str]], totals: Sequence[float], keys: Sequence[str]
) -> tuple[Choice, ...]:
    """For each option how often it was chosen, and how often by the upper and lower groups."""
    upper, lower = groups(totals)
    everybody = Counter(key for one in chosen for key in set(one))
    high = Counter(key for place in upper for key in set(chosen[place]))
    low = Counter(key for place in lower for key in set(chosen[place]))
    return tuple(Choice(key, everybody[key], high[key], low[key]) for key in keys)


def item_facts(
    fractions: Sequence[float], totals: Sequence[float], seconds: Sequence[float]
) -> ItemFacts:
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
