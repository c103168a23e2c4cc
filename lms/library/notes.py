"""A member's own highlights and notes: nobody else ever sees them."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.library.models import Document, Paragraph, ReaderNote
from lms.members.policy import Actor
from lms.members.scope import visible_to

LONGEST_NOTE = 2_000
MOST_NOTES = 2_000  # of one member in one document


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one paragraph, by anchor and offsets."""

    anchor: str
    start: int
    end: int


def add_note(document: Document, place: Place, *, note: str, by: Actor) -> ReaderNote:
    """Highlight a stretch of the document; raises NotFound, Invalid, Conflict for too many."""
    paragraph = db.session.scalar(
        select(Paragraph).where(
            Paragraph.document_id == document.id, Paragraph.anchor == place.anchor
        )
    )
    if paragraph is None:
        raise NotFound(_("这一段已经变动，请刷新页面再试。"))
    start, end = max(0, place.start), min(place.end, len(paragraph.text))
    if start >= end:
        raise Invalid(_("请先选中要划线的文字。"))
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("笔记太长了，最多 %(count)s 字。", count=LONGEST_NOTE))
    mine = select(ReaderNote.id).where(
        ReaderNote.member_id == by.id, ReaderNote.document_id == document.id
    )
    if len(db.session.scalars(mine.limit(MOST_NOTES)).all()) >= MOST_NOTES:
        raise Conflict(_("这份文献里的笔记太多了，请先删除一些。"))
    now = clock.now()
    row = ReaderNote(
        member_id=by.id,
        document_id=document.id,
        anchor=place.anchor,
        start=start,
        end=end,
        quote=paragraph.text[start:end],
        note=note.strip(),
        created_at=now,
        changed_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def get_note(note_id: int, *, member: Actor) -> ReaderNote:
    """The person's own note; raises NotFound for everybody else's."""
    note = db.session.get(ReaderNote, note_id)
    if note is None or note.member_id != member.id:
        raise NotFound(_("没有找到这条笔记，它可能已被删除。"))
    return note


def change_note(note: ReaderNote, text: str) -> None:
    """Write the note anew."""
    if len(text) > LONGEST_NOTE:
        raise Invalid(_("笔记太长了，最多 %(count)s 字。", count=LONGEST_NOTE))
    note.note = text.strip()
    note.changed_at = clock.now()


def notes_of(member: Actor) -> Select[tuple[ReaderNote, Document]]:
    """The person's notes in texts that they may still see, newest first."""
    return (
        select(ReaderNote, Document)
        .join(Document, Document.id == ReaderNote.document_id)
        .where(ReaderNote.member_id == member.id, visible_to(member, Document))
        .order_by(ReaderNote.id.desc())
    )
