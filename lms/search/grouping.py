"""Rows that match, grouped under their documents and counted by facets."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lms.search.arrays import Facet, Flags, Ints, Matches, Rows, best_of, flags_at, is_in
from lms.search.engine import FACETS, DocumentHits, Request, Sort


def facet_masks(by_document: Mapping[str, Ints], request: Request) -> dict[str, Flags]:
    """Which documents each filter lets through."""
    return {facet: is_in(by_document[facet], codes) for facet, codes in request.filters.items()}


def count_facets(
    found: Flags, facet: Callable[[str], Facet], masks: Mapping[str, Flags]
) -> dict[str, dict[int, int]]:
    """Documents by each facet's values; a facet is narrowed by the other facets' filters only."""
    counts: dict[str, dict[int, int]] = {}
    whole = np.flatnonzero(found)
    for name in FACETS:
        kept = whole
        for other, mask in masks.items():
            if other != name:
                kept = kept[mask[kept]]
        counts[name] = facet(name).count(kept)
    return counts


def group(matches: Matches, request: Request, rows: Rows, total: int) -> list[DocumentHits]:
    """The documents of the page that is asked for, each with its best entries."""
    wanted = request.offset + request.limit
    if not total or request.offset >= total:
        return []
    if request.sort is Sort.DATE:
        chosen = _newest(matches, rows, wanted)
    else:
        chosen = _best_documents(matches, rows, wanted)
    return _with_entries(chosen[request.offset :], matches, rows, request.entries_each)


def _newest(matches: Matches, rows: Rows, wanted: int) -> NDArray[np.int32]:
    documents = np.flatnonzero(flags_at(matches.documents, rows.document_count)).astype(np.int32)
    days = rows.by_document["day"][documents]
    return documents[np.lexsort((documents, -days))[:wanted]]


def _best_documents(matches: Matches, rows: Rows, wanted: int) -> NDArray[np.int32]:
    """Document ids by their best entry; of equal ones the newer first."""
    count = max(20 * wanted, 200)
    while True:
        best = best_of(matches, count)
        _documents, firsts = np.unique(best.documents, return_index=True)
        if len(firsts) >= wanted or count >= len(matches.rows):
            break
        count *= 8
    firsts.sort()
    documents = best.documents[firsts]
    scores = np.round(best.scores[firsts], 3)
    order = np.lexsort((-rows.by_document["day"][documents], -scores))
    return documents[order[:wanted]]


def _with_entries(
    documents: NDArray[np.int32], matches: Matches, rows: Rows, entries_each: int
) -> list[DocumentHits]:
    place_of = np.zeros(rows.document_count, np.int32)
    place_of[documents] = np.arange(1, len(documents) + 1)
    places = place_of[matches.documents]
    inside = np.flatnonzero(places)
    places = places[inside]
    order = inside[np.lexsort((-matches.scores[inside], places))]
    ends = np.cumsum(np.bincount(places, minlength=len(documents) + 1)).tolist()
    hits = []
    for place, document in enumerate(documents.tolist()):
        start, end = ends[place], ends[place + 1]
        best = order[start : min(end, start + entries_each)]
        ids, scores = rows.entry[matches.rows[best]].tolist(), matches.scores[best].tolist()
        entries = tuple(zip(ids, scores, strict=True))
        hits.append(DocumentHits(document, scores[0], entries, end - start))
    return hits


def group_partial(
    matches: Matches, rows: Rows, wanted: int, entries_each: int
) -> list[DocumentHits]:
    """The best documents that match in part, in the order of their best entries."""
    best = best_of(matches, 20 * wanted)
    grouped: dict[int, list[tuple[int, float]]] = {}
    ids = rows.entry[best.rows].tolist()
    for document, entry_id, score in zip(
        best.documents.tolist(), ids, best.scores.tolist(), strict=True
    ):
        entries = grouped.setdefault(document, [])
        if len(entries) < entries_each:
            entries.append((entry_id, score))
    return [
        DocumentHits(document, entries[0][1], tuple(entries), len(entries), is_partial=True)
        for document, entries in list(grouped.items())[:wanted]
    ]
