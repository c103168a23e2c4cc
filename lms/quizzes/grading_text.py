"""Grading of written answers: short answers, blanks and the gaps of a cloze text."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lms.quizzes.definition import Accepted, Definition, Folding, Gap, GapKind, Option, Rule
from lms.quizzes.folding import fold, matches
from lms.quizzes.grade import FULL, NOTHING, UNANSWERED, Grade, Reason, graded, held, share, verdict
from lms.quizzes.grading_numbers import grade_number


def written(response: dict[str, Any], name: str = "text") -> str:
    """The text of a response, or nothing."""
    text = response.get(name)
    return text if isinstance(text, str) and text.strip() else ""


def best_accepted(
    accepted: Sequence[Accepted], text: str, folding: Folding, *, has_wildcards: bool = False
) -> Accepted | None:
    """The accepted answer that earns most among those that `text` equals."""
    folded = fold(text, folding)
    best: Accepted | None = None
    for entry in accepted:
        wanted = fold(entry.text, folding)
        fits = matches(wanted, folded) if has_wildcards else wanted == folded
        if fits and (best is None or entry.fraction > best.fraction):
            best = entry
    return best


def grade_short(definition: Definition, response: dict[str, Any]) -> Grade:
    """The best accepted answer, or the keywords that occur, held within 0..1."""
    text = written(response)
    if not text:
        return UNANSWERED
    if definition.rule == Rule.KEYWORDS:
        return _grade_keywords(definition, text)
    best = best_accepted(
        definition.accepted, text, definition.folding, has_wildcards=definition.has_wildcards
    )
    fraction = held(share(best.fraction)) if best else NOTHING
    return graded(
        fraction, (Reason(verdict(fraction), "", fraction, best.feedback if best else ""),)
    )


def _grade_keywords(definition: Definition, text: str) -> Grade:
    folded = fold(text, definition.folding)
    reasons, total = [], NOTHING
    for keyword in definition.keywords:
        found = any(fold(word, definition.folding) in folded for word in keyword.words if word)
        earned = share(keyword.fraction) if found else NOTHING
        total += earned
        reasons.append(Reason(verdict(FULL if found else NOTHING), "/".join(keyword.words), earned))
    fraction = held(total)
    return graded(fraction, (Reason(verdict(fraction), "", fraction), *reasons))


def grade_gaps(definition: Definition, response: dict[str, Any]) -> Grade:
    """Each blank by itself, weighted; unordered ones are assigned so that the writer earns most."""
    given = response.get("gaps")
    texts = {
        gap.key: written(given, gap.key) if isinstance(given, dict) else ""
        for gap in definition.gaps
    }
    if not any(texts.values()):
        return UNANSWERED
    if definition.is_ordered:
        earned = {gap.key: gap_credit(gap, texts[gap.key], definition) for gap in definition.gaps}
    else:
        earned = _unordered(definition, texts)
    whole = sum((Fraction(gap.weight) for gap in definition.gaps), NOTHING)
    total = sum((earned[gap.key][0] * Fraction(gap.weight) for gap in definition.gaps), NOTHING)
    fraction = held(total / whole) if whole else NOTHING
    if definition.rule == Rule.ALL_OR_NOTHING and fraction < FULL:
        fraction = NOTHING
    lines = tuple(Reason(verdict(part), key, part, note) for key, (part, note) in earned.items())
    return graded(fraction, (Reason(verdict(fraction), "", fraction), *lines))


def gap_credit(gap: Gap, text: str, definition: Definition) -> tuple[Fraction, str]:
    """The share of this gap's credit that `text` earns, and the feedback for it."""
    if not text:
        return NOTHING, ""
    if gap.kind == GapKind.CHOICE:
        chosen: Option | None = next((entry for entry in gap.options if entry.key == text), None)
        return (held(share(chosen.weight)), chosen.feedback) if chosen else (NOTHING, "")
    if gap.kind == GapKind.CHOICES:
        keys = set(text.split())
        ticked = [entry for entry in gap.options if entry.key in keys]
        earned = held(sum((share(entry.weight) for entry in ticked), NOTHING))
        return earned, " ".join(entry.feedback for entry in ticked if entry.feedback)
    if gap.kind == GapKind.NUMBER:
        grade = grade_number(gap.numbers, text)
        return grade.fraction, grade.reasons[0].feedback
    best = best_accepted(
        gap.accepted, text, definition.folding, has_wildcards=definition.has_wildcards
    )
    return (held(share(best.fraction)), best.feedback) if best else (NOTHING, "")


def _unordered(definition: Definition, texts: dict[str, str]) -> dict[str, tuple[Fraction, str]]:
    """Give every text to a blank so that the sum is largest; the same text counts once."""
    seen: set[str] = set()
    candidates: list[str] = []
    for text in texts.values():
        folded = fold(text, definition.folding)
        candidates.append(text if folded not in seen else "")
        seen.add(folded)
    credits = [
        [gap_credit(gap, text, definition) for text in candidates] for gap in definition.gaps
    ]
    values = [
        [credit[0] * Fraction(gap.weight) for credit in row]
        for gap, row in zip(definition.gaps, credits, strict=True)
    ]
    assigned = best_assignment(values)
    return {gap.key: credits[row][assigned[row]] for row, gap in enumerate(definition.gaps)}


def best_assignment(values: Sequence[Sequence[Fraction]]) -> list[int]:  # noqa: C901
    """The column for each row of a square table so that the sum is largest.

    The Hungarian method with potentials (Kuhn 1955, Munkres 1957), in n cubed steps.
    """
    size = len(values)
    row_potential, column_potential = [NOTHING] * (size + 1), [NOTHING] * (size + 1)
    match = [0] * (size + 1)
    for row in range(1, size + 1):
        match[0], column = row, 0
        slack: list[Fraction | None] = [None] * (size + 1)
        way, used = [0] * (size + 1), [False] * (size + 1)
        while True:
            used[column] = True
            current, delta, following = match[column], None, 0
            for j in range(1, size + 1):
                if used[j]:
                    continue
                cost = -values[current - 1][j - 1] - row_potential[current] - column_potential[j]
                known = slack[j]
                if known is None or cost < known:
                    slack[j] = known = cost
                    way[j] = column
                if delta is None or known < delta:
                    delta, following = known, j
            step = delta or NOTHING
            for j in range(size + 1):
                pending = slack[j]
                if used[j]:
                    row_potential[match[j]] += step
                    column_potential[j] -= step
                elif pending is not None:
                    slack[j] = pending - step
            column = following
            if match[column] == 0:
                break
        while column:
            match[column] = match[way[column]]
            column = way[column]
    result = [0] * size
    for j in range(1, size + 1):
        result[match[j] - 1] = j - 1
    return result
