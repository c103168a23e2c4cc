"""The rows of the PostgreSQL engine: tokens as vectors, writing them, and building them anew."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, cast

from sqlalchemy import Connection, MetaData, Table, delete, func, insert, select, text

from lms.db import db
from lms.search.engine import FACETS, IndexEntry, in_batches
from lms.search.models import SearchVector

VECTORS = cast(Table, SearchVector.__table__)
LOCK = 0x5EA7C4  # key of the advisory lock for writing
MOST_POSITIONS = 60
MOST_TOKENS = 20_000  # of one entry; a vector takes a megabyte at most
BATCH = 500
COLUMNS = ("audience", "owner", "day", *FACETS)


def quote(token: str) -> str:
    """A token as it stands in a tsquery or a tsvector."""
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def try_lock(connection: Connection) -> bool:
    """Take the right to write for a connection; it goes with the connection, however that ends."""
    got = connection.execute(select(func.pg_try_advisory_lock(LOCK))).scalar()
    connection.commit()
    return bool(got)


def write(table: Table, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
    """Remove and add rows in the caller's transaction."""
    for ids in in_batches(remove, BATCH):
        db.session.execute(delete(table).where(table.c.entry_id.in_(ids)))
    for entries in in_batches(add, BATCH):
        db.session.execute(insert(table), [_row(entry) for entry in entries])


def _row(entry: IndexEntry) -> dict[str, Any]:
    document = entry.document
    return {
        "entry_id": entry.id,
        "mark": entry.mark,
        "document_id": document.id,
        "length": entry.length,
        "is_head": bool(entry.names),
        **{name: getattr(document, name) for name in COLUMNS if name != "column"},
        VECTORS.c["column_code"].key: document.column,
        "names": list(entry.names),
        "title": " ".join(quote(token) for token in entry.title_tokens) or None,
        "tokens": vector(entry.weights),
    }


def vector(weights: Mapping[str, float]) -> str:
    """Tokens as the text of a tsvector, each with as many positions as it weighs."""
    parts = []
    for token, weight in list(weights.items())[:MOST_TOKENS]:
        count = max(1, min(round(weight), MOST_POSITIONS))
        parts.append(f"{quote(token)}:{','.join(map(str, range(1, count + 1)))}")
    return " ".join(parts)


class PostgresqlBuilder:
    """A new index in a table beside the one that is searched."""

    def __init__(
        self, writing: Callable[[], AbstractContextManager[None]], swapped: Callable[[], None]
    ) -> None:
        self.writing = writing
        self.swapped = swapped
        self.table = VECTORS.to_metadata(MetaData(), name="search_vector_next")
        self._marks: dict[int, int] = {}
        self.abandon()
        like = "CREATE UNLOGGED TABLE search_vector_next (LIKE search_vector)"
        db.session.execute(text(like))
        db.session.commit()

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries."""
        for batch in in_batches(entries, BATCH):
            self._marks |= {entry.id: entry.mark for entry in batch}
            write(self.table, [], batch)
            db.session.commit()

    def marks(self) -> dict[int, int]:
        """The entries added so far: id to mark."""
        return self._marks

    def swap(self, remove: Collection[int], add: Iterable[IndexEntry]) -> None:
        """Put the new rows in the place of the old in one transaction."""
        entries = list(add)
        with self.writing():
            write(self.table, remove, entries)
            db.session.execute(delete(VECTORS))
            names = [column.name for column in VECTORS.columns]
            rows = select(*(self.table.c[column.key] for column in VECTORS.columns))
            db.session.execute(insert(VECTORS).from_select(names, rows))
            db.session.commit()
        self.abandon()
        self.swapped()

    def abandon(self) -> None:
        """Throw the new table away."""
        db.session.rollback()
        db.session.execute(text("DROP TABLE IF EXISTS search_vector_next"))
        db.session.commit()
