"""The indexer: takes changes from the outbox, brings rows and index up to date, heals the index.

The rows of `search_entry` are the truth. Whatever is killed at whatever moment, comparing ids and
marks of both sides tells what is missing.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from sqlalchemy import Row, delete, select

from lms.db import begin_reading, db
from lms.search.actions import STEP_ROWS, carry_out, is_carried_out, plan_document
from lms.search.engine import (
    Builder,
    Engine,
    IndexBusy,
    IndexDamaged,
    IndexDocument,
    IndexEntry,
    code_of,
    in_batches,
)
from lms.search.engines import get_engine
from lms.search.entries import analyse_entry, analyse_title
from lms.search.models import SearchChange, SearchDocument, SearchEntry
from lms.search.sources import Document, find_source, list_sources

log = logging.getLogger(__name__)

MOST_CHANGES = 100  # things of one round
MOST_PLANS = 3  # for one thing, when two processes store it at once
MOST_SECONDS = 2.0  # of reading in one round, before what was read goes into the index
READ_SIZE = 500  # rows of one read
SMALL = 3_000  # entries; a damaged index of this size is built again at once
# What the index is told: as columns, for rows are read faster than objects.
ENTRY_COLUMNS = (
    SearchEntry.id,
    SearchEntry.document_id,
    SearchEntry.position,
    SearchEntry.mark,
    SearchEntry.heading,
    SearchEntry.text,
)
DOCUMENT_COLUMNS = (
    SearchDocument.id,
    SearchDocument.audience_unit_id,
    SearchDocument.owner_unit_id,
    SearchDocument.dated_on,
    SearchDocument.kind,
    SearchDocument.issuer,
    SearchDocument.status,
    SearchDocument.column.label("column"),
    SearchDocument.title,
    SearchDocument.names,
)

Progress = Callable[[int, int, str], None]  # done, of how many, what is being done


def follow() -> int:
    """Take one round of changes into the index; gives how many things changed.

    Does nothing when another process is at it. Commits in short transactions.
    """
    engine = get_engine()
    try:
        with engine.writing():
            return _follow(engine)
    except IndexBusy:
        db.session.rollback()
        return 0


def _follow(engine: Engine) -> int:
    changes = list_changes(MOST_CHANGES)
    if not changes:
        return 0
    taken: dict[tuple[str, int], list[int]] = {}
    for change in changes:
        taken.setdefault((change.source, change.subject_id), []).append(change.id)
    document_ids: list[int] = []
    done: list[int] = []
    ends_at = time.monotonic() + MOST_SECONDS
    for (source, subject_id), change_ids in taken.items():
        document_id = refresh_document(source, subject_id)
        document_ids += [] if document_id is None else [document_id]
        done += change_ids
        if time.monotonic() > ends_at:
            break
    try:
        _compare(engine, document_ids)
    except IndexDamaged:
        # Whoever heals the index reads the rows that are now right.
        log.warning("the search index is damaged; changes wait for the new one", exc_info=True)
    _forget_changes(done)
    return len(done)


def list_changes(limit: int) -> Sequence[SearchChange]:
    """The newest changes of the outbox, detached; ends the transaction.

    The newest come first so that a single change does not wait for a large import to pass.
    """
    query = select(SearchChange).order_by(SearchChange.id.desc()).limit(limit)
    changes = db.session.scalars(query).all()
    db.session.expunge_all()
    db.session.rollback()
    return changes


def _forget_changes(ids: Sequence[int]) -> None:
    for batch in in_batches(ids, 500):
        db.session.execute(delete(SearchChange).where(SearchChange.id.in_(batch)))
    db.session.commit()


def refresh_document(source: str, subject_id: int) -> int | None:
    """Read a thing from its source again and store its rows. Gives the document's id.

    Reading locks nobody out; what is written is committed in bounded pieces. A run that was cut
    off is made up for by the next, for the change stays in the outbox.
    """
    document_id: int | None = None
    for _again in range(MOST_PLANS):
        begin_reading()
        plan = plan_document(source, subject_id, _read(source, subject_id))
        db.session.rollback()
        for stored_id in carry_out(plan):
            document_id = stored_id
            db.session.commit()
        if plan.count < STEP_ROWS or is_carried_out(plan):
            break
    db.session.rollback()
    return document_id


def _read(source_code: str, subject_id: int) -> Document | None:
    source = find_source(source_code)
    if source is None:
        return None
    return next(
        (found for found in source.find_documents([subject_id]) if found.id == subject_id), None
    )


def _compare(engine: Engine, document_ids: Sequence[int] | None = None) -> tuple[int, int]:
    """Make the index hold what the rows hold; gives how many entries were added and removed."""
    if document_ids is not None and not document_ids:
        return 0, 0
    wanted = read_marks(document_ids)
    add, remove = difference(wanted, engine.marks(document_ids))
    for batch in in_batches(add, 20 * READ_SIZE):
        engine.apply(remove, list(read_entries(batch)))
        remove = []
    if remove:
        engine.apply(remove, [])
    return len(add), len(remove)


def difference(
    wanted: Mapping[int, int], present: Mapping[int, int]
) -> tuple[list[int], list[int]]:
    """What has to be added to `present`, and removed from it, to make it `wanted`."""
    add = [entry_id for entry_id, mark in wanted.items() if present.get(entry_id) != mark]
    remove = [entry_id for entry_id, mark in present.items() if wanted.get(entry_id) != mark]
    return add, remove


def read_marks(document_ids: Sequence[int] | None = None) -> dict[int, int]:
    """Ids and marks of the rows, of all or of some documents; ends the transaction."""
    query = select(SearchEntry.id, SearchEntry.mark)
    if document_ids is not None:
        query = query.where(SearchEntry.document_id.in_(document_ids))
    marks = {row[0]: row[1] for row in db.session.execute(query)}
    db.session.rollback()
    return marks


def read_entries(ids: Collection[int] | None = None) -> Iterator[IndexEntry]:
    """The entries with those ids, or all, ready for an index; keeps no transaction open."""
    if ids is None:
        ids = sorted(read_marks())
    for batch in in_batches(sorted(ids), READ_SIZE):
        query = (
            select(*ENTRY_COLUMNS)
            .where(SearchEntry.id.in_(batch))
            .order_by(SearchEntry.document_id, SearchEntry.position)
        )
        rows = db.session.execute(query).all()
        wanted = SearchDocument.id.in_({row.document_id for row in rows})
        documents = db.session.execute(select(*DOCUMENT_COLUMNS).where(wanted)).all()
        db.session.rollback()
        by_id = {document.id: document for document in documents}
        for document_id, entries in groupby(rows, key=lambda row: row.document_id):
            # Where readers do not block writers, it may have gone between the two reads.
            if document_id in by_id:
                yield from _analyse(by_id[document_id], entries)


def _analyse(document: Row[Any], entries: Iterable[Row[Any]]) -> Iterator[IndexEntry]:
    about = IndexDocument(
        id=document.id,
        audience=document.audience_unit_id,
        owner=document.owner_unit_id,
        day=int(document.dated_on.strftime("%Y%m%d")) if document.dated_on else 0,
        kind=code_of(document.kind),
        issuer=code_of(document.issuer),
        year=document.dated_on.year if document.dated_on else 0,
        status=code_of(document.status),
        column=code_of(document.column),
    )
    titled = analyse_title(document.title, tuple(document.names))
    for entry in entries:
        yield analyse_entry(
            entry.id,
            entry.mark,
            about,
            titled,
            heading=entry.heading,
            text=entry.text,
            is_head=entry.position == 0,
        )


# Healing and rebuilding


def check() -> tuple[list[int], list[int]]:
    """Entry ids that the index lacks, and that it holds wrongly; raises IndexDamaged."""
    engine = get_engine()
    engine.check_files()
    return difference(read_marks(), engine.marks())


def repair() -> tuple[int, int]:
    """Add what the index lacks and remove what it holds wrongly; raises IndexDamaged, IndexBusy."""
    engine = get_engine()
    with engine.writing():
        return _compare(engine)


def is_damaged() -> bool:
    """Whether the index cannot be used and has to be built again."""
    try:
        get_engine().check_files()
    except IndexDamaged:
        return True
    return False


def count_entries() -> int:
    """How many rows there are."""
    return len(read_marks())


def refresh_all(progress: Progress) -> None:
    """Read every thing of every source again, and forget what its source no longer knows."""
    for source in list_sources():
        ids = sorted(source.list_ids())
        known = select(SearchDocument.subject_id).where(SearchDocument.source == source.code)
        gone = set(db.session.scalars(known)) - set(ids)
        db.session.rollback()
        for done, subject_id in enumerate([*ids, *gone], 1):
            refresh_document(source.code, subject_id)
            progress(done, len(ids) + len(gone), source.code)
    sources = [source.code for source in list_sources()]
    orphans = select(SearchDocument.source, SearchDocument.subject_id)
    found = db.session.execute(orphans.where(SearchDocument.source.not_in(sources))).all()
    db.session.rollback()
    for code, subject_id in found:
        refresh_document(code, subject_id)


def rebuild_index(progress: Progress) -> int:
    """Build a new index from the rows while the old one is searched, then swap; gives its size.

    What changes meanwhile is made up for at the end, while nobody else may write.
    """
    engine = get_engine()
    wanted = sorted(read_marks())
    with _building(engine) as builder:
        for start in range(0, len(wanted), 20 * READ_SIZE):
            batch = wanted[start : start + 20 * READ_SIZE]
            builder.add(read_entries(batch))
            progress(min(start + len(batch), len(wanted)), len(wanted), "index")
        with engine.writing():
            add, remove = difference(read_marks(), builder.marks())
            builder.swap(remove, list(read_entries(add)))
    return len(wanted) + len(add) - len(remove)


@contextmanager
def _building(engine: Engine) -> Iterator[Builder]:
    builder = engine.build()
    try:
        yield builder
    except BaseException:
        builder.abandon()
        raise


def silent(_done: int, _whole: int, _what: str) -> None:
    """A progress that nobody watches."""
