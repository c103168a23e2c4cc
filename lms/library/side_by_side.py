"""Two editions of a text side by side, and where a place of one is in the other."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from lms.db import db
from lms.library.compare import Change, Line, Pair, compare, follow
from lms.library.models import Document, Paragraph, Section


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of a side-by-side view; stretches that are the same are left out but counted."""

    rows: list[Pair | int]  # an int stands for so many paragraphs that are the same
    changed: int
    added: int
    removed: int


def compare_documents(old: Document, new: Document) -> Comparison:
    """How two texts differ, with one unchanged paragraph kept around each change."""
    pairs = compare(_lines_of(old), _lines_of(new))
    counts = Counter(pair.change for pair in pairs)
    keep = {
        near
        for place, pair in enumerate(pairs)
        if pair.change is not Change.SAME
        for near in (place - 1, place, place + 1)
    }
    rows: list[Pair | int] = []
    for place, pair in enumerate(pairs):
        if place in keep:
            rows.append(pair)
        elif rows and isinstance(rows[-1], int):
            rows[-1] += 1
        else:
            rows.append(1)
    return Comparison(rows, counts[Change.CHANGED], counts[Change.ADDED], counts[Change.REMOVED])


def find_successor(old: Document, new: Document, anchor: str) -> str | None:
    """Where the place of the old text is in the new one; None when it was taken out.

    An article's own anchor is followed by its first paragraph.
    """
    lines = _lines_of(old)
    first = next((one.anchor for one in lines if _is_within(one.anchor, anchor)), None)
    if first is None:
        return None
    found = follow(compare(lines, _lines_of(new)), first)
    is_article = first != anchor
    return found.rpartition("-p")[0] if found and is_article else found


def _is_within(anchor: str, place: str) -> bool:
    return anchor == place or anchor.startswith(f"{place}-p")


def _lines_of(document: Document) -> list[Line]:
    query = (
        select(Paragraph.anchor, Section.label, Section.title, Paragraph.text, Section.kind)
        .join(
            Section,
            (Section.document_id == Paragraph.document_id)
            & (Section.position == Paragraph.section_position),
        )
        .where(Paragraph.document_id == document.id)
        .order_by(Paragraph.position)
    )
    lines: list[Line] = []
    before = ""
    for anchor, label, title, text, _kind in db.session.execute(query):
        heading = f"{label} {title}".strip()
        lines.append(Line(anchor, heading if heading != before else "", text))
        before = heading
    return lines
