"""Searching on behalf of a person: the engine's hits with their texts from the database."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import takewhile
from typing import Any, cast

from flask import url_for
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, or_, select

from lms.db import db
from lms.members.policy import Actor, Role
from lms.members.scope import units_below
from lms.search.engine import (
    LEAST_COVERAGE,
    DocumentHits,
    Found,
    IndexDamaged,
    Request,
    Scope,
    Sort,
)
from lms.search.engines import get_engine
from lms.search.facets import Choice, codes_of, read_facets
from lms.search.models import SearchDocument, SearchEntry
from lms.search.parsing import Query, parse
from lms.search.scan import scan
from lms.search.snippets import Snippet, Span, make_snippet
from lms.search.sources import find_source, kind_labels
from lms.search.text import letters, letters_of, write_percents
from lms.web.pager import Page

PAGE_SIZE = 10
MOST_PAGES = 50
READ_CHARS = 20_000  # of a text that phrases are looked for in
# Built once, and of bare tables: this is asked at nearly every search.
ENTRIES, DOCUMENTS = cast(Table, SearchEntry.__table__), cast(Table, SearchDocument.__table__)
LETTERS = (
    select(
        ENTRIES.c.id,
        DOCUMENTS.c.folded_title,
        ENTRIES.c.heading,
        func.substr(ENTRIES.c.text, 1, READ_CHARS),
    )
    .join(DOCUMENTS, DOCUMENTS.c.id == ENTRIES.c.document_id)
    .where(ENTRIES.c.id.in_(bindparam("ids", expanding=True)))
)
UNSHOWN = {"link_values", "digest", "mark", "names", "pinyin", "column_name", "document_id"}
UNSHOWN |= {"owner_unit_id", "audience_unit_id"}
SHOWN_DOCUMENTS = select(
    *(column for column in DOCUMENTS.c if column.name not in UNSHOWN),
    DOCUMENTS.c.link_values.label("values"),
).where(DOCUMENTS.c.id.in_(bindparam("ids", expanding=True)))
SHOWN_ENTRIES = select(
    *(column for column in ENTRIES.c if column.name not in UNSHOWN),
    ENTRIES.c.link_values.label("values"),
).where(ENTRIES.c.id.in_(bindparam("ids", expanding=True)))
# Rows of those two, or the objects behind them.
ShownDocument = SearchDocument | Row[Any]
ShownEntry = SearchEntry | Row[Any]


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is shown; the address is made when it is asked for."""

    endpoint: str
    values: Mapping[str, Any]
    anchor: str = ""

    @property
    def url(self) -> str:
        """The address, inside a request."""
        return url_for(self.endpoint, **self.values, _anchor=self.anchor or None)


@dataclass(frozen=True, slots=True)
class PassageHit:
    """One passage of a document that was found."""

    entry_id: int
    anchor: str
    heading: str
    label: str
    link: Link
    snippet: Snippet
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """A document that was found, with its best passages."""

    document_id: int
    source: str
    subject_id: int
    kind: str
    kind_label: str
    title: Snippet
    link: Link
    context: str
    issuer: str
    number: str
    dated_on: date | None
    status: str
    passages: Sequence[PassageHit]
    more_count: int  # further passages that match
    is_partial: bool
    score: float


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results and what is said about them."""

    query: Query
    results: Sequence[Result] = ()
    total: int = 0
    page: int = 1
    facets: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    unknown_words: Sequence[str] = ()  # no part of them stands anywhere
    is_lower_bound: bool = False
    is_degraded: bool = False  # the index is being healed; the texts were scanned instead
    seconds: float = 0.0
    meant: str = ""  # what was searched for instead, because nothing holds what was typed
    near: Sequence[str] = ()  # what else may have been meant

    @property
    def pages(self) -> Page[Result]:
        """Where this page stands among the others."""
        return Page(self.results, self.page, PAGE_SIZE, min(self.total, PAGE_SIZE * MOST_PAGES))

    @property
    def can_narrow(self) -> bool:
        """Whether there is anything to filter or sort, or a filter to take back."""
        return bool(self.total) or any(
            choice.is_chosen for choices in self.facets.values() for choice in choices
        )

    @property
    def whole(self) -> list[Result]:
        """Results that hold everything that was asked for."""
        return [result for result in self.results if not result.is_partial]

    @property
    def partial(self) -> list[Result]:
        """Results that hold only some of it."""
        return [result for result in self.results if result.is_partial]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine found, before texts are read for it."""

    query: Query
    found: Found = field(default_factory=Found)
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)  # filters
    page: int = 1
    is_degraded: bool = False
    started: float = 0.0


