"""Text analysis, the same for what is indexed and asked: folding, tokens, articles, titles.

Folding maps each character on its own (NFKC, lower case, traditional to simplified, accents off),
so that a place in the folded text can always be led back to a place in the original.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from operator import add

import numpy as np
from opencc import OpenCC

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Scripts written without spaces are cut into pairs of characters: Han, kana, hangul.
PAIRED = HAN + "\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af"
# Characters that OpenCC leaves alone, because they have several meanings, and variants that texts
# use side by side. Both sides fold alike, so that either spelling finds both.
MORE_VARIANTS = dict(zip("著乾祇迺菓瞭藉覆像甦揹伕牠彷荳耡濬暱馀唸",
                         "着干只乃果了借复象苏背夫它仿豆锄浚昵余念", strict=True))  # fmt: skip

NUMERAL_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
                  "七": 7, "八": 8, "九": 9}  # fmt: skip
NUMERAL_UNITS = {"十": 10, "百": 100, "千": 1000}
_N = "[零〇一二两三四五六七八九十百千0-9]{1,9}"
# 第二十条, 第20条, 20条, 第二十条之一; a bare Chinese numeral (国二十条) names no article.
ARTICLE = re.compile(rf"(?:第\s*({_N})\s*条|(?<![0-9])([0-9]{{1,4}})\s*条)(?:之({_N}))?")
PIECE = re.compile(rf"([{PAIRED}]+)|([0-9]+)|([^\W\d_{PAIRED}]+)")

# 25%, 0.5%, 5‰, also full width: read as texts write them in words, 百分之二十五.
PERCENT = re.compile(r"(?<![\d.])([0-9０-９]{1,4})(?:[.．]([0-9０-９]{1,4}))?[ 　]?([%％﹪‰])")
PAIRED_CHAR = re.compile(f"[{PAIRED}]")
MOST_BRIDGED = 4  # marks and spaces between two runs
STATE_NAME = "中华人民共和国"
TITLE_TAIL = re.compile(r"[(\[〔【][^()\[\]〔〕【】]{0,20}[)\]〕】]$")
NOT_LETTER = re.compile(r"[\W_]+")


class _Folding(dict[int, str]):
    """Folded text of each code point, worked out on first use."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


@cache
def _simplified() -> dict[str, str]:
    """Traditional characters and their simplified forms, from OpenCC's character table."""
    ranges = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
    chars = [chr(code) for first, end in ranges for code in range(first, end)]
    converted = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    pairs = {a: b for a, b in zip(chars, converted, strict=True) if a != b and len(b) == 1}
    return pairs | MORE_VARIANTS


def _fold_char(char: str) -> str:
    compatible = unicodedata.normalize("NFKC", char).lower()
    plain = []
    for part in compatible:
        if "\uac00" <= part <= "\ud7af":
            plain.append(part)
            continue
        for piece in unicodedata.normalize("NFKD", part):
            if not unicodedata.combining(piece):
                plain.append(_simplified().get(piece, piece))
    return "".join(plain)


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text as search compares it."""
    return text.translate(_FOLDING)


class _LetterTable:
    """The folded letter of each code point in an array: many texts are folded in a few steps."""

    NONE = 0  # no letter: spaces and punctuation
    UNSEEN = 0xFFFFFFFF
    SEVERAL = 0xFFFFFFFE  # folds to more than one letter
    BETWEEN = "\uffff"  # stands between two texts; a noncharacter, which texts do not hold

    def __init__(self) -> None:
        self.codes = np.full(0x110000, self.UNSEEN, np.uint32)
        self.codes[ord(self.BETWEEN)] = ord(self.BETWEEN)

    def fold(self, texts: Sequence[str]) -> list[str] | None:
        """Their letters; None when a character of them folds to several."""
        joined = self.BETWEEN.join(texts).encode("utf-32-le", "surrogatepass")
        given = np.frombuffer(joined, np.uint32)
        folded = self.codes[given]
        highest = int(folded.max(initial=0))
        if highest == self.UNSEEN:
            self._learn(np.unique(given[folded == self.UNSEEN]).tolist())
            folded = self.codes[given]
            highest = int(folded.max(initial=0))
        if highest == self.SEVERAL:
            return None
        kept = folded[folded != self.NONE].tobytes()
        found: list[str] = kept.decode("utf-32-le", "surrogatepass").split(self.BETWEEN)
        return found

    def _learn(self, codes: Sequence[int]) -> None:
        for code in codes:
            found = letters(_FOLDING[code])
            self.codes[code] = self.SEVERAL if len(found) > 1 else ord(found) if found else 0


def letters_of(texts: Sequence[str]) -> list[str]:
    """`letters(fold(text))` of each text, for many texts at once."""
    if not texts:
        return []
    found = _letter_table().fold(texts)
    if found is not None and len(found) == len(texts):
        return found
    if len(texts) == 1:
        return [letters(fold(texts[0]))]
    return [one for text in texts for one in letters_of([text])]


@cache
def _letter_table() -> _LetterTable:
    return _LetterTable()


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the index in `text` that it came from.

    The offsets have one more item, the length of `text`.
    """
    pieces = [_FOLDING[ord(char)] for char in text]
    folded = "".join(pieces)
    if len(folded) == len(text) and all(pieces):
        return folded, range(len(text) + 1)
    offsets = [index for index, piece in enumerate(pieces) for _ in piece]
    return folded, [*offsets, len(text)]


