"""Chinese numerals as they number articles and items, read as whole numbers."""

import re
import unicodedata

DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "两": 2,
}
UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "[〇零○一二两三四五六七八九十百千万0-9０-９]"
CIRCLED = {chr(0x2460 + index): index + 1 for index in range(20)}
_PLAIN = re.compile(r"[0-9]{1,9}")


def read_number(text: str) -> int | None:
    """The number that `text` writes, such as 二十 or 20; None when it is none.

    Reads 0 to 99,999,999; positional writing such as 二〇二四 is read as digits.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(text):
        return int(text)
    if not text or len(text) > 16:
        return None
    if "万" in text:
        high, _, low = text.partition("万")
        return _join(_below_ten_thousand(high), _below_ten_thousand(low) if low else 0)
    return _below_ten_thousand(text)


def _join(high: int | None, low: int | None) -> int | None:
    return None if high is None or low is None else high * 10_000 + low


def _below_ten_thousand(text: str) -> int | None:
    if not text:
        return None
    if len(text) > 1 and all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text)) if len(text) < 9 else None
    total, digit, lowest = 0, 0, 10_000
    for char in text:
        if char in DIGITS:
            if digit:
                return None
            digit = DIGITS[char]
        elif char in UNITS and UNITS[char] < lowest:
            lowest = UNITS[char]
            total += (digit or 1) * lowest
            digit = 0
        else:
            return None
    return total + digit
