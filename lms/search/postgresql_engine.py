"""The engine for several hosts: vectors of tokens in PostgreSQL, ranked by the same kernel.

The database finds the entries that hold the terms and that the asker may see, and puts the
likeliest first; these few are ranked as the embedded engine ranks all. Readers see the last commit.
"""

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import ProgrammingError

from lms.db import db
from lms.search.arrays import Facet, Ints, Postings, Rows, idf_of, norms_of, parts_of
from lms.search.engine import (
    Found,
    IndexBusy,
    IndexDamaged,
    IndexEntry,
    Request,
)
from lms.search.grouping import count_facets, facet_masks
from lms.search.models import SearchEntry, SearchVector
from lms.search.parsing import Query, Word
from lms.search.postgresql_index import (
    COLUMNS,
    LOCK,
    VECTORS,
    PostgresqlBuilder,
    quote,
    try_lock,
    write,
)
from lms.search.ranking import MOST_TERMS_ANY, count_rare, heading_token, rank

MOST_WHOLE = 400  # entries with all terms that are ranked
MOST_ANY = 300  # entries with some terms
MOST_NAMED = 200  # entries of documents asked for by name
REMEMBER_SECONDS = 300  # how long frequencies and lengths are trusted


class _Statistics:
    """How many entries there are and hold each term; remembered for some minutes."""

    def __init__(self) -> None:
        self.until = 0.0
        self.count = 0
        self.mean_length = 1.0
        self.frequencies: dict[str, int] = {}

    def refresh(self) -> None:
        """Forget what is too old."""
        if time.monotonic() < self.until:
            return
        query = select(func.count(), func.avg(SearchVector.length))
        count, mean = db.session.execute(query).one()
        self.count, self.mean_length = int(count), float(mean or 1.0)
        self.frequencies = {}
        self.until = time.monotonic() + REMEMBER_SECONDS

    def forget(self) -> None:
        """Read everything anew at the next search."""
        self.until = 0.0

    def frequency(self, term: str, expression: str) -> int:
        """How many entries hold the term."""
        if term not in self.frequencies:
            query = select(func.count()).where(_matches(expression))
            self.frequencies[term] = db.session.scalar(query) or 0
        return self.frequencies[term]


class _Candidates:
    """The entries that are ranked; implements ranking.Lookup over them alone."""

    def __init__(
        self, found: Sequence[Any], terms: Mapping[str, str], statistics: _Statistics
    ) -> None:
        self.found = sorted({row.entry_id: row for row in found}.values(), key=lambda row: row[0])
        self.statistics = statistics
        self.terms = terms
        document = np.array([row.document_id for row in self.found], np.int32)
        count = int(document.max(initial=0)) + 1
        by_document = {}
        for name in COLUMNS:
            values = np.zeros(count, np.int32)
            values[document] = [getattr(row, name) for row in self.found]
            by_document[name] = values
        entry = np.array([row.entry_id for row in self.found], np.int64)
        head = np.array([row.is_head for row in self.found], np.bool_)
        self.rows = Rows(entry, document, head, by_document)
        lengths = np.array([row.length for row in self.found], np.int32)
        self.norms = norms_of(lengths, statistics.mean_length)
        self.weights = self._read_weights()

    def _read_weights(self) -> dict[str, dict[int, int]]:
        """Token -> row -> weight, for the tokens of the query."""
        places = {row.entry_id: place for place, row in enumerate(self.found)}
        tokens = [term for term in self.terms if not _is_prefix(self.terms[term])]
        chars = [term for term in self.terms if _is_prefix(self.terms[term])]
        spread = func.unnest(SearchVector.tokens).table_valued("lexeme", "positions", "weights")
        wanted: ColumnElement[bool] = spread.c.lexeme.in_(
            [*tokens, *(heading_token(token) for token in tokens)]
        )
        for char in chars:
            wanted |= spread.c.lexeme.startswith(char, autoescape=True)
        query = (
            select(SearchVector.entry_id, spread.c.lexeme, func.cardinality(spread.c.positions))
            .select_from(SearchVector)
            .join(spread, true())
            .where(SearchVector.entry_id.in_(list(places)), wanted)
        )
        weights: dict[str, dict[int, int]] = {}
        for entry_id, token, weight in db.session.execute(query):
            for name in (token, *(char for char in chars if token.startswith(char))):
                held = weights.setdefault(name, {})
                held[places[entry_id]] = held.get(places[entry_id], 0) + weight
        return weights

    def postings(self, term: str) -> Postings | None:
        """The candidates that hold the term; None when no entry at all does."""
        expression = self.terms.get(term) or quote(term)
        frequency = self.statistics.frequency(term, expression)
        if not frequency:
            return None
        held = self.weights.get(term, {})
        rows = np.array(sorted(held), np.int32)
        weights = np.array([held[row] for row in rows.tolist()], np.float32)
        idf = idf_of(frequency, max(self.statistics.count, frequency))
        return Postings(rows, parts_of(weights, self.norms[rows]), idf)

    def starting_with(self, char: str) -> Postings | None:
        """The candidates that hold the character."""
        return self.postings(char)

    def named(self, name: str) -> Ints:
        """The ids of the documents whose exact name this is."""
        return self._among(_list_named([name]))

    def titled(self, word: Word) -> Ints:
        """The ids of the documents whose title holds all terms of the word."""
        return self._among(db.session.scalars(_titled(word)).all())

    def _among(self, ids: Iterable[int]) -> Ints:
        count = self.rows.document_count
        return np.array([document_id for document_id in ids if document_id < count], np.int32)


