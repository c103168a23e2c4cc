"""Reading texts: loaders, the list of the library, one page of a text, and what points to what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, extract, func, or_, select

from lms.db import db
from lms.errors import NotFound
from lms.files.models import Blob
from lms.library.citations import split_anchor
from lms.library.lines import SectionKind
from lms.library.models import (
    Attachment,
    Document,
    Paragraph,
    Relation,
    Section,
    WorkName,
)
from lms.library.titles import name_key
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor
from lms.members.scope import ContentState, check, editable_by, visible_to

UNITS = (SectionKind.ARTICLE, SectionKind.POINT, SectionKind.OPENING)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list of the library is narrowed to; empty values narrow nothing."""

    text: str = ""
    kind: str = ""
    level: str = ""
    status: str = ""
    issuer: str = ""
    topic: str = ""
    year: int | None = None
    sort: str = "newest"  # or "title"


@dataclass(frozen=True, slots=True)
class Facet:
    """One value to filter by and how many documents have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class PageOfText:
    """One page of a document: its sections with their paragraphs, in reading order."""

    number: int
    sections: Sequence[Section]
    paragraphs: Sequence[Paragraph]


# Loaders


def get_document(document_id: int, *, member: Actor, action: Action = Action.VIEW) -> Document:
    """The document; raises NotFound or Forbidden as the policy says."""
    document = db.session.get(Document, document_id)
    check(member, action, document)
    if document is None or document.is_unfinished:
        raise NotFound(_("没有找到这份文献，它可能已被移走。"))
    return document


def find_by_source(source_key: str, *, unit_id: int) -> Document | None:
    """The latest revision that came from that source, or None."""
    return db.session.scalar(
        select(Document).where(
            Document.unit_id == unit_id,
            Document.source_key == source_key,
            Document.replaced_by_id.is_(None),
        )
    )


def list_digests(unit_id: int) -> dict[str, tuple[str, str]]:
    """Text and card digests of all latest revisions of a unit, by source key."""
    rows = db.session.execute(
        select(Document.source_key, Document.digest, Document.fields_digest).where(
            Document.unit_id == unit_id, Document.replaced_by_id.is_(None)
        )
    )
    return {key: (text, card) for key, text, card in rows}


def list_known_names() -> frozenset[str]:
    """All names by which works are cited."""
    return frozenset(db.session.scalars(select(WorkName.name_key).distinct()))


def find_root_unit() -> OrgUnit | None:
    """The root of the organisation, which answers for what is imported by command."""
    return db.session.scalar(select(OrgUnit).where(OrgUnit.parent_id.is_(None)).limit(1))


# The list of the library


def documents(member: Actor, wanted: Filter) -> Select[tuple[Document]]:
    """The current editions that the person may see, narrowed and sorted."""
    order = {
        "title": (Document.short_title, Document.id),
        "longest": (Document.chars.desc(), Document.id),
    }.get(wanted.sort, (Document.issued_on.desc().nulls_last(), Document.short_title))
    return select(Document).where(*_conditions(member, wanted)).order_by(*order)


FACETS: dict[str, ColumnElement[Any]] = {
    "kind": Document.kind.expression,
    "level": Document.level.expression,
    "status": Document.status.expression,
    "issuer": Document.issuer.expression,
    "topic": Document.topic.expression,
    "year": extract("year", Document.issued_on),
}
MOST_VALUES = 12  # of one facet


def _base(member: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    """The WHERE of the list without its facets: what is seen, offered and named so."""
    conditions = [
        visible_to(member, Document),
        Document.state != ContentState.ARCHIVED,
        Document.is_current.expression,
    ]
    if wanted.text:
        conditions.append(
            or_(
                Document.title.contains(wanted.text, autoescape=True),
                Document.issuer.contains(wanted.text, autoescape=True),
                Document.document_number.contains(wanted.text, autoescape=True),
            )
        )
    return conditions


def _conditions(member: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    chosen = [
        column == value for name, column in FACETS.items() if (value := getattr(wanted, name))
    ]
    return _base(member, wanted) + chosen


def count_facets(member: Actor, wanted: Filter) -> dict[str, list[Facet]]:
    """Of each facet the values with their counts under the other facets, commonest first.

    One pass over the table counts all combinations; the rest is adding up.
    """
    query = (
        select(*FACETS.values(), func.count())
        .where(*_base(member, wanted))
        .group_by(*FACETS.values())
    )
    totals: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    chosen = {name: str(value) for name in FACETS if (value := getattr(wanted, name))}
    for *values, count in db.session.execute(query):
        row = {
            name: str(value) if value is not None else ""
            for name, value in zip(FACETS, values, strict=True)
        }
        differs = [name for name, value in chosen.items() if row[name] != value]
        for name in FACETS:
            if row[name] and differs in ([], [name]):
                totals[name][row[name]] += count
    return {name: _facets(name, counted) for name, counted in totals.items()}


def _facets(name: str, counted: Counter[str]) -> list[Facet]:
    if name == "year":
        newest = sorted(counted, reverse=True)[:MOST_VALUES]
        return [Facet(year, counted[year]) for year in newest]
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [Facet(value, count) for value, count in ordered[:MOST_VALUES]]


# One document


def list_headings(document_id: int) -> Sequence[Section]:
    """The sections of the table of contents: all but articles and points."""
    query = select(Section).where(Section.document_id == document_id, Section.kind.notin_(UNITS))
    return db.session.scalars(query.order_by(Section.position)).all()


def load_page(document: Document, number: int) -> PageOfText:
    """The sections and paragraphs of one page."""
    number = max(1, min(number, document.page_count))
    paragraphs = db.session.scalars(
        select(Paragraph)
        .where(Paragraph.document_id == document.id, Paragraph.page == number)
        .order_by(Paragraph.position)
    ).all()
    sections = db.session.scalars(
        select(Section)
        .where(Section.document_id == document.id, Section.page == number)
        .order_by(Section.position)
    ).all()
    return PageOfText(number, sections, paragraphs)


def find_page_of(document_id: int, anchor: str) -> int | None:
    """The page on which an anchor stands; None when the document has no such anchor."""
    for model in (Paragraph, Section):
        page = db.session.scalar(
            select(model.page).where(model.document_id == document_id, model.anchor == anchor)
        )
        if page is not None:
            return page
    return None


def find_nearest_anchor(document_id: int, anchor: str) -> str | None:
    """`anchor` itself, or the nearest place around it that exists: art5-p2-i9, art5-p2, art5."""
    while anchor:
        if find_page_of(document_id, anchor) is not None:
            return anchor
        anchor = anchor.rpartition("-")[0]
    return None


def find_place_name(document_id: int, anchor: str) -> str:
    """What a place is called in words: 第五条第二款第（三）项; "" for no place at all."""
    section, below = split_anchor(anchor)
    label = db.session.scalar(
        select(Section.label).where(Section.document_id == document_id, Section.anchor == section)
    )
    return f"{label}{below}" if label else ""


def list_editions(document: Document, *, member: Actor) -> Sequence[Document]:
    """All editions and revisions of the work that the person may see, newest first."""
    query = (
        select(Document)
        .where(Document.work_id == document.work_id, visible_to(member, Document))
        .where(Document.is_unfinished.is_not(True))
        .order_by(Document.issued_on.desc().nulls_last(), Document.id.desc())
    )
    return db.session.scalars(query).all()


def list_attachments(document_id: int) -> Sequence[Attachment]:
    """The files that belong to the document."""
    query = select(Attachment).where(Attachment.document_id == document_id)
    return db.session.scalars(query.order_by(Attachment.id)).all()


def get_attachment(attachment_id: int, *, member: Actor) -> tuple[Blob, str]:
    """The file and its title, when the person may see the document; raises NotFound."""
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotFound(_("没有找到这个附件，它可能已被移走。"))
    get_document(attachment.document_id, member=member)
    return db.session.get_one(Blob, attachment.blob_id), attachment.title


# What points where


@dataclass(frozen=True, slots=True)
class Target:
    """A document that a name leads to."""

    document_id: int
    title: str
    page_count: int
    issued_on: date | None = None


def find_targets(keys: Sequence[str], *, member: Actor) -> dict[str, list[Target]]:
    """For each name the current documents that it may mean and the person may see."""
    found: dict[str, list[Target]] = {}
    wanted = sorted({key for key in keys if key})
    for start in range(0, len(wanted), 500):
        query = (
            select(
                WorkName.name_key,
                Document.id,
                Document.title,
                Document.page_count,
                Document.issued_on,
            )
            .join(Document, Document.work_id == WorkName.work_id)
            .where(
                WorkName.name_key.in_(wanted[start : start + 500]),
                Document.is_current,
                visible_to(member, Document),
            )
            .order_by(WorkName.name_key, Document.id)
        )
        for key, *values in db.session.execute(query):
            found.setdefault(key, []).append(Target(*values))
    for key, targets in found.items():
        # An exact title goes before a volume that is also cited by the name of the whole.
        exact = [target for target in targets if name_key(target.title) == key]
        found[key] = exact or targets
    return found


def find_existing_anchors(
    wanted: Sequence[tuple[int, str]],
) -> dict[tuple[int, str], int]:
    """Those of the (document, section anchor) pairs that exist, with their page."""
    found: dict[tuple[int, str], int] = {}
    pairs = sorted(set(wanted))
    for start in range(0, len(pairs), 200):
        part = pairs[start : start + 200]
        condition = or_(
            *(and_(Section.document_id == one, Section.anchor == anchor) for one, anchor in part)
        )
        query = select(Section.document_id, Section.anchor, Section.page).where(condition)
        found |= {(one, anchor): page for one, anchor, page in db.session.execute(query)}
    return found


def list_relations(document: Document) -> Sequence[Relation]:
    """How the document stands to other works, as its card says."""
    query = select(Relation).where(Relation.document_id == document.id)
    return db.session.scalars(query.order_by(Relation.id)).all()


def may_edit(document: Document, *, member: Actor) -> bool:
    """Whether the person may change the document; pages ask it before they offer to."""
    query = select(Document.id).where(Document.id == document.id, editable_by(member, Document))
    return db.session.scalar(query) is not None
