"""What cites a text: other texts, lessons, questions, as far as the person may see them."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from lms.db import db
from lms.library.models import Citation, Document, Mention, Paragraph, WorkName
from lms.members.policy import Actor
from lms.members.scope import visible_to
from lms.search.models import SearchDocument, SearchEntry
from lms.search.queries import Link, place_of, scope_of, seen_by
from lms.search.sources import kind_labels

MOST = 200
BEFORE, AFTER = 24, 30  # characters around the first place
DEEPER = re.compile(r"-[pis][0-9]+(?:_[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Citing:
    """A thing that cites: its title, and the address and words of its first place."""

    title: str
    context: str  # the course of a lesson, the bank of a question
    href: str
    places: int  # paragraphs in which it cites
    excerpt: str = ""
    kind: str = ""  # what it is, in words; "" for a text of the library


def _own_names(document: Document) -> Select[tuple[str]]:
    return select(WorkName.name_key).where(WorkName.work_id == document.work_id)


def _cites(
    model: type[Citation] | type[Mention], document: Document, anchor: str
) -> ColumnElement[bool]:
    """The condition that the document is cited, or the place `anchor` in it with all below."""
    named = model.name_key.in_(_own_names(document))
    if not anchor:
        return named
    below = model.target_anchor.startswith(f"{anchor}-", autoescape=True)
    return named & or_(model.target_article == anchor, model.target_anchor == anchor, below)


def _from_texts(document: Document, member: Actor) -> ColumnElement[bool]:
    """The condition that the citing text counts: current, another work, and open to the person."""
    return and_(
        Document.id == Citation.document_id,
        Document.is_current,
        Document.work_id != document.work_id,
        visible_to(member, Document),
    )


def count_cited_places(document: Document, *, member: Actor) -> dict[str, int]:
    """By anchor of articles, paragraphs and items: how many things that the person sees cite it."""
    texts = (
        select(Citation.target_anchor, Citation.target_article, Citation.document_id)
        .join(Document, _from_texts(document, member))
        .where(_cites(Citation, document, ""), Citation.target_article != "")
    )
    others = (
        select(Mention.target_anchor, Mention.target_article, SearchDocument.id)
        .join(SearchDocument, _is_subject())
        .where(_cites(Mention, document, ""), Mention.target_article != "")
        .where(seen_by(scope_of(member)))
    )
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for source, query in (("text", texts), ("other", others)):
        for anchor, article, citing_id in db.session.execute(query.distinct()):
            for place in {article, *_with_outer(anchor)}:
                found[place].add((source, citing_id))
    return {place: len(citing) for place, citing in found.items()}


def _with_outer(anchor: str) -> list[str]:
    """An anchor and the places around it: art5-p2-i3, art5-p2, art5."""
    places = [anchor]
    while DEEPER.search(places[-1]):
        places.append(DEEPER.sub("", places[-1]))
    return places


def _is_subject() -> ColumnElement[bool]:
    return (SearchDocument.source == Mention.source) & (
        SearchDocument.subject_id == Mention.subject_id
    )


def list_citing_texts(
    document: Document, *, member: Actor, anchor: str = "", most: int = MOST
) -> list[Citing]:
    """The current texts that cite the document, or one place in it, most places first."""
    paragraphs = func.count(Citation.paragraph_position.distinct())
    query = (
        select(
            Document.id,
            Document.title,
            paragraphs,
            func.min(Citation.paragraph_position),
        )
        .select_from(Citation)
        .join(Document, _from_texts(document, member))
        .where(_cites(Citation, document, anchor))
        .group_by(Document.id, Document.title)
        .order_by(paragraphs.desc(), Document.id)
        .limit(most)
    )
    rows = db.session.execute(query).all()
    places = _first_places([(one, at) for one, _title, _count, at in rows], _own_names(document))
    return [_citing_text(title, count, *places[one, at]) for one, title, count, at in rows]


def _first_places(
    wanted: Sequence[tuple[int, int]], names: Select[tuple[str]]
) -> dict[tuple[int, int], tuple[Paragraph, int]]:
    """The paragraphs by document and position, each with the offset of the first citation in it."""
    if not wanted:
        return {}
    pair = tuple_(Paragraph.document_id, Paragraph.position)
    query = (
        select(Paragraph, func.min(Citation.start))
        .join(
            Citation,
            (Citation.document_id == Paragraph.document_id)
            & (Citation.paragraph_position == Paragraph.position),
        )
        .where(pair.in_(wanted), Citation.name_key.in_(names))
        .group_by(*Paragraph.__table__.columns)
    )
    rows = db.session.execute(query)
    return {(one.document_id, one.position): (one, start) for one, start in rows}


def _citing_text(title: str, count: int, paragraph: Paragraph, start: int) -> Citing:
    href = url_for("library.place", document_id=paragraph.document_id, anchor=paragraph.anchor)
    return Citing(title, "", href, count, _excerpt(paragraph.text, start))


def _excerpt(text: str, start: int) -> str:
    first, end = max(0, start - BEFORE), start + AFTER
    return ("…" if first else "") + text[first:end] + ("…" if end < len(text) else "")


def list_citing_others(
    document: Document, *, member: Actor, anchor: str = "", most: int = MOST
) -> list[Citing]:
    """Lessons, questions and whatever else cites the document, or one place in it."""
    passages = func.count(Mention.position.distinct())
    query = (
        select(SearchDocument.id, passages, func.min(Mention.position))
        .select_from(Mention)
        .join(SearchDocument, _is_subject())
        .where(_cites(Mention, document, anchor), seen_by(scope_of(member)))
        .group_by(SearchDocument.id, SearchDocument.kind)
        .order_by(SearchDocument.kind == "question", passages.desc(), SearchDocument.id)
        .limit(most)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return []
    documents = select(SearchDocument).where(SearchDocument.id.in_([row[0] for row in rows]))
    by_id = {one.id: one for one in db.session.scalars(documents)}
    places = _first_passages([(row[0], row[2]) for row in rows], _cites(Mention, document, anchor))
    return [_citing_other(by_id[one], count, places.get(one)) for one, count, _at in rows]


def _first_passages(
    wanted: Sequence[tuple[int, int]], cites: ColumnElement[bool]
) -> dict[int, tuple[SearchEntry, int]]:
    """The passages by document, each with the offset of the first mention in it."""
    pair = tuple_(SearchEntry.document_id, SearchEntry.position)
    query = (
        select(SearchEntry, Mention.start)
        .join(SearchDocument, SearchDocument.id == SearchEntry.document_id)
        .join(Mention, _is_subject() & (Mention.position == SearchEntry.position))
        .where(pair.in_(wanted), SearchEntry.position > 0, cites)
        .order_by(Mention.start.desc())
    )
    return {entry.document_id: (entry, start) for entry, start in db.session.execute(query)}


def _citing_other(
    document: SearchDocument, count: int, place: tuple[SearchEntry, int] | None
) -> Citing:
    kind = kind_labels().get(document.kind, document.kind)
    if place is None:  # its title cites
        href = Link(document.endpoint, document.values).url
        return Citing(document.title, document.context, href, count, kind=kind)
    entry, start = place
    values = {**document.values, **entry.values}
    href = Link(document.endpoint, values, place_of(entry, start)[0]).url
    excerpt = _excerpt(entry.text, start)
    return Citing(document.title, document.context, href, count, excerpt, kind)
