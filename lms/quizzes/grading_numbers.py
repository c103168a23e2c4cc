"""Grading of numbers: reading what was written, tolerance, units."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lms.quizzes.definition import ONE, Definition, Number, Tolerance, Unit
from lms.quizzes.grade import (
    NOTHING,
    UNANSWERED,
    Grade,
    Outcome,
    Reason,
    ReasonCode,
    graded,
    held,
    share,
    verdict,
)

NUMBER = re.compile(r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:[eE]([+-]?\d{1,3}))?")
TIMES_TEN = re.compile(r"\s*[×x*]\s*10\s*\^?\s*([+-]?\d{1,3})")
MAX_LENGTH = 100


def read_number(text: str) -> tuple[Decimal, str] | None:
    """The number at the start of `text` and what follows it (a unit), or None.

    Understands full-width digits, thousands commas, 1.5e3, 1.5×10^3 and the Chinese minus signs.
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).strip()
    plain = plain.replace("−", "-").replace("—", "-").replace("–", "-")
    plain = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", plain)
    found = NUMBER.match(plain)
    if not found:
        return None
    value, rest = Decimal(found[1]), plain[found.end() :]
    exponent = int(found[2] or 0)
    if not found[2] and (times := TIMES_TEN.match(rest)):
        exponent, rest = int(times[1]), rest[times.end() :]
    return value.scaleb(exponent), rest.strip()


def within(number: Number, value: Decimal) -> bool:
    """Whether `value` lies within the tolerance, ends included."""
    wanted, off = number.value, abs(number.tolerance)
    if number.mode == Tolerance.GEOMETRIC and wanted:
        ends = sorted((wanted / (ONE + off), wanted * (ONE + off)))
        return ends[0] <= value <= ends[1]
    if number.mode == Tolerance.RELATIVE:
        off *= abs(wanted)
    return wanted - off <= value <= wanted + off


def grade_number(
    numbers: Sequence[Number], text: str, units: Sequence[Unit] = (), *, needs_unit: bool = False
) -> Grade:
    """The best accepted number that the written one is near enough to."""
    read = read_number(text)
    if read is None:
        return graded(NOTHING, (Reason(ReasonCode.NO_NUMBER),))
    value, unit = read
    factor = _factor(units, unit, needs_unit=needs_unit)
    if factor is None:
        return graded(NOTHING, (Reason(ReasonCode.WRONG_UNIT),))
    fitting = [number for number in numbers if within(number, value * factor)]
    if not fitting:
        return graded(NOTHING, (Reason(ReasonCode.WRONG),))
    best = max(fitting, key=lambda number: number.fraction)
    fraction = held(share(best.fraction))
    return graded(fraction, (Reason(verdict(fraction), "", fraction, best.feedback),))


def _factor(units: Sequence[Unit], written: str, *, needs_unit: bool) -> Decimal | None:
    if not written:
        return None if needs_unit and units else ONE
    folded = written.casefold().replace(" ", "")
    for exactly in (True, False):
        for unit in units:
            name = unicodedata.normalize("NFKC", unit.name)
            if (name == written) if exactly else (name.casefold().replace(" ", "") == folded):
                return unit.factor
    # A question without units overlooks what follows the number only when it is a percent sign.
    return ONE / 100 if not units and written == "%" else None


def grade_numeric(definition: Definition, response: dict[str, Any]) -> Grade:
    """A numeric question."""
    text = response.get("text")
    if not isinstance(text, str) or not text.strip():
        return UNANSWERED
    grade = grade_number(
        definition.numbers, text, definition.units, needs_unit=definition.needs_unit
    )
    return Grade(Outcome.GRADED, grade.fraction, grade.reasons)
