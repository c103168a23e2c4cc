"""Reads the card of a text that has no front matter from the lines around its title."""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

from lms.library.fields import DOCUMENT_NUMBER, Fields, WorkKind, complete, read_date
from lms.library.lines import read_mark

LOOK_AT_LINES = 14
LONGEST_TITLE = 90
_POLICY_END = re.compile(
    r"(?:法|条例|规定|办法|细则|决定|通知|意见|规则|章程|准则|纲要|公报|决议|方案|规划|批复|解释|制度|规程|指引|公告|通告|函|令)"
    r"(?:[（(][^（()）]{1,20}[）)])?\Z"
)
_SPEECH = re.compile(r"讲话|致辞|发言|演讲|报告\Z|贺信|谈话")
_DATE_ONLY = re.compile(
    r"[（(]?\s*[0-9〇○零一二三四五六七八九]{4}\s*[-年./].{1,10}[日0-9]\s*[）)]?\Z"
)
_BY = re.compile(r"(?:作者|发布机关|发文机关|制定机关|发布单位)\s*[:：]\s*(\S.{0,60})\Z")
_BRACKETED = re.compile(r"[（(〔\[].{4,400}[）)〕\]]\Z")
_ENDS = ("。", "；", "，", "：", "！", "？", ";", ",", ":")


def recognise(text: str, file_stem: str) -> tuple[Fields, str]:
    """The card and the text below the title; what cannot be told stays empty.

    Without anything that looks like a title, the name of the file is the title.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = [n for n, line in enumerate(lines[:200]) if line.strip()][:LOOK_AT_LINES]
    found = _Head()
    taken = 0
    for place in places:
        if not found.take(lines[place].strip()):
            break
        taken = place + 1
    title = found.title or re.sub(r"[_\s]+", " ", file_stem).strip()[:LONGEST_TITLE]
    fields = Fields(
        title=title,
        kind=guess_kind(title),
        issuer=found.issuer,
        document_number=found.number,
        issued_on=found.issued_on or read_date(found.history),
        history=" / ".join(found.notes)[:8_000],
    )
    fields = complete(fields)
    return _with_signature(fields, lines[taken:]), "\n".join(lines[taken:])


def guess_kind(title: str) -> WorkKind:
    """The kind that a title suggests."""
    if _SPEECH.search(title):
        return WorkKind.SPEECH
    return WorkKind.POLICY if _POLICY_END.search(title) else WorkKind.OTHER


class _Head:
    """Takes the first lines one by one until one belongs to the text."""

    def __init__(self) -> None:
        self.title = ""
        self.is_open = False  # the title may go on in the next line
        self.number = ""
        self.issuer = ""
        self.issued_on: date | None = None
        self.notes: list[str] = []

    @property
    def history(self) -> str:
        """What the notes under the title say."""
        return " / ".join(self.notes)

    def take(self, line: str) -> bool:
        """Whether the line belongs to the head."""
        plain = line.lstrip("#").strip()
        if not plain:
            return True
        if line.startswith("##") or (self.title and not self.is_open and line.startswith("#")):
            return False
        return self._take_note(plain) or self._take_title(line, plain)

    def _take_note(self, plain: str) -> bool:
        if match := _BY.match(plain):
            self.issuer = match[1].strip()
        elif _DATE_ONLY.match(plain) and len(plain) < 24:
            self.issued_on = self.issued_on or read_date(plain)
        elif (match := DOCUMENT_NUMBER.search(plain)) and len(plain) < 40:
            self.number = self.number or match[0].replace(" ", "")
        elif self.title and _BRACKETED.match(plain):
            self.notes.append(plain.strip("（）()〔〕[]"))
        else:
            return False
        self.is_open = False
        return True

    def _take_title(self, line: str, plain: str) -> bool:
        if plain.endswith(_ENDS) or len(plain) > LONGEST_TITLE:
            return False
        if not line.startswith("#") and read_mark(line) is not None:
            return False
        if not self.title:
            self.title, self.is_open = plain, not _POLICY_END.search(plain)
            return True
        if self.is_open and _POLICY_END.search(plain) and len(self.title + plain) <= LONGEST_TITLE:
            self.title, self.is_open = self.title + plain, False
            return True
        return False


def _with_signature(fields: Fields, lines: list[str]) -> Fields:
    """Issuer and date as they stand at the end of official documents."""
    ending = [line.strip() for line in lines[-30:] if line.strip()][-4:]
    for before, line in pairwise(ending):
        if _DATE_ONLY.match(line) and len(line) < 24 and len(before) < 30:
            if before.endswith(_ENDS) or read_mark(before):
                continue
            return replace(
                fields,
                issued_on=fields.issued_on or read_date(line),
                issuer=fields.issuer or before.replace(" ", ""),
            )
    return fields
