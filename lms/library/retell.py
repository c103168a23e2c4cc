"""A saved document as text again, in the form in which the parser reads it."""

from collections.abc import Iterable

from sqlalchemy import select

from lms.db import db
from lms.library.lines import SectionKind
from lms.library.models import Paragraph, Section

LABELLED = (SectionKind.ARTICLE, SectionKind.POINT)


def retell(document_id: int) -> str:
    """The whole text with # before headings, one blank line between paragraphs."""
    sections = db.session.scalars(
        select(Section).where(Section.document_id == document_id).order_by(Section.position)
    ).all()
    paragraphs = db.session.scalars(
        select(Paragraph).where(Paragraph.document_id == document_id).order_by(Paragraph.position)
    ).all()
    texts: dict[int, list[str]] = {}
    for paragraph in paragraphs:
        texts.setdefault(paragraph.section_position, []).append(paragraph.text)
    return "\n\n".join(
        line for section in sections for line in _lines(section, texts.get(section.position, []))
    )


def _lines(section: Section, texts: list[str]) -> Iterable[str]:
    if section.kind is SectionKind.OPENING:
        yield from texts
        return
    heading = f"{section.label} {section.title}".strip()
    if section.kind not in LABELLED:
        if section.kind is SectionKind.HEADING and section.label:
            heading = f"{section.label}、{section.title}"
        yield "#" * min(section.depth + 2, 6) + " " + heading
        yield from texts
        return
    title = f"【{section.title}】" if section.title and section.kind is SectionKind.ARTICLE else ""
    if section.kind is SectionKind.POINT:
        yield f"{section.label}、{section.title or (texts[0] if texts else '')}"
        yield from texts if section.title else texts[1:]
        return
    yield f"{section.label} {title}{texts[0] if texts else ''}".rstrip()
    yield from texts[1:]
