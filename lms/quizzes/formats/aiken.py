"""Aiken: a question, options A) or A., and ANSWER: with a letter."""

import re
from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from lms.quizzes.checking import letter
from lms.quizzes.definition import ONE, ZERO, Definition, Kind, Option, Rule, key_letter
from lms.quizzes.formats.decoding import decode, lines_of
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, checked, collect, joined

OPTION = re.compile(r"^([A-Z])[.)]\s+(.*)$")
ANSWER = re.compile(r"^ANSWER:\s*([A-Z])\s*$")


def looks_like_aiken(text: str) -> bool:
    """Whether the text has the line that makes it Aiken."""
    return bool(re.search(r"^ANSWER:\s*[A-Z]\s*$", text, re.MULTILINE))


def read_aiken(data: bytes) -> ParsedFile:
    """The questions of an Aiken file. Raises Unreadable."""
    return ParsedFile("aiken", collect(_questions(lines_of(decode(data)))))


def _questions(lines: Iterable[str]) -> Iterator[ParsedQuestion]:
    text: list[str] = []
    options: list[str] = []
    first = 1
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        answer = ANSWER.match(line)
        option = OPTION.match(line)
        if answer:
            yield _one(first, "\n".join(text), options, answer[1])
            text, options = [], []
        elif option and text and ord(option[1]) - 65 == len(options):
            options.append(option[2])
        elif options:
            options[-1] = joined(options[-1], line)
        else:
            if not text:
                first = number
            text.append(line)
    if text or options:
        place = _("第 %(number)d 行", number=first)
        yield ParsedQuestion(place, None, problems=(_("没有 ANSWER: 一行。"),))


def _one(first: int, text: str, options: Sequence[str], right: str) -> ParsedQuestion:
    place = _("第 %(number)d 行", number=first)
    if ord(right) - 65 >= len(options):
        problem = _(
            "答案是 %(letter)s，但只有 %(count)d 个选项。", letter=right, count=len(options)
        )
        return ParsedQuestion(place, None, problems=(problem,))
    definition = Definition(
        kind=Kind.SINGLE,
        text=text,
        rule=Rule.WEIGHTED,
        options=tuple(
            Option(key_letter(index), option, ONE if letter(index) == right else ZERO)
            for index, option in enumerate(options)
        ),
    )
    return checked(ParsedQuestion(place, definition))
