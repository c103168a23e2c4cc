"""Grading of questions with options: single choice, true or false, multiple choice."""

from fractions import Fraction
from typing import Any

from lms.quizzes.definition import Definition, Option, Rule
from lms.quizzes.grade import (
    FULL,
    NOTHING,
    UNANSWERED,
    Grade,
    Reason,
    ReasonCode,
    graded,
    held,
    share,
    verdict,
)


def chosen_keys(response: dict[str, Any]) -> tuple[str, ...]:
    """The option keys in a response, each once, in a fixed order."""
    many = response.get("choices")
    if isinstance(many, list):
        return tuple(sorted({key for key in many if isinstance(key, str)}))
    one = response.get("choice")
    return (one,) if isinstance(one, str) and one else ()


def grade_single(definition: Definition, response: dict[str, Any]) -> Grade:
    """The weight of the chosen option; below nothing only where the rule allows it."""
    options = {option.key: option for option in definition.options}
    keys = [key for key in chosen_keys(response) if key in options]
    if not keys:
        return UNANSWERED
    option = options[keys[0]]
    low = Fraction(-1) if definition.rule == Rule.NEGATIVE else NOTHING
    fraction = held(share(option.weight), low)
    reason = Reason(verdict(fraction), option.key, fraction, option.feedback)
    return graded(fraction, (reason,))


def grade_multiple(definition: Definition, response: dict[str, Any]) -> Grade:
    """The chosen options under the question's rule.

    All or nothing: exactly the right ones. Missed (漏选): a right subset earns `missed_fraction`,
    any wrong choice earns nothing. Shared: each right choice earns its equal share, any wrong
    choice earns nothing. Weighted: the sum of the weights, held within 0..1.
    """
    options = {option.key: option for option in definition.options}
    chosen = {key for key in chosen_keys(response) if key in options}
    if not chosen:
        return UNANSWERED
    right = {key for key, option in options.items() if option.weight > 0}
    fraction = _multiple_fraction(definition, options, chosen, right)
    reasons = [Reason(verdict(fraction), "", fraction)]
    for key, option in options.items():
        if key in chosen:
            code = ReasonCode.RIGHT if key in right else ReasonCode.WRONG
            reasons.append(Reason(code, key, share(option.weight), option.feedback))
        elif key in right:
            reasons.append(Reason(ReasonCode.MISSED, key))
    return graded(fraction, tuple(reasons))


def _multiple_fraction(
    definition: Definition, options: dict[str, Option], chosen: set[str], right: set[str]
) -> Fraction:
    if definition.rule == Rule.WEIGHTED:
        return held(sum((share(options[key].weight) for key in chosen), NOTHING))
    if chosen == right:
        return FULL
    if definition.rule == Rule.ALL_OR_NOTHING or chosen - right:
        return NOTHING
    if definition.rule == Rule.SHARED:
        return Fraction(len(chosen), len(right))
    return held(share(definition.missed_fraction))
