"""A definition as the editor's fields show it; `editor.definition_of` reads them back."""

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Definition,
    Kind,
    Number,
    Rule,
    Tolerance,
    plain_decimal,
)
from lms.quizzes.drafts import FEEDBACKS, FOLDS, AnswerRow, Draft, NumberRow, OptionRow
from lms.quizzes.editor_gaps import gap_lines, percent, with_blanks
from lms.quizzes.formats.answers import escape
from lms.quizzes.rich import opened
from lms.quizzes.sources import split_source


def draft_of(definition: Definition) -> Draft:
    """The editor's fields for a definition; reading them back gives the same definition."""
    is_html = definition.is_html
    source = split_source(definition.source)
    draft = Draft(
        kind=definition.kind,
        text=opened(with_blanks(definition), is_html),
        title=definition.title,
        points=plain_decimal(definition.points),
        rule=definition.rule.value,
        missed_percent=percent(definition.missed_fraction),
        penalty_percent=percent(definition.penalty_fraction),
        options=_options(definition),
        numbers=[_number_row(number, is_html) for number in definition.numbers],
        shuffles=definition.shuffles,
        needs_unit=definition.needs_unit,
        is_ordered=definition.is_ordered,
        has_wildcards=definition.has_wildcards,
        allows_files=definition.allows_files,
        folding={name: getattr(definition.folding, name) for name in FOLDS},
        feedback={name: opened(getattr(definition, name), is_html) for name in FEEDBACKS},
        explanation=opened(definition.explanation, is_html),
        source=source.words,
        source_address=source.href,
    )
    _fill_answers(draft, definition)
    return draft


def _options(definition: Definition) -> list[OptionRow]:
    weights = {option.weight for option in definition.options}
    says_itself = weights <= {ZERO, ONE} and (
        definition.kind == Kind.SINGLE or definition.rule != Rule.WEIGHTED
    )
    return [
        OptionRow(
            opened(option.text, definition.is_html),
            option.weight > 0,
            "" if says_itself else percent(option.weight),
            opened(option.feedback, definition.is_html),
            option.key,
        )
        for option in definition.options
    ]


def _number_row(number: Number, is_html: bool) -> NumberRow:
    is_absolute = number.mode == Tolerance.ABSOLUTE
    off = number.tolerance if is_absolute else number.tolerance * 100
    return NumberRow(
        plain_decimal(number.value),
        plain_decimal(off) if off or not is_absolute else "",
        number.mode.value,
        "" if number.fraction == 1 else percent(number.fraction),
        opened(number.feedback, is_html),
    )


def _fill_answers(draft: Draft, definition: Definition) -> None:
    kind = definition.kind
    if kind == Kind.TRUE_FALSE:
        right = [option.key for option in definition.options if option.weight > 0]
        wrong = [option.weight for option in definition.options if option.weight < 0]
        draft.answer = right[0] if right else ""
        draft.wrong_percent = percent(wrong[0]) if wrong else ""
    elif kind in (Kind.FILL_IN, Kind.CLOZE):
        draft.answer = gap_lines(definition)
    elif kind == Kind.NUMERIC:
        draft.extra = "\n".join(
            f"{unit.name}={plain_decimal(unit.factor)}" for unit in definition.units
        )
    elif kind == Kind.SHORT:
        draft.accepted = [
            AnswerRow(
                entry.text,
                "" if entry.fraction == 1 else percent(entry.fraction),
                opened(entry.feedback, definition.is_html),
            )
            for entry in definition.accepted
        ]
        draft.extra = "\n".join(
            f"{'|'.join(map(escape, keyword.words))}：{percent(keyword.fraction)}%"
            for keyword in definition.keywords
        )
    elif kind == Kind.MATCHING:
        texts = {choice.key: choice.text for choice in definition.choices}
        pairs = [(stem.text, texts[stem.match]) for stem in definition.stems]
        used = {stem.match for stem in definition.stems}
        pairs += [("", choice.text) for choice in definition.choices if choice.key not in used]
        shown = _lines(draft, definition, [text for pair in pairs for text in pair])
        sides = zip(shown[::2], shown[1::2], strict=True)
        draft.answer = "\n".join(f"{left} -> {right}" for left, right in sides)
    elif kind == Kind.ORDERING:
        shown = _lines(draft, definition, [item.text for item in definition.items])
        draft.answer = "\n".join(shown)
    elif kind == Kind.ESSAY:
        models = [entry.text for entry in definition.accepted]
        draft.model = opened("\n".join(models), definition.is_html)
        draft.extra = "\n".join(
            f"{' '.join(opened(line.text, definition.is_html).source.split())}"
            f"：{percent(line.fraction)}%"
            for line in definition.rubric
        )


def _lines(draft: Draft, definition: Definition, texts: list[str]) -> list[str]:
    """The texts, each in one line: all plain, or all HTML when one of them has marks."""
    shown = [opened(text, definition.is_html) for text in texts]
    draft.lines_are_html = any(rich.is_html for rich in shown)
    sources = texts if draft.lines_are_html else [rich.source for rich in shown]
    return [" ".join(source.split()) for source in sources]
