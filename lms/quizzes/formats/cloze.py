"""Moodle's cloze syntax inside a text: {1:SHORTANSWER:=right#note~%50%half}."""

import re
from collections.abc import Sequence
from decimal import Decimal
from html import unescape

from flask_babel import gettext as _

from lms.quizzes.definition import (
    GAP_MARK,
    ONE,
    ZERO,
    Accepted,
    Gap,
    GapKind,
    Number,
    Option,
    key_letter,
)
from lms.quizzes.formats.answers import BadAnswer, read_tolerance

OPENING = re.compile(r"\{(\d*):([A-Z_]+):")
TEXT = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}
NUMBER = {"NUMERICAL", "NM"}
CHOICE = re.compile(r"^(MULTICHOICE|MC)(_?[VHS]+)?$")
CHOICES = re.compile(r"^(MULTIRESPONSE|MR)(_?[HS]+)?$")
WEIGHT = re.compile(r"^(?:=|%(-?\d+(?:\.\d+)?)%)")
ESCAPED = re.compile(r"\\([}~#\"/\\=%{])")


def read_cloze(text: str) -> tuple[str, tuple[Gap, ...]]:
    """The text with gap marks, and the gaps. BadAnswer when a gap cannot be understood."""
    pieces: list[str] = []
    gaps: list[Gap] = []
    at = 0
    while found := OPENING.search(text, at):
        end = _closing(text, found.end())
        key = str(len(gaps) + 1)
        gaps.append(_gap(key, found[1], found[2], text[found.end() : end]))
        pieces += [text[at : found.start()], GAP_MARK.format(key=key)]
        at = end + 1
    return "".join((*pieces, text[at:])), tuple(gaps)


def _closing(text: str, start: int) -> int:
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == "}":
            return at
        at += 1
    raise BadAnswer(_("综合填空的一个空没有写完，缺少 }。"))


def _split(body: str) -> list[str]:
    return [piece for piece in re.split(r"(?<!\\)~", body) if piece.strip()]


def clean(text: str) -> str:
    """The text without the backslashes and the entities of the HTML around it."""
    return ESCAPED.sub(r"\1", unescape(text)).strip()


def _gap(key: str, points: str, name: str, body: str) -> Gap:
    weight = Decimal(points or 1)
    entries: list[tuple[Decimal, str, str]] = []
    for piece in _split(body):
        found = WEIGHT.match(piece)
        share = ZERO
        if found:
            share = Decimal(found[1]) / 100 if found[1] else ONE
            piece = piece[found.end() :]
        answer, *notes = re.split(r"(?<!\\)#", piece, maxsplit=1)
        entries.append((share, clean(answer), clean(notes[0]) if notes else ""))
    if name in TEXT:
        accepted = tuple(Accepted(text, share, note) for share, text, note in entries if share > 0)
        return Gap(key, GapKind.TEXT, weight, accepted=accepted)
    if name in NUMBER:
        numbers: list[Number] = []
        for share, text, remark in entries:
            if share > 0 and text != "*":
                value, _colon, off = text.partition(":")
                numbers.append(read_tolerance(f"{value}±{off}" if off else value, share, remark))
        return Gap(key, GapKind.NUMBER, weight, numbers=tuple(numbers))
    if CHOICE.match(name):
        options = tuple(
            Option(key_letter(index), text, share, note)
            for index, (share, text, note) in enumerate(entries)
        )
        return Gap(key, GapKind.CHOICE, weight, options=options)
    if CHOICES.match(name):
        return Gap(key, GapKind.CHOICES, weight, options=_options_of_several(entries, body))
    raise BadAnswer(_("不认识的空（%(name)s）。", name=name[:30]))


def _options_of_several(
    entries: Sequence[tuple[Decimal, str, str]], body: str
) -> tuple[Option, ...]:
    """Several options whose positive shares make the whole.

    Moodle (question/type/multianswer/questiontype.php): the positive fractions are divided by
    their sum; without any written fraction a wrong option takes back what a right one gives.
    """
    whole = sum((share for share, _text, _note in entries if share > 0), ZERO) or ONE
    has_shares = any(WEIGHT.match(piece) and piece[0] == "%" for piece in _split(body))
    wrong = ZERO if has_shares else -ONE / whole

    def weight(share: Decimal) -> Decimal:
        exact = share / whole if share > 0 else share or wrong
        return round(exact, 7).normalize() if exact else ZERO

    return tuple(
        Option(key_letter(index), text, weight(share), note)
        for index, (share, text, note) in enumerate(entries)
    )
