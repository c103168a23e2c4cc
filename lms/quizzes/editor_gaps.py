"""Blanks in the editor: a text with ____ in it, and one line of answers for each.

A line of a fill-in is 北京|北平:50%, with [2] before it where a blank counts twice. A line of a
cloze says first what kind of blank it is: 文本：…, 数值：6300±100, 选择：*对|错:50%.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _

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
    Option,
    Tolerance,
    key_letter,
    plain_decimal,
)
from lms.quizzes.formats.answers import (
    BLANK,
    SHARE,
    BadAnswer,
    escape,
    read_accepted,
    read_tolerance,
    split_escaped,
    unescape,
)
from lms.quizzes.rich import Rich, Texts, opened

MARK = r"\[\[[^\[\]]{1,20}\]\]"
BLANKS = re.compile(rf"{MARK}|{BLANK.pattern}")
BLANKS_AND_TAGS = re.compile(rf"<[^>]*>|{BLANKS.pattern}")
NAMES = {
    GapKind.TEXT: "文本",
    GapKind.NUMBER: "数值",
    GapKind.CHOICE: "选择",
    GapKind.CHOICES: "多选",
}
KINDS = {name: kind for kind, name in NAMES.items()} | {
    "text": GapKind.TEXT,
    "number": GapKind.NUMBER,
    "choice": GapKind.CHOICE,
    "choices": GapKind.CHOICES,
}
LINE = re.compile(rf"^({'|'.join(KINDS)})\s*(?:\[(\d+(?:\.\d+)?)\])?\s*[:：]\s*(.+)$")
WEIGHED = re.compile(r"^\[(\d+(?:\.\d+)?)\]\s*(.*)$")
IN_PERCENT = re.compile(r"^(.*?)\s*(±|×÷)\s*(\d+(?:\.\d+)?)\s*[%％]$")


def with_blanks(definition: Definition) -> str:
    """The text with ____ where its blanks are; blanks side by side stay marked [[1]][[2]]."""
    text = definition.text
    if "]][[" in text:
        return text
    for gap in definition.gaps:
        text = text.replace(GAP_MARK.format(key=gap.key), "____")
    return text


def mark_blanks(text: str, *, is_html: bool) -> tuple[str, int]:
    """The text with every blank turned into a gap mark, and how many there are."""
    count = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal count
        if found[0].startswith("<"):
            return found[0]
        count += 1
        return GAP_MARK.format(key=count)

    return (BLANKS_AND_TAGS if is_html else BLANKS).sub(mark, text), count


def read_gaps(base: Definition, lines: Sequence[str], texts: Texts) -> tuple[str, tuple[Gap, ...]]:
    """The text with gap marks and its gaps; notes on answers are kept from the gaps before."""
    text, count = mark_blanks(base.text, is_html=texts.is_html)
    if len(lines) != count:
        raise BadAnswer(
            _("题干有 %(marks)d 个空，答案给了 %(gaps)d 个。", marks=count, gaps=len(lines))
        )
    before = {gap.key: gap for gap in base.gaps}
    read = _fill_in_gap if base.kind == Kind.FILL_IN else _cloze_gap
    gaps = [
        _with_notes(read(str(number), line, texts), before.get(str(number)), texts)
        for number, line in enumerate(lines, 1)
    ]
    return text, tuple(gaps)


def _with_notes(gap: Gap, before: Gap | None, texts: Texts) -> Gap:
    """The gap with the feedback that its answers had before."""
    if before is None:
        return gap
    accepted = {entry.text: entry.feedback for entry in before.accepted}
    numbers = {(entry.value, entry.tolerance): entry.feedback for entry in before.numbers}
    options = {opened(entry.text, texts.was_html): entry.feedback for entry in before.options}
    return replace(
        gap,
        accepted=tuple(
            replace(entry, feedback=texts.again(accepted.get(entry.text, "")))
            for entry in gap.accepted
        ),
        numbers=tuple(
            replace(entry, feedback=texts.again(numbers.get((entry.value, entry.tolerance), "")))
            for entry in gap.numbers
        ),
        options=tuple(
            replace(entry, feedback=texts.again(options.get(opened(entry.text, texts.is_html), "")))
            for entry in gap.options
        ),
    )


def _fill_in_gap(key: str, line: str, texts: Texts) -> Gap:
    found = WEIGHED.match(line)
    weight = Decimal(found[1]) if found else ONE
    return Gap(key, weight=weight, accepted=read_accepted(found[2] if found else line))


def _cloze_gap(key: str, line: str, texts: Texts) -> Gap:
    found = LINE.match(line)
    if not found:
        raise BadAnswer(_("第 %(key)s 行要写成“文本：…”“数值：…”或“选择：*对的|错的”。", key=key))
    kind = KINDS[found[1]]
    weight = Decimal(found[2]) if found[2] else ONE
    if kind == GapKind.TEXT:
        return Gap(key, kind, weight, accepted=read_accepted(found[3]))
    pieces = [piece for piece in split_escaped(found[3], "|｜") if piece]
    if kind == GapKind.NUMBER:
        return Gap(key, kind, weight, numbers=tuple(map(_read_number, pieces)))
    options = [_read_option(piece) for piece in pieces]
    if kind == GapKind.CHOICES:
        options = _shared(options)
    return Gap(
        key,
        kind,
        weight,
        options=tuple(
            Option(key_letter(place), texts.inline(Rich(text)), share)
            for place, (text, share) in enumerate(options)
        ),
    )


def _read_number(piece: str) -> Number:
    found = SHARE.match(piece)
    share = Decimal(found[2]) / 100 if found else ONE
    text = found[1] if found else piece
    relative = IN_PERCENT.match(text)
    if not relative:
        return read_tolerance(text, share)
    mode = Tolerance.RELATIVE if relative[2] == "±" else Tolerance.GEOMETRIC
    return replace(
        read_tolerance(relative[1], share), tolerance=Decimal(relative[3]) / 100, mode=mode
    )


def _shared(options: Sequence[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Several options marked with a star share the credit; written shares stay as they are."""
    starred = sum(share == ONE for _text, share in options)
    if starred < 2:
        return list(options)
    part = round(ONE / starred, 7).normalize()
    return [(text, part if share == ONE else share) for text, share in options]


