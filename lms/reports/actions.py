"""Asking for exports and writing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.files.actions import release_blob
from lms.files.models import Blob
from lms.jobs.actions import enqueue
from lms.members import audit
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role
from lms.members.queries import get_unit
from lms.reports.catalogue import find_report
from lms.reports.columns import Sheet
from lms.reports.completion import Place
from lms.reports.csv_file import csv_chunks
from lms.reports.models import Format, ReportExport
from lms.reports.periods import Period
from lms.reports.queries import count_people
from lms.reports.request import Progress, Request
from lms.reports.words import period_label
from lms.reports.workbook import write_workbook

PEOPLE_AT_ONCE = 2_000  # more are written by a job
EXPORT_TASK = "reports.export"
KEPT_FOR = timedelta(days=7)  # an export can be fetched again; then its file goes
FORGOTTEN_AT_ONCE = 200


def request_export(
    unit: OrgUnit,
    *,
    report: str,
    period: Period,
    format: str,
    by: Actor,
    subject_id: int | None = None,
) -> ReportExport:
    """Note that the person exports this; a large unit's file is written by a job.

    Every export leaves an audit event. Raises NotFound for an unknown report, Invalid for an
    unknown format.
    """
    kind = find_report(report)
    if format not in list(Format):
        raise Invalid(_("只能导出 Excel 或 CSV。"))
    kind.check(by, subject_id)
    people = count_people(by, unit.path)
    export = ReportExport(
        member_id=by.id,
        unit_id=unit.id,
        report=kind.code,
        period=str(period),
        subject_id=subject_id,
        format=Format(format),
        rows=people,
        created_at=clock.now(),
    )
    db.session.add(export)
    db.session.flush()
    if people > PEOPLE_AT_ONCE:
        subject = f"export:{export.id}"
        export.job_id = enqueue(
            EXPORT_TASK, {"export_id": export.id}, subject=subject, member_id=by.id
        ).id
    audit.record(
        "report.export",
        by=by,
        subject_kind="unit",
        subject_id=unit.id,
        detail={
            "report": kind.code,
            "period": str(period),
            "subject_id": subject_id,
            "format": format,
            "people": people,
        },
    )
    return export


def forget_old_exports() -> int:
    """Remove exports of more than a week ago and their files; the audit trail keeps who took what.

    Gives how many.
    """
    old = select(ReportExport).where(ReportExport.created_at < clock.now() - KEPT_FOR)
    exports = db.session.scalars(old.limit(FORGOTTEN_AT_ONCE)).all()
    for export in exports:
        blob = db.session.get(Blob, export.blob_id) if export.blob_id else None
        db.session.delete(export)
        db.session.flush()
        if blob is not None:
            release_blob(blob)
    return len(exports)


def get_export(export_id: int, *, member: Actor) -> ReportExport:
    """The person's own export of a unit that is still theirs to answer for; raises NotFound."""
    export = db.session.get(ReportExport, export_id)
    if export is None or export.member_id != member.id:
        raise NotFound(_("没有找到这次导出。"))
    get_unit(export.unit_id, member=member, role=Role.MANAGER)
    return export


def file_name(export: ReportExport) -> str:
    """What the file is called when it is saved."""
    unit = db.session.get_one(OrgUnit, export.unit_id)
    period = period_label(Period.parse(export.period)).replace(" ", "")
    label = str(find_report(export.report).label)
    return f"{unit.name}-{period}-{label}.{export.format}"


def sheets_of(export: ReportExport, actor: Actor, progress: Progress) -> Iterator[Sheet]:
    """The sheets of the export, for whoever asked for it."""
    unit = get_unit(export.unit_id, member=actor, role=Role.MANAGER)
    place = Place(unit.id, unit.name, unit.path)
    period = Period.parse(export.period)
    wanted = Request(actor, place, period, export.subject_id, progress)
    return find_report(export.report).sheets(wanted)


@contextmanager
def written(
    export: ReportExport, actor: Actor, progress: Progress = lambda done: None
) -> Iterator[Path]:
    """The file of the export in a folder that is removed afterwards."""
    sheets, kind = sheets_of(export, actor, progress), export.format
    with TemporaryDirectory(prefix="xueshi-export-") as folder:
        path = Path(folder) / f"export.{kind}"
        if kind is Format.XLSX:
            write_workbook(path, sheets, author=actor.name)
        else:
            with path.open("wb") as file:
                for chunk in csv_chunks(next(iter(sheets))):
                    file.write(chunk)
        yield path
