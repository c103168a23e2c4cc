"""From the question editor's fields to a definition; long lists are written one to a line."""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import count

from flask_babel import gettext as _

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Criterion,
    Definition,
    Folding,
    Item,
    Keyword,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Tolerance,
    Unit,
    default_rule,
    key_letter,
    map_texts,
)
from lms.quizzes.drafts import Draft, NumberRow
from lms.quizzes.editor_gaps import read_gaps, with_blanks
from lms.quizzes.formats.answers import (
    BadAnswer,
    read_tolerance,
    split_escaped,
    true_false_options,
    unescape,
)
from lms.quizzes.rich import Before, Rich, Texts
from lms.quizzes.richtext import clean_html
from lms.quizzes.sources import join_source

ARROWS = re.compile(r"->|-&gt;|→|=>|=&gt;")


def decimal_of(text: str, name: str) -> Decimal:
    """A number out of a field; BadAnswer names the field."""
    try:
        value = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation as error:
        raise BadAnswer(_("%(name)s“%(text)s”不是数。", name=name, text=text[:20])) from error
    if not value.is_finite() or value != round(value, 7):
        raise BadAnswer(_("%(name)s“%(text)s”不是数。", name=name, text=text[:20]))
    return value


def share_of(text: str, name: str, default: Decimal = ONE) -> Decimal:
    """A percentage out of a field as a share from -1 to 1; `default` when nothing is written."""
    if not text.strip():
        return default
    value = decimal_of(text, name) / 100
    if not -1 <= value <= 1:
        raise BadAnswer(_("%(name)s要在 -100%% 到 100%% 之间。", name=name))
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
    penalty = share_of(draft.penalty_percent, _("重试扣分"), ZERO)
    if penalty < 0:
        raise BadAnswer(_("重试扣分要在 0 到 100% 之间。"))
    base = before or Definition(kind=draft.kind, text="", rule=default_rule(draft.kind))
    texts = Texts(draft.texts(), _before(base))
    common = replace(
        base,
        kind=draft.kind,
        text=texts.block(draft.text),
        is_html=texts.is_html,
        title=draft.title.strip()[:200],
        points=points,
        rule=Rule(draft.rule) if draft.rule in list(Rule) else base.rule,
        penalty_fraction=penalty,
        shuffles=draft.shuffles,
        explanation=texts.block(draft.explanation),
        feedback_right=texts.inline(draft.feedback["feedback_right"]),
        feedback_partly=texts.inline(draft.feedback["feedback_partly"]),
        feedback_wrong=texts.inline(draft.feedback["feedback_wrong"]),
        source=join_source(draft.source, draft.source_address),
        folding=Folding(**draft.folding),
    )
    return READERS[draft.kind](draft, common, texts)


def _before(definition: Definition) -> Before | None:
    """The texts of an HTML question as the editor shows them, blanks as it shows them."""
    if not definition.is_html:
        return None
    lines: list[str] = []

    def look(text: str) -> str:
        lines.append(text)
        return text

    map_texts(replace(definition, text="", explanation="", parts=()), look)
    models = [entry.text for entry in definition.accepted]
    return Before([with_blanks(definition), definition.explanation, *models], lines)


def _letter(taken: Container[str]) -> str:
    """The first letter that no other option has."""
    return next(key for number in count() if (key := key_letter(number)) not in taken)


def _read_choice(draft: Draft, base: Definition, texts: Texts) -> Definition:
    weighted = base.rule in (Rule.WEIGHTED, Rule.NEGATIVE) and any(
        row.percent.strip() for row in draft.options
    )
    options: list[Option] = []
    for row in draft.options:
        if row.text.is_empty:
            continue
        weight = ONE if row.is_right else ZERO
        if weighted:
            weight = share_of(row.percent, _("得分比例"), weight)
        key = row.key or _letter({each.key for each in [*draft.options, *options]})
        options.append(Option(key, texts.inline(row.text), weight, texts.inline(row.feedback)))
    if base.kind == Kind.MULTIPLE and base.rule == Rule.WEIGHTED and not weighted:
        raise BadAnswer(_("按比例得分时，请写出每个正确选项的得分比例。"))
    missed = decimal_of(draft.missed_percent or "50", _("漏选得分")) / 100
    if not 0 <= missed <= 1:
        raise BadAnswer(_("漏选得分要在 0 到 100% 之间。"))
    return replace(base, options=tuple(options), missed_fraction=missed)


def _read_true_false(draft: Draft, base: Definition, texts: Texts) -> Definition:
    if draft.answer not in ("true", "false"):
        raise BadAnswer(_("没有选正确还是错误。"))
    is_negative = base.rule == Rule.NEGATIVE
    if is_negative and not draft.wrong_percent.strip():
        raise BadAnswer(_("选错倒扣时，请写出答错得多少，例如 -50。"))
    wrong = share_of(draft.wrong_percent, _("答错得分"), ZERO) if is_negative else ZERO
    notes = [texts.inline(row.feedback) for row in draft.options[:2]]
    options = true_false_options(draft.answer == "true", notes)
    weighted = (option if option.weight else replace(option, weight=wrong) for option in options)
    return replace(base, options=tuple(weighted))


def _read_blanks(draft: Draft, base: Definition, texts: Texts) -> Definition:
    text, gaps = read_gaps(base, lines_of(draft.answer), texts)
    return replace(
        base,
        text=text,
        gaps=gaps,
        has_wildcards=draft.has_wildcards,
        is_ordered=draft.is_ordered or base.kind == Kind.CLOZE,
    )


