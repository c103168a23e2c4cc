"""Grading of matching and ordering questions."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lms.quizzes.definition import Definition, Rule
from lms.quizzes.grade import FULL, NOTHING, UNANSWERED, Grade, Reason, graded, held, verdict


def grade_matching(definition: Definition, response: dict[str, Any]) -> Grade:
    """The share of stems that got their choice; choices that read alike count as the same."""
    given = response.get("matches")
    given = given if isinstance(given, dict) else {}
    texts = {choice.key: choice.text.strip() for choice in definition.choices}
    stems = [stem for stem in definition.stems if stem.text or stem.match in texts]
    if not any(given.get(stem.key) in texts for stem in stems):
        return UNANSWERED
    reasons, right = [], 0
    for stem in stems:
        chosen = given.get(stem.key)
        hit = chosen in texts and texts[chosen] == texts.get(stem.match)
        right += hit
        reasons.append(Reason(verdict(FULL if hit else NOTHING), stem.key))
    fraction = Fraction(right, len(stems))
    if definition.rule == Rule.ALL_OR_NOTHING and fraction < FULL:
        fraction = NOTHING
    return graded(fraction, (Reason(verdict(fraction), "", fraction), *reasons))


def grade_ordering(definition: Definition, response: dict[str, Any]) -> Grade:
    """The order given, under the question's rule; one that is not complete earns nothing."""
    ranks = {item.key: rank for rank, item in enumerate(definition.items)}
    given = given_order(response)
    if not given:
        return UNANSWERED
    order = [ranks[key] for key in given if key in ranks]
    if sorted(order) != list(range(len(ranks))):
        return graded(NOTHING, (Reason(verdict(NOTHING)),))
    fraction = held(ORDER_RULES[definition.rule](order)) if len(order) > 1 else FULL
    keys = [item.key for item in definition.items]
    lines = tuple(
        Reason(verdict(FULL if rank == place else NOTHING), keys[rank])
        for place, rank in enumerate(order)
    )
    return graded(fraction, (Reason(verdict(fraction), "", fraction), *lines))


def given_order(response: dict[str, Any]) -> list[str]:
    """The item keys in the order given: a list, or the place of each item by its key.

    Places that are no numbers or that occur twice put no item anywhere.
    """
    given, places = response.get("order"), response.get("places")
    if isinstance(given, list):
        return [str(key) for key in given]
    if not isinstance(places, dict) or not places:
        return []
    numbers = {str(key): str(place) for key, place in places.items()}
    taken = list(numbers.values())
    fitting = [
        (int(place), key)
        for key, place in numbers.items()
        if place.isdecimal() and len(place) < 5 and taken.count(place) == 1
    ]
    return [key for _place, key in sorted(fitting)] or [""]


def all_or_nothing(order: Sequence[int]) -> Fraction:
    """Everything in place, or nothing."""
    return FULL if list(order) == sorted(order) else NOTHING


def by_position(order: Sequence[int]) -> Fraction:
    """The share of items in their absolute place."""
    return Fraction(sum(rank == place for place, rank in enumerate(order)), len(order))


def by_next(order: Sequence[int]) -> Fraction:
    """The share of items, the last left out, that the right item follows."""
    return Fraction(sum(b == a + 1 for a, b in pairwise(order)), len(order) - 1)


def by_neighbours(order: Sequence[int]) -> Fraction:
    """The share of right predecessors and successors; the ends of the list count as neighbours."""
    size = len(order)
    framed = [-1, *order, size]
    hits = sum(
        (framed[place - 1] == framed[place] - 1) + (framed[place + 1] == framed[place] + 1)
        for place in range(1, size + 1)
    )
    return Fraction(hits, 2 * size)


def by_pairs(order: Sequence[int]) -> Fraction:
    """The share of pairs in the right relative order: (1 + Kendall's tau) / 2."""
    size = len(order)
    hits = sum(order[i] < order[j] for i in range(size) for j in range(i + 1, size))
    return Fraction(hits, size * (size - 1) // 2)


def by_longest_subset(order: Sequence[int]) -> Fraction:
    """The longest subsequence in order; a lone item earns nothing."""
    tails: list[int] = []
    for rank in order:
        at = bisect_left(tails, rank)
        tails[at : at + 1] = [rank]
    return Fraction(len(tails), len(order)) if len(tails) > 1 else NOTHING


def by_longest_run(order: Sequence[int]) -> Fraction:
    """The longest run of items that directly follow each other; a lone item earns nothing."""
    best = current = 1
    for a, b in pairwise(order):
        current = current + 1 if b == a + 1 else 1
        best = max(best, current)
    return Fraction(best, len(order)) if best > 1 else NOTHING


ORDER_RULES: dict[Rule, Callable[[Sequence[int]], Fraction]] = {
    Rule.ALL_OR_NOTHING: all_or_nothing,
    Rule.POSITION: by_position,
    Rule.NEXT: by_next,
    Rule.NEIGHBOURS: by_neighbours,
    Rule.PAIRS: by_pairs,
    Rule.LONGEST_SUBSET: by_longest_subset,
    Rule.LONGEST_RUN: by_longest_run,
}
