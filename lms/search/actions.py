"""Writing what is searchable: the rows of a document follow the document."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Table, delete, insert, select, update

from lms.db import db
from lms.search.models import SearchDocument, SearchEntry
from lms.search.sources import Document, Passage, read_along
from lms.search.text import exact_names, fold

ENTRIES = cast(Table, SearchEntry.__table__)
MOST_TITLE = 500
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


def store_document(source: str, subject_id: int, document: Document | None) -> int | None:
    """Bring the rows of one document up to date; None forgets it. Gives the row's id, if any.

    Passages whose text stayed keep their rows. The caller commits.
    """
    read_along(source, subject_id, document)
    row = db.session.scalar(
        select(SearchDocument).where(
            SearchDocument.source == source, SearchDocument.subject_id == subject_id
        )
    )
    if document is None:
        if row is not None:
            db.session.execute(delete(SearchEntry).where(SearchEntry.document_id == row.id))
            db.session.delete(row)
            db.session.flush()
        return row.id if row is not None else None
    if row is None:
        row = SearchDocument(source=source, subject_id=subject_id)
        db.session.add(row)
    _fill(row, document)
    db.session.flush()
    _store_passages(row.id, _rows(document, row.digest))
    return row.id


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


def _store_passages(document_id: int, rows: Sequence[_Row]) -> None:
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
    added = []
    for row in rows:
        if not present[row.digest]:
            added.append({"document_id": document_id, **row.values})
            continue
        kept = present[row.digest].pop()
        if any(getattr(kept, name) != value for name, value in row.place().items()):
            change = update(ENTRIES).where(SearchEntry.id == kept.id)
            db.session.execute(change.values(**row.place()))
    gone = [entry.id for entries in present.values() for entry in entries]
    for start in range(0, len(gone), 500):
        chosen = SearchEntry.id.in_(gone[start : start + 500])
        db.session.execute(
            delete(SearchEntry).where(chosen), execution_options={"synchronize_session": False}
        )
    if added:
        # The bare table: the ORM's insert costs ten times as much for each row.
        db.session.execute(insert(ENTRIES), added)
