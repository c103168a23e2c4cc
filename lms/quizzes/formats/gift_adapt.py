"""What GIFT has no place for, put into the questions that it has, and said in one sentence."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from html import escape

from flask_babel import gettext as _

from lms.quizzes.checking import MARK
from lms.quizzes.definition import (
    ONE,
    Definition,
    Gap,
    GapKind,
    Item,
    Kind,
    Number,
    Rule,
    Stem,
    Tolerance,
    key_letter,
)

BLANK = "_____"


@dataclass(frozen=True, slots=True)
class Adapted:
    """The questions that stand for one, and what became of it; nothing is said of an equal one."""

    definitions: tuple[Definition, ...]
    note: str = ""


def adapt_to_gift(definition: Definition) -> Adapted:
    """The question as GIFT can hold it; no questions at all where it cannot."""
    if definition.kind == Kind.ORDERING:
        return Adapted((_as_matching(definition),), _("排序题写成配对题：每一项配第几位"))
    if definition.kind in (Kind.FILL_IN, Kind.CLOZE):
        return _by_gap(definition)
    if definition.kind == Kind.MATERIAL:
        return _by_part(definition)
    if definition.kind == Kind.SHORT and not definition.accepted:
        essay = replace(definition, kind=Kind.ESSAY, rule=Rule.PER_PART, keywords=())
        return Adapted((essay,), _("按关键词给分的简答题写成论述题"))
    if definition.kind == Kind.NUMERIC:
        return _with_plain_tolerance(definition)
    return Adapted((definition,))


def _as_matching(definition: Definition) -> Definition:
    """Each item is matched with its place; the items stand in the right order."""
    places = [Item(key_letter(index), str(index + 1)) for index in range(len(definition.items))]
    stems = tuple(
        Stem(str(index), item.text, place.key)
        for index, (item, place) in enumerate(zip(definition.items, places, strict=True), 1)
    )
    return replace(
        definition,
        kind=Kind.MATCHING,
        rule=Rule.PER_PART,
        items=(),
        stems=stems,
        choices=tuple(places),
    )


def _by_gap(definition: Definition) -> Adapted:
    """One question a gap, with all gaps shown as blanks."""
    gaps = definition.gaps
    if not definition.is_ordered:
        # Any of the answers is right in any of the gaps.
        every = tuple(dict.fromkeys(entry for gap in gaps for entry in gap.accepted))
        gaps = tuple(replace(gap, accepted=every) for gap in gaps)
    text = re.sub(MARK, BLANK, definition.text)
    whole = sum((gap.weight for gap in gaps), Decimal(0)) or ONE
    made = []
    for number, gap in enumerate(gaps, 1):
        asked = text if len(gaps) == 1 else text + _("（第 %(number)d 空）", number=number)
        points = definition.points * gap.weight / whole
        made.append(_of_gap(definition, gap, asked, points))
    note = (
        _("写成一道普通的题，空写成横线")
        if len(made) == 1
        else _("拆成 %(count)d 道题，每空一道", count=len(made))
    )
    return Adapted(tuple(made), note)


def _of_gap(definition: Definition, gap: Gap, text: str, points: Decimal) -> Definition:
    plain = replace(
        definition,
        text=text,
        points=round(points, 4),
        gaps=(),
        is_ordered=True,
    )
    if gap.kind == GapKind.CHOICE:
        return replace(plain, kind=Kind.SINGLE, rule=Rule.WEIGHTED, options=gap.options)
    if gap.kind == GapKind.CHOICES:
        return replace(plain, kind=Kind.MULTIPLE, rule=Rule.WEIGHTED, options=gap.options)
    if gap.kind == GapKind.NUMBER:
        numeric = replace(plain, kind=Kind.NUMERIC, rule=Rule.ACCEPTED, numbers=gap.numbers)
        return _with_plain_tolerance(numeric).definitions[0]
    return replace(
        plain, kind=Kind.SHORT, rule=Rule.ACCEPTED, has_wildcards=True, accepted=gap.accepted
    )


def _by_part(definition: Definition) -> Adapted:
    """Every question of a passage by itself, with the passage in front."""
    made: list[Definition] = []
    for number, part in enumerate(definition.parts, 1):
        is_html = definition.is_html or part.is_html
        texts = (definition.text, part.text)
        passage, question = (
            as_html(text) if is_html and not each.is_html else text
            for text, each in zip(texts, (definition, part), strict=True)
        )
        gap = "<br>" if is_html else "\n"
        mark = _("（%(number)d）", number=number)
        text = f"{passage.rstrip()}{gap}{mark}{question.lstrip()}"
        title = f"{definition.title} {number}" if definition.title else part.title
        alone = replace(part, text=text, is_html=is_html, title=title)
        made += adapt_to_gift(alone).definitions
    return Adapted(tuple(made), _("材料题拆成 %(count)d 道题，每道前面都有材料", count=len(made)))


def as_html(text: str) -> str:
    """A plain text as HTML."""
    return escape(text).replace("\n", "<br>")


def _with_plain_tolerance(definition: Definition) -> Adapted:
    """Numbers with the tolerance in their own units: GIFT knows no other."""
    numbers = tuple(map(_plain, definition.numbers))
    if numbers == definition.numbers:
        return Adapted((definition,))
    return Adapted((replace(definition, numbers=numbers),), _("误差换算成绝对误差"))


def _plain(number: Number) -> Number:
    if number.mode == Tolerance.ABSOLUTE:
        return number
    low, high = number.value, number.value
    if number.mode == Tolerance.RELATIVE:
        off = abs(number.value) * number.tolerance
        low, high = number.value - off, number.value + off
    else:
        low, high = number.value / (1 + number.tolerance), number.value * (1 + number.tolerance)
    middle, off = (low + high) / 2, abs(high - low) / 2
    return replace(
        number,
        value=_short(middle),
        tolerance=_short(off),
        mode=Tolerance.ABSOLUTE,
    )


def _short(value: Decimal) -> Decimal:
    """Without needless zeros, to ten places."""
    return Decimal(f"{round(value, 10).normalize():f}")
