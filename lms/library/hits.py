"""What was searched for, counted over all pages of a text, so that readers go from hit to hit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from lms.db import db
from lms.library.models import Document, Paragraph
from lms.library.runs import hits_in, whole_words
from lms.search.parsing import Query
from lms.search.text import fold

MOST_CHARS = 2_000_000  # looked through for one answer: about a second at most
BATCH_PAGES = 20


@dataclass(frozen=True, slots=True)
class PageHits:
    """A page of a text and how many hits stand on it."""

    page: int
    count: int


@dataclass(frozen=True, slots=True)
class TextHits:
    """The pages that have hits, in order; `is_whole` tells whether all pages were looked at."""

    pages: tuple[PageHits, ...]
    is_whole: bool


def count_hits(document: Document, typed: str, *, page: int = 1) -> TextHits:
    """The hits of a text by page; of a very long text those of the pages around `page`."""
    query = whole_words(typed)
    if query.is_empty:
        return TextHits((), True)
    numbers = _pages_around(document.id, page)
    pages = [
        PageHits(number, count)
        for start in range(0, len(numbers), BATCH_PAGES)
        for number, texts in _read(document.id, numbers[start : start + BATCH_PAGES])
        if (count := _count(texts, query))
    ]
    return TextHits(tuple(pages), len(numbers) == document.page_count)


def _pages_around(document_id: int, page: int) -> list[int]:
    """The pages that are looked at, in order: all, or those nearest to `page`."""
    chars = func.sum(func.length(Paragraph.text))
    query = select(Paragraph.page, chars).where(Paragraph.document_id == document_id)
    chosen, room = [], MOST_CHARS
    rows = db.session.execute(query.group_by(Paragraph.page)).all()
    for number, count in sorted(rows, key=lambda row: (abs(row[0] - page), row[0])):
        room -= count
        if room < 0 and chosen:
            break
        chosen.append(number)
    return sorted(chosen)


def _read(document_id: int, pages: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    query = (
        select(Paragraph.page, Paragraph.text)
        .where(Paragraph.document_id == document_id, Paragraph.page.in_(pages))
        .order_by(Paragraph.position)
    )
    rows = db.session.execute(query).all()
    for number, group in groupby(rows, key=lambda row: row[0]):
        yield number, [text for _page, text in group]


def _count(texts: Sequence[str], query: Query) -> int:
    """The hits in a page's paragraphs; a page without any of the words is not looked at twice."""
    words = [word.text for word in (*query.words, *query.titles)]
    spread = re.compile("|".join("[\\W_]*".join(map(re.escape, word)) for word in words))
    if not query.articles and not spread.search(fold("\n".join(texts))):
        return 0
    return sum(len(hits_in(text, query)) for text in texts)
