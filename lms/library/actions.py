"""Writing texts: saving what was read, new revisions, states, and the notes of readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select, update

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.files.models import Blob
from lms.library.fields import Fields, RelationKind, WorkKind
from lms.library.models import (
    Attachment,
    Citation,
    Document,
    Outcome,
    Paragraph,
    Relation,
    Section,
    Work,
    WorkName,
)
from lms.library.prepare import Prepared, fields_digest, prepare
from lms.library.problems import Unreadable
from lms.library.queries import find_by_source, list_known_names
from lms.library.reading import read_file
from lms.library.titles import name_key, names, short_title
from lms.library.words import refusal
from lms.members import audit
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.search import outbox

STEP_ROWS = 4_000  # written at a stretch: about a tenth of a second
CARD = (
    "kind",
    "title",
    "level",
    "issuer",
    "document_number",
    "issued_on",
    "in_force_on",
    "repealed_on",
    "status",
    "status_note",
    "topic",
    "edition",
    "language",
    "history",
    "source",
)


@dataclass(frozen=True, slots=True)
class Saved:
    """The document and what was done with it."""

    document_id: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Placement:
    """Whom a document belongs to, whom it is for, and whether they see it."""

    unit_id: int
    audience_unit_id: int
    state: ContentState = ContentState.PUBLISHED


def save_document(prepared: Prepared, place: Placement, *, by: Actor | None) -> Saved:
    """Store a prepared text in the caller's transaction; saving the same again changes nothing.

    The text already known under the same source key is kept as an older revision; the state and
    audience of that one go over to the new one.
    """
    *_steps, saved = save_in_steps(prepared, place, by=by)
    assert saved is not None
    return saved


def save_in_steps(
    prepared: Prepared, place: Placement, *, by: Actor | None
) -> Iterator[Saved | None]:
    """The same in steps of at most STEP_ROWS rows, each None but the last.

    The caller commits after each step, so that a long text locks nobody out for long, or once
    after all. Before the last step nobody sees the document; a run that was cut off is gone on
    with by the next one that saves the same text.
    """
    known = find_by_source(prepared.source_key, unit_id=place.unit_id)
    if known is not None and known.digest == prepared.digest:
        yield _save_card(known, prepared, by)
        return
    document_id = _find_or_begin(prepared, place)
    for model, rows in (
        (Section, prepared.sections),
        (Paragraph, prepared.paragraphs),
        (Citation, prepared.citations),
    ):
        count = select(func.count()).where(model.document_id == document_id)
        for start in range(db.session.scalar(count) or 0, len(rows), STEP_ROWS):
            part = rows[start : start + STEP_ROWS]
            given = [{"document_id": document_id, **row} for row in part]
            # The bare table: a long text has tens of thousands of rows.
            db.session.execute(insert(model.__table__), given)
            if len(part) == STEP_ROWS:
                yield None
    yield _finish(db.session.get_one(Document, document_id), prepared, place, by)


def _save_card(document: Document, prepared: Prepared, by: Actor | None) -> Saved:
    if document.fields_digest == prepared.fields_digest:
        return Saved(document.id, Outcome.UNCHANGED)
    change_card(document, prepared.fields, by=by)
    return Saved(document.id, Outcome.CARD_CHANGED)


def _find_or_begin(prepared: Prepared, place: Placement) -> int:
    """The id of the document that an earlier run has begun with this text, or of a new one."""
    begun = select(Document.id).where(
        Document.unit_id == place.unit_id,
        Document.source_key == prepared.source_key,
        Document.digest == prepared.digest,
        Document.is_unfinished,
    )
    found = db.session.scalar(begun)
    if found is not None:
        return found
    now = clock.now()
    fields = prepared.fields
    document = Document(
        unit_id=place.unit_id,
        audience_unit_id=place.audience_unit_id,
        state=ContentState.DRAFT,
        work_id=find_or_add_work(fields, place.unit_id).id,
        # Until it points to itself, the key of the text that is there would be taken.
        source_key=f"{now.timestamp()}:{prepared.digest}",
        digest=prepared.digest,
        fields_digest=prepared.fields_digest,
        is_current=False,
        chars=prepared.chars,
        paragraph_count=len(prepared.paragraphs),
        article_count=prepared.article_count,
        page_count=prepared.page_count,
        created_at=now,
        changed_at=now,
    )
    _set_card(document, fields)
    db.session.add(document)
    db.session.flush()
    document.replaced_by_id = document.id
    document.source_key = prepared.source_key
    db.session.flush()
    return document.id


def _finish(document: Document, prepared: Prepared, place: Placement, by: Actor | None) -> Saved:
    """Put the text that is whole in its place, as a new one or as the next revision."""
    old = find_by_source(prepared.source_key, unit_id=place.unit_id)
    document.audience_unit_id = old.audience_unit_id if old else place.audience_unit_id
    document.state = old.state if old else place.state
    document.revision = old.revision + 1 if old else 1
    document.is_current = True
    if old is not None:
        old.replaced_by_id = document.id
        db.session.flush()
        outbox.note_changed("text", old.id)
        _keep_attachments(old, document)
    document.replaced_by_id = None
    db.session.flush()
    _relate(document, prepared.relations)
    mark_current(document.work_id)
    outbox.note_changed("text", document.id)
    audit.record(
        "library.import" if old is None else "library.revise",
        by=by,
        subject_kind="document",
        subject_id=document.id,
        detail={"title": document.title, "revision": document.revision},
    )
    return Saved(document.id, Outcome.ADDED if old is None else Outcome.REVISED)


def drop_unfinished(document_id: int) -> Iterator[None]:
    """Remove a text of which only a part was ever saved, in bounded steps."""
    for model in (Citation, Paragraph, Section):
        key = model.id if model is Citation else model.position
        while keys := db.session.scalars(
            select(key).where(model.document_id == document_id).limit(STEP_ROWS)
        ).all():
            chosen = (model.document_id == document_id) & key.in_(keys)
            db.session.execute(delete(model).where(chosen))
            yield None
    db.session.execute(delete(Document).where(Document.id == document_id))
    yield None


def _set_card(document: Document, fields: Fields) -> None:
    for name in CARD:
        setattr(document, name, getattr(fields, name))
    document.keywords = list(fields.keywords)
    document.short_title = short_title(fields.title)[:200]


def find_or_add_work(fields: Fields, unit_id: int) -> Work:
    """The work that the card names, with the names it is cited by."""
    # Official texts keep their work when the issuer changes its name; others are told apart by it.
    issuer = "" if fields.kind is WorkKind.POLICY else fields.issuer
    key = name_key(fields.title)
    query = select(Work).where(
        Work.unit_id == unit_id,
        Work.kind == fields.kind,
        Work.title_key == key,
        Work.issuer == issuer,
    )
    work = db.session.scalar(query)
    if work is None:
        work = Work(
            unit_id=unit_id,
            kind=fields.kind,
            title=fields.title,
            title_key=key,
            issuer=issuer,
            created_at=clock.now(),
        )
        db.session.add(work)
        db.session.flush()
        rows = [{"work_id": work.id, "name_key": name} for name in names(fields.title)]
        if rows:
            db.session.execute(insert(WorkName.__table__), rows)
    return work


def _relate(document: Document, relations: Sequence[tuple[RelationKind, str]]) -> None:
    db.session.execute(delete(Relation).where(Relation.document_id == document.id))
    for kind, title in relations:
        add_relation(document, kind=kind, title=title)


def add_relation(document: Document, *, kind: RelationKind, title: str) -> Relation:
    """State how the document stands to the work of that title."""
    relation = Relation(
        document_id=document.id, kind=kind, target_title=title[:200], target_key=name_key(title)
    )
    db.session.add(relation)
    return relation


def _keep_attachments(old: Document, new: Document) -> None:
    for one in db.session.scalars(select(Attachment).where(Attachment.document_id == old.id)):
        db.session.add(Attachment(document_id=new.id, blob_id=one.blob_id, title=one.title))


def mark_current(work_id: int) -> None:
    """Let the newest edition of the work that was not replaced or put away be the current one."""
    query = select(Document.id, Document.issued_on, Document.is_current, Document.state).where(
        Document.work_id == work_id, Document.replaced_by_id.is_(None)
    )
    rows = db.session.execute(query).all()
    offered = [row for row in rows if row.state != ContentState.ARCHIVED] or rows
    newest = max(offered, key=lambda row: (str(row.issued_on or ""), row.id), default=None)
    db.session.execute(
        update(Document)
        .where(Document.work_id == work_id)
        .values(is_current=Document.id == (newest.id if newest else 0))
    )


def change_card(document: Document, fields: Fields, *, by: Actor | None) -> None:
    """Give the document another card; its text stays."""
    from_work = document.work_id
    _set_card(document, fields)
    document.fields_digest = fields_digest(fields)
    document.work_id = find_or_add_work(fields, document.unit_id).id
    document.changed_at = clock.now()
    db.session.flush()
    if fields.relations:
        _relate(document, fields.relations)
    for work_id in {from_work, document.work_id}:
        mark_current(work_id)
    outbox.note_changed("text", document.id)
    audit.record("library.change_card", by=by, subject_kind="document", subject_id=document.id)


def set_state(document: Document, state: ContentState, *, by: Actor) -> None:
    """Publish the document, take it back to a draft, or put it away."""
    if document.state == state:
        return
    document.state = state
    document.changed_at = clock.now()
    db.session.flush()
    mark_current(document.work_id)
    outbox.note_changed("text", document.id)
    audit.record(f"library.{state.value}", by=by, subject_kind="document", subject_id=document.id)


def import_text(
    *, name: str, data: bytes, unit_id: int, by: Actor | None = None, source_key: str = ""
) -> Saved:
    """Read, recognise and save one file that is at hand; repeatable.

    Reading happens inside the caller's transaction, so it is for small files such as those of a
    content folder. Raises Invalid with one sentence.
    """
    try:
        reading = read_file(data, name)
        key = source_key or reading.fields.source_key or name
        known = find_by_source(key, unit_id=unit_id)
        prepared = prepare(reading, source_key=key[:200], known_names=list_known_names())
    except Unreadable as error:
        raise Invalid(_("《%(name)s》没有导入：%(why)s", name=name, why=refusal(error))) from error
    audience = known.audience_unit_id if known else unit_id
    return save_document(prepared, Placement(unit_id, audience), by=by)


def attach(document: Document, *, blob: Blob, title: str, by: Actor) -> Attachment:
    """Add a file to the document."""
    attachment = Attachment(document_id=document.id, blob_id=blob.id, title=title[:200])
    db.session.add(attachment)
    audit.record("library.attach", by=by, subject_kind="document", subject_id=document.id)
    return attachment
