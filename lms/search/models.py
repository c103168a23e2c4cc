"""What search keeps in the database: the outbox of changes, and the texts that the index names.

The index holds ids and marks of `search_entry` rows only. What a row is found by never changes: a
changed passage is a new row with a new id, so that index and database agree exactly when their ids
and marks do.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, BigId, Key


class SearchChange(Base):
    """A thing changed: written in the transaction of the change, removed once the index has it."""

    __tablename__ = "search_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    changed_at: Mapped[datetime]


class SearchDocument(Base):
    """What hits are grouped under; one row for each thing of each source."""

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("source", "subject_id"),
        Index("ix_search_document_kind", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(500))
    folded_title: Mapped[str] = mapped_column(String(500))  # as search compares it
    pinyin: Mapped[str] = mapped_column(String(2000), default="")  # initials, then whole syllables
    names: Mapped[list[Any]]  # folded exact names: full title, short title, aliases
    context: Mapped[str] = mapped_column(String(500), default="")
    issuer: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str] = mapped_column(String(120), default="")
    dated_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(60), default="")
    column: Mapped[str] = mapped_column("column_name", String(120), default="")
    endpoint: Mapped[str] = mapped_column(String(80))
    values: Mapped[dict[str, Any]] = mapped_column("link_values")
    owner_unit_id: Mapped[int]
    audience_unit_id: Mapped[int]  # 0: only the administrators of the owner unit
    digest: Mapped[str] = mapped_column(String(32))  # of all that the index knows of the document


class SearchEntry(Base):
    """One findable passage; heading and text are never updated."""

    __tablename__ = "search_entry"
    __table_args__ = (
        Index("ix_search_entry_document", "document_id", "position"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    document_id: Mapped[int] = mapped_column(ForeignKey("search_document.id", ondelete="CASCADE"))
    position: Mapped[int]  # order in the document; 0 is the document itself
    anchor: Mapped[str] = mapped_column(String(120))
    heading: Mapped[str] = mapped_column(String(500), default="")
    label: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, Any]] = mapped_column("link_values")
    places: Mapped[
        list[Any] | None
    ]  # offset, anchor and label of nearer links, as in sources.Place
    digest: Mapped[str] = mapped_column(String(32))  # of heading, text and the document's digest
    mark: Mapped[int]  # the first bits of the digest, which the index repeats


class SearchVector(Base):
    """What the PostgreSQL engine searches: one row for each entry; empty under other engines.

    A token's number of positions in the vector is its weight; the positions mean nothing else.
    """

    __tablename__ = "search_vector"
    __table_args__ = (
        Index("ix_search_vector_tokens", "tokens", postgresql_using="gin"),
        Index("ix_search_vector_title", "title", postgresql_using="gin"),
        Index("ix_search_vector_document_id", "document_id"),
    )

    entry_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    mark: Mapped[int]
    document_id: Mapped[int]
    length: Mapped[int]
    is_head: Mapped[bool]
    audience: Mapped[int]
    owner: Mapped[int]
    day: Mapped[int]
    kind: Mapped[int]
    issuer: Mapped[int]
    year: Mapped[int]
    status: Mapped[int]
    column: Mapped[int] = mapped_column("column_code")
    names: Mapped[list[Any]] = mapped_column(JSON().with_variant(ARRAY(Text), "postgresql"))
    title: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
    tokens: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


class SearchTerm(Base):
    """A text that people searched for, with how often and how well; no member is named."""

    __tablename__ = "search_term"

    id: Mapped[Key]
    text: Mapped[str] = mapped_column(String(100), unique=True)  # folded
    count: Mapped[int] = mapped_column(default=0)
    empty_count: Mapped[int] = mapped_column(default=0)  # how often nothing was found
    last_at: Mapped[datetime]
