"""Slow work on texts that were brought in together: reading the files, saving the drafts."""

from collections.abc import Sequence

from flask_babel import gettext as _

from lms.db import db
from lms.errors import DomainError
from lms.files.actions import drop_upload, look_into_upload
from lms.files.queries import get_upload
from lms.jobs.registry import JobContext, task
from lms.library import batches, drafts
from lms.library.actions import Placement
from lms.library.models import ImportBatch, ImportDraft, ImportState
from lms.library.outline import outline_of
from lms.library.problems import Reason, Unreadable
from lms.library.queries import list_known_names
from lms.library.reading import MOST_BYTES, read_file
from lms.library.titles import names
from lms.library.words import refusal
from lms.members.models import Member
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number


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
def save_drafts(job: JobContext, batch_id: int) -> None:
    """Save the recognised drafts of a batch, each in a transaction of its own."""
    by = _author(batch_id)
    batch = db.session.get(ImportBatch, batch_id)
    if by is None or batch is None:
        return
    place = batches.placement_of(batch)
    ids = batches.list_draft_ids(batch_id, ImportState.RECOGNISED)
    known = list_known_names() | _titles_of(ids)
    for done, draft_id in enumerate(ids):
        job.progress(done / len(ids), _("已保存 %(done)s / %(all)s", done=done, all=len(ids)))
        _save(draft_id, place, known, by)


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
    try:
        drafts.save_draft(draft_id, reading, place, by=by, known_names=known_names)
    except DomainError as error:
        db.session.rollback()
        batches.note(draft_id, error.message)
    db.session.commit()
