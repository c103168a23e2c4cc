"""Writing the exports of large units, and forgetting old ones."""

from flask import g

from lms.db import db
from lms.files.actions import add_blob, store_file
from lms.jobs.registry import JobContext, every, task
from lms.members.models import Member
from lms.members.queries import find_actor_by_number
from lms.reports.actions import EXPORT_TASK, file_name, forget_old_exports, written
from lms.reports.models import ReportExport


@task(EXPORT_TASK, tries=3)
def write_export(job: JobContext, export_id: int) -> None:
    """Write the file and keep it as a blob; run again it finds that done or starts over."""
    export = db.session.get(ReportExport, export_id)
    if export is None or export.blob_id is not None:
        return
    member = db.session.get_one(Member, export.member_id)
    actor = find_actor_by_number(member.number)
    if actor is None:
        return
    g.language = member.language
    name, people = file_name(export), max(export.rows, 1)
    db.session.expunge(export)

    def progress(done: int) -> None:
        job.progress(min(done / people, 0.99))

    with written(export, actor, progress) as path:
        db.session.rollback()
        content = store_file(path, name)
    job.check()
    blob = add_blob(content, name)
    db.session.get_one(ReportExport, export_id).blob_id = blob.id
    db.session.commit()


@every(seconds=3600, name="reports.forget_old_exports")
def forget_exports() -> int:
    """Forget exports whose time is over, with their files; gives how many."""
    count = forget_old_exports()
    db.session.commit()
    return count
