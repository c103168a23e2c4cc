"""Cuts the source of a long text into parts that somebody can correct in a browser, one at a time.

Parts begin at headings where there are any, and joined they are the text again, letter by letter.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lms.library.cleaning import clean_line
from lms.library.lines import LONGEST_HEADING, Mark, SectionKind, read_mark

WHOLE_CHARS = 60_000  # texts up to this length are one part
FULL_CHARS = 20_000  # a part ends before the next heading from here on,
MOST_CHARS = 40_000  # before the next line from here on, and within a line twice as long
TITLE_CHARS = 40
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
# What a heading begins with, and not an article: 第三章, but not 第三条.
_MAY_OPEN = re.compile(r"[\s\u3000<*_]*(?:#|附|第[^条]{1,12}[编章节])")
_UNITS = (SectionKind.ARTICLE, SectionKind.POINT)


@dataclass(frozen=True, slots=True)
class Part:
    """The source from `start` to `end`; `title` is its first heading or its first words."""

    start: int
    end: int
    title: str

    def of(self, text: str) -> str:
        """The source of the part."""
        return text[self.start : self.end]


def split_parts(text: str, *, is_markdown: bool) -> list[Part]:
    """The parts of a source in order; linear in its length."""
    if len(text) <= WHOLE_CHARS:
        return [Part(0, len(text), "")]
    parts: list[Part] = []
    start, title = 0, ""
    for begin, end in _pieces(text):
        so_far = begin - start
        mark = None
        if so_far >= FULL_CHARS or not title:
            mark = _heading(text[begin : min(end, begin + 2 * LONGEST_HEADING)], is_markdown)
        if so_far > MOST_CHARS or (so_far >= FULL_CHARS and mark is not None):
            parts.append(Part(start, begin, title or _words(text, start)))
            start, title = begin, ""
        if mark is not None and not title:
            title = f"{mark.label} {mark.rest}".strip()[:TITLE_CHARS]
    return [*parts, Part(start, len(text), title or _words(text, start))]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The lines of the text; lines that nobody could edit as one are cut behind sentences."""
    for match in _LINE.finditer(text):
        begin, end = match.span()
        while end - begin > 2 * MOST_CHARS:
            cut = text.rfind("。", begin, begin + MOST_CHARS) + 1
            cut = cut if cut > begin else begin + MOST_CHARS
            yield begin, cut
            begin = cut
        if end > begin:
            yield begin, end


def _heading(line: str, is_markdown: bool) -> Mark | None:
    if not _MAY_OPEN.match(line):
        return None
    mark = read_mark(clean_line(line, is_markdown=is_markdown))
    return None if mark is None or mark.kind in _UNITS else mark


def _words(text: str, start: int) -> str:
    return " ".join(text[start : start + TITLE_CHARS].split())


def replace_part(text: str, part: Part, new: str) -> str:
    """The source with one part corrected; the end of its last line stays where it was."""
    old = part.of(text)
    if part.end < len(text) and old.endswith("\n") and not new.endswith("\n"):
        new += "\n"
    return text[: part.start] + new + text[part.end :]


def digest_of(source: str) -> str:
    """What tells whether a part is still the one that was shown."""
    return hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
