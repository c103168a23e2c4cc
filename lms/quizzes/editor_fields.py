"""A definition as the editor's fields show it; `editor.definition_of` reads them back."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from lms.quizzes.definition import (
    GAP_MARK,
    ONE,
    ZERO,
    Accepted,
    Definition,
    Gap,
    GapKind,
    Kind,
    Number,
    Rule,
    plain_decimal,
)
from lms.quizzes.editor import FOLDS, Draft, OptionRow
from lms.quizzes.formats.answers import escape


def draft_of(definition: Definition) -> Draft:
    """The editor's fields for a definition; reading them back gives the same definition."""
    draft = Draft(
        kind=definition.kind,
        text=definition.text,
        is_html=definition.is_html,
        points=plain_decimal(definition.points),
        rule=definition.rule.value,
        missed_percent=plain_decimal(definition.missed_fraction * 100),
        shuffles=definition.shuffles,
        is_ordered=definition.is_ordered,
        folding={name: getattr(definition.folding, name) for name in FOLDS},
        explanation=definition.explanation,
        source=definition.source,
    )
    if definition.kind in (Kind.SINGLE, Kind.MULTIPLE):
        plain = all(option.weight in (ZERO, ONE) for option in definition.options)
        draft.options = [
            OptionRow(
                option.text,
                option.weight > 0,
                "" if plain and definition.rule != Rule.WEIGHTED else percent(option.weight),
                option.feedback,
            )
            for option in definition.options
        ]
    elif definition.kind == Kind.TRUE_FALSE:
        right = [option.key for option in definition.options if option.weight > 0]
        draft.answer = right[0] if right else ""
    elif definition.kind in (Kind.FILL_IN, Kind.CLOZE):
        for gap in definition.gaps:
            draft.text = draft.text.replace(GAP_MARK.format(key=gap.key), "____")
        draft.answer = "\n".join(map(_gap_line(definition.kind), definition.gaps))
    else:
        draft.answer, draft.extra = _written_lines(definition)
    return draft


def percent(weight: Decimal) -> str:
    """A share as a percentage without the sign."""
    return plain_decimal(weight * 100)


def accepted_text(accepted: Sequence[Accepted]) -> str:
    """Synonyms with their shares, as `read_accepted` reads them."""
    return "|".join(
        escape(entry.text) + ("" if entry.fraction == 1 else f":{percent(entry.fraction)}%")
        for entry in accepted
    )


def tolerance_text(number: Number) -> str:
    """A number as `read_tolerance` reads it."""
    text = plain_decimal(number.value)
    return f"{text}±{plain_decimal(number.tolerance)}" if number.tolerance else text


def _gap_line(kind: Kind) -> Callable[[Gap], str]:
    def line(gap: Gap) -> str:
        weight = "" if gap.weight == 1 else f"[{plain_decimal(gap.weight)}]"
        if kind == Kind.FILL_IN:
            return weight + accepted_text(gap.accepted)
        if gap.kind == GapKind.TEXT:
            return f"文本{weight}：{accepted_text(gap.accepted)}"
        if gap.kind == GapKind.NUMBER:
            return f"数值{weight}：{'|'.join(map(tolerance_text, gap.numbers))}"
        options = "|".join(("*" if o.weight == 1 else "") + o.text for o in gap.options)
        return f"选择{weight}：{options}"

    return line


def _written_lines(definition: Definition) -> tuple[str, str]:
    if definition.kind == Kind.NUMERIC:
        numbers = [
            tolerance_text(number)
            + ("" if number.fraction == 1 else f"：{percent(number.fraction)}%")
            for number in definition.numbers
        ]
        units = [f"{unit.name}={plain_decimal(unit.factor)}" for unit in definition.units]
        return "\n".join(numbers), "\n".join(units)
    if definition.kind == Kind.SHORT:
        keywords = [
            f"{'|'.join(keyword.words)}：{percent(keyword.fraction)}%"
            for keyword in definition.keywords
        ]
        accepted = [accepted_text([entry]) for entry in definition.accepted]
        return "\n".join(accepted), "\n".join(keywords)
    if definition.kind == Kind.MATCHING:
        texts = {choice.key: choice.text for choice in definition.choices}
        pairs = [f"{stem.text} -> {texts[stem.match]}" for stem in definition.stems]
        used = {stem.match for stem in definition.stems}
        spare = [f" -> {choice.text}" for choice in definition.choices if choice.key not in used]
        return "\n".join(pairs + spare), ""
    if definition.kind == Kind.ORDERING:
        return "\n".join(item.text for item in definition.items), ""
    if definition.kind == Kind.ESSAY:
        rubric = [f"{line.text}：{percent(line.fraction)}%" for line in definition.rubric]
        return "\n".join(entry.text for entry in definition.accepted), "\n".join(rubric)
    return "", ""
