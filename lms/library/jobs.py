"""Slow work on texts that were brought in together: reading the files, saving the drafts."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import DomainError
from lms.files.actions import drop_upload, look_into_upload
from lms.files.queries import get_upload
from lms.jobs.registry import JobContext, every, task
from lms.library import actions, batches, drafts
from lms.library.actions import Placement
from lms.library.models import Document, ImportBatch, ImportDraft, ImportState
from lms.library.outline import outline_of
from lms.library.problems import Reason, Unreadable
from lms.library.queries import list_known_names
from lms.library.reading import MOST_BYTES, read_file
from lms.library.titles import names
from lms.library.words import refusal
from lms.members.models import Member
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number

UNFINISHED_AGE = timedelta(days=2)


@task(batches.READ, tries=3)
def read_files(job: JobContext, batch_id: int) -> None:
    """Read the files of a batch one by one; a run that was cut off goes on with the next file."""
    by = _author(batch_id)
    waiting = batches.list_draft_ids(batch_id, ImportState.READING)
    count = len(waiting)
    for done, draft_id in enumerate(waiting):
        job.progress(done / count, _("已识别 %(done)s / %(all)s", done=done, all=count))
        if by is not None:
            _read(draft_id, by)


def _author(batch_id: int) -> Actor | None:
    batch = db.session.get(ImportBatch, batch_id)
    member = db.session.get(Member, batch.member_id) if batch else None
    return find_actor_by_number(member.number) if member else None


def _read(draft_id: int, by: Actor) -> None:
    """Read one file, in two short transactions with the reading between them."""
    draft = db.session.get(ImportDraft, draft_id)
    if draft is None or draft.state != ImportState.READING:
        return
    token, name, unit_id = draft.upload_token, draft.file_name, draft.unit_id
    # A file that takes the worker down with it is not tried again: the next run finds it failed.
    batches.mark_failed(draft_id, _("读取这个文件时中断了，没有导入。"))
    try:
        content = look_into_upload(token, by=by)
        db.session.commit()
        if content.size_bytes > MOST_BYTES:
            raise Unreadable(Reason.TOO_LARGE, limit=MOST_BYTES, found=content.size_bytes)
        reading = read_file(content.read(), name)
        facts = drafts.facts_of(reading, outline_of(reading), unit_id=unit_id)
    except Unreadable as error:
        batches.mark_failed(draft_id, refusal(error))
    except DomainError as error:
        batches.mark_failed(draft_id, error.message)
    else:
        drafts.fill_draft(draft_id, reading, facts)
        drop_upload(get_upload(token, member=by))
    db.session.commit()


@task(batches.SAVE, tries=3)
def save_drafts(job: JobContext, batch_id: int, draft_id: int | None = None) -> None:
    """Save the recognised drafts of a batch, or one of them, one after the other."""
    by = _author(batch_id)
    batch = db.session.get(ImportBatch, batch_id)
    if by is None or batch is None:
        return
    place = batches.placement_of(batch)
    ids = [draft_id] if draft_id else batches.list_draft_ids(batch_id, ImportState.RECOGNISED)
    known = list_known_names() | _titles_of(ids)
    for done, draft_id in enumerate(ids):
        job.progress(done / len(ids), _("已保存 %(done)s / %(all)s", done=done, all=len(ids)))
        _save(draft_id, place, known, by)


@every(seconds=86_400, name="library.drop_unfinished")
def drop_unfinished() -> None:
    """Remove texts of which only a part was ever saved, once nobody can be at them any more."""
    before = clock.now() - UNFINISHED_AGE
    old = select(Document.id).where(Document.is_unfinished, Document.created_at < before)
    ids = db.session.scalars(old).all()
    db.session.rollback()
    for document_id in ids:
        for _step in actions.drop_unfinished(document_id):
            db.session.commit()


def _titles_of(draft_ids: Sequence[int]) -> frozenset[str]:
    """The names of the works of these drafts, so that they can cite each other."""
    titles = drafts.list_titles(draft_ids)
    return frozenset(name for title in titles for name in names(title))


def _save(draft_id: int, place: Placement, known_names: frozenset[str], by: Actor) -> None:
    draft = db.session.get(ImportDraft, draft_id)
    if draft is None or draft.state != ImportState.RECOGNISED:
        return
    reading = drafts.reading_of(draft)
    if batches.repeats_another(draft, reading, place):
        batches.note(draft_id, refusal(Unreadable(Reason.SAME_KEY)))
        db.session.commit()
        return
    steps = drafts.save_draft_in_steps(draft_id, reading, place, by=by, known_names=known_names)
    try:
        for _step in steps:
            db.session.commit()
    except DomainError as error:
        db.session.rollback()
        batches.note(draft_id, error.message)
    db.session.commit()