def search(text: str, *, actor: Actor, **asked: Any) -> Results:
    """Search what the person may see, as `look_up` does, and read what is shown of it."""
    return read_answer(look_up(text, actor=actor, **asked))


def look_up(
    text: str,
    *,
    actor: Actor,
    filters: Mapping[str, Collection[str]] | None = None,
    sort: Sort = Sort.RELEVANCE,
    page: int = 1,
    limit: int = PAGE_SIZE,
    least_coverage: float = LEAST_COVERAGE,
) -> Answer:
    """Find what the person may see; never fails, whatever is typed.

    `filters` maps facets (kind, issuer, year, status, column) to the values wanted. A partial match
    holds at least `least_coverage` of the terms.
    """
    started = time.perf_counter()
    query = parse(text)
    if query.is_empty:
        return Answer(query)
    chosen = {name: set(values) for name, values in (filters or {}).items() if values}
    page = max(1, min(page, MOST_PAGES))
    request = Request(
        query=query,
        scope=scope_of(actor),
        read_letters=read_letters,
        filters=codes_of(chosen, query),
        sort=sort,
        limit=limit,
        offset=(page - 1) * limit,
        least_coverage=least_coverage,
    )
    found, is_degraded = ask(request)
    return Answer(query, found, chosen, page, is_degraded, started)


def read_answer(answer: Answer) -> Results:
    """The page of what was found: texts, marks and filters."""
    found, query = answer.found, answer.query
    if query.is_empty:
        return Results(query)
    return Results(
        query=query,
        results=read_results(found, query),
        total=found.total,
        page=answer.page,
        facets=read_facets(found, answer.chosen),
        unknown_words=_unknown_words(found, query),
        is_lower_bound=found.is_lower_bound,
        is_degraded=answer.is_degraded,
        seconds=time.perf_counter() - answer.started,
    )


def ask(request: Request) -> tuple[Found, bool]:
    """The engine's answer; while the index is being healed, that of a scan over the texts."""
    engine = get_engine()
    for _attempt in range(2):
        try:
            return engine.search(request), False
        except IndexDamaged:
            continue
    engine.report_damage()
    return scan(request), True


def _unknown_words(found: Found, query: Query) -> list[str]:
    unknown = set(found.unknown_terms)
    return [word.text for word in query.words if unknown.issuperset(word.terms)]


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """The condition that a document may be found by whom the scope stands for."""
    return or_(
        SearchDocument.audience_unit_id.in_(scope.audiences),
        SearchDocument.owner_unit_id.in_(scope.owners),
    )


def read_result(document: ShownDocument, query: Query) -> Result:
    """A document as a result without passages."""
    titled = replace(query, articles=())
    return _result(document, DocumentHits(document.id, 0.0, (), 0), {}, query, titled)


def scope_of(actor: Actor) -> Scope:
    """What the person may find: content for their units, and that of units they administer."""
    paths = actor.paths(Role.ADMINISTRATOR)
    owners: list[int] = list(db.session.scalars(units_below(paths))) if paths else []
    return Scope(actor.unit_ids, owners)


def read_letters(ids: Sequence[int]) -> dict[int, str]:
    """Title, heading and text of entries as folded letters, for checking phrases."""
    rows = db.session.execute(LETTERS, {"ids": list(ids)}).all()
    parts = iter(letters_of([write_percents(part) for row in rows for part in row[1:]]))
    return {row[0]: "|".join((next(parts), next(parts), next(parts))) for row in rows}


