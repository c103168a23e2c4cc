"""The manager's pages: how far the people are, who needs attention, and exports."""

from collections.abc import Sequence
from io import BytesIO

from flask import (
    Blueprint,
    Response,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from lms.db import db
from lms.files.delivery import url_for_blob
from lms.files.models import Blob
from lms.jobs.models import Job
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role
from lms.members.queries import get_first_unit, get_unit, today
from lms.members.session import current_actor
from lms.reports import actions, words
from lms.reports.completion import tally as tally_of
from lms.reports.models import Format
from lms.reports.period_standing import PeriodStanding
from lms.reports.queries import (
    UnitReport,
    find_period,
    get_unit_choices,
    get_unit_report,
    list_month_averages,
    list_periods,
)
from lms.study.requirements import Status
from lms.web.pager import Page, page_number

bp = Blueprint("reports", __name__, template_folder="templates", url_prefix="/reports")

MIMETYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv",
}
LISTED = 7  # people who need attention, on the first page
PAGE_SIZE = 50
ID_DIGITS = 18  # more would not fit into a column of ids
PRINTED = 2_000  # people on one printed list; more belong in a workbook


def chosen_unit(actor: Actor) -> OrgUnit:
    """The unit that the address names, where the person answers for it."""
    text = request.values.get("unit", "")
    if not text:
        return get_first_unit(member=actor, role=Role.MANAGER)
    return get_unit(to_id(text), member=actor, role=Role.MANAGER)


def to_id(text: str) -> int:
    """The id that a form or an address names; 0, which nothing has, for nonsense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS else 0


def page_of(items: Sequence[PeriodStanding], *, size: int) -> Page[PeriodStanding]:
    """The page of a list at hand that the address asks for."""
    number = min(page_number(), max(1, -(-len(items) // size)))
    return Page(items[(number - 1) * size : number * size], number, size, len(items))


@bp.get("/")
def index() -> str:
    actor = current_actor()
    unit, period = chosen_unit(actor), find_period(request.args.get("period"))
    return render_template(
        "reports/index.html",
        report=get_unit_report(actor, unit, period),
        bars=words.month_bars(list_month_averages(actor, unit.path, period.last_begun(today()))),
        choices=get_unit_choices(actor, unit),
        periods=list_periods(period),
        listed=LISTED,
        words=words,
    )


@bp.get("/people")
def people() -> str:
    actor = current_actor()
    unit, period = chosen_unit(actor), find_period(request.args.get("period"))
    status = request.args.get("status", "")
    status = status if status in list(Status) else ""
    own = request.args.get("own") == "1"
    report = get_unit_report(actor, unit, period)
    return render_template(
        "reports/people.html",
        report=report,
        page=page_of(report.listed(status, own=own), size=PAGE_SIZE),
        status=status,
        tabs=status_tabs(report, status, own),
        choices=get_unit_choices(actor, unit),
        periods=list_periods(period),
        words=words,
    )


def status_tabs(report: UnitReport, status: str, own: bool) -> list[tuple[str, str, bool]]:
    """The tabs above a list of people: everybody, and each status with its number."""
    tally = tally_of(report.listed(own=own))
    behind = words.status_label(Status.BEHIND, is_over=report.is_over)
    counts = {
        "": (words.everybody(), tally.people),
        Status.BEHIND: (behind, tally.behind),
        Status.ON_TRACK: (words.status_label(Status.ON_TRACK), tally.on_track),
        Status.MET: (words.status_label(Status.MET), tally.met),
        Status.EXEMPT: (words.status_label(Status.EXEMPT), tally.exempt),
    }
    where = {"unit": report.unit.id, "period": str(report.period), "own": 1 if own else None}
    return [
        (
            f"{label} {count}",
            url_for("reports.people", **where, status=code or None),
            code == status,
        )
        for code, (label, count) in counts.items()
    ]


@bp.get("/print")
def print_view() -> str:
    actor = current_actor()
    unit, period = chosen_unit(actor), find_period(request.args.get("period"))
    report = get_unit_report(actor, unit, period)
    return render_template(
        "reports/print.html", report=report, words=words, printed_by=actor, most=PRINTED
    )


@bp.post("/exports")
def export() -> BaseResponse:
    actor = current_actor()
    subject = request.form.get("subject", "")
    export = actions.request_export(
        chosen_unit(actor),
        report=request.form.get("report", "members"),
        period=find_period(request.form.get("period")),
        format=request.form.get("format", Format.XLSX),
        by=actor,
        subject_id=to_id(subject) if subject else None,
    )
    db.session.commit()
    target = "reports.show_export" if export.job_id else "reports.download"
    return redirect(url_for(target, export_id=export.id))


@bp.get("/exports/<int:export_id>")
def show_export(export_id: int) -> str | Response:
    actor = current_actor()
    export = actions.get_export(export_id, member=actor)
    job = db.session.get(Job, export.job_id) if export.job_id else None
    return render_template(
        "reports/export.html", export=export, job=job, name=actions.file_name(export)
    )


@bp.get("/exports/<int:export_id>/progress")
def export_progress(export_id: int) -> Response:
    export = actions.get_export(export_id, member=current_actor())
    job = db.session.get_one(Job, export.job_id)
    return jsonify(fraction=job.progress_fraction, text=job.progress_text, is_over=job.is_over)


@bp.get("/exports/<int:export_id>/file")
def download(export_id: int) -> BaseResponse:
    actor = current_actor()
    export = actions.get_export(export_id, member=actor)
    if export.blob_id is not None:
        blob = db.session.get_one(Blob, export.blob_id)
        return redirect(url_for_blob(blob, actor, name=actions.file_name(export), download=True))
    if export.job_id is not None:
        return redirect(url_for("reports.show_export", export_id=export_id))
    name = actions.file_name(export)
    with actions.written(export, actor) as path:
        data = BytesIO(path.read_bytes())
    mimetype = MIMETYPES[export.format]
    return send_file(data, mimetype=mimetype, as_attachment=True, download_name=name)