def _read_numeric(draft: Draft, base: Definition, texts: Texts) -> Definition:
    numbers = [_number_of(row, texts) for row in draft.numbers if row.value.strip()]
    units = []
    for line in lines_of(draft.extra):
        name, _equals, factor = line.partition("=")
        units.append(Unit(name.strip(), decimal_of(factor, _("换算系数")) if factor else ONE))
    if draft.needs_unit and not units:
        raise BadAnswer(_("要求写单位时，请列出接受的单位。"))
    return replace(base, numbers=tuple(numbers), units=tuple(units), needs_unit=draft.needs_unit)


def _number_of(row: NumberRow, texts: Texts) -> Number:
    share = share_of(row.percent, _("得分比例"))
    number = read_tolerance(row.value, share, texts.inline(row.feedback))
    if not row.tolerance.strip():
        return number
    off = decimal_of(row.tolerance, _("误差"))
    if off < 0:
        raise BadAnswer(_("误差不能是负数。"))
    mode = Tolerance(row.mode) if row.mode in list(Tolerance) else Tolerance.ABSOLUTE
    return replace(number, tolerance=off if mode == Tolerance.ABSOLUTE else off / 100, mode=mode)


def _read_short(draft: Draft, base: Definition, texts: Texts) -> Definition:
    accepted = [
        Accepted(row.text.strip(), share_of(row.percent, _("得分比例")), texts.inline(row.feedback))
        for row in draft.accepted
        if row.text.strip()
    ]
    keywords = []
    for line in lines_of(draft.extra):
        words, _colon, percent = line.replace("：", ":").rpartition(":")
        if not words:
            raise BadAnswer(_("关键词要写成“词|同义词：30%”。"))
        keywords.append(
            Keyword(
                tuple(unescape(word) for word in split_escaped(words, "|｜") if word),
                decimal_of(percent, _("得分比例")) / 100,
            )
        )
    return replace(
        base,
        accepted=tuple(accepted),
        keywords=tuple(keywords),
        has_wildcards=draft.has_wildcards,
    )


def _line(draft: Draft, texts: Texts, piece: str) -> str:
    """A piece of a line as a text of the question."""
    text = piece.strip()
    return texts.inline(
        Rich(clean_html(text) if draft.lines_are_html else text, draft.lines_are_html)
    )


def _keys(known: Sequence[tuple[str, str]], texts: Sequence[str]) -> list[str]:
    """A key for each text: the one that the same text had before, else one that is new.

    Answers name keys, so a corrected question can be graded anew only where they stay the same.
    """
    left = list(known)
    taken = {key for key, _text in known}
    fresh = (key for number in count(1) if (key := str(number)) not in taken)
    keys = []
    for text in texts:
        same = next((pair for pair in left if pair[1] == text), None)
        if same:
            left.remove(same)
        keys.append(same[0] if same else next(fresh))
    return keys


def _read_matching(draft: Draft, base: Definition, texts: Texts) -> Definition:
    pairs = []
    for number, line in enumerate(lines_of(draft.answer), 1):
        pieces = ARROWS.split(line, maxsplit=1)
        if len(pieces) != 2:
            raise BadAnswer(_("第 %(number)d 组配对要写成“左边 -> 右边”。", number=number))
        pairs.append((_line(draft, texts, pieces[0]), _line(draft, texts, pieces[1])))
    known = [(choice.key, choice.text) for choice in base.choices]
    rights = dict.fromkeys(right for _left, right in pairs)
    before = [text for _key, text in known if text in rights]
    order = [*before, *(text for text in rights if text not in before)]
    keys = dict(zip(order, _keys(known, order), strict=True))
    stems = [(left, right) for left, right in pairs if left]
    stem_keys = _keys([(stem.key, stem.text) for stem in base.stems], [left for left, _r in stems])
    return replace(
        base,
        stems=tuple(
            Stem(key, left, keys[right])
            for key, (left, right) in zip(stem_keys, stems, strict=True)
        ),
        choices=tuple(Item(keys[text], text) for text in order),
    )


def _read_ordering(draft: Draft, base: Definition, texts: Texts) -> Definition:
    lines = [_line(draft, texts, line) for line in lines_of(draft.answer)]
    keys = _keys([(item.key, item.text) for item in base.items], lines)
    return replace(base, items=tuple(map(Item, keys, lines)))


def _read_essay(draft: Draft, base: Definition, texts: Texts) -> Definition:
    rubric = []
    for line in lines_of(draft.extra):
        found = re.match(r"^(.*?)\s*[:：]?\s*(\d{1,3}(?:\.\d+)?)\s*%$", line)
        if not found or not found[1]:
            raise BadAnswer(_("评分要点要写成“论点明确：40%”。"))
        rubric.append(Criterion(texts.inline(Rich(found[1])), Decimal(found[2]) / 100))
    model = () if draft.model.is_empty else (Accepted(texts.block(draft.model)),)
    return replace(base, accepted=model, rubric=tuple(rubric), allows_files=draft.allows_files)


def _read_material(draft: Draft, base: Definition, texts: Texts) -> Definition:
    """The passage alone; its questions have pages of their own, their points make the whole."""
    whole = sum((part.points for part in base.parts), ZERO)
    return replace(base, points=whole or ONE)


READERS: dict[Kind, Callable[[Draft, Definition, Texts], Definition]] = {
    Kind.SINGLE: _read_choice,
    Kind.MULTIPLE: _read_choice,
    Kind.TRUE_FALSE: _read_true_false,
    Kind.FILL_IN: _read_blanks,
    Kind.CLOZE: _read_blanks,
    Kind.NUMERIC: _read_numeric,
    Kind.SHORT: _read_short,
    Kind.MATCHING: _read_matching,
    Kind.ORDERING: _read_ordering,
    Kind.ESSAY: _read_essay,
    Kind.MATERIAL: _read_material,
}
