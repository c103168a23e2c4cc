"""Searching without an index: a bounded scan over the texts, for the time in which one is built."""

from sqlalchemy import ColumnElement, or_, select

from lms.db import db
from lms.search.engine import FACETS, DocumentHits, Found, Request, code_of
from lms.search.models import SearchDocument, SearchEntry

MOST_WORDS = 6
MOST_ROWS = 400


def scan(request: Request) -> Found:
    """Entries that hold all words, in the order of the documents, without scores or counts."""
    query = request.query
    words = [word.text for word in (*query.words, *query.titles)][:MOST_WORDS]
    mine: ColumnElement[bool] = SearchDocument.audience_unit_id.in_(request.scope.audiences)
    if request.scope.owners:
        mine |= SearchDocument.owner_unit_id.in_(request.scope.owners)
    rows = (
        select(SearchDocument, SearchEntry.id)
        .join(SearchEntry, SearchEntry.document_id == SearchDocument.id)
        .where(mine, *(_holds(word) for word in words))
        .order_by(SearchDocument.id.desc(), SearchEntry.position)
        .limit(MOST_ROWS)
    )
    if not words:
        rows = rows.where(SearchEntry.position == 0)
    grouped: dict[int, list[int]] = {}
    for document, entry_id in db.session.execute(rows):
        if _fits(document, request):
            grouped.setdefault(document.id, []).append(entry_id)
    page = list(grouped.items())[request.offset : request.offset + request.limit]
    hits = [
        DocumentHits(
            document_id, 0.0, tuple((i, 0.0) for i in ids[: request.entries_each]), len(ids)
        )
        for document_id, ids in page
    ]
    return Found(tuple(hits), len(grouped), is_lower_bound=True)


def _holds(word: str) -> ColumnElement[bool]:
    return or_(
        SearchEntry.text.contains(word, autoescape=True),
        SearchEntry.heading.contains(word, autoescape=True),
        SearchDocument.folded_title.contains(word, autoescape=True),
    )


def _fits(document: SearchDocument, request: Request) -> bool:
    for facet, codes in request.filters.items():
        if facet == "year":
            value = document.dated_on.year if document.dated_on else 0
        else:
            value = code_of(getattr(document, facet))
        if facet in FACETS and value not in codes:
            return False
    return True
