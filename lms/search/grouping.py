"""Rows that match, grouped under their documents and counted by facets."""

from collections.abc import Mapping, Sequence

import numpy as np

from lms.search.arrays import Flags, Ints, Matches, Rows, best_of, flags_at, is_in
from lms.search.engine import FACETS, DocumentHits, Request, Sort


def facet_masks(by_document: Mapping[str, Ints], request: Request) -> dict[str, Flags]:
    """Which documents each filter lets through."""
    return {facet: is_in(by_document[facet], codes) for facet, codes in request.filters.items()}


def count_facets(
    found: Flags, by_document: Mapping[str, Ints], masks: Mapping[str, Flags]
) -> dict[str, dict[int, int]]:
    """Documents by each facet's values; a facet is narrowed by the other facets' filters only."""
    counts: dict[str, dict[int, int]] = {}
    for facet in FACETS:
        kept = found
        for other, mask in masks.items():
            if other != facet:
                kept = kept & mask
        codes, numbers = np.unique(by_document[facet][kept], return_counts=True)
        counts[facet] = dict(zip(codes.tolist(), numbers.tolist(), strict=True))
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


def _newest(matches: Matches, rows: Rows, wanted: int) -> list[int]:
    documents = np.unique(rows.document[matches.rows])
    days = rows.by_document["day"][documents]
    order = np.lexsort((documents, -days))[:wanted]
    return [int(document) for document in documents[order]]


def _best_documents(matches: Matches, rows: Rows, wanted: int) -> list[int]:
    """Document ids by their best entry; of equal ones the newer first."""
    count = max(20 * wanted, 200)
    while True:
        best = best_of(matches, count)
        documents = rows.document[best.rows]
        firsts: dict[int, tuple[float, int]] = {}
        for document, score in zip(documents.tolist(), best.scores.tolist(), strict=True):
            if document not in firsts:
                firsts[document] = (-round(score, 3), -int(rows.by_document["day"][document]))
        if len(firsts) >= wanted or count >= len(matches.rows):
            return sorted(firsts, key=firsts.__getitem__)[:wanted]
        count *= 8


def _with_entries(
    documents: Sequence[int], matches: Matches, rows: Rows, entries_each: int
) -> list[DocumentHits]:
    of_row = rows.document[matches.rows]
    inside = flags_at(np.asarray(documents, np.int32), rows.document_count)[of_row]
    found, scores, of_row = matches.rows[inside], matches.scores[inside], of_row[inside]
    hits = []
    for document in documents:
        mine = np.flatnonzero(of_row == document)
        best = mine[np.argsort(-scores[mine], kind="stable")[:entries_each]]
        entries = tuple(
            (int(rows.entry[row]), float(score))
            for row, score in zip(found[best].tolist(), scores[best].tolist(), strict=True)
        )
        hits.append(DocumentHits(document, entries[0][1], entries, len(mine)))
    return hits


def group_partial(
    matches: Matches, rows: Rows, wanted: int, entries_each: int
) -> list[DocumentHits]:
    """The best documents that match in part, in the order of their best entries."""
    best = best_of(matches, 20 * wanted)
    grouped: dict[int, list[tuple[int, float]]] = {}
    for row, score in zip(best.rows.tolist(), best.scores.tolist(), strict=True):
        entries = grouped.setdefault(int(rows.document[row]), [])
        if len(entries) < entries_each:
            entries.append((int(rows.entry[row]), float(score)))
    return [
        DocumentHits(document, entries[0][1], tuple(entries), len(entries), is_partial=True)
        for document, entries in list(grouped.items())[:wanted]
    ]
