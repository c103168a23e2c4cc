"""What cites a text: other texts and lessons, as far as the person may see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import ColumnElement, func, select, tuple_

from lms.courses.models import Course, Lesson
from lms.db import db
from lms.library.models import Citation, Document, Paragraph, WorkName
from lms.members.policy import Actor
from lms.members.scope import visible_to

MOST = 200
BEFORE, AFTER = 24, 30  # characters around the first place


@dataclass(frozen=True, slots=True)
class Citing:
    """A text or lesson that cites: its title, and the address and words of its first place."""

    title: str
    context: str  # the course of a lesson
    href: str
    places: int
    excerpt: str = ""


def _own_names(document: Document) -> Sequence[str]:
    query = select(WorkName.name_key).where(WorkName.work_id == document.work_id)
    return db.session.scalars(query).all()


def _cites(document: Document, article: str) -> list[ColumnElement[bool]]:
    conditions = [Citation.name_key.in_(_own_names(document))]
    return conditions + ([Citation.target_article == article] if article else [])


def count_cited_articles(document: Document) -> dict[str, int]:
    """By article anchor: how many current texts and lessons cite it."""
    texts = select(Document.id).where(
        Document.id == Citation.document_id,
        Document.is_current,
        Document.work_id != document.work_id,
    )
    query = (
        select(
            Citation.target_article,
            func.count(Citation.document_id.distinct()) + func.count(Citation.lesson_id.distinct()),
        )
        .where(
            Citation.name_key.in_(_own_names(document)),
            Citation.target_article != "",
            Citation.document_id.is_(None) | texts.exists(),
        )
        .group_by(Citation.target_article)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def list_citing_texts(
    document: Document, *, member: Actor, article: str = "", most: int = MOST
) -> list[Citing]:
    """The current texts that cite the document, or one article of it, most places first."""
    query = (
        select(
            Document.id,
            Document.title,
            func.count(),
            func.min(Citation.paragraph_position),
        )
        .select_from(Citation)
        .join(Document, Document.id == Citation.document_id)
        .where(
            *_cites(document, article),
            Document.is_current,
            Document.work_id != document.work_id,
            visible_to(member, Document),
        )
        .group_by(Document.id, Document.title)
        .order_by(func.count().desc(), Document.id)
        .limit(most)
    )
    rows = db.session.execute(query).all()
    places = _first_places([(one, at) for one, _title, _count, at in rows], _own_names(document))
    return [_citing_text(title, count, *places[one, at]) for one, title, count, at in rows]


def _first_places(
    wanted: Sequence[tuple[int, int]], names: Sequence[str]
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
    first = max(0, start - BEFORE)
    excerpt = paragraph.text[first : start + AFTER]
    href = url_for("library.place", document_id=paragraph.document_id, anchor=paragraph.anchor)
    return Citing(title, "", href, count, ("…" if first else "") + excerpt + "…")


def list_citing_lessons(
    document: Document, *, member: Actor, article: str = "", most: int = MOST
) -> list[Citing]:
    """The lessons that cite the document, or one article of it."""
    query = (
        select(Lesson.id, Lesson.title, Course.title, func.count())
        .select_from(Citation)
        .join(Lesson, Lesson.id == Citation.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .where(*_cites(document, article), visible_to(member, Course))
        .group_by(Lesson.id, Lesson.title, Course.title)
        .order_by(func.count().desc(), Lesson.id)
        .limit(most)
    )
    return [
        Citing(lesson, course, url_for("courses.lesson", lesson_id=lesson_id), count)
        for lesson_id, lesson, course, count in db.session.execute(query)
    ]
