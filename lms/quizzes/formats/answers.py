"""How administrators write questions and answers by hand: letters, √/×, blanks, synonyms, ranges.

Spreadsheets, pasted text and Word papers share this; each cell or line of theirs ends up here.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from lms.quizzes.definition import GAP_MARK as MARK
from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Kind,
    Number,
    Option,
)
from lms.quizzes.grading_numbers import read_number

TRUE_WORDS = frozenset(("正确", "对", "是", "√", "✓", "✔", "t", "true", "yes", "y", "1", "v"))
FALSE_WORDS = frozenset(
    ("错误", "错", "否", "不正确", "不对", "×", "✗", "✘", "x", "f", "false", "no", "n", "0")
)
KIND_WORDS = {
    "单选": Kind.SINGLE,
    "单选题": Kind.SINGLE,
    "单项选择": Kind.SINGLE,
    "单项选择题": Kind.SINGLE,
    "选择题": None,
    "多选": Kind.MULTIPLE,
    "多选题": Kind.MULTIPLE,
    "多项选择": Kind.MULTIPLE,
    "多项选择题": Kind.MULTIPLE,
    "不定项": Kind.MULTIPLE,
    "不定项选择题": Kind.MULTIPLE,
    "判断": Kind.TRUE_FALSE,
    "判断题": Kind.TRUE_FALSE,
    "是非题": Kind.TRUE_FALSE,
    "填空": Kind.FILL_IN,
    "填空题": Kind.FILL_IN,
    "数值": Kind.NUMERIC,
    "数值题": Kind.NUMERIC,
    "计算题": Kind.NUMERIC,
    "简答": Kind.SHORT,
    "简答题": Kind.SHORT,
    "短答题": Kind.SHORT,
    "配对": Kind.MATCHING,
    "配对题": Kind.MATCHING,
    "匹配题": Kind.MATCHING,
    "连线题": Kind.MATCHING,
    "排序": Kind.ORDERING,
    "排序题": Kind.ORDERING,
    "论述": Kind.ESSAY,
    "论述题": Kind.ESSAY,
    "问答": Kind.ESSAY,
    "问答题": Kind.ESSAY,
    "主观题": Kind.ESSAY,
    "名词解释": Kind.ESSAY,
}
DIFFICULTY_WORDS = {
    "易": 1,
    "容易": 1,
    "简单": 1,
    "较易": 2,
    "中": 3,
    "中等": 3,
    "一般": 3,
    "适中": 3,
    "较难": 4,
    "难": 5,
    "困难": 5,
}
BLANK = re.compile(r"_{2,}|＿+|（[ \u3000_＿]*）|\([ \u3000_]+\)|【[ \u3000]*】")
LETTERS = re.compile(r"[A-Za-z]+")
WEIGHTED = re.compile(r"([A-Za-z])\s*[:：]\s*(-?\d+(?:\.\d+)?)\s*%")
SHARE = re.compile(r"^(.*?)\s*[:：]\s*(-?\d{1,3}(?:\.\d+)?)\s*%$", re.DOTALL)
ESCAPED = re.compile(r"\\([|;；\\])")


class BadAnswer(ValueError):
    """The written answer does not fit the question; the message says how."""


def squeeze(text: str) -> str:
    """The text in half width without spaces, for looking words up."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def is_true_false(options: Sequence[str]) -> bool:
    """Whether the options are just true and false."""
    return {read_truth(option) for option in options} == {True, False} and len(options) == 2


def read_truth(text: str) -> bool | None:
    """True, false, or None when the text says neither."""
    word = squeeze(text).strip("。.").casefold()
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None


def read_letters(text: str) -> list[str]:
    """The option letters of an answer such as CBA, a、c or "A, B", each once, in upper case."""
    folded = squeeze(text).upper()
    found = [character for character in folded if "A" <= character <= "Z"]
    rest = re.sub(r"[A-Z,，、;；./|和与及和\s]", "", folded)
    return list(dict.fromkeys(found)) if found and not rest else []


