"""Uploaded texts on their way in: a draft keeps what was recognised until somebody saves it."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.library.actions import Placement, Saved, save_document
from lms.library.fields import DocumentStatus, Fields, RelationKind, WorkKind
from lms.library.models import Document, ImportDraft, ImportState, Work
from lms.library.prepare import prepare
from lms.library.problems import Unreadable
from lms.library.queries import list_known_names
from lms.library.reading import Reading
from lms.library.titles import name_key
from lms.library.words import refusal
from lms.members.policy import Actor


def get_draft(draft_id: int, *, member: Actor) -> ImportDraft:
    """The person's own draft; raises NotFound."""
    draft = db.session.get(ImportDraft, draft_id)
    if draft is None or draft.member_id != member.id:
        raise NotFound(_("没有找到这次导入，它可能已被取消。"))
    return draft


def list_open_drafts(member: Actor) -> list[ImportDraft]:
    """What the person has brought in and not saved yet, newest first."""
    query = select(ImportDraft).where(
        ImportDraft.member_id == member.id, ImportDraft.state == ImportState.RECOGNISED
    )
    return list(db.session.scalars(query.order_by(ImportDraft.id.desc()).limit(20)))


def keep_draft(reading: Reading, *, file_name: str, unit_id: int, by: Actor) -> ImportDraft:
    """Keep a text that was read, to be looked at."""
    draft = ImportDraft(
        member_id=by.id,
        unit_id=unit_id,
        state=ImportState.RECOGNISED,
        file_name=file_name[:200],
        fields=to_json(reading.fields),
        text=reading.text,
        is_markdown=reading.is_markdown,
        created_at=clock.now(),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def to_json(fields: Fields) -> dict[str, Any]:
    """A card as plain data."""
    plain = {name: getattr(fields, name) for name in fields.__dataclass_fields__}
    del plain["problems"]
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in plain.items()
    }


def from_json(plain: dict[str, Any]) -> Fields:
    """The card that `to_json` made plain."""
    values = dict(plain)
    for name, value in plain.items():
        if name.endswith("_on"):
            values[name] = date.fromisoformat(value) if value else None
    values["kind"] = WorkKind(values["kind"])
    values["status"] = DocumentStatus(values["status"])
    values["keywords"] = tuple(values["keywords"])
    values["relations"] = tuple((RelationKind(kind), title) for kind, title in values["relations"])
    return Fields(**values)


def reading_of(
    draft: ImportDraft, fields: Fields | None = None, text: str | None = None
) -> Reading:
    """The draft as it would be saved, with the person's corrections."""
    return Reading(
        fields or from_json(draft.fields), draft.text if text is None else text, draft.is_markdown
    )


def save_draft(draft_id: int, reading: Reading, place: Placement, *, by: Actor) -> Saved:
    """Make a document of the draft; parses outside of the transaction that it then opens.

    The same text of the same day is a new revision of the document that is there. Raises Invalid,
    or Conflict when the draft was saved already.
    """
    key = reading.fields.source_key or _existing_key(reading.fields, place.unit_id)
    key = key or f"upload:{name_key(reading.fields.title)}:{reading.fields.issued_on or ''}"
    names = list_known_names()
    db.session.rollback()
    try:
        prepared = prepare(reading, source_key=key[:200], known_names=names)
    except Unreadable as error:
        raise Invalid(refusal(error)) from error
    draft = get_draft(draft_id, member=by)
    if draft.state != ImportState.RECOGNISED:
        raise Conflict(_("这份文献已经保存过了。"))
    saved = save_document(prepared, place, by=by)
    draft.state = ImportState.SAVED
    draft.document_id = saved.document_id
    draft.text = ""
    return saved


def _existing_key(fields: Fields, unit_id: int) -> str:
    """The source key of the same work's document of the same day, if there is one."""
    query = (
        select(Document.source_key)
        .join(Work, Work.id == Document.work_id)
        .where(
            Work.unit_id == unit_id,
            Work.kind == fields.kind,
            Work.title_key == name_key(fields.title),
            Document.issued_on == fields.issued_on
            if fields.issued_on
            else Document.issued_on.is_(None),
            Document.replaced_by_id.is_(None),
        )
    )
    return db.session.scalar(query.limit(1)) or ""
