"""Ranking over arrays: which entries match, how well, and how they group under documents.

Scores are BM25 (Robertson and Zaragoza, 2009) over weighted frequencies. Order: entries with all
terms, then entries with some, scored x (idf coverage) squared; among either, documents asked for by
their exact name first.
"""

from collections.abc import Sequence

import numpy as np

from lms.search.arrays import (
    Flags,
    Floats,
    Ints,
    Lookup,
    Matches,
    Postings,
    Rows,
    best_of,
    best_places,
    flags_at,
    idf_of,
    is_in,
)
from lms.search.engine import Found, Request, Sort
from lms.search.grouping import count_facets, facet_masks, group, group_partial
from lms.search.parsing import Query
from lms.search.text import fold, letters, write_percents

NAME_BONUS = 1000.0  # an exact name goes before any other match
ARTICLE_BONUS = 200.0  # the article itself before texts that mention it
WORD_BONUS = 20.0  # the words stand unbroken in the text
TYPED_BONUS = 20.0  # so does everything that was typed, in one piece
MOST_PREFERRED = 20  # entries whose text is read for that
MOST_CHECKED = 600  # entries whose text is read for phrases
CHECK_BATCH = 100
MOST_TERMS_ANY = 24
SEARCH_COST = 12  # looking a row up in a list, in steps of spreading a list over all rows
FEW_DOCUMENTS = 3  # with at least so many whole matches, partial ones are noise
MOST_PARTIAL = 10  # documents that match in part


def visible_documents(rows: Rows, request: Request) -> Flags:
    """Which documents the asker may see."""
    audience, owner = rows.by_document["audience"], rows.by_document["owner"]
    visible = is_in(audience, request.scope.audiences)
    if request.scope.owners:
        visible |= is_in(owner, request.scope.owners)
    visible[:1] = False
    return visible


def rank(request: Request, lookup: Lookup) -> Found:
    """The answer to a request."""
    rows, query = lookup.rows, request.query
    visible = visible_documents(rows, request)
    for word in query.titles:
        visible &= flags_at(lookup.titled(word), rows.document_count)
    masks = facet_masks(rows.by_document, request)
    allowed = visible.copy()
    for mask in masks.values():
        allowed &= mask
    terms = _find_terms(query, lookup)
    unknown = tuple(term for term, postings in terms.items() if postings is None)
    known = [postings for postings in terms.values() if postings is not None]
    # Facets are counted before the filters, so that the other choices keep their numbers.
    if not terms:
        matches = _all_heads(rows, visible)
    elif unknown or not known:
        matches = _none()
    else:
        matches = _match_all(known, rows, visible)
    _add_bonuses(matches, request, lookup)
    is_lower_bound = False
    if _needs_texts(query):
        matches, is_lower_bound = _check_texts(matches, request, rows)
    elif request.sort is Sort.RELEVANCE:
        _prefer_whole_words(matches, request, rows)
    found = flags_at(matches.documents, rows.document_count)
    counts = count_facets(found, rows.facet, masks)
    if masks:
        matches = matches.chosen(allowed[matches.documents])
        found &= allowed
    total = int(np.count_nonzero(found))
    documents = group(matches, request, rows, total)
    room = request.limit - len(documents)
    if room > 0 and known and _wants_more(request, matches, total):
        left = allowed & ~found
        partial = _match_any(known, unknown, rows, left, request.least_coverage)
        _add_bonuses(partial, request, lookup)
        if _needs_texts(query):
            partial, _ = _check_texts(best_of(partial, CHECK_BATCH), request, rows)
        documents += group_partial(partial, rows, min(room, MOST_PARTIAL), request.entries_each)
    return Found(tuple(documents), total, counts, unknown, is_lower_bound)


def _none() -> Matches:
    return Matches(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))


def _needs_texts(query: Query) -> bool:
    """Whether terms alone do not tell what matches; a phrase of one term stands where that does."""
    return bool(query.without) or any(
        word.is_phrase and (len(word.terms) > 1 or word.terms[0] != word.text)
        for word in query.words
    )