def read_difficulty(text: str) -> int:
    """1 to 5; words such as 易, 中, 难 are understood, nothing written means 3."""
    word = squeeze(text)
    if not word:
        return 3
    if word in DIFFICULTY_WORDS:
        return DIFFICULTY_WORDS[word]
    try:
        value = Decimal(word)
    except InvalidOperation as error:
        raise BadAnswer(
            _("不认识的难度“%(text)s”，请写 1 到 5 或易、中、难。", text=text[:20])
        ) from error
    if 0 < value < 1:
        value = (value * 5).to_integral_value() or ONE
    if not 1 <= value <= 5 or value != value.to_integral_value():
        raise BadAnswer(_("难度“%(text)s”不在 1 到 5 之间。", text=text[:20]))
    return int(value)


def read_points(text: str) -> Decimal:
    """The points; nothing written means 1."""
    word = squeeze(text).removesuffix("分")
    if not word:
        return ONE
    try:
        value = Decimal(word)
    except InvalidOperation as error:
        raise BadAnswer(_("分值“%(text)s”不是数。", text=text[:20])) from error
    if not value.is_finite() or value <= 0 or value > 10_000 or value != round(value, 4):
        raise BadAnswer(_("分值“%(text)s”要大于 0，最多四位小数。", text=text[:20]))
    return value


def check_letters(letters: Sequence[str], count: int) -> None:
    """Raise BadAnswer when an answer names an option that is not there."""
    for each in letters:
        if ord(each) - 65 >= count:
            raise BadAnswer(
                _("答案是 %(letter)s，但只有 %(count)d 个选项。", letter=each, count=count)
            )


def read_share(text: str) -> Decimal:
    """A share written as 50% or 0.5."""
    word = squeeze(text)
    try:
        value = Decimal(word.removesuffix("%")) / (100 if word.endswith("%") else 1)
    except InvalidOperation as error:
        raise BadAnswer(_("“%(text)s”不是比例，请写 50%% 或 0.5。", text=text[:20])) from error
    if not 0 <= value <= 1:
        raise BadAnswer(_("比例“%(text)s”要在 0 到 1 之间。", text=text[:20]))
    return value


def true_false_options(is_true: bool, feedback: Sequence[str] = ("", "")) -> tuple[Option, ...]:
    """The two options of a statement; their texts are put in by the page."""
    return (
        Option("true", "", ONE if is_true else ZERO, feedback[0]),
        Option("false", "", ZERO if is_true else ONE, feedback[1]),
    )


def split_escaped(text: str, separators: str) -> list[str]:
    r"""The pieces between separators; `\|` is the character itself and stays escaped."""
    pieces = re.split(rf"(?<!\\)[{re.escape(separators)}]", text)
    return [piece.strip() for piece in pieces]


def unescape(text: str) -> str:
    """The text without the backslashes of `split_escaped`."""
    return ESCAPED.sub(r"\1", text)


def escape(text: str) -> str:
    """The text with a backslash before everything that separates answers."""
    return re.sub(r"([|;；\\])", r"\\\1", text)


def read_accepted(text: str) -> tuple[Accepted, ...]:
    """Synonyms separated by |, each perhaps with its share: 北京|北平:50%."""
    entries = []
    for piece in split_escaped(text, "|｜"):
        if not piece:
            continue
        found = SHARE.match(piece)
        if found and found[1]:
            entries.append(Accepted(unescape(found[1]), Decimal(found[2]) / 100))
        else:
            entries.append(Accepted(unescape(piece)))
    return tuple(entries)


def mark_blanks(text: str) -> tuple[str, int]:
    """The text with every blank turned into a gap mark, and how many there are."""
    count = 0

    def mark(_match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return MARK.format(key=count)

    return BLANK.sub(mark, text), count


def read_tolerance(text: str, fraction: Decimal = ONE, feedback: str = "") -> Number:
    """A number with ± or a range with ~ or two dots."""
    plain = unicodedata.normalize("NFKC", text).replace("+-", "±").replace("+/-", "±")
    pieces = re.split(r"±|~|～|\.\.|至", plain)
    read = [read_number(piece) for piece in pieces]
    values = [each[0] for each in read if each is not None and not each[1]]
    if len(values) != len(pieces) or len(values) > 2:
        raise BadAnswer(_("答案“%(text)s”不是数值。", text=text[:30]))
    if len(values) == 1:
        return Number(values[0], fraction=fraction, feedback=feedback)
    if "±" in plain:
        return Number(values[0], values[1], fraction=fraction, feedback=feedback)
    middle, off = (values[0] + values[1]) / 2, abs(values[1] - values[0]) / 2
    return Number(middle, off, fraction=fraction, feedback=feedback)
