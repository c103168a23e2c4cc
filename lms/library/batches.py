"""Many files brought in at once: one list of drafts, read by one job and saved by another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, insert, select, update

from lms import clock
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.files.models import Upload
from lms.jobs.actions import enqueue
from lms.jobs.models import Job
from lms.jobs.queries import find_latest_job
from lms.library.actions import Placement
from lms.library.drafts import key_of
from lms.library.models import ImportBatch, ImportDraft, ImportState, Outcome
from lms.library.prepare import text_digest
from lms.library.queries import find_by_source
from lms.library.reading import Reading
from lms.members.policy import Actor
from lms.members.scope import ContentState

READ = "library.read_files"
SAVE = "library.save_drafts"
MOST_FILES = 2_000
OPEN = (ImportState.READING, ImportState.RECOGNISED)


@dataclass(frozen=True, slots=True)
class Report:
    """How many files of a batch have come how far, and what saving them did."""

    total: int
    waiting: int  # to be read
    recognised: int
    failed: int
    saved: int
    outcomes: dict[str, int]


def create_batch(unit_id: int, *, by: Actor) -> ImportBatch:
    """A new batch without drafts."""
    batch = ImportBatch(
        member_id=by.id, unit_id=unit_id, audience_unit_id=unit_id, created_at=clock.now()
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def take_uploads(batch: ImportBatch, tokens: Sequence[str], *, by: Actor) -> None:
    """Let a job read these uploads of the person, one draft each; unknown ones raise Invalid."""
    names: dict[str, str] = {}
    wanted = list(dict.fromkeys(tokens))
    for start in range(0, len(wanted), 500):
        query = select(Upload.token, Upload.name).where(
            Upload.member_id == by.id, Upload.token.in_(wanted[start : start + 500])
        )
        names |= {row[0]: row[1] for row in db.session.execute(query)}
    rows = [
        {
            "member_id": by.id,
            "unit_id": batch.unit_id,
            "batch_id": batch.id,
            "file_name": names[token],
            "upload_token": token,
            "created_at": batch.created_at,
        }
        for token in wanted
        if token in names
    ]
    if not rows:
        raise Invalid(_("没有找到上传的文件，请重新选择。"))
    db.session.execute(insert(ImportDraft), rows)
    enqueue(READ, {"batch_id": batch.id}, subject=batch.subject, member_id=by.id)


def add_failed(batch: ImportBatch, name: str, why: str) -> None:
    """Keep in the list that a file could not be read."""
    draft = ImportDraft(
        member_id=batch.member_id,
        unit_id=batch.unit_id,
        batch_id=batch.id,
        state=ImportState.FAILED,
        file_name=name[:200],
        message=why,
        created_at=batch.created_at,
    )
    db.session.add(draft)
    db.session.flush()


def get_batch(batch_id: int, *, member: Actor) -> ImportBatch:
    """The person's own batch; raises NotFound."""
    batch = db.session.get(ImportBatch, batch_id)
    if batch is None or batch.member_id != member.id:
        raise NotFound(_("没有找到这次导入，它可能已被取消。"))
    return batch


def list_open_batches(member: Actor) -> Sequence[tuple[ImportBatch, int]]:
    """The person's batches that are not done with, newest first, each with what is open in it."""
    query = (
        select(ImportBatch, func.count())
        .join(ImportDraft, ImportDraft.batch_id == ImportBatch.id)
        .where(ImportBatch.member_id == member.id, ImportDraft.state.in_(OPEN))
        .group_by(ImportBatch.id)
        .order_by(ImportBatch.id.desc())
    )
    return [(batch, count) for batch, count in db.session.execute(query.limit(20))]


def drafts_of(batch: ImportBatch, state: ImportState | None = None) -> Select[Any]:
    """Rows of the drafts of a batch without their texts, those that failed first."""
    table = ImportDraft.__table__
    query = select(*(column for column in table.c if column.name != "text"))
    query = query.where(ImportDraft.batch_id == batch.id)
    if state:
        query = query.where(ImportDraft.state == state)
    order = (ImportDraft.state != ImportState.FAILED, ImportDraft.file_name, ImportDraft.id)
    return query.order_by(*order)


