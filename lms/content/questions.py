"""From a question as people write it in YAML to the definition that the grader knows."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lms.quizzes.definition import (
    ONE,
    Accepted,
    Definition,
    Gap,
    Kind,
    Option,
    default_rule,
    key_letter,
)

GAP = re.compile(r"\[\[([^\[\]]+)\]\]")


class BadQuestion(ValueError):
    """The question cannot be understood; the message names what is amiss as a code."""


def question(data: Mapping[str, Any]) -> Definition:
    """The definition of one question; raises BadQuestion."""
    text = str(data.get("text") or "").strip()
    if not text:
        raise BadQuestion("no_text")
    makers = {
        "single": _choice,
        "multiple": _choice,
        "true_false": _true_false,
        "blank": _blank,
    }
    maker = makers.get(str(data.get("type")))
    if maker is None:
        raise BadQuestion("unknown_type")
    explanation = str(data.get("explanation") or "").strip()
    return maker(data, {"text": text, "explanation": explanation})


def _choice(data: Mapping[str, Any], common: dict[str, Any]) -> Definition:
    kind = Kind(data["type"])
    texts = [str(text).strip() for text in data.get("options") or ()]
    letters = str(data.get("answer") or "").strip().upper()
    if len(texts) < 2:
        raise BadQuestion("too_few_options")
    right = {ord(letter) - 65 for letter in letters}
    if not letters or not right <= set(range(len(texts))) or len(right) != len(letters):
        raise BadQuestion("answer_is_no_option")
    if kind is Kind.SINGLE and len(right) != 1:
        raise BadQuestion("one_answer_wanted")
    options = tuple(
        Option(key_letter(at), text, ONE if at in right else Decimal(0))
        for at, text in enumerate(texts)
    )
    return Definition(kind=kind, rule=default_rule(kind), options=options, **common)


def _true_false(data: Mapping[str, Any], common: dict[str, Any]) -> Definition:
    if not isinstance(data.get("answer"), bool):
        raise BadQuestion("answer_is_not_true_or_false")
    options = (
        Option("true", "", ONE if data["answer"] else Decimal(0)),
        Option("false", "", Decimal(0) if data["answer"] else ONE),
    )
    kind = Kind.TRUE_FALSE
    return Definition(kind=kind, rule=default_rule(kind), options=options, shuffles=False, **common)


def _blank(data: Mapping[str, Any], common: dict[str, Any]) -> Definition:
    keys = GAP.findall(common["text"])
    answers = data.get("answer")
    if not keys or not isinstance(answers, list) or len(answers) != len(keys):
        raise BadQuestion("one_answer_for_each_blank")
    gaps = []
    for key, accepted in zip(keys, answers, strict=True):
        texts = accepted if isinstance(accepted, list) else [accepted]
        if not texts or not all(str(text).strip() for text in texts):
            raise BadQuestion("empty_answer")
        gaps.append(Gap(key, accepted=tuple(Accepted(str(text)) for text in texts)))
    kind = Kind.FILL_IN
    return Definition(kind=kind, rule=default_rule(kind), gaps=tuple(gaps), **common)
