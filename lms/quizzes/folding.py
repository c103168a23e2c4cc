"""Comparing text as a kind teacher does: width, case, spaces, punctuation, script do not count."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

from lms.quizzes.definition import Folding

MAX_TEXT = 20_000
PUNCTUATION = str.maketrans(
    {
        "，": ",",
        "。": ".",
        "．": ".",
        "；": ";",
        "：": ":",
        "？": "?",
        "！": "!",
        "（": "(",
        "）": ")",
        "【": "[",
        "】": "]",
        "〔": "[",
        "〕": "]",
        "《": "<",
        "》": ">",
        "〈": "<",
        "〉": ">",
        "“": '"',
        "”": '"',
        "「": '"',
        "」": '"',
        "‘": "'",
        "’": "'",
        "、": ",",
        "—": "-",
        "–": "-",
        "－": "-",
        "～": "~",
        "…": "...",
        "·": ".",
        "•": ".",
    }
)
WIDTH = str.maketrans({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "})
SPACES = re.compile(r"\s+")


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str, folding: Folding) -> str:
    """`text` with the differences removed that `folding` names; folding twice changes nothing."""
    folded = unicodedata.normalize("NFC", text[:MAX_TEXT])
    if folding.width:
        folded = folded.translate(WIDTH)
    if folding.traditional and not folded.isascii():
        folded = _converter().convert(folded)
    if folding.punctuation:
        folded = folded.translate(PUNCTUATION)
    if folding.case:
        folded = folded.casefold()
    if folding.spaces:
        folded = SPACES.sub(" ", folded).strip()
    return unicodedata.normalize("NFC", folded)


def matches(pattern: str, text: str) -> bool:
    r"""Whether `text` is `pattern`, where `*` stands for any characters and `\*` for itself.

    Pieces between stars are searched from the left, so the work is at most the product of the two
    lengths, whatever the author wrote.
    """
    pieces = _pieces(pattern)
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def _pieces(pattern: str) -> list[str]:
    pieces, current, escaped = [], [], False
    for character in pattern:
        if escaped:
            current.append(character if character == "*" else "\\" + character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "*":
            pieces.append("".join(current))
            current = []
        else:
            current.append(character)
    if escaped:
        current.append("\\")
    pieces.append("".join(current))
    return pieces
