"""Uploaded texts on their way in: a draft keeps what was recognised until somebody saves it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import defer

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.library.actions import Placement, Saved, save_in_steps
from lms.library.fields import DocumentStatus, Fields, RelationKind, WorkKind
from lms.library.lines import SectionKind
from lms.library.models import Document, ImportDraft, ImportState, Work
from lms.library.outline import Outline, outline_of
from lms.library.prepare import prepare, text_digest
from lms.library.problems import Unreadable
from lms.library.queries import find_by_source, list_known_names
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


def list_open_drafts(member: Actor) -> Sequence[ImportDraft]:
    """Single texts that the person has brought in and not saved yet, newest first."""
    query = select(ImportDraft).where(
        ImportDraft.member_id == member.id,
        ImportDraft.batch_id.is_(None),
        ImportDraft.state == ImportState.RECOGNISED,
    )
    query = query.options(defer(ImportDraft.text)).order_by(ImportDraft.id.desc())
    return db.session.scalars(query.limit(20)).all()


def list_titles(draft_ids: Sequence[int]) -> list[str]:
    """The titles that were recognised."""
    titles: list[str] = []
    for start in range(0, len(draft_ids), 500):
        part = ImportDraft.id.in_(draft_ids[start : start + 500])
        fields = db.session.scalars(select(ImportDraft.fields).where(part))
        titles += [one["title"] for one in fields]
    return titles


def keep_draft(
    reading: Reading, *, file_name: str, unit_id: int, by: Actor, batch_id: int | None = None
) -> ImportDraft:
    """Keep a text that was read, to be looked at."""
    draft = ImportDraft(
        member_id=by.id,
        unit_id=unit_id,
        batch_id=batch_id,
        state=ImportState.RECOGNISED,
        file_name=file_name[:200],
        fields=to_json(reading.fields),
        facts=facts_of(reading, outline_of(reading), unit_id=unit_id) if batch_id else {},
        text=reading.text,
        is_markdown=reading.is_markdown,
        created_at=clock.now(),
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def fill_draft(draft_id: int, reading: Reading, facts: dict[str, Any]) -> None:
    """Keep what a job has read of a draft's file."""
    values = {
        "state": ImportState.RECOGNISED,
        "fields": to_json(reading.fields),
        "facts": facts,
        "text": reading.text,
        "is_markdown": reading.is_markdown,
        "message": "",
    }
    db.session.execute(update(ImportDraft).where(ImportDraft.id == draft_id).values(values))


def facts_of(reading: Reading, outline: Outline, *, unit_id: int) -> dict[str, Any]:
    """What a list of drafts says of a text, without reading the text again."""
    known = find_by_source(key_of(reading.fields, unit_id), unit_id=unit_id)
    is_same = known is not None and known.digest == text_digest(reading)
    return {
        "chars": outline.chars,
        "paragraphs": outline.paragraphs,
        "articles": outline.counts.get(SectionKind.ARTICLE, 0),
        "problems": len(outline.problems),
        "known": "" if known is None else "same" if is_same else "revision",
    }


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
    """Make a document of the draft in one transaction; see `save_draft_in_steps`."""
    *_steps, saved = save_draft_in_steps(
        draft_id, reading, place, by=by, known_names=list_known_names()
    )
    assert saved is not None
    return saved


def save_draft_in_steps(
    draft_id: int,
    reading: Reading,
    place: Placement,
    *,
    by: Actor,
    known_names: frozenset[str],
) -> Iterator[Saved | None]:
    """Make a document of the draft, in the steps of `actions.save_in_steps`.

    Parses outside of the transaction that it then opens. The same text of the same day is a new
    revision of the document that is there. Raises Invalid, or Conflict when the draft was saved
    already.
    """
    key = key_of(reading.fields, place.unit_id)
    db.session.rollback()
    try:
        prepared = prepare(reading, source_key=key, known_names=known_names)
    except Unreadable as error:
        raise Invalid(refusal(error)) from error
    if get_draft(draft_id, member=by).state != ImportState.RECOGNISED:
        raise Conflict(_("这份文献已经保存过了。"))
    for saved in save_in_steps(prepared, place, by=by):
        if saved is not None:
            draft = get_draft(draft_id, member=by)
            draft.state = ImportState.SAVED
            draft.document_id = saved.document_id
            draft.message = saved.outcome
            draft.fields = to_json(reading.fields)
            draft.text = ""
        yield saved


def key_of(fields: Fields, unit_id: int) -> str:
    """The source key under which a text of that card is saved: its own, or title and day."""
    key = fields.source_key or _existing_key(fields, unit_id)
    return (key or f"upload:{name_key(fields.title)}:{fields.issued_on or ''}")[:200]


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
