"""Finds what a text cites: 《…》 with or without 第…条, and articles of its own by number alone.

Exactness goes before completeness: a number whose law is not certain is left alone.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from lms.library.numerals import NUMERAL, read_number
from lms.library.titles import name_key
from lms.search.text import write_numeral

MOST_REFERENCES = 500  # in one paragraph; more is a list that nobody reads as links
LONGEST_QUOTATION = 4_000


@dataclass(frozen=True, slots=True)
class Reference:
    """A cited place: `name` is the key of the work, "" for the citing text itself.

    `anchor` is such as art5-p2-i3, or "" when the work as a whole is cited. `start` and `end` are
    offsets of the words to link in the text that was given.
    """

    start: int
    end: int
    name: str
    anchor: str

    @property
    def article(self) -> str:
        """The article of the anchor: art5 for art5-p2-i3."""
        return self.anchor.split("-p")[0]


_ARTICLE = re.compile(
    rf"第({NUMERAL}{{1,9}})条(?:之({NUMERAL}{{1,3}}))?"
    rf"(?:第({NUMERAL}{{1,4}})款)?(?:第[（(]?({NUMERAL}{{1,4}})[）)]?项)?"
)
_BOOK = re.compile(r"《([^《》]{2,80})》")
_ASIDE = re.compile(r"(?:[（(][^（()）]{1,40}[）)])?的?\Z")
_BELOW = re.compile(r"(.+?)-p([0-9]{1,4})(?:_[0-9]+)?(?:-i([0-9]{1,4})(?:_[0-9]+)?)?(?:-s.*)?\Z")
_AND = r"[、，]?(?:和|与|及|以及|或者|或|至|到)?"
# Between articles of one list: a joint word, perhaps further paragraphs or items of the last one.
_JOINT = re.compile(rf"(?:{_AND}第[（(]?{NUMERAL}{{1,4}}[）)]?[款项])*{_AND}\Z")
_SELF = re.compile(
    r"本(?:法典|法|条例|规定|办法|细则|规则|决定|解释|章程|准则|规程|制度|通则)的?\Z"
)
_SAME = re.compile(r"(?:该|同)(?:法|条例|规定|办法|细则|规则)\Z")
_TAIL = re.compile(r"[\u4e00-\u9fff（）()]{1,40}\Z")
# Words after which a bare number means the citing text's own article.
_OWN_BEFORE = re.compile(
    r"(?:\A|[，。；：（(、“]|依照|依据|按照|根据|违反|符合|适用|除|具有|有|在|对|按|参照|属于|本着|执行|履行)\Z"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the reader of a text knows: names of works, the text's own names and articles."""

    names: Collection[str] = frozenset()
    own_names: Collection[str] = frozenset()
    own_anchors: Collection[str] = frozenset()
    whole_name: str = ""  # the work of which the text is a volume
    is_amending: bool = False  # its bare numbers are mostly another law's


def find_references(text: str, setting: Setting) -> list[Reference]:
    """All references in `text`, in order and without overlap. Linear in the length of the text."""
    books = {match.end(): match for match in islice(_BOOK.finditer(text), MOST_REFERENCES)}
    found = [
        Reference(match.start(), match.end(), name_key(match[1]), "")
        for match in books.values()
        if name_key(match[1]) not in setting.own_names
    ]
    last_end, target, named = 0, _UNCERTAIN, _UNCERTAIN
    for match in islice(_ARTICLE.finditer(text), MOST_REFERENCES):
        between = text[last_end : match.start()]
        if not (last_end and _JOINT.match(between)):
            target = _target(text, match.start(), books, setting, named)
        if target not in (_UNCERTAIN, ""):
            named = target
        last_end = match.end()
        if reference := _refer(match, text, target, setting):
            found.append(reference)
    return _without_overlap(sorted(found, key=lambda one: (one.start, one.end)))


_UNCERTAIN = "?"


def _target(
    text: str, at: int, books: dict[int, re.Match[str]], setting: Setting, named: str
) -> str:
    """The name of the work whose article stands at `at`; "" for the text itself."""
    before = text[max(0, at - 60) : at]
    aside = _ASIDE.search(before)
    book = books.get(at - len(aside[0])) if aside else None
    if book:
        key = name_key(book[1])
        return "" if key in setting.own_names else key
    if _SELF.search(before):
        return ""
    if _SAME.search(before):
        return named
    if key := _known_name(before, setting.names):
        return "" if key in setting.own_names else key
    if _OWN_BEFORE.search(before) and not setting.is_amending:
        return ""
    return _UNCERTAIN


def _known_name(before: str, names: Collection[str]) -> str:
    """The longest known name that ends where the number begins."""
    match = _TAIL.search(before)
    tail = match[0] if match else ""
    for start in range(len(tail) - 1):
        key = name_key(tail[start:])
        if key in names:
            return key
    return ""


def _refer(match: re.Match[str], text: str, target: str, setting: Setting) -> Reference | None:
    if target == _UNCERTAIN:
        return None
    article = read_anchor(match)
    if not article:
        return None
    if target:
        return Reference(match.start(), match.end(), target, article)
    if article.split("-p")[0] in setting.own_anchors:
        if _is_quoted(text, match.start()):
            return None
        return Reference(match.start(), match.end(), "", article)
    if setting.whole_name:
        return Reference(match.start(), match.end(), setting.whole_name, article)
    return None


def read_anchor(match: re.Match[str]) -> str:
    """The anchor that 第五条第二款第（三）项 means: art5-p2-i3; "" for numbers out of range."""
    numbers = [read_number(part) if part else None for part in match.groups()]
    article, second, paragraph, item = numbers
    if not article:
        return ""
    anchor = f"art{article}" + (f"-{second}" if second else "")
    if paragraph or item:
        anchor += f"-p{paragraph or 1}"
    return anchor + (f"-i{item}" if item else "")


def split_anchor(anchor: str) -> tuple[str, str]:
    """The anchor of the section, and what the place below it is called: 第二款第（三）项."""
    match = _BELOW.match(anchor)
    if match is None:
        return anchor, ""
    section, paragraph, item = match.groups()
    words = f"第{write_numeral(int(paragraph))}款"
    return section, words + (f"第（{write_numeral(int(item))}）项" if item else "")


def _is_quoted(text: str, at: int) -> bool:
    """Whether the place is inside a quotation, whose articles belong to another text."""
    start = max(0, at - LONGEST_QUOTATION)
    return text.rfind("“", start, at) > text.rfind("”", start, at)


def _without_overlap(found: list[Reference]) -> list[Reference]:
    kept: list[Reference] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def is_amending(title: str) -> bool:
    """Whether a text changes another one, so that its bare numbers are the other's."""
    return "修正案" in title or ("修改" in title and "决定" in title)
