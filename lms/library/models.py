"""Works, their editions by paragraphs, what points from one to another, and text lessons."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, BigId, Key, enum_column
from lms.library.fields import DocumentStatus, RelationKind, WorkKind
from lms.library.lines import ParagraphKind, SectionKind
from lms.members.scope import OwnedContent


def _current(name: str, *columns: str) -> Index:
    """An index of the current editions alone; SQLite takes `is_current` in these words only."""
    return Index(
        name,
        *columns,
        sqlite_where=text("is_current = 1"),
        postgresql_where=text("is_current"),
    )


class ImportState(StrEnum):
    """How far an uploaded text has come."""

    READING = "reading"  # waits for the job that reads the file
    RECOGNISED = "recognised"  # waits for a look and "save"
    SAVED = "saved"  # became the document `document_id`; `message` is the Outcome
    FAILED = "failed"  # could not be read or saved; `message` says why


class Outcome(StrEnum):
    """What saving a text did."""

    ADDED = "added"  # a document that was not there
    REVISED = "revised"  # a new revision; the old one is kept
    CARD_CHANGED = "card_changed"  # the same text with another card
    UNCHANGED = "unchanged"


class Work(Base):
    """A text whatever its edition: 安全生产法, 论语. Its editions are documents."""

    __tablename__ = "library_work"
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "title_key", "issuer", name="uq_library_work_title"),
    )

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    kind: Mapped[WorkKind] = enum_column(WorkKind, "kind")
    title: Mapped[str] = mapped_column(String(200))
    title_key: Mapped[str] = mapped_column(String(200))  # titles.name_key(title)
    issuer: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]


class WorkName(Base):
    """A name by which texts cite a work: its title and its short titles, as keys."""

    __tablename__ = "library_work_name"
    __table_args__ = (Index("ix_library_work_name_key", "name_key"),)

    work_id: Mapped[int] = mapped_column(ForeignKey("library_work.id"), primary_key=True)
    name_key: Mapped[str] = mapped_column(String(200), primary_key=True)


class Document(OwnedContent, Base):
    """One edition of a work, as imported once.

    `source_key` names where it came from. Importing changed text for the same source adds a
    document with the next `revision`; the old one stays readable and points to it by
    `replaced_by_id`. `is_current` marks the newest edition of the work. A document that points to
    itself is still being saved: nobody sees it.
    """

    __tablename__ = "library_document"
    __table_args__ = (
        Index(
            "uq_library_document_source",
            "unit_id",
            "source_key",
            unique=True,
            sqlite_where=text("replaced_by_id IS NULL"),
            postgresql_where=text("replaced_by_id IS NULL"),
        ),
        # In the order of the list, and with all that its filters are counted by.
        _current("ix_library_document_list", "issued_on", "short_title"),
        _current(
            "ix_library_document_facets",
            *("kind", "level", "status", "issuer", "topic", "issued_on"),
            *("audience_unit_id", "unit_id", "state", "is_current"),
        ),
    )

    id: Mapped[Key]
    work_id: Mapped[int] = mapped_column(ForeignKey("library_work.id"), index=True)
    kind: Mapped[WorkKind] = enum_column(WorkKind, "kind")
    title: Mapped[str] = mapped_column(String(200))
    short_title: Mapped[str] = mapped_column(String(200), default="")
    level: Mapped[str] = mapped_column(String(40), default="")  # 法律, 行政法规, …
    issuer: Mapped[str] = mapped_column(String(200), default="")  # or the author
    document_number: Mapped[str] = mapped_column(String(80), default="")
    issued_on: Mapped[date | None]
    in_force_on: Mapped[date | None]
    repealed_on: Mapped[date | None]
    status: Mapped[DocumentStatus] = enum_column(
        DocumentStatus, "status", default=DocumentStatus.UNKNOWN
    )
    status_note: Mapped[str] = mapped_column(String(80), default="")
    topic: Mapped[str] = mapped_column(String(80), default="", index=True)  # the column it is in
    edition: Mapped[str] = mapped_column(String(80), default="")
    language: Mapped[str] = mapped_column(String(16), default="zh")
    keywords: Mapped[list[Any]] = mapped_column(default=list)
    history: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    source_key: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))  # of the text
    fields_digest: Mapped[str] = mapped_column(String(64))  # of the card
    revision: Mapped[int] = mapped_column(default=1)
    replaced_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("library_document.id"), index=True
    )
    is_current: Mapped[bool] = mapped_column(default=True)
    chars: Mapped[int] = mapped_column(default=0)
    paragraph_count: Mapped[int] = mapped_column(default=0)
    article_count: Mapped[int] = mapped_column(default=0)
    page_count: Mapped[int] = mapped_column(default=1)  # long texts are read in pages
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @hybrid_property
    def is_unfinished(self) -> bool:
        """Whether only a part of the text has been saved so far."""
        return self.replaced_by_id is not None and self.replaced_by_id == self.id

    @is_unfinished.inplace.expression
    @classmethod
    def _is_unfinished(cls) -> ColumnElement[bool]:
        return cls.replaced_by_id == cls.id


class Section(Base):
    """A heading, article or numbered point of a document; `position` is its place in the text."""

    __tablename__ = "library_section"
    __table_args__ = (UniqueConstraint("document_id", "anchor"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[SectionKind] = enum_column(SectionKind, "kind")
    label: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    anchor: Mapped[str] = mapped_column(String(80))
    depth: Mapped[int]
    parent_position: Mapped[int | None]
    page: Mapped[int] = mapped_column(default=1)


class Paragraph(Base):
    """One paragraph or item; cited, linked, noted and compared by its anchor."""

    __tablename__ = "library_paragraph"
    __table_args__ = (
        UniqueConstraint("document_id", "anchor"),
        ForeignKeyConstraint(
            ["document_id", "section_position"],
            ["library_section.document_id", "library_section.position"],
        ),
        Index("ix_library_paragraph_page", "document_id", "page"),
    )

    document_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    section_position: Mapped[int]
    page: Mapped[int] = mapped_column(default=1)
    kind: Mapped[ParagraphKind] = enum_column(ParagraphKind, "kind")
    anchor: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)


class Citation(Base):
    """A place in a document that names a work, perhaps an article of it.

    The work is kept as the name that the text used; it is looked up when the page is shown, so
    that a work imported later is linked too.
    """

    __tablename__ = "library_citation"
    __table_args__ = (
        Index("ix_library_citation_target", "name_key", "target_article"),
        Index("ix_library_citation_document", "document_id", "paragraph_position"),
    )

    id: Mapped[Key]
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    paragraph_position: Mapped[int] = mapped_column(default=0)
    start: Mapped[int] = mapped_column(default=0)
    end: Mapped[int] = mapped_column(default=0)
    name_key: Mapped[str] = mapped_column(String(200))  # "" when it names its own document
    target_anchor: Mapped[str] = mapped_column(String(80), default="")  # such as art5-p2
    target_article: Mapped[str] = mapped_column(String(40), default="")  # such as art5


class Mention(Base):
    """A place outside of the library that names a work: in a lesson, a question, a course.

    Written when search takes the thing in; `position` is that of its search entry, 0 the title.
    """

    __tablename__ = "library_mention"
    __table_args__ = (
        Index("ix_library_mention_target", "name_key", "target_article"),
        Index("ix_library_mention_subject", "source", "subject_id"),
    )

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    position: Mapped[int]
    start: Mapped[int]  # offset in the text of the passage
    name_key: Mapped[str] = mapped_column(String(200))
    target_anchor: Mapped[str] = mapped_column(String(80), default="")
    target_article: Mapped[str] = mapped_column(String(40), default="")


class Relation(Base):
    """How a document stands to another work: amends it, is replaced by it, implements it."""

    __tablename__ = "library_relation"

    id: Mapped[Key]
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"), index=True)
    kind: Mapped[RelationKind] = enum_column(RelationKind, "kind")
    target_title: Mapped[str] = mapped_column(String(200))
    target_key: Mapped[str] = mapped_column(String(200), index=True)


class Attachment(Base):
    """A file that belongs to a document: the scan, a form, a table."""

    __tablename__ = "library_attachment"

    id: Mapped[Key]
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"), index=True)
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"))
    title: Mapped[str] = mapped_column(String(200))


class ImportBatch(Base):
    """Many files brought in at once, to be looked at in one list and saved together."""

    __tablename__ = "library_import_batch"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    audience_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    is_published: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    @property
    def subject(self) -> str:
        """What its jobs are about."""
        return f"library-import:{self.id}"


class ImportDraft(Base):
    """An uploaded text on its way in: what was recognised, to be looked at before it is saved."""

    __tablename__ = "library_import"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("library_import_batch.id"), index=True)
    state: Mapped[ImportState] = enum_column(ImportState, "state", default=ImportState.READING)
    file_name: Mapped[str] = mapped_column(String(200))
    upload_token: Mapped[str] = mapped_column(String(32), default="", server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # for lists
    text: Mapped[str] = mapped_column(Text, default="")
    is_markdown: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("library_document.id"))
    created_at: Mapped[datetime]


class ReaderNote(Base):
    """A member's own highlight in a paragraph, with or without a note; nobody else sees it."""

    __tablename__ = "library_note"
    __table_args__ = (Index("ix_library_note_place", "member_id", "document_id"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"), index=True)
    anchor: Mapped[str] = mapped_column(String(80))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class TextLesson(Base):
    """The body of a lesson of kind text: sanitised HTML and its number of characters."""

    __tablename__ = "library_text_lesson"

    lesson_id: Mapped[int] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    html: Mapped[str] = mapped_column(Text, default="")
    chars: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class TextLessonImage(Base):
    """A picture that a text lesson shows; who sees the lesson gets it."""

    __tablename__ = "library_text_lesson_image"

    lesson_id: Mapped[int] = mapped_column(
        ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    blob_id: Mapped[int] = mapped_column(
        ForeignKey("blob.id"), primary_key=True, autoincrement=False
    )
