"""Statistics of a test: how hard, how telling, how reliable. Plain numbers in, plain numbers out.

Scores are floats here: they are estimates for people to judge, never grades.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What one question did in a set of attempts; None where there is too little to say."""

    takers: int
    facility: float | None
    discrimination_index: float | None
    point_biserial: float | None
    median_seconds: float | None


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


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    ordered, size = sorted(values), len(values)
    if not size:
        return None
    return (ordered[(size - 1) // 2] + ordered[size // 2]) / 2


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
    """The facility index: the mean fraction of the credit, p in classical test theory."""
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


def standard_error(deviation: float | None, alpha: float | None) -> float | None:
    """The standard error of measurement: s * sqrt(1 - alpha)."""
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
        median_seconds=median(seconds),
    )