def list_draft_ids(batch_id: int, state: ImportState) -> Sequence[int]:
    """The drafts of a batch in that state, in the order they came."""
    query = select(ImportDraft.id).where(
        ImportDraft.batch_id == batch_id, ImportDraft.state == state
    )
    return db.session.scalars(query.order_by(ImportDraft.id)).all()


def report_on(batch: ImportBatch) -> Report:
    """The state of all files of a batch."""
    query = (
        select(ImportDraft.state, ImportDraft.message, func.count())
        .where(ImportDraft.batch_id == batch.id)
        .group_by(ImportDraft.state, ImportDraft.message)
    )
    states: Counter[ImportState] = Counter()
    outcomes: Counter[str] = Counter()
    for state, message, count in db.session.execute(query):
        states[state] += count
        if state == ImportState.SAVED and message in set(Outcome):
            outcomes[message] += count
    return Report(
        total=states.total(),
        waiting=states[ImportState.READING],
        recognised=states[ImportState.RECOGNISED],
        failed=states[ImportState.FAILED],
        saved=states[ImportState.SAVED],
        outcomes=dict(outcomes),
    )


def find_job(batch: ImportBatch) -> Job | None:
    """The newest job of the batch."""
    return find_latest_job(batch.subject)


def save_all(batch: ImportBatch, place: Placement, *, by: Actor) -> None:
    """Let a job save all drafts that were recognised; Invalid while another one is at it."""
    job = find_job(batch)
    if job is not None and not job.is_over:
        raise Invalid(_("这一批文件还在处理，请等它结束。"))
    _note_placement(batch, place)
    enqueue(SAVE, {"batch_id": batch.id}, subject=batch.subject, member_id=by.id)


def save_one(draft: ImportDraft, place: Placement, *, by: Actor) -> ImportBatch:
    """Let a job save a draft that is too long to be saved while somebody waits."""
    batch = db.session.get(ImportBatch, draft.batch_id or 0)
    if batch is None:
        batch = create_batch(place.unit_id, by=by)
        draft.batch_id = batch.id
        db.session.flush()
    _note_placement(batch, place)
    arguments = {"batch_id": batch.id, "draft_id": draft.id}
    enqueue(SAVE, arguments, subject=batch.subject, member_id=by.id)
    return batch


def _note_placement(batch: ImportBatch, place: Placement) -> None:
    batch.unit_id = place.unit_id
    batch.audience_unit_id = place.audience_unit_id
    batch.is_published = place.state == ContentState.PUBLISHED


def placement_of(batch: ImportBatch) -> Placement:
    """Whom the texts of the batch are saved for."""
    state = ContentState.PUBLISHED if batch.is_published else ContentState.DRAFT
    return Placement(batch.unit_id, batch.audience_unit_id, state)


def mark_failed(draft_id: int, message: str) -> None:
    """Note why a draft goes no further."""
    values = {"state": ImportState.FAILED, "message": message, "text": ""}
    db.session.execute(update(ImportDraft).where(ImportDraft.id == draft_id).values(values))


def note(draft_id: int, message: str) -> None:
    """Say beside a draft why it was not saved; it may be corrected and saved by itself."""
    db.session.execute(
        update(ImportDraft).where(ImportDraft.id == draft_id).values(message=message)
    )


def repeats_another(draft: ImportDraft, reading: Reading, place: Placement) -> bool:
    """Whether another file of the batch became the document that this one would replace."""
    known = find_by_source(key_of(reading.fields, place.unit_id), unit_id=place.unit_id)
    if known is None or known.digest == text_digest(reading):
        return False
    query = select(ImportDraft.id).where(
        ImportDraft.batch_id == draft.batch_id, ImportDraft.document_id == known.id
    )
    return db.session.scalar(query.limit(1)) is not None


def discard(batch: ImportBatch) -> None:
    """Forget what was not saved; without anything saved the batch goes too."""
    open_drafts = ImportDraft.state != ImportState.SAVED
    db.session.execute(
        delete(ImportDraft).where(ImportDraft.batch_id == batch.id, open_drafts),
        execution_options={"synchronize_session": False},
    )
    if not report_on(batch).total:
        db.session.delete(batch)