def _is_prefix(expression: str) -> bool:
    return expression.endswith(":*")


def _expressions(query: Query) -> dict[str, str]:
    """The terms that are required, each as a tsquery."""
    found: dict[str, str] = {}
    for word in query.words:
        for term in word.terms:
            found[term] = f"{quote(term)}:*" if word.is_character else quote(term)
    return found | {article: quote(article) for article in query.articles}


def _matches(expression: str) -> ColumnElement[bool]:
    return SearchVector.tokens.op("@@", is_comparison=True)(_tsquery(expression))


def _tsquery(expression: str) -> ColumnElement[Any]:
    return literal(expression).cast(TSQUERY)


def _titled(word: Word) -> Any:
    ending = ":*" if word.is_character else ""
    expression = " & ".join(f"{quote(term)}{ending}" for term in word.terms)
    holds = SearchVector.title.op("@@", is_comparison=True)(_tsquery(expression))
    return select(SearchVector.document_id).where(SearchVector.is_head, holds)


def _list_named(names: Collection[str]) -> list[int]:
    holds = [SearchVector.names.op("@>", is_comparison=True)([name]) for name in names]
    query = select(SearchVector.document_id).where(SearchVector.is_head, or_(*holds))
    return list(db.session.scalars(query)) if names else []


class PostgresqlEngine:
    """The index in the database itself; safe for any number of hosts."""

    name = "postgresql"

    def __init__(self) -> None:
        self._statistics = _Statistics()
        self._held = threading.local()

    # Reading

    def search(self, request: Request) -> Found:
        """Answer a request; raises IndexDamaged."""
        self._statistics.refresh()
        terms = _expressions(request.query)
        seen = _seen(request)
        narrowed = [*seen, *_filters(request)]
        whole = _find_whole(request.query, terms, narrowed)
        is_cut = len(whole) >= MOST_WHOLE
        candidates = whole
        if len({row.document_id for row in whole}) < request.offset + request.limit:
            candidates = [*whole, *self._find_any(terms, narrowed, request.least_coverage)]
        found = rank(request, _Candidates(candidates, terms, self._statistics))
        if is_cut or request.filters:
            found = self._with_counts(found, request, terms, seen)
        return found

    def version(self) -> None:
        """The index changes with any transaction: nothing tells quickly whether it has."""

    def _find_any(
        self,
        terms: Mapping[str, str],
        narrowed: Sequence[ColumnElement[bool]],
        least_coverage: float,
    ) -> list[Any]:
        """The likeliest entries that hold one of the rarer terms."""
        counted = [
            (frequency, expression)
            for term, expression in terms.items()
            if (frequency := self._statistics.frequency(term, expression))
        ]
        chosen = sorted(counted)[:MOST_TERMS_ANY]
        if not chosen or len(terms) < 2:
            return []
        count = self._statistics.count
        idfs = [idf_of(frequency, max(count, frequency)) for frequency, _ in chosen]
        unknown = len(terms) - len(counted)
        least = least_coverage * (sum(idfs) + unknown * idf_of(1, count))
        rare = chosen[: count_rare(idfs, least)]
        expression = " | ".join(expression for _, expression in rare)
        everything = " | ".join(expression for _, expression in chosen)
        return _find(expression, everything, narrowed, MOST_ANY)

    def _with_counts(
        self,
        found: Found,
        request: Request,
        terms: Mapping[str, str],
        seen: Sequence[ColumnElement[bool]],
    ) -> Found:
        """The answer with all documents counted, not only those that were ranked."""
        is_checked = request.query.without or any(word.is_phrase for word in request.query.words)
        if is_checked:
            return replace(found, is_lower_bound=True)
        columns = [getattr(SearchVector, name) for name in COLUMNS]
        query = select(SearchVector.document_id, *columns).distinct()
        if terms:
            query = query.where(_matches(" & ".join(terms.values())), *seen)
        else:
            query = query.where(SearchVector.is_head, *seen)
        rows = db.session.execute(query).all()
        ids = np.array([row.document_id for row in rows], np.int32)
        by_document = {}
        for name in COLUMNS:
            values = np.zeros(int(ids.max(initial=0)) + 1, np.int32)
            values[ids] = [getattr(row, name) for row in rows]
            by_document[name] = values
        flags = np.zeros(len(by_document["day"]), np.bool_)
        flags[ids] = True
        masks = facet_masks(by_document, request)
        counts = count_facets(flags, lambda name: Facet(by_document[name], ids), masks)
        for mask in masks.values():
            flags &= mask
        return replace(found, total=int(np.count_nonzero(flags)), counts=counts)

    def marks(self, document_ids: Collection[int] | None = None) -> dict[int, int]:
        """The entries in the index, or those of some documents: id to mark."""
        query = select(SearchVector.entry_id, SearchVector.mark)
        if document_ids is not None:
            query = query.where(SearchVector.document_id.in_(document_ids))
        marks = {row[0]: row[1] for row in db.session.execute(query)}
        db.session.rollback()
        return marks

    def check_files(self) -> None:
        """Raise IndexDamaged when there is no table, or an empty one beside entries."""
        try:
            holds_any = db.session.scalar(select(SearchVector.entry_id).limit(1))
            wants_any = db.session.scalar(select(SearchEntry.id).limit(1))
        except ProgrammingError as error:
            raise IndexDamaged("there is no index") from error
        finally:
            db.session.rollback()
        if wants_any is not None and holds_any is None:
            raise IndexDamaged("the index is empty")

    def is_scattered(self) -> bool:
        """The database keeps its own files in order."""
        return False

    def report_damage(self) -> None:
        """The database sees to its own files."""

    def size_bytes(self) -> int:
        """The room that the index takes."""
        query = select(func.pg_total_relation_size("search_vector"))
        return int(db.session.scalar(query) or 0)

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; raises IndexBusy when another process or thread does."""
        if getattr(self._held, "depth", 0):
            yield
            return
        with db.engine.connect() as connection:
            if not try_lock(connection):
                raise IndexBusy("another process is writing")
            self._held.depth = 1
            try:
                yield
            finally:
                self._held.depth = 0
                connection.execute(select(func.pg_advisory_unlock(LOCK)))
                connection.rollback()

    def apply(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Remove and add entries, all or nothing; raises IndexBusy."""
        with self.writing():
            write(VECTORS, remove, add)
            db.session.commit()
        self._statistics.forget()

    def build(self) -> "PostgresqlBuilder":
        """Begin a new index in a table of its own."""
        return PostgresqlBuilder(self.writing, self.forget)

    def forget(self) -> None:
        """Let go of what is remembered of the index."""
        self._statistics.forget()


