"""A question made ready for a template: what the taker sees, and after grading what was right.

Right answers are put in only where `Reveal` says so, so that a template cannot leak them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from html import unescape
from typing import Any

from markupsafe import Markup

from lms.quizzes.checking import MARK, letter
from lms.quizzes.definition import Definition, Gap, GapKind, Kind, Number, Tolerance, plain_decimal
from lms.quizzes.grade import Grade, Outcome
from lms.quizzes.grading import grade
from lms.quizzes.handing import NO_FILES, HandedIn, Handing
from lms.quizzes.responses import shown_keys
from lms.quizzes.richtext import ANY_TAG, show
from lms.quizzes.sources import Source, split_source
from lms.quizzes.words import KINDS, TRUTH

Address = Callable[[int], str]


class Reveal(IntEnum):
    """How much of the truth a page shows."""

    NOTHING = 0
    ANSWERS = 1
    EXPLANATIONS = 2


@dataclass(frozen=True, slots=True)
class ShownGap:
    """A blank inside the text."""

    key: str
    name: str
    kind: GapKind
    value: str
    options: tuple[tuple[str, str], ...]
    verdict: str
    right: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text and the blank that follows it, if any."""

    markup: Markup
    gap: ShownGap | None


@dataclass(frozen=True, slots=True)
class ShownOption:
    """An option with its letter on this paper."""

    key: str
    letter: str
    markup: Markup
    is_chosen: bool
    verdict: str  # "", right, wrong, missed
    feedback: Markup


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A stem to be matched or an item to be placed; `value` is what was chosen for it."""

    key: str
    name: str
    markup: Markup
    value: str
    verdict: str
    right: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A whole question on the page."""

    slot: int
    name: str
    kind: Kind
    label: Any
    pieces: tuple[Piece, ...]
    options: tuple[ShownOption, ...]
    rows: tuple[ShownRow, ...]
    choices: tuple[tuple[str, str], ...]  # for the select of each row
    parts: tuple["Shown", ...]
    value: str
    certainty: int
    is_answered: bool
    points: Decimal
    verdict: str  # of the whole: "", right, partly, wrong, unanswered, pending
    right: tuple[str, ...]
    feedback: Markup
    explanation: Markup
    source: Source
    rubric: tuple[tuple[str, Decimal], ...]
    files: tuple[HandedIn, ...]
    files_url: str  # takes files; empty where none are asked for


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is to be shown."""

    slot: int
    name: str
    points: Decimal
    address: Address
    order: Sequence[str] = ()
    reveal: Reveal = Reveal.NOTHING
    handing: Handing = NO_FILES


def present(definition: Definition, response: Mapping[str, Any] | None, how: Asking) -> Shown:
    """The question for the page, with the answer given so far."""
    given = dict(response or {})
    reveals = bool(how.reveal)
    result = grade(definition, given)
    verdicts = _verdicts(result) if reveals else {}
    text = show(definition.text, definition.is_html, how.address)
    return Shown(
        slot=how.slot,
        name=how.name,
        kind=definition.kind,
        label=KINDS[definition.kind],
        pieces=_pieces(definition, text, given, how, verdicts),
        options=_options(definition, given, how, verdicts),
        rows=_rows(definition, given, how, verdicts),
        choices=_choices(definition, how),
        parts=_parts(definition, given, how),
        value=given.get("text", "") if isinstance(given.get("text"), str) else "",
        certainty=given.get("certainty", 0) if isinstance(given.get("certainty"), int) else 0,
        is_answered=result.outcome != Outcome.UNANSWERED,
        points=how.points,
        verdict=verdicts.get("", "") if reveals else "",
        right=_right(definition, how) if reveals else (),
        feedback=_feedback(definition, result, how) if reveals else Markup(""),
        explanation=show(definition.explanation, definition.is_html, how.address)
        if how.reveal >= Reveal.EXPLANATIONS
        else Markup(""),
        source=split_source(definition.source) if how.reveal >= Reveal.EXPLANATIONS else Source(),
        rubric=tuple((line.text, line.fraction) for line in definition.rubric) if reveals else (),
        files=how.handing.of(how.name, given),
        files_url=how.handing.url if definition.allows_files else "",
    )


def _verdicts(result: Grade) -> dict[str, str]:
    """The reason code for each part, and for the whole under the empty name."""
    verdicts = {reason.part: reason.code.value for reason in result.reasons}
    if "" not in verdicts and result.reasons:
        verdicts[""] = result.reasons[0].code.value
    return verdicts


def _pieces(
    definition: Definition,
    text: Markup,
    given: dict[str, Any],
    how: Asking,
    verdicts: Mapping[str, str],
) -> tuple[Piece, ...]:
    gaps = {gap.key: gap for gap in definition.gaps}
    answers = given.get("gaps")
    answers = answers if isinstance(answers, dict) else {}
    pieces, at = [], 0
    for mark in MARK.finditer(str(text)):
        gap = gaps.get(mark[1])
        if gap is None:
            continue
        shown = ShownGap(
            key=gap.key,
            name=f"{how.name}-g-{gap.key}",
            kind=gap.kind,
            value=str(answers.get(gap.key, "")),
            options=tuple(
                (option.key, plain(option.text, definition.is_html)) for option in gap.options
            ),
            verdict=verdicts.get(gap.key, ""),
            right=right_of_gap(gap, definition.is_html) if how.reveal else "",
        )
        pieces.append(Piece(Markup(str(text)[at : mark.start()]), shown))
        at = mark.end()
    return (*pieces, Piece(Markup(str(text)[at:]), None))


def _options(
    definition: Definition, given: dict[str, Any], how: Asking, verdicts: Mapping[str, str]
) -> tuple[ShownOption, ...]:
    options = {option.key: option for option in definition.options}
    keys = [key for key in how.order if key in options] or list(options)
    keys += [key for key in options if key not in keys]
    chosen = given.get("choices") or [given.get("choice")]
    shown = []
    for place, key in enumerate(keys):
        option, is_chosen = options[key], key in chosen
        verdict = ""
        if how.reveal:
            is_right = option.weight > 0
            verdict = ("right" if is_right else "wrong") if is_chosen else "missed" * is_right
        shown.append(
            ShownOption(
                key=key,
                letter=letter(place),
                markup=show(option.text, definition.is_html, how.address)
                or Markup(str(TRUTH.get(key, key))),
                is_chosen=is_chosen,
                verdict=verdict,
                feedback=show(option.feedback, definition.is_html, how.address)
                if how.reveal and is_chosen
                else Markup(""),
            )
        )
    return tuple(shown)


def _rows(
    definition: Definition, given: dict[str, Any], how: Asking, verdicts: Mapping[str, str]
) -> tuple[ShownRow, ...]:
    if definition.kind == Kind.MATCHING:
        matches = given.get("matches")
        matches = matches if isinstance(matches, dict) else {}
        texts = _choice_texts(definition)
        keys = shown_keys(definition, how.order, how.name)
        numbers = {key: str(number) for number, key in enumerate(keys, 1)}
        return tuple(
            ShownRow(
                key=stem.key,
                name=f"{how.name}-m-{stem.key}",
                markup=show(stem.text, definition.is_html, how.address),
                value=numbers.get(str(matches.get(stem.key, "")), ""),
                verdict=verdicts.get(stem.key, ""),
                right=texts.get(stem.match, "") if how.reveal else "",
            )
            for stem in definition.stems
        )
    if definition.kind != Kind.ORDERING:
        return ()
    places = given.get("places")
    places = places if isinstance(places, dict) else {}
    items = {item.key: item for item in definition.items}
    ranks = {item.key: rank for rank, item in enumerate(definition.items, 1)}
    return tuple(
        ShownRow(
            key=key,
            name=f"{how.name}-o-{number}",
            markup=show(items[key].text, definition.is_html, how.address),
            value=str(places.get(key, "")),
            verdict=verdicts.get(key, "wrong" if how.reveal else ""),
            right=str(ranks[key]) if how.reveal else "",
        )
        for number, key in enumerate(shown_keys(definition, how.order, how.name), 1)
    )


def _choice_texts(definition: Definition) -> dict[str, str]:
    return {choice.key: plain(choice.text, definition.is_html) for choice in definition.choices}


def _choices(definition: Definition, how: Asking) -> tuple[tuple[str, str], ...]:
    if definition.kind == Kind.ORDERING:
        return tuple((str(place), str(place)) for place in range(1, len(definition.items) + 1))
    texts = _choice_texts(definition)
    keys = shown_keys(definition, how.order, how.name)
    return tuple((str(number), texts[key]) for number, key in enumerate(keys, 1))


def _parts(definition: Definition, given: dict[str, Any], how: Asking) -> tuple[Shown, ...]:
    answers = given.get("parts")
    answers = answers if isinstance(answers, dict) else {}
    whole = sum((part.points for part in definition.parts), Decimal(0)) or Decimal(1)
    return tuple(
        present(
            part,
            answers.get(str(number)),
            Asking(
                slot=number,
                name=f"{how.name}.{number}",
                points=how.points * part.points / whole,
                address=how.address,
                reveal=how.reveal,
                handing=how.handing,
            ),
        )
        for number, part in enumerate(definition.parts, 1)
    )


def _feedback(definition: Definition, result: Grade, how: Asking) -> Markup:
    if result.fraction >= 1:
        text = definition.feedback_right
    else:
        text = definition.feedback_partly if result.fraction > 0 else definition.feedback_wrong
    notes = [text, *(reason.feedback for reason in result.reasons if not definition.options)]
    shown = [show(note, definition.is_html, how.address) for note in dict.fromkeys(notes) if note]
    return Markup(" ").join(shown)


def _right(definition: Definition, how: Asking) -> tuple[str, ...]:
    """What was right; the model answer of an essay with its marks and pictures."""
    if definition.kind != Kind.ESSAY:
        return right_answers(definition)
    models = (entry.text for entry in definition.accepted)
    return tuple(show(text, definition.is_html, how.address) for text in models)


def plain(text: str, is_html: bool = True) -> str:
    """The text without tags, for places that take no markup."""
    if not is_html:
        return text
    return re.sub(r"\s+", " ", unescape(ANY_TAG.sub("", text))).strip() or text


def right_of_gap(gap: Gap, is_html: bool = True) -> str:
    """What would have been right in a gap."""
    if gap.kind == GapKind.CHOICE:
        right = (option.text for option in gap.options if option.weight == 1)
        return " / ".join(plain(text, is_html) for text in right)
    if gap.kind == GapKind.CHOICES:
        all_right = (option.text for option in gap.options if option.weight > 0)
        return "、".join(plain(text, is_html) for text in all_right)
    if gap.kind == GapKind.NUMBER:
        return " / ".join(number_text(number) for number in gap.numbers if number.fraction == 1)
    return " / ".join(entry.text for entry in gap.accepted if entry.fraction == 1)


def number_text(number: Number) -> str:
    """3.14 ± 0.01, 100 ± 5 %."""
    text = plain_decimal(number.value)
    if not number.tolerance:
        return text
    if number.mode == Tolerance.ABSOLUTE:
        return f"{text} ± {plain_decimal(number.tolerance)}"
    return f"{text} ± {plain_decimal(number.tolerance * 100)}%"


def right_answers(definition: Definition) -> tuple[str, ...]:
    """The right answers of a question as short texts, where options do not show them already."""
    if definition.kind == Kind.ESSAY:
        return tuple(plain(entry.text, definition.is_html) for entry in definition.accepted)
    if definition.kind == Kind.SHORT:
        return tuple(entry.text for entry in definition.accepted if entry.fraction == 1)
    if definition.kind == Kind.NUMERIC:
        units = definition.units[0].name if definition.units else ""
        return tuple(
            f"{number_text(number)} {units}".strip()
            for number in definition.numbers
            if number.fraction == 1
        )
    if definition.kind == Kind.ORDERING:
        return tuple(plain(item.text, definition.is_html) for item in definition.items)
    return ()
