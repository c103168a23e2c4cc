"""Bytes to text: UTF-8, UTF-16 and GB18030 are recognised, everything else is refused."""

import codecs
import re
from dataclasses import dataclass

from lms.library.problems import Reason, Unreadable

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 65_536
# What never stands in a text: control characters other than tab, line ends and form feed.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
MOST_CONTROL_FRACTION = 0.01


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text and the encoding that it was in."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Read bytes as text; raises Unreadable with EMPTY or NOT_TEXT.

    A byte order mark decides; without one, strict UTF-8, then UTF-16 when half the bytes of a
    sample are what UTF-16 leaves there, then strict GB18030.
    """
    if not data.strip():
        raise Unreadable(Reason.EMPTY)
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strict(data, name)
    for name in ("utf-8", *_utf_16(data), "gb18030"):
        try:
            return _strict(data, name)
        except Unreadable as error:
            if error.reason is Reason.EMPTY:
                raise
    raise Unreadable(Reason.NOT_TEXT)


def _strict(data: bytes, name: str) -> Decoded:
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, UnicodeError):
        raise Unreadable(Reason.NOT_TEXT) from None
    if len(CONTROL.findall(text[:SAMPLE_BYTES])) > MOST_CONTROL_FRACTION * min(
        len(text), SAMPLE_BYTES
    ):
        raise Unreadable(Reason.NOT_TEXT)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Unreadable(Reason.EMPTY)
    return Decoded(text, name.removesuffix("-sig"))


def _utf_16(data: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark: line ends and Latin letters leave zeros on one side only."""
    if len(data) % 2:
        return ()
    sample = data[:SAMPLE_BYTES]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 4 * even and odd:
        return ("utf-16-le",)
    if even > 4 * odd and even:
        return ("utf-16-be",)
    return ()
