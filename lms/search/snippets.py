"""Snippets: the part of a text around the hits, cut and marked on the original characters."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from markupsafe import escape

from lms.search.parsing import Query, Word
from lms.search.text import ARTICLE, PERCENT, article_token, fold_with_offsets, written_percent

WIDTH = 160  # characters of a snippet
MOST_CHARS = 20_000  # of a text that is looked through
MOST_HITS = 400
SENTENCE_ENDS = "。！？；!?;\n"
LEAD = 24  # characters shown before the first hit when no sentence starts there
SHARE = re.compile("[百千]分之[零一二三四五六七八九十百千点]+")
JOINERS = "\u200d\ufe0e\ufe0f"


class Span(NamedTuple):
    """A stretch of the original text; a hit or the text between two hits."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """A cut-out of a text in spans, and whether text was left out before and after it."""

    spans: tuple[Span, ...]
    is_cut_before: bool
    is_cut_after: bool

    @property
    def text(self) -> str:
        """The cut-out without marks."""
        return "".join(span.text for span in self.spans)

    def __html__(self) -> str:
        """How templates show it: the hits marked. A span without text only counts as a hit."""
        shown = ["…" if self.is_cut_before else ""]
        for span in self.spans:
            if span.is_hit and span.text:
                shown += "<mark>", escape(span.text), "</mark>"
            else:
                shown.append(escape(span.text))
        return "".join([*shown, "…" if self.is_cut_after else ""])


def find_hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the query's words and articles stand in `text`: disjoint [start, end), in order."""
    text = text[:MOST_CHARS]
    folded, offsets = fold_with_offsets(text)
    hits: list[tuple[int, int]] = []
    for word in (*query.words, *query.titles):
        hits += _find_word(folded, word)
    if query.articles:
        hits += [
            match.span()
            for match in ARTICLE.finditer(folded)
            if article_token(match) in query.articles
        ]
    if shares := {share for word in query.words for share in SHARE.findall(word.text)}:
        hits += [m.span() for m in PERCENT.finditer(folded) if written_percent(m) in shares]
    places = [(offsets[start], offsets[end - 1] + 1) for start, end in hits[:MOST_HITS]]
    return _merge(sorted(_whole(text, place) for place in places))


def _find_word(folded: str, word: Word) -> list[tuple[int, int]]:
    """The whole word, or else its longest parts: from three characters, or from two at least."""
    hits = _find_all(folded, word.text)
    if hits or word.is_phrase:
        return hits
    parts = _merge(sorted(hit for part in _parts(word) for hit in _find_all(folded, part)))
    longer = [(start, end) for start, end in parts if end - start > 2]
    return longer or parts


@lru_cache(maxsize=1024)
def _parts(word: Word) -> tuple[str, ...]:
    return tuple(term for term in word.terms if len(term) > 1 and term != word.text)


@lru_cache(maxsize=1024)
def _pattern(letters: str) -> re.Pattern[str]:
    """Letters with any punctuation and spaces between them; nothing to run back over."""
    return re.compile("[\\W_]*".join(map(re.escape, letters)))


def _find_all(folded: str, letters: str) -> list[tuple[int, int]]:
    """Every place of the letters in a folded text; Latin words only as whole words."""
    if not letters or any(char not in folded for char in letters):
        return []
    found = [match.span() for match in islice(_pattern(letters).finditer(folded), MOST_HITS)]
    if not (letters[0].isascii() or letters[-1].isascii()):
        return found
    return [place for place in found if _is_whole_word(folded, *place)]


def _is_whole_word(folded: str, start: int, end: int) -> bool:
    """Whether no ASCII letter or digit of the same kind goes on before or after."""

    def joined(left: int, right: int) -> bool:
        if left < 0 or right >= len(folded):
            return False
        a, b = folded[left], folded[right]
        return (a + b).isascii() and (a + b).isalnum() and a.isdigit() == b.isdigit()

    return not joined(start - 1, start) and not joined(end - 1, end)


def _whole(text: str, hit: tuple[int, int]) -> tuple[int, int]:
    """A hit widened over the combining characters that belong to its last letter."""
    start, end = hit
    while end < len(text) and (unicodedata.combining(text[end]) or text[end] in JOINERS):
        end += 1
    return start, end


def _merge(hits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in hits:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def make_snippet(text: str, query: Query, *, width: int = WIDTH) -> Snippet:
    """The cut-out of about `width` characters that shows most of the hits, marked."""
    hits = find_hits(text, query)
    start, end = _window(text, hits, width)
    inside = [(max(a, start), min(b, end)) for a, b in hits if a < end and b > start]
    return Snippet(mark(text, inside, start, end), start > 0, end < len(text))


def mark(text: str, hits: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Span, ...]:
    """`text[start:end]` in spans; `hits` are disjoint, in order and inside."""
    spans: list[Span] = []
    at = start
    for a, b in hits:
        if a > at:
            spans.append(Span(text[at:a], False))
        spans.append(Span(text[a:b], True))
        at = b
    if at < end:
        spans.append(Span(text[at:end], False))
    return tuple(spans)


def _window(text: str, hits: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """The stretch to show: the one with most different hits, from the start of a sentence."""
    if len(text) <= width + LEAD:
        return 0, len(text)
    best, best_weight, last = 0, -1.0, 0
    for first, (a, _b) in enumerate(hits):
        last = max(last, first)
        while last < len(hits) and hits[last][1] <= a + width - LEAD:
            last += 1
        weight = _weigh([text[c:d] for c, d in hits[first:last]])
        if weight > best_weight:
            best, best_weight = a, weight
    start = _sentence_start(text, best)
    end = min(len(text), start + width)
    for hit_start, hit_end in hits:
        if hit_start < end < hit_end:
            end = hit_end
    while end < len(text) and (unicodedata.combining(text[end]) or text[end] in JOINERS):
        end += 1
    if len(text) - end <= 8:
        end = len(text)
    return start, end


def _weigh(hits: Sequence[str]) -> float:
    """How much a stretch shows of what was asked for: repetitions count a tenth."""
    different = set(hits)
    return sum(map(len, different)) + 0.1 * (len(hits) - len(different))


def _sentence_start(text: str, hit: int) -> int:
    """The start of the hit's sentence when it is near, else a little before the hit."""
    for place in range(hit, max(hit - 2 * LEAD, 0), -1):
        if text[place - 1] in SENTENCE_ENDS:
            while place < hit and text[place].isspace():
                place += 1
            return place
    start = 0 if hit <= 2 * LEAD else hit - LEAD
    while 0 < start < hit and (unicodedata.combining(text[start]) or text[start] in JOINERS):
        start += 1
    return start
