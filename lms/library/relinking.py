"""Finds the citations of saved texts again, once more works are known by name."""

from collections.abc import Callable, Iterator

from sqlalchemy import delete, insert, select

from lms.db import db
from lms.library.models import Citation, Document, Paragraph, Section
from lms.library.prepare import Row, citation_rows, setting_of
from lms.library.queries import list_known_names

BATCH = 50


def relink(*, step: Callable[[int], object] = bool) -> int:
    """Work the citations of all texts out again, a short transaction each batch; gives how many
    texts got others. Running it twice changes nothing the second time.
    """
    names = list_known_names()
    ids = list(db.session.scalars(select(Document.id).where(Document.replaced_by_id.is_(None))))
    db.session.rollback()
    changed = 0
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        for document_id, rows in list(_differing(batch, names)):
            db.session.execute(delete(Citation).where(Citation.document_id == document_id))
            if rows:
                given = [{"document_id": document_id, **row} for row in rows]
                db.session.execute(insert(Citation.__table__), given)
            changed += 1
        db.session.commit()
        step(len(batch))
    return changed


def count_texts() -> int:
    """How many texts `relink` goes through."""
    query = select(Document.id).where(Document.replaced_by_id.is_(None))
    return len(db.session.scalars(query).all())


def _differing(ids: list[int], names: frozenset[str]) -> Iterator[tuple[int, list[Row]]]:
    for document_id in ids:
        title = db.session.scalar(select(Document.title).where(Document.id == document_id)) or ""
        anchors = set(
            db.session.scalars(select(Section.anchor).where(Section.document_id == document_id))
        )
        texts = {
            row[0]: row[1]
            for row in db.session.execute(
                select(Paragraph.position, Paragraph.text)
                .where(Paragraph.document_id == document_id)
                .order_by(Paragraph.position)
            )
        }
        rows = citation_rows(texts, setting_of(title, anchors, names))
        if _keys(rows) != _saved(document_id):
            yield document_id, rows


def _keys(rows: list[Row]) -> set[tuple[object, ...]]:
    return {
        (row["paragraph_position"], row["start"], row["end"], row["name_key"], row["target_anchor"])
        for row in rows
    }


def _saved(document_id: int) -> set[tuple[object, ...]]:
    query = select(
        Citation.paragraph_position,
        Citation.start,
        Citation.end,
        Citation.name_key,
        Citation.target_anchor,
    ).where(Citation.document_id == document_id)
    return {tuple(row) for row in db.session.execute(query)}