def _wants_more(request: Request, matches: Matches, total: int) -> bool:
    """Whether partial matches are worth showing: few whole ones, and something may be left out.

    A phrase must stand in the text whole, so that only what stands beside it can be left out.
    """
    free = [word for word in request.query.words if not word.is_phrase]
    count = len({term for word in free for term in word.terms}) + len(request.query.articles)
    is_few = total < FEW_DOCUMENTS and len(matches.rows) < request.limit
    phrases = any(word.is_phrase for word in request.query.words)
    return is_few and request.offset <= total and count > (0 if phrases else 1)


def _find_terms(query: Query, lookup: Lookup) -> dict[str, Postings | None]:
    terms: dict[str, Postings | None] = {}
    for word in query.words:
        if word.is_character:
            terms[word.text] = lookup.starting_with(word.text)
        else:
            for term in word.terms:
                if len(term) > 1 or term.isascii():
                    terms[term] = lookup.postings(term)
    for article in query.articles:
        terms[article] = lookup.postings(article)
    return terms


def _all_heads(rows: Rows, visible: Flags) -> Matches:
    """Every visible document: what remains when only filters were given."""
    found = np.flatnonzero(rows.is_head & visible[rows.document]).astype(np.int32)
    return Matches(found, rows.document[found], np.ones(len(found), np.float32))


class _Spread:
    """Looks terms up in rows that are in order, the common ones over an array of all rows."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.parts: Floats | None = None

    def parts_at(self, term: Postings, wanted: Ints) -> Floats:
        """The term's part in each of the wanted rows; 0 where it does not stand."""
        if len(wanted) * SEARCH_COST < len(term.rows):
            places = np.searchsorted(term.rows, wanted)
            places[places == len(term.rows)] = 0
            parts = term.parts[places]
            parts[term.rows[places] != wanted] = 0
            return parts
        if self.parts is None:
            self.parts = np.zeros(self.count, np.float32)
        self.parts[term.rows] = term.parts
        found: Floats = self.parts[wanted]
        self.parts[term.rows] = 0
        return found


def _match_all(terms: Sequence[Postings], rows: Rows, visible: Flags) -> Matches:
    """The visible rows that hold every term; the rarest term is taken first."""
    rarest, *others = sorted(terms, key=lambda postings: len(postings.rows))
    spread = _Spread(len(rows.entry))
    found, scores = rarest.rows, rarest.parts * np.float32(rarest.idf)
    for term in others:
        parts = spread.parts_at(term, found)
        keep = parts > 0
        found, scores = found[keep], scores[keep] + parts[keep] * np.float32(term.idf)
        if not len(found):
            break
    documents = rows.document[found]
    keep = visible[documents]
    return Matches(found[keep], documents[keep], scores[keep])


def count_rare(idfs: Sequence[float], least: float) -> int:
    """How many of the terms, the rarest first, an entry that covers `least` has at least one of."""
    rare = len(idfs)
    while rare > 1 and sum(idfs[rare - 1 :]) < least:
        rare -= 1
    return rare


def _match_any(
    terms: Sequence[Postings],
    unknown: Sequence[str],
    rows: Rows,
    visible: Flags,
    least_coverage: float,
) -> Matches:
    """The visible rows that hold enough of the terms, by score x (idf coverage) squared.

    The commonest terms together stay below the coverage that is asked for, so that only rows with
    one of the rarer terms are looked at.
    """
    count = len(rows.entry)
    chosen = sorted(terms, key=lambda postings: len(postings.rows))[:MOST_TERMS_ANY]
    whole = sum(term.idf for term in chosen) + len(unknown) * idf_of(1, count)
    least = least_coverage * whole
    rare = count_rare([term.idf for term in chosen], least)
    held = np.zeros(count, np.bool_)
    for term in chosen[:rare]:
        held[term.rows] = True
    found = np.flatnonzero(held).astype(np.int32)
    documents = rows.document[found]
    keep = visible[documents]
    found, documents = found[keep], documents[keep]
    spread = _Spread(count)
    scores, covers = np.zeros((2, len(found)), np.float32)
    for term in chosen:
        parts = spread.parts_at(term, found)
        scores += parts * np.float32(term.idf)
        covers += (parts > 0) * np.float32(term.idf)
    enough = covers >= np.float32(least)
    share = covers[enough] / np.float32(whole)
    return Matches(found[enough], documents[enough], scores[enough] * share**2)


