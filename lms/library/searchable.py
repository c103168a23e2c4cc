"""What search finds in texts: one passage per article, or per paragraph where there are none."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms.db import db
from lms.library.fields import WorkKind
from lms.library.lines import SectionKind
from lms.library.models import Document, Paragraph, Section, WorkName
from lms.library.words import STATUS_LABELS
from lms.members.scope import ContentState
from lms.search import sources
from lms.search.sources import Passage, Source

KINDS = {
    WorkKind.POLICY.value: _l("法规文件"),
    WorkKind.CLASSIC.value: _l("原著经典"),
    WorkKind.SPEECH.value: _l("重要讲话"),
    WorkKind.OTHER.value: _l("其他文献"),
}


def list_ids() -> Iterable[int]:
    """All documents that were not replaced by a newer revision or put away."""
    return db.session.scalars(select(Document.id).where(*_findable()).order_by(Document.id))


def _findable() -> tuple[object, ...]:
    return (Document.replaced_by_id.is_(None), Document.state != ContentState.ARCHIVED)


def find_documents(ids: Sequence[int]) -> Iterator[sources.Document]:
    """Those of the documents that should be findable, with all their passages."""
    query = select(Document).where(Document.id.in_(ids), *_findable())  # type: ignore[arg-type]
    for document in db.session.scalars(query):
        yield sources.Document(
            id=document.id,
            kind=document.kind.value,
            title=document.title,
            endpoint="library.show",
            values={"document_id": document.id},
            owner_unit_id=document.unit_id,
            audience_unit_id=document.audience_unit_id,
            is_published=document.state == ContentState.PUBLISHED,
            passages=[*_passages(document), *_history(document)],
            aliases=_aliases(document),
            issuer=document.issuer,
            number=document.document_number,
            dated_on=document.issued_on,
            status=_status(document),
            column=document.topic,
        )


def _status(document: Document) -> str:
    return "" if document.status == "unknown" else str(STATUS_LABELS[document.status])


def _aliases(document: Document) -> list[str]:
    query = select(WorkName.name_key).where(WorkName.work_id == document.work_id)
    return [document.short_title, *db.session.scalars(query)]


def _passages(document: Document) -> Iterator[Passage]:
    rows = db.session.execute(
        select(
            Paragraph.section_position,
            Paragraph.anchor,
            Paragraph.kind,
            Paragraph.text,
            Paragraph.page,
            Section.kind,
            Section.anchor,
            Section.label,
            Section.title,
        )
        .join(
            Section,
            (Section.document_id == Paragraph.document_id)
            & (Section.position == Paragraph.section_position),
        )
        .where(Paragraph.document_id == document.id)
        .order_by(Paragraph.position)
    ).all()
    is_long = document.page_count > 1
    for _position, group in groupby(rows, key=lambda row: row[0]):
        paragraphs = list(group)
        page, kind, section_anchor, label, title = paragraphs[0][4:]
        heading = f"{label} {title}".strip()
        if kind in (SectionKind.ARTICLE, SectionKind.POINT):
            text = "\n".join(row[3] for row in paragraphs)
            values = _values(section_anchor, page, is_long)
            yield Passage(section_anchor, text, heading, values=values)
            continue
        for row in paragraphs:
            yield Passage(row[1], row[3], heading, values=_values(row[1], row[4], is_long))


def _history(document: Document) -> list[Passage]:
    """How it came about: people ask for a text by the number of the order that issued it."""
    if not document.history:
        return []
    text = document.history.replace(" / ", "\n")
    return [Passage("history", text, str(_l("沿革")), values={})]


def _values(anchor: str, page: int, is_long: bool) -> dict[str, object]:
    """What the link needs besides the fragment: the page of a long text, and the place to mark."""
    return {"page": page, "at": anchor} if is_long else {"at": anchor}


SOURCE = Source("text", KINDS, list_ids, find_documents, marks_words=True)
