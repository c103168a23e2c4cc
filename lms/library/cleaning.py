"""Turns raw text into clean lines: no control characters, no stray markup, no repeated contents."""

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_TAG = re.compile(
    r"</?(?:strong|b|em|i|u|s|span|font|sup|sub|p|br|div|center|a|small|big)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1")
_LINK = re.compile(r"(?<!!)\[([^\[\]]{1,200})\]\([^()\s]{1,500}\)")
_RULE = re.compile(r"(?:[-*_=—][ ]?){3,}\Z|\|?[ :|-]*---[ :|-]*\Z")
_CONTENTS = re.compile(r"#{0,6}[ ]*目[ ]*[录次][ ]*\Z")
_LEADERS = re.compile(r"[ ]*[.…·．。]{3,}[ ]*\d{0,4}\Z|[ ]+\d{1,4}\Z")
LONGEST_CONTENTS = 400
LONGEST_PARAGRAPH = 20_000


def clean(text: str, *, is_markdown: bool = False) -> list[str]:
    """The lines of `text`, one paragraph each, without empty ones; the order is kept."""
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    text = _UNSEEN.sub("", _SPACES.sub(" ", text))
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    lines = (clean_line(line, is_markdown=is_markdown) for line in text.split("\n"))
    return [piece for line in lines if line for piece in break_up(line)]


def break_up(line: str) -> list[str]:
    """A line that nobody could read as one paragraph, cut behind sentences; others unchanged."""
    pieces: list[str] = []
    start = 0
    while len(line) - start > LONGEST_PARAGRAPH:
        end = line.rfind("。", start, start + LONGEST_PARAGRAPH) + 1
        end = end if end > start else start + LONGEST_PARAGRAPH
        pieces.append(line[start:end])
        start = end
    return [*pieces, line[start:]]


def clean_line(line: str, *, is_markdown: bool) -> str:
    """One line without markup and outer spaces; "" for rules and table rulings."""
    line = line.strip()
    if not line or _RULE.match(line):
        return ""
    if "<" in line:
        line = _TAG.sub("", line).strip()
    if is_markdown:
        line = _BOLD.sub(r"\2", line)
        if "](" in line:
            line = _LINK.sub(r"\1", line)
        if line.startswith("> "):
            line = line[2:].lstrip("> ")
    return line


def drop_contents(lines: list[str]) -> list[str]:
    """The lines without a table of contents: the lines after 目录 up to where the first returns."""
    start = next((n for n, line in enumerate(lines[:200]) if _CONTENTS.match(line)), None)
    if start is None or start + 2 >= len(lines):
        return lines
    first = _bare(lines[start + 1])
    for end in range(start + 2, min(len(lines), start + LONGEST_CONTENTS)):
        if _bare(lines[end]) == first:
            return lines[:start] + lines[end:]
    return lines[:start] + lines[start + 1 :]


def _bare(line: str) -> str:
    return re.sub(r"[ #]", "", _LEADERS.sub("", line))