def read_numeral(text: str) -> int | None:
    """The number from 0 to 9,999 that a folded numeral such as 二十 or 20 writes; None for none."""
    if text.isascii():
        return int(text) if text.isdecimal() else None
    if all(char in NUMERAL_DIGITS or char.isdecimal() for char in text):
        return int("".join(str(NUMERAL_DIGITS.get(char, char)) for char in text))
    total, digit, lowest = 0, 0, 10_000
    for char in text:
        if char in NUMERAL_DIGITS:
            digit = NUMERAL_DIGITS[char]
        elif NUMERAL_UNITS.get(char, lowest) < lowest:
            lowest = NUMERAL_UNITS[char]
            total, digit = total + (digit or 1) * lowest, 0
        else:
            return None
    return total + digit


def write_numeral(number: int) -> str:
    """The number from 1 to 9,999 as texts write it: 20 gives 二十."""
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += "零一二三四五六七八九"[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def write_percents(text: str) -> str:
    """The text with its shares in words: 25% gives 百分之二十五, 0.5‰ gives 千分之零点五."""
    has_signs = "%" in text or "％" in text or "﹪" in text or "‰" in text
    return PERCENT.sub(written_percent, text) if has_signs else text


def written_percent(match: re.Match[str]) -> str:
    """A match of PERCENT in words."""
    whole = write_numeral(int(match[1])) or "零"
    part = (
        "点" + "".join("零一二三四五六七八九"[int(digit)] for digit in match[2]) if match[2] else ""
    )
    return f"{'千' if match[3] == '‰' else '百'}分之{whole}{part}"


def article_token(match: re.Match[str]) -> str | None:
    """The token of a match of ARTICLE, such as art20 or art20-1; None when it is no number."""
    number = read_numeral(match[1] or match[2])
    if number is None:
        return None
    if match[3] is None:
        return f"art{number}"
    branch = read_numeral(match[3])
    return f"art{number}" if branch is None else f"art{number}-{branch}"


def article_tokens(folded: str) -> list[str]:
    """The article tokens of a folded text, in its order."""
    return [token for match in ARTICLE.finditer(folded) if (token := article_token(match))]


def pieces(folded: str) -> Iterator[tuple[bool, str, int]]:
    """The runs of a folded text: whether it is cut into pairs, the run, and where it starts."""
    for match in PIECE.finditer(folded):
        yield match[1] is not None, match[0], match.start()


def pairs(run: str) -> list[str]:
    """The overlapping pairs of characters of a run; a single character gives itself."""
    return list(map(add, run, run[1:])) if len(run) > 1 else [run]


def tokens(folded: str) -> list[str]:
    """The index tokens of a folded text.

    A run of n characters gives its n - 1 pairs and its last character: a text holds a character
    exactly when it has a token that begins with it, so single characters need no index of their
    own. Runs that only punctuation parts give the pair across it as well, for nobody remembers
    where in a sentence the commas stand. Shares are taken in words, and as the numbers they are.
    """
    written = write_percents(folded)
    found: list[str] = []
    if written != folded:
        numbers = (match.groups()[:2] for match in PERCENT.finditer(folded))
        found = [number for both in numbers for number in both if number]
        folded = written
    last, end = "", -1
    for is_paired, run, start in pieces(folded):
        if is_paired:
            if last and start - end <= MOST_BRIDGED and "\n" not in folded[end:start]:
                found.append(last + run[0])
            found += map(add, run, run[1:])
            found.append(run[-1])
            last, end = run[-1], start + len(run)
        else:
            found.append(run)
            last = ""
    found += article_tokens(folded)
    return found


def count_tokens(folded: str) -> Counter[str]:
    """How often each index token stands in a folded text."""
    return Counter(tokens(folded))


def letters(folded: str) -> str:
    """A folded text without spaces and punctuation, for comparing titles."""
    return NOT_LETTER.sub("", folded)


def is_paired(char: str) -> bool:
    """Whether a folded character belongs to a script that is cut into pairs."""
    return PAIRED_CHAR.fullmatch(char) is not None


def short_title(title: str) -> str:
    """A law's title as people say it: folded, without the state's name and a bracket at the end."""
    folded = fold(title).strip().strip("《》")
    folded = TITLE_TAIL.sub("", folded)
    name = letters(folded)
    return name.removeprefix(STATE_NAME) or name


def exact_names(title: str, aliases: tuple[str, ...] = ()) -> list[str]:
    """The folded names by which exactly this document is asked for, each once."""
    names = [letters(fold(title)), short_title(title), *(letters(fold(alias)) for alias in aliases)]
    return list(dict.fromkeys(name for name in names if name))
