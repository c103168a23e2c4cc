"""Writing GIFT, the other side of `gift`."""

import re
from collections.abc import Sequence
from decimal import Decimal

from lms.quizzes.definition import Accepted, Definition, Kind, Number, Option, Rule, plain_decimal
from lms.quizzes.formats.gift_adapt import adapt_to_gift
from lms.quizzes.formats.parsed import ParsedQuestion

SPECIAL = re.compile(r"->|[\\~=#{}:%\n]")


def write_gift(questions: Sequence[ParsedQuestion]) -> bytes:
    """The questions as GIFT; what it has no place for is adapted, see `gift_adapt`."""
    blocks: list[str] = []
    category: tuple[str, ...] = ()
    for question in questions:
        if question.definition is None:
            continue
        tags = "".join(f"[tag:{_tag(tag)}]" for tag in question.tags)
        comment = f"// {tags}\n" if tags else ""
        adapted = adapt_to_gift(question.definition).definitions
        if adapted and question.category != category:
            category = question.category
            path = "/".join(("$course$", "top", *category))
            blocks.append(f"$CATEGORY: {path}")
        blocks += [comment + _question(definition) for definition in adapted]
    return ("\n\n".join(blocks) + "\n").encode()


def _tag(tag: str) -> str:
    return " ".join(tag.split()).replace("]", "\\]")


def quote(text: str) -> str:
    """The text with a backslash before all that means something; an arrow would make a pair."""
    return SPECIAL.sub(_quoted, text)


def _quoted(found: re.Match[str]) -> str:
    return {"\n": "\\n", "->": "-\\>"}.get(found[0], f"\\{found[0]}")


def _question(definition: Definition) -> str:
    title = f"::{quote(definition.title)}::" if definition.title else ""
    kind = "[html]" if definition.is_html else "[plain]"
    general = f"####{quote(definition.explanation)}" if definition.explanation else ""
    answer = WRITERS[definition.kind](definition)
    return f"{title}{kind}{quote(definition.text)}{{{answer}{general}}}"


def _note(feedback: str) -> str:
    return f"#{quote(feedback)}" if feedback else ""


def _percent(weight: Decimal) -> str:
    return f"%{plain_decimal(weight * 100)}%"


def _choice(definition: Definition) -> str:
    is_multiple = definition.kind == Kind.MULTIPLE
    weights = (
        shared_weights(definition) if is_multiple else [each.weight for each in definition.options]
    )
    lines = [
        _option(option, weight, is_multiple)
        for option, weight in zip(definition.options, weights, strict=True)
    ]
    return "\n" + "\n".join(lines) + "\n"


def shared_weights(definition: Definition) -> list[Decimal]:
    """The weights of a multiple choice; GIFT only knows weights, so the rule is lost."""
    weights = [option.weight for option in definition.options]
    right = sum(1 for weight in weights if weight > 0)
    if definition.rule == Rule.WEIGHTED or not right:
        return weights
    each = round(Decimal(1) / right, 7)
    return [each if weight > 0 else Decimal(-1) for weight in weights]


def _option(option: Option, weight: Decimal, is_multiple: bool) -> str:
    sign = f"~{_percent(weight)}" if weight else "~"
    if weight == 1 and not is_multiple:
        sign = "="
    return f"\t{sign}{quote(option.text)}{_note(option.feedback)}"


def _true_false(definition: Definition) -> str:
    right = next((option for option in definition.options if option.weight > 0), None)
    wrong = next((option for option in definition.options if option.weight <= 0), None)
    word = "TRUE" if right is not None and right.key == "true" else "FALSE"
    good = right.feedback if right else ""
    bad = wrong.feedback if wrong else ""
    return word + (f"#{quote(bad)}#{quote(good)}" if good or bad else "")


def _short(definition: Definition) -> str:
    def line(entry: Accepted) -> str:
        share = "" if entry.fraction == 1 else _percent(entry.fraction)
        return f"\t={share}{quote(entry.text)}{_note(entry.feedback)}"

    return "\n" + "\n".join(map(line, definition.accepted)) + "\n"


def _numeric(definition: Definition) -> str:
    def line(number: Number) -> str:
        share = "" if number.fraction == 1 else _percent(number.fraction)
        value = f"{plain_decimal(number.value)}:{plain_decimal(number.tolerance)}"
        return f"\t={share}{value}{_note(number.feedback)}"

    return "#\n" + "\n".join(map(line, definition.numbers)) + "\n"


def _matching(definition: Definition) -> str:
    texts = {choice.key: choice.text for choice in definition.choices}
    lines = [
        f"\t={quote(stem.text)} -> {quote(texts.get(stem.match, ''))}" for stem in definition.stems
    ]
    used = {stem.match for stem in definition.stems}
    lines += [
        f"\t= -> {quote(choice.text)}" for choice in definition.choices if choice.key not in used
    ]
    return "\n" + "\n".join(lines) + "\n"


def _essay(definition: Definition) -> str:
    return ""


WRITERS = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.TRUE_FALSE: _true_false,
    Kind.SHORT: _short,
    Kind.NUMERIC: _numeric,
    Kind.MATCHING: _matching,
    Kind.ESSAY: _essay,
}