def _add_bonuses(matches: Matches, request: Request, lookup: Lookup) -> None:
    """Lift the rows of documents asked for by their exact name, and articles themselves."""
    query, rows = request.query, lookup.rows
    if not len(matches.rows) or not (query.words or query.articles):
        return
    names = {query.name: 1.0} if query.name else {}
    for word in query.words:
        names.setdefault(word.text, len(word.text) / (2 * max(len(query.name), len(word.text))))
    lifted = np.zeros(rows.document_count, np.float32)
    for name, share in names.items():
        if len(name) > 1 or len(names) == 1:
            found = lookup.named(name)
            lifted[found] = np.maximum(lifted[found], np.float32(share * NAME_BONUS))
    scores = matches.scores + lifted[matches.documents]
    if query.wants_articles:
        for article in query.articles:
            heading = lookup.postings(heading_token(article))
            if heading is not None:
                scores[_holds(heading.rows, matches.rows)] += np.float32(ARTICLE_BONUS)
    elif query.name and not query.articles:
        whole = lifted[matches.documents] >= NAME_BONUS
        scores[whole & rows.is_head[matches.rows]] += np.float32(ARTICLE_BONUS)
    matches.scores = scores


def heading_token(article: str) -> str:
    """The token of an article's own entry, beside the token that mentions share."""
    return f"§{article}"


def _holds(sorted_rows: Ints, wanted: Ints) -> Flags:
    if not len(sorted_rows):
        return np.zeros(len(wanted), np.bool_)
    places = np.searchsorted(sorted_rows, wanted)
    places[places == len(sorted_rows)] = 0
    held: Flags = sorted_rows[places] == wanted
    return held


def _check_texts(matches: Matches, request: Request, rows: Rows) -> tuple[Matches, bool]:
    """Only the rows whose text holds every phrase and nothing excluded; reads texts in batches.

    Gives also whether there were more rows than are read.
    """
    best = best_of(matches, MOST_CHECKED)
    ids = rows.entry[best.rows].tolist()
    phrases = [word.text for word in request.query.words if word.is_phrase]
    excluded = [word.text for word in request.query.without]
    keep = np.zeros(len(ids), np.bool_)
    for start in range(0, len(ids), CHECK_BATCH):
        texts = request.read_letters(ids[start : start + CHECK_BATCH])
        for place, entry_id in enumerate(ids[start : start + CHECK_BATCH], start):
            text = texts.get(entry_id, "")
            keep[place] = all(phrase in text for phrase in phrases) and not any(
                word in text for word in excluded
            )
    return best.chosen(keep), len(matches.rows) > MOST_CHECKED


def _prefer_whole_words(matches: Matches, request: Request, rows: Rows) -> None:
    """Lift those of the best rows whose text holds the words, or all that was typed, unbroken."""
    words = [word.text for word in request.query.words if len(word.terms) > 1]
    typed = letters(fold(write_percents(request.query.typed)))
    if not words or len(matches.rows) < 2:
        return
    best = best_places(matches.scores, MOST_PREFERRED)
    ids = rows.entry[matches.rows[best]].tolist()
    texts = request.read_letters(ids)
    whole = sum(map(len, words))
    for place, entry_id in zip(best.tolist(), ids, strict=True):
        text = texts.get(entry_id, "")
        share = sum(len(word) for word in words if word in text) / whole
        own_text = text.partition("|")[2]
        bonus = WORD_BONUS * share + (TYPED_BONUS if typed in own_text else 0.0)
        matches.scores[place] += np.float32(bonus)
