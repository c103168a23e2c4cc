"""Writing what is searchable: the rows of a document follow the document."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeVar, cast

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Select, Table, delete, func, insert, select, update

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written to bring the rows of one document up to date; None forgets it."""

    source: str
    subject_id: int
    document: Document | None
    values: Mapping[str, Any]  # columns of the document's row
    count: int  # entries that there will be
    added: Sequence[Mapping[str, Any]]
    moved: Sequence[tuple[int, Mapping[str, Any]]]  # entry ids with their new places
    gone: Sequence[int]


def plan_document(source: str, subject_id: int, document: Document | None) -> Plan:
    """Compare a document with its rows. Reads only, so that nobody waits for it."""
    values = _values_of(document) if document else {}
    rows = _rows(document, values["digest"]) if document else []
    present: dict[str, list[Any]] = defaultdict(list)
    for entry in db.session.execute(_entries_of(source, subject_id)):
        present[entry.digest].append(entry)
    added, moved = [], []
    for row in rows:
        if not present[row.digest]:
            added.append(row.values)
            continue
        kept = present[row.digest].pop()
        if any(getattr(kept, name) != value for name, value in row.place().items()):
            moved.append((kept.id, row.place()))
    gone = [entry.id for entries in present.values() for entry in entries]
    return Plan(source, subject_id, document, values, len(rows), added, moved, gone)


def _entries_of(source: str, subject_id: int) -> Select[Any]:
    return (
        select(
            SearchEntry.id,
            SearchEntry.digest,
            SearchEntry.position,
            SearchEntry.anchor,
            SearchEntry.label,
            SearchEntry.values.label("link_values"),
            SearchEntry.places,
        )
        .join(SearchDocument, SearchDocument.id == SearchEntry.document_id)
        .where(SearchDocument.source == source, SearchDocument.subject_id == subject_id)
        .order_by(SearchEntry.position.desc())
    )


def carry_out(plan: Plan) -> Iterator[int | None]:
    """Write what was planned, in steps of at most STEP_ROWS rows, each giving the row's id, if any.

    The caller commits after each step, or once after all. Passages whose text stayed keep their
    rows. Whoever was cut off, or met another who wrote the same document, plans again.
    """
    read_along(plan.source, plan.subject_id, plan.document)
    row = db.session.scalar(
        select(SearchDocument).where(
            SearchDocument.source == plan.source, SearchDocument.subject_id == plan.subject_id
        )
    )
    if row is None and plan.document is not None:
        row = SearchDocument(source=plan.source, subject_id=plan.subject_id)
        db.session.add(row)
    if row is None:
        yield None
        return
    for name, value in plan.values.items():
        setattr(row, name, value)
    db.session.flush()
    document_id = row.id
    for _step in _write_entries(document_id, plan):
        yield document_id
    if plan.document is None:
        db.session.execute(
            delete(SearchDocument).where(SearchDocument.id == document_id),
            execution_options={"synchronize_session": False},
        )
    yield document_id


def _write_entries(document_id: int, plan: Plan) -> Iterator[None]:
    for ids in _in_steps(plan.gone):
        db.session.execute(
            delete(SearchEntry).where(SearchEntry.id.in_(ids)),
            execution_options={"synchronize_session": False},
        )
        yield
    for moved in _in_steps(plan.moved):
        for entry_id, place in moved:
            change = update(ENTRIES).where(SearchEntry.id == entry_id)
            db.session.execute(change.values(**place))
        yield
    for added in _in_steps(plan.added):
        # The bare table: the ORM's insert costs ten times as much for each row.
        rows = [{"document_id": document_id, **values} for values in added]
        db.session.execute(insert(ENTRIES), rows)
        yield


def _in_steps(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), STEP_ROWS):
        yield items[start : start + STEP_ROWS]


def is_carried_out(plan: Plan) -> bool:
    """Whether there are as many entries as planned: nobody else has written between the steps."""
    query = _entries_of(plan.source, plan.subject_id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(query)) == plan.count


def _values_of(document: Document) -> dict[str, Any]:
    """The columns of the document's row, with a digest of all that the index knows of it."""
    title = document.title[:MOST_TITLE]
    folded = fold(title)[:MOST_TITLE]
    values: dict[str, Any] = {
        "kind": document.kind,
        "title": title,
        "folded_title": folded,
        "pinyin": _pinyin(folded),
        "names": exact_names(title, tuple(document.aliases)),
        "context": document.context[:500],
        "issuer": document.issuer[:200],
        "number": document.number[:120],
        "dated_on": document.dated_on,
        "status": document.status[:60],
        "column": document.column[:120],
        "endpoint": document.endpoint,
        "values": dict(document.values),
        "owner_unit_id": document.owner_unit_id,
        "audience_unit_id": document.audience_unit_id or 0 if document.is_published else 0,
    }
    known = (values["title"], values["names"], values["kind"], values["issuer"],
             str(values["dated_on"]), values["status"], values["column"],
             values["owner_unit_id"], values["audience_unit_id"])  # fmt: skip
    return values | {"digest": _digest(repr(known))}


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
