"""Cuts a paragraph at links, hits and highlights, so that a template can show each piece."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lms.search.parsing import Query
from lms.search.text import fold, fold_with_offsets

MOST_HITS = 400  # in one paragraph


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a text that is a link (`href`), a hit, or one of the reader's highlights (`note`)."""

    start: int
    end: int
    href: str = ""
    hint: str = ""  # what a reader should know before following the link
    is_hit: bool = False
    note: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that is shown in one way."""

    text: str
    href: str = ""
    hint: str = ""
    is_hit: bool = False
    note: int = 0


def cut(text: str, spans: Iterable[Span]) -> list[Run]:
    """The pieces of `text` in order; joined they are the text again, whatever the spans are."""
    inside = [
        replace(one, start=max(0, one.start), end=min(len(text), one.end))
        for one in spans
        if one.start < min(len(text), one.end) and one.end > 0
    ]
    if not inside:
        return [Run(text)] if text else []
    edges = sorted({0, len(text), *(s.start for s in inside), *(s.end for s in inside)})
    runs: list[Run] = []
    for start, end in pairwise(edges):
        over = [one for one in inside if one.start <= start and one.end >= end]
        runs.append(
            Run(
                text[start:end],
                href=next((one.href for one in over if one.href), ""),
                hint=next((one.hint for one in over if one.href), ""),
                is_hit=any(one.is_hit for one in over),
                note=next((one.note for one in over if one.note), 0),
            )
        )
    return runs


def needles(query: Query) -> list[str]:
    """The folded texts to mark, longest first; single pairs stand in for words not found whole."""
    words = [fold(word.text) for word in query.words + query.titles if word.text]
    return sorted(dict.fromkeys(words), key=len, reverse=True)


def find_hits(text: str, wanted: Sequence[str]) -> list[Span]:
    """Where the folded `wanted` stand in `text`, as offsets of the original, without overlap."""
    if not wanted:
        return []
    folded, offsets = fold_with_offsets(text)
    taken: list[tuple[int, int]] = []
    for needle in wanted:
        start = folded.find(needle)
        while start >= 0 and len(taken) < MOST_HITS:
            end = start + len(needle)
            if all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
            start = folded.find(needle, end)
    return [Span(offsets[a], _end_of(offsets, b), is_hit=True) for a, b in sorted(taken)]


def _end_of(offsets: Sequence[int], end: int) -> int:
    """The original offset after the character that the folded place before `end` came from."""
    last = offsets[end - 1]
    while end < len(offsets) - 1 and offsets[end] == last:
        end += 1
    return offsets[end] if offsets[end] > last else last + 1
