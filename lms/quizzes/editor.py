"""Between the question editor's fields and a definition; long lists are written one to a line."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Criterion,
    Definition,
    Folding,
    Gap,
    GapKind,
    Item,
    Keyword,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Unit,
    default_rule,
    key_letter,
)
from lms.quizzes.formats.answers import (
    BadAnswer,
    mark_blanks,
    read_accepted,
    read_tolerance,
    split_escaped,
    true_false_options,
)

FOLDS = ("width", "case", "spaces", "punctuation", "traditional")


@dataclass(slots=True)
class OptionRow:
    """A line of the option table."""

    text: str = ""
    is_right: bool = False
    percent: str = ""
    feedback: str = ""


@dataclass(slots=True)
class Draft:
    """What stands in the editor's fields."""

    kind: Kind
    text: str = ""
    is_html: bool = False
    points: str = "1"
    rule: str = ""
    missed_percent: str = "50"
    options: list[OptionRow] = field(default_factory=list)
    shuffles: bool = True
    answer: str = ""
    extra: str = ""  # units, keywords
    is_ordered: bool = True
    folding: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FOLDS, True))
    explanation: str = ""
    source: str = ""


def draft_from_fields(kind: Kind, fields: Mapping[str, Sequence[str]]) -> Draft:
    """The draft in the fields of the editor's form."""

    def one(name: str, default: str = "") -> str:
        return (fields.get(name) or [default])[0].replace("\r\n", "\n")

    rows = []
    count = sum(1 for name in fields if re.fullmatch(r"option-\d+", name))
    right = fields.get("right") or []
    for number in range(min(count, 60)):
        rows.append(
            OptionRow(
                text=one(f"option-{number}"),
                is_right=str(number) in right,
                percent=one(f"percent-{number}"),
                feedback=one(f"feedback-{number}"),
            )
        )
    return Draft(
        kind=kind,
        text=one("text"),
        is_html=bool(fields.get("is_html")),
        points=one("points", "1"),
        rule=one("rule"),
        missed_percent=one("missed_percent", "50"),
        options=rows,
        shuffles=bool(fields.get("shuffles")),
        answer=one("answer"),
        extra=one("extra"),
        is_ordered=not fields.get("any_order"),
        folding={name: bool(fields.get(f"fold_{name}")) for name in FOLDS},
        explanation=one("explanation"),
        source=one("source"),
    )


def decimal_of(text: str, name: str) -> Decimal:
    """A number out of a field; BadAnswer names the field."""
    try:
        value = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation as error:
        raise BadAnswer(_("%(name)s“%(text)s”不是数。", name=name, text=text[:20])) from error
    if not value.is_finite() or value != round(value, 7):
        raise BadAnswer(_("%(name)s“%(text)s”不是数。", name=name, text=text[:20]))
    return value


