"""Writing what is searchable: the rows of a document follow the document."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar, cast

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Table, delete, insert, select, update

from lms.db import db
from lms.search.models import SearchDocument, SearchEntry
from lms.search.sources import Document, Passage, read_along
from lms.search.text import exact_names, fold

ENTRIES = cast(Table, SearchEntry.__table__)
STEP_ROWS = 2_000  # written at a stretch: about a tenth of a second
MOST_TITLE = 500
T = TypeVar("T")
PLACE = ("position", "anchor", "label", "link_values", "places")
MOST_PINYIN = 60  # characters of a title that are spelled out


@dataclass(frozen=True, slots=True)
class _Row:
    """A passage as a row, before it is compared with the rows that are there."""

    digest: str
    values: Mapping[str, Any]

    def place(self) -> dict[str, Any]:
        """What may change while the row stays."""
        return {name: self.values[name] for name in PLACE}


def store_document(source: str, subject_id: int, document: Document | None) -> Iterator[int | None]:
    """Bring the rows of one document up to date; None forgets it.

    Passages whose text stayed keep their rows. The work is done in steps of at most STEP_ROWS
    rows; the caller commits after each, or once after all. Steps give the row's id, if any.
    """
    read_along(source, subject_id, document)
    row = db.session.scalar(
        select(SearchDocument).where(
            SearchDocument.source == source, SearchDocument.subject_id == subject_id
        )
    )
    if document is None:
        yield from _forget(row)
        return
    if row is None:
        row = SearchDocument(source=source, subject_id=subject_id)
        db.session.add(row)
    _fill(row, document)
    db.session.flush()
    document_id, digest = row.id, row.digest
    for _step in _store_passages(document_id, _rows(document, digest)):
        yield document_id


def _forget(row: SearchDocument | None) -> Iterator[int | None]:
    """Remove the entries, then the document."""
    if row is None:
        yield None
        return
    document_id = row.id
    of_document = select(SearchEntry.id).where(SearchEntry.document_id == document_id)
    for _step in _remove(db.session.scalars(of_document).all()):
        yield document_id
    db.session.execute(
        delete(SearchDocument).where(SearchDocument.id == document_id),
        execution_options={"synchronize_session": False},
    )
    yield document_id


def _fill(row: SearchDocument, document: Document) -> None:
    title = document.title[:MOST_TITLE]
    row.kind = document.kind
    row.title = title
    row.folded_title = fold(title)[:MOST_TITLE]
    row.pinyin = _pinyin(row.folded_title)
    row.names = exact_names(title, tuple(document.aliases))
    row.context = document.context[:500]
    row.issuer = document.issuer[:200]
    row.number = document.number[:120]
    row.dated_on = document.dated_on
    row.status = document.status[:60]
    row.column = document.column[:120]
    row.endpoint = document.endpoint
    row.values = dict(document.values)
    row.owner_unit_id = document.owner_unit_id
    row.audience_unit_id = document.audience_unit_id or 0 if document.is_published else 0
    known = (row.title, row.names, row.kind, row.issuer, str(row.dated_on), row.status, row.column,
             row.owner_unit_id, row.audience_unit_id)  # fmt: skip
    row.digest = _digest(repr(known))


def _pinyin(folded_title: str) -> str:
    syllables = lazy_pinyin(folded_title[:MOST_PINYIN], style=Style.NORMAL, errors="ignore")
    return f"{''.join(syllable[:1] for syllable in syllables)} {''.join(syllables)}"


def _digest(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _rows(document: Document, document_digest: str) -> list[_Row]:
    """The document itself as the first passage, then its passages."""
    head = " ".join(filter(None, (document.number, document.issuer, document.context)))
    passages = [Passage("", head), *document.passages]
    rows = []
    for position, passage in enumerate(passages):
        heading = passage.heading[:500]
        digest = _digest("\x1f".join((document_digest, str(position == 0), heading, passage.text)))
        values = {
            "position": position,
            "anchor": passage.anchor[:120],
            "heading": heading,
            "label": passage.label[:60],
            "text": passage.text,
            "link_values": dict(passage.values),
            "places": [[one.start, one.anchor, one.label] for one in passage.places] or None,
            "digest": digest,
            "mark": int(digest[:7], 16),
        }
        rows.append(_Row(digest, values))
    return rows


def _store_passages(document_id: int, rows: Sequence[_Row]) -> Iterator[None]:
    """Remove the entries that are no more, add those that are new, move the others."""
    added, moved, gone = _differences(document_id, rows)
    yield from _remove(gone)
    for batch in _in_steps(moved):
        for entry_id, place in batch:
            db.session.execute(update(ENTRIES).where(SearchEntry.id == entry_id).values(**place))
        yield
    for added_rows in _in_steps(added):
        # The bare table: the ORM's insert costs ten times as much for each row.
        db.session.execute(insert(ENTRIES), added_rows)
        yield
    if not (added or moved or gone):
        yield


def _differences(
    document_id: int, rows: Sequence[_Row]
) -> tuple[list[dict[str, Any]], list[tuple[int, dict[str, Any]]], list[int]]:
    """Entries to add, ids of those that only moved with their places, and ids to remove."""
    present: dict[str, list[Any]] = defaultdict(list)
    query = select(
        SearchEntry.id,
        SearchEntry.digest,
        SearchEntry.position,
        SearchEntry.anchor,
        SearchEntry.label,
        SearchEntry.values.label("link_values"),
        SearchEntry.places,
    ).where(SearchEntry.document_id == document_id)
    for entry in db.session.execute(query.order_by(SearchEntry.position.desc())):
        present[entry.digest].append(entry)
    added, moved = [], []
    for row in rows:
        if not present[row.digest]:
            added.append({"document_id": document_id, **row.values})
            continue
        kept = present[row.digest].pop()
        if any(getattr(kept, name) != value for name, value in row.place().items()):
            moved.append((kept.id, row.place()))
    gone = [entry.id for entries in present.values() for entry in entries]
    return added, moved, gone


def _remove(ids: Sequence[int]) -> Iterator[None]:
    for batch in _in_steps(ids):
        db.session.execute(
            delete(SearchEntry).where(SearchEntry.id.in_(batch)),
            execution_options={"synchronize_session": False},
        )
        yield


def _in_steps(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), STEP_ROWS):
        yield items[start : start + STEP_ROWS]