def _seen(request: Request) -> list[ColumnElement[bool]]:
    """The conditions on what the asker may see and on titles."""
    audiences = [unit for unit in request.scope.audiences if unit]
    owners = [unit for unit in request.scope.owners if unit]
    conditions = [or_(SearchVector.audience.in_(audiences), SearchVector.owner.in_(owners))]
    titled = [SearchVector.document_id.in_(_titled(word)) for word in request.query.titles]
    return [*conditions, *titled]


def _filters(request: Request) -> list[ColumnElement[bool]]:
    return [getattr(SearchVector, facet).in_(codes) for facet, codes in request.filters.items()]


def _find_whole(
    query: Query, terms: Mapping[str, str], narrowed: Sequence[ColumnElement[bool]]
) -> list[Any]:
    """The likeliest entries that hold all terms, and those of documents asked for by name."""
    if not terms:
        heads = select(*_columns()).where(SearchVector.is_head, *narrowed)
        newest = heads.order_by(SearchVector.day.desc(), SearchVector.entry_id)
        return list(db.session.execute(newest.limit(MOST_WHOLE)))
    expression = " & ".join(terms.values())
    found = _find(expression, expression, narrowed, MOST_WHOLE)
    if len(found) >= MOST_WHOLE:
        names = {query.name, *(word.text for word in query.words)} - {""}
        named = SearchVector.document_id.in_(_list_named(names))
        found += _find(expression, expression, [*narrowed, named], MOST_NAMED)
        if query.wants_articles:
            headings = " | ".join(quote(heading_token(article)) for article in query.articles)
            wanted = f"{expression} & ({headings})"
            found += _find(wanted, expression, narrowed, MOST_NAMED)
    return found


def _find(
    expression: str, ranked_by: str, narrowed: Sequence[ColumnElement[bool]], limit: int
) -> list[Any]:
    likely = func.ts_rank(SearchVector.tokens, _tsquery(ranked_by), 1)
    query = select(*_columns()).where(_matches(expression), *narrowed)
    return list(
        db.session.execute(query.order_by(likely.desc(), SearchVector.entry_id).limit(limit))
    )


def _columns() -> list[Any]:
    names = ("entry_id", "document_id", "length", "is_head", *COLUMNS)
    return [getattr(SearchVector, name).label(name) for name in names]