def read_results(found: Found, query: Query) -> list[Result]:
    """The engine's hits with their texts, marked."""
    ids = [entry_id for hits in found.documents for entry_id, _score in hits.entries]
    documents = _read_by_id(SHOWN_DOCUMENTS, [hits.document_id for hits in found.documents])
    entries = _read_by_id(SHOWN_ENTRIES, ids)
    titled = replace(query, articles=())
    return [
        _result(documents[hits.document_id], hits, entries, query, titled)
        for hits in found.documents
        if hits.document_id in documents
    ]


def _read_by_id(statement: Select[Any], ids: Sequence[int]) -> dict[int, Any]:
    return {row.id: row for row in db.session.execute(statement, {"ids": list(ids)})}


def _result(
    document: ShownDocument,
    hits: DocumentHits,
    entries: Mapping[int, ShownEntry],
    query: Query,
    titled: Query,  # what is marked in titles
) -> Result:
    marked_there = _words_to_mark(document, query)
    shown = [
        _passage(document, entries[entry_id], score, query, marked_there)
        for entry_id, score in hits.entries
        if entry_id in entries and entries[entry_id].position
    ]
    marked = [passage for passage in shown if _has_hit(passage)]
    whole_title = make_snippet(document.title, titled, width=len(document.title))
    return Result(
        document_id=document.id,
        source=document.source,
        subject_id=document.subject_id,
        kind=document.kind,
        kind_label=kind_labels().get(document.kind, document.kind),
        title=whole_title,
        link=Link(document.endpoint, document.values),
        context=document.context,
        issuer=document.issuer,
        number=document.number,
        dated_on=document.dated_on,
        status=document.status,
        passages=marked,
        more_count=hits.count - len(hits.entries) if len(marked) == len(shown) else 0,
        is_partial=hits.is_partial,
        score=hits.score,
    )


def _has_hit(passage: PassageHit) -> bool:
    return any(span.is_hit for span in passage.snippet.spans)


def _passage(
    document: ShownDocument,
    entry: ShownEntry,
    score: float,
    query: Query,
    marked_there: Mapping[str, str],
) -> PassageHit:
    snippet = make_snippet(entry.text, query)
    if entry.heading and not any(span.is_hit for span in snippet.spans):
        heading = make_snippet(entry.heading, query)
        if any(span.is_hit for span in heading.spans):
            # The heading is what was asked for: the text stands below it without a mark of its own.
            snippet = Snippet((Span("", True), *snippet.spans), False, snippet.is_cut_after)
    anchor, label = _nearest_place(entry, snippet)
    return PassageHit(
        entry_id=entry.id,
        anchor=anchor,
        heading=entry.heading,
        label=label,
        link=Link(document.endpoint, {**document.values, **entry.values, **marked_there}, anchor),
        snippet=snippet,
        score=score,
    )


def _words_to_mark(document: ShownDocument, query: Query) -> dict[str, str]:
    """What the page marks: the words beside those that only name the document."""
    source = find_source(document.source)
    if source is None or not source.marks_words:
        return {}
    title = letters(document.folded_title)
    words = [word for word in query.words if word.text not in title]
    typed = " ".join(f'"{word.text}"' if word.is_phrase else word.text for word in words)
    return {"q": typed} if typed else {}


def _nearest_place(entry: ShownEntry, snippet: Snippet) -> tuple[str, str]:
    """Anchor and label of the place in which the first marked hit stands."""
    hit = max(0, entry.text.find(snippet.text))
    if any(span.is_hit for span in snippet.spans):
        before = takewhile(lambda span: not span.is_hit, snippet.spans)
        hit += sum(len(span.text) for span in before)
    return place_of(entry, hit)


def place_of(entry: ShownEntry, offset: int) -> tuple[str, str]:
    """The anchor and label that lead nearest to an offset of the entry's text."""
    found = (entry.anchor, entry.label)
    for start, anchor, label in entry.places or ():
        if start <= offset:
            found = (anchor, label)
    return found