def _read_option(piece: str) -> tuple[str, Decimal]:
    if piece.startswith("*"):
        return unescape(piece[1:].strip()), ONE
    found = SHARE.match(piece)
    text, share = (found[1], Decimal(found[2]) / 100) if found else (piece, ZERO)
    return unescape(text.removeprefix("\\") if text.startswith("\\*") else text), share


# The other way round: gaps as lines.


def percent(share: Decimal) -> str:
    """A share as a percentage without the sign."""
    return plain_decimal(share * 100)


def gap_lines(definition: Definition) -> str:
    """The answers of all gaps, one to a line, as `read_gaps` reads them."""
    write: Callable[[Gap, bool], str] = (
        _fill_in_line if definition.kind == Kind.FILL_IN else _cloze_line
    )
    places = {
        gap.key: definition.text.find(GAP_MARK.format(key=gap.key)) for gap in definition.gaps
    }
    gaps = sorted(definition.gaps, key=lambda gap: places[gap.key])
    return "\n".join(write(gap, definition.is_html) for gap in gaps)


def accepted_text(accepted: Sequence[Accepted]) -> str:
    """Synonyms with their shares, as `read_accepted` reads them."""
    return "|".join(
        _with_share(escape(entry.text), entry.fraction, implied=ONE) for entry in accepted
    )


def _with_share(text: str, share: Decimal, *, implied: Decimal) -> str:
    """The answer with its share, which is left out where it goes without saying."""
    if share == implied and not SHARE.match(text):
        return text
    return f"{text}:{percent(share)}%"


def _fill_in_line(gap: Gap, is_html: bool) -> str:
    weight = "" if gap.weight == 1 else f"[{plain_decimal(gap.weight)}]"
    return weight + accepted_text(gap.accepted)


def _cloze_line(gap: Gap, is_html: bool) -> str:
    weight = "" if gap.weight == 1 else f"[{plain_decimal(gap.weight)}]"
    if gap.kind == GapKind.TEXT:
        body = accepted_text(gap.accepted)
    elif gap.kind == GapKind.NUMBER:
        body = "|".join(_number_text(number) for number in gap.numbers)
    else:
        body = "|".join(_option_text(option, is_html) for option in gap.options)
    return f"{NAMES[gap.kind]}{weight}：{body}"


def _option_text(option: Option, is_html: bool) -> str:
    text = escape(" ".join(opened(option.text, is_html).source.split()))
    if option.weight == 1:
        return f"*{text}"
    return _with_share("\\" + text if text.startswith("*") else text, option.weight, implied=ZERO)


def _number_text(number: Number) -> str:
    signs = {Tolerance.RELATIVE: "±", Tolerance.GEOMETRIC: "×÷"}
    text = tolerance_text(number)
    if number.tolerance and number.mode in signs:
        text = f"{plain_decimal(number.value)}{signs[number.mode]}{percent(number.tolerance)}%"
    return _with_share(text, number.fraction, implied=ONE)


def tolerance_text(number: Number) -> str:
    """A number with an absolute tolerance as `read_tolerance` reads it."""
    text = plain_decimal(number.value)
    return f"{text}±{plain_decimal(number.tolerance)}" if number.tolerance else text
