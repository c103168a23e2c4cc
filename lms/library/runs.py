"""Cuts a paragraph at links, hits and highlights, so that a template can show each piece."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from lms.search.parsing import Query, parse
from lms.search.snippets import find_hits


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


def whole_words(typed: str) -> Query:
    """What was typed, with every word to be found whole; punctuation may stand inside of it."""
    query = parse(typed)
    return replace(query, words=tuple(replace(word, is_phrase=True) for word in query.words))


def hits_in(text: str, query: Query) -> list[Span]:
    """Where what is asked for stands in `text`, in any spelling, without overlap."""
    return [Span(start, end, is_hit=True) for start, end in find_hits(text, query)]