def lines_of(text: str) -> list[str]:
    """The lines that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def definition_of(draft: Draft, before: Definition | None = None) -> Definition:
    """The definition that the draft means; BadAnswer says what cannot be understood.

    What the editor has no field for is kept from `before`.
    """
    points = decimal_of(draft.points, _("分值"))
    if points != round(points, 4) or not 0 < points <= 10_000:
        raise BadAnswer(_("分值要大于 0，最多四位小数。"))
    base = before or Definition(kind=draft.kind, text="", rule=default_rule(draft.kind))
    common = replace(
        base,
        kind=draft.kind,
        text=draft.text.strip(),
        is_html=draft.is_html,
        points=points,
        rule=Rule(draft.rule) if draft.rule in list(Rule) else base.rule,
        shuffles=draft.shuffles,
        explanation=draft.explanation.strip(),
        source=draft.source.strip(),
        folding=Folding(**draft.folding),
    )
    return READERS[draft.kind](draft, common)


def _read_choice(draft: Draft, base: Definition) -> Definition:
    weighted = base.rule in (Rule.WEIGHTED, Rule.NEGATIVE) and any(
        row.percent.strip() for row in draft.options
    )
    options: list[Option] = []
    for row in draft.options:
        if not row.text.strip():
            continue
        if weighted and row.percent.strip():
            weight = decimal_of(row.percent, _("得分比例")) / 100
        else:
            weight = ONE if row.is_right else ZERO
        options.append(
            Option(key_letter(len(options)), row.text.strip(), weight, row.feedback.strip())
        )
    if base.kind == Kind.MULTIPLE and base.rule == Rule.WEIGHTED and not weighted:
        raise BadAnswer(_("按比例得分时，请写出每个正确选项的得分比例。"))
    missed = decimal_of(draft.missed_percent or "50", _("漏选得分")) / 100
    if not 0 <= missed <= 1:
        raise BadAnswer(_("漏选得分要在 0 到 100% 之间。"))
    return replace(base, options=tuple(options), missed_fraction=missed)


def _read_true_false(draft: Draft, base: Definition) -> Definition:
    if draft.answer not in ("true", "false"):
        raise BadAnswer(_("没有选正确还是错误。"))
    notes = [option.feedback for option in base.options] or ["", ""]
    return replace(base, options=true_false_options(draft.answer == "true", notes))


def _read_fill_in(draft: Draft, base: Definition) -> Definition:
    text, count = mark_blanks(draft.text.strip())
    lines = lines_of(draft.answer)
    if len(lines) != count:
        raise BadAnswer(
            _("题干有 %(marks)d 个空，答案给了 %(gaps)d 个。", marks=count, gaps=len(lines))
        )
    gaps = []
    for number, line in enumerate(lines, 1):
        found = re.match(r"^\[(\d+(?:\.\d+)?)\]\s*(.*)$", line)
        weight = Decimal(found[1]) if found else ONE
        gaps.append(
            Gap(str(number), weight=weight, accepted=read_accepted(found[2] if found else line))
        )
    return replace(base, text=text, gaps=tuple(gaps), is_ordered=draft.is_ordered)


def _read_cloze(draft: Draft, base: Definition) -> Definition:
    text, count = mark_blanks(draft.text.strip())
    lines = lines_of(draft.answer)
    if len(lines) != count:
        raise BadAnswer(
            _("题干有 %(marks)d 个空，答案给了 %(gaps)d 个。", marks=count, gaps=len(lines))
        )
    gaps = tuple(_cloze_gap(str(number), line) for number, line in enumerate(lines, 1))
    return replace(base, text=text, gaps=gaps)


def _cloze_gap(key: str, line: str) -> Gap:
    found = re.match(r"^(文本|数值|选择)\s*(?:\[(\d+(?:\.\d+)?)\])?\s*[:：]\s*(.+)$", line)
    if not found:
        raise BadAnswer(_("第 %(key)s 行要写成“文本：…”“数值：…”或“选择：*对的|错的”。", key=key))
    weight = Decimal(found[2]) if found[2] else ONE
    if found[1] == "文本":
        return Gap(key, GapKind.TEXT, weight, accepted=read_accepted(found[3]))
    pieces = [piece for piece in split_escaped(found[3], "|｜") if piece]
    if found[1] == "数值":
        return Gap(key, GapKind.NUMBER, weight, numbers=tuple(map(read_tolerance, pieces)))
    options = tuple(
        Option(key_letter(place), piece.lstrip("*").strip(), ONE if piece.startswith("*") else ZERO)
        for place, piece in enumerate(pieces)
    )
    return Gap(key, GapKind.CHOICE, weight, options=options)


def _read_numeric(draft: Draft, base: Definition) -> Definition:
    numbers = []
    for line in lines_of(draft.answer):
        found = re.match(r"^(.*?)\s*[:：]\s*(\d{1,3})\s*%$", line)
        fraction = Decimal(found[2]) / 100 if found else ONE
        numbers.append(read_tolerance(found[1] if found else line, fraction))
    units = []
    for line in lines_of(draft.extra):
        name, _equals, factor = line.partition("=")
        units.append(Unit(name.strip(), decimal_of(factor, _("换算系数")) if factor else ONE))
    kept = {(number.value, number.tolerance): number for number in base.numbers}
    merged = tuple(_same_mode(number, kept) for number in numbers)
    return replace(base, numbers=merged, units=tuple(units))


def _same_mode(number: Number, kept: Mapping[Any, Number]) -> Number:
    known = kept.get((number.value, number.tolerance))
    return replace(number, mode=known.mode, feedback=known.feedback) if known else number


def _read_short(draft: Draft, base: Definition) -> Definition:
    accepted = [entry for line in lines_of(draft.answer) for entry in read_accepted(line)]
    keywords = []
    for line in lines_of(draft.extra):
        words, _colon, percent = line.replace("：", ":").rpartition(":")
        if not words:
            raise BadAnswer(_("关键词要写成“词|同义词：30%”。"))
        keywords.append(
            Keyword(
                tuple(word for word in split_escaped(words, "|｜") if word),
                decimal_of(percent, _("得分比例")) / 100,
            )
        )
    has_wildcards = base.has_wildcards if base.accepted else True
    return replace(
        base, accepted=tuple(accepted), keywords=tuple(keywords), has_wildcards=has_wildcards
    )


def _read_matching(draft: Draft, base: Definition) -> Definition:
    stems: list[Stem] = []
    choices: list[Item] = []
    for number, line in enumerate(lines_of(draft.answer), 1):
        pieces = re.split(r"->|→|=>", line, maxsplit=1)
        if len(pieces) != 2:
            raise BadAnswer(_("第 %(number)d 组配对要写成“左边 -> 右边”。", number=number))
        left, right = pieces[0].strip(), pieces[1].strip()
        known = next((choice for choice in choices if choice.text == right), None)
        if known is None:
            known = Item(key_letter(len(choices)), right)
            choices.append(known)
        if left:
            stems.append(Stem(str(len(stems) + 1), left, known.key))
    return replace(base, stems=tuple(stems), choices=tuple(choices))


def _read_ordering(draft: Draft, base: Definition) -> Definition:
    items = tuple(Item(str(place), line) for place, line in enumerate(lines_of(draft.answer), 1))
    return replace(base, items=items)


def _read_essay(draft: Draft, base: Definition) -> Definition:
    rubric = []
    for line in lines_of(draft.extra):
        found = re.match(r"^(.*?)\s*[:：]?\s*(\d{1,3}(?:\.\d+)?)\s*%$", line)
        if not found or not found[1]:
            raise BadAnswer(_("评分要点要写成“论点明确：40%”。"))
        rubric.append(Criterion(found[1], Decimal(found[2]) / 100))
    model = (Accepted(draft.answer.strip()),) if draft.answer.strip() else ()
    return replace(base, accepted=model, rubric=tuple(rubric))


def _read_material(draft: Draft, base: Definition) -> Definition:
    return base  # its questions are edited by importing them


READERS: dict[Kind, Callable[[Draft, Definition], Definition]] = {
    Kind.SINGLE: _read_choice,
    Kind.MULTIPLE: _read_choice,
    Kind.TRUE_FALSE: _read_true_false,
    Kind.FILL_IN: _read_fill_in,
    Kind.CLOZE: _read_cloze,
    Kind.NUMERIC: _read_numeric,
    Kind.SHORT: _read_short,
    Kind.MATCHING: _read_matching,
    Kind.ORDERING: _read_ordering,
    Kind.ESSAY: _read_essay,
    Kind.MATERIAL: _read_material,
}
