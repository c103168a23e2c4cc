"""The administrator's pages of bringing texts in: one file at a time, or many in one list."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from lms.db import db
from lms.files.actions import drop_upload, look_into_upload
from lms.files.queries import get_upload
from lms.library import actions, batches, drafts
from lms.library.forms import BatchForm, UploadForm
from lms.library.models import ImportBatch, ImportState
from lms.library.outline import outline_of
from lms.library.problems import Reason, Unreadable
from lms.library.reading import MOST_BYTES, Reading, read_file
from lms.library.views import bp, take_bytes
from lms.library.words import (
    DRAFT_LABELS,
    DRAFT_TONES,
    OUTCOME_LABELS,
    refusal,
)
from lms.members.policy import Actor, Role
from lms.members.queries import get_first_unit, get_unit, list_units_with_role
from lms.members.scope import ContentState
from lms.members.session import current_actor
from lms.web.pager import paginate

MOST_FILES = 20  # read in one request, by browsers without scripts
WAIT_SECONDS = 30  # that somebody waits for a file to be read
WAIT_BYTES = 3 * 1024 * 1024
BATCH_PAGE = 50


def unit_choices(actor: Actor) -> list[SelectChoice]:
    """The units whose texts the person keeps, indented as the tree is."""
    units = list_units_with_role(actor, Role.ADMINISTRATOR)
    return [SelectChoice(unit.id, "　" * unit.depth + unit.name) for unit in units]


@bp.get("/import")
def new_import() -> str:
    return _import_page(UploadForm())


def _import_page(form: UploadForm) -> str:
    actor = current_actor()
    return render_template(
        "library/import.html",
        form=form,
        drafts=drafts.list_open_drafts(actor),
        batches=batches.list_open_batches(actor),
        most_bytes=MOST_BYTES,
        most_files=batches.MOST_FILES,
    )


@bp.post("/import")
def upload() -> str | Response | tuple[str, int]:
    """One file is read at once; several become a batch, read by a job when they were uploaded."""
    actor = current_actor()
    unit_id = get_first_unit(member=actor, role=Role.ADMINISTRATOR).id
    form = UploadForm()
    tokens = request.form.getlist("upload")[: batches.MOST_FILES]
    files = [one for one in form.files.data or [] if one and one.filename][:MOST_FILES]
    if len(tokens) + len(files) == 0:
        form.files.errors = [_("请选择一个文件。")]
        return _import_page(form), 422
    if len(tokens) + len(files) > 1 or _is_large(tokens, actor):
        return _make_batch(tokens, files, unit_id, actor)
    try:
        name, data = _take_upload(tokens[0], actor) if tokens else _take_file(files[0])
        draft = drafts.keep_draft(_read(name, data), file_name=name, unit_id=unit_id, by=actor)
    except Unreadable as error:
        form.files.errors = [refusal(error)]
        return _import_page(form), 422
    db.session.commit()
    return redirect(url_for("library.show_import", draft_id=draft.id))


def _is_large(tokens: list[str], actor: Actor) -> bool:
    """Whether reading the uploaded file takes longer than somebody should wait."""
    return any(get_upload(token, member=actor).size_bytes > WAIT_BYTES for token in tokens)


def _take_upload(token: str, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of an upload, which is done with; reading them is slow: nothing is held."""
    name = get_upload(token, member=actor).name
    content = look_into_upload(token, by=actor)
    drop_upload(get_upload(token, member=actor))
    db.session.commit()
    if content.size_bytes > MOST_BYTES:
        raise Unreadable(Reason.TOO_LARGE, limit=MOST_BYTES, found=content.size_bytes)
    return name, content.read()


def _take_file(file: FileStorage) -> tuple[str, bytes]:
    return file.filename or "", take_bytes(file, MOST_BYTES)


def _read(name: str, data: bytes) -> Reading:
    """The file as text, checked that it can be parsed; raises Unreadable."""
    db.session.rollback()  # reading is slow: nothing is held meanwhile
    reading = read_file(data, name, seconds=WAIT_SECONDS)
    outline_of(reading)
    return reading


def _make_batch(
    tokens: list[str], files: list[FileStorage], unit_id: int, actor: Actor
) -> Response:
    readings = [(file.filename or "", _try(file)) for file in files]
    batch = batches.create_batch(unit_id, by=actor)
    for name, (reading, why) in readings:
        if reading is not None:
            drafts.keep_draft(reading, file_name=name, unit_id=unit_id, by=actor, batch_id=batch.id)
        else:
            batches.add_failed(batch, name, why)
    if tokens:
        batches.take_uploads(batch, tokens, by=actor)
    db.session.commit()
    return redirect(url_for("library.show_batch", batch_id=batch.id))


def _try(file: FileStorage) -> tuple[Reading | None, str]:
    try:
        return _read(*_take_file(file)), ""
    except Unreadable as error:
        return None, refusal(error)


@bp.get("/imports/batches/<int:batch_id>")
def show_batch(batch_id: int) -> str:
    """The one list of a batch: what was recognised, what was not and why, what became of it."""
    batch = batches.get_batch(batch_id, member=current_actor())
    form = BatchForm(
        formdata=None,
        data={
            "unit_id": batch.unit_id,
            "audience_unit_id": batch.audience_unit_id,
            "is_published": batch.is_published,
        },
    )
    return _batch_page(batch, form)


def _batch_page(batch: ImportBatch, form: BatchForm) -> str:
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(current_actor())
    asked = request.args.get("state", "")
    state = ImportState(asked) if asked in set(ImportState) else None
    report = batches.report_on(batch)
    return render_template(
        "library/batch.html",
        batch=batch,
        form=form,
        job=batches.find_job(batch),
        report=report,
        page=paginate(batches.drafts_of(batch, state), size=BATCH_PAGE, scalars=False),
        tabs=_tabs(batch, report, state),
        state_labels=DRAFT_LABELS,
        state_tones=DRAFT_TONES,
        outcome_labels=OUTCOME_LABELS,
    )


def _tabs(
    batch: ImportBatch, report: batches.Report, chosen: ImportState | None
) -> list[tuple[str, str, bool]]:
    counts = {
        ImportState.FAILED: report.failed,
        ImportState.RECOGNISED: report.recognised,
        ImportState.SAVED: report.saved,
    }
    tabs = [
        (
            f"{DRAFT_LABELS[state]} {count}",
            url_for("library.show_batch", batch_id=batch.id, state=state),
            state is chosen,
        )
        for state, count in counts.items()
        if count
    ]
    whole = url_for("library.show_batch", batch_id=batch.id)
    return [(f"{_('全部')} {report.total}", whole, chosen is None), *tabs]


@bp.get("/imports/batches/<int:batch_id>/progress")
def batch_progress(batch_id: int) -> Response:
    job = batches.find_job(batches.get_batch(batch_id, member=current_actor()))
    if job is None:
        return jsonify(fraction=1.0, text="", is_over=True)
    return jsonify(fraction=job.progress_fraction, text=job.progress_text, is_over=job.is_over)


@bp.post("/imports/batches/<int:batch_id>")
def save_batch(batch_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    batch = batches.get_batch(batch_id, member=actor)
    if request.form.get("act") == "discard":
        batches.discard(batch)
        db.session.commit()
        flash(_("没有保存的都已丢弃。"), "ok")
        return redirect(url_for("library.new_import"))
    form = BatchForm()
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    if not form.validate():
        return _batch_page(batch, form), 422
    batches.save_all(batch, read_placement(form, actor), by=actor)
    db.session.commit()
    return redirect(url_for("library.show_batch", batch_id=batch.id))


def read_placement(form: BatchForm, actor: Actor) -> actions.Placement:
    """Whom texts are saved for; only units that the person administers."""
    for unit_id in (form.unit_id.data, form.audience_unit_id.data):
        get_unit(unit_id, member=actor, role=Role.ADMINISTRATOR)
    state = ContentState.PUBLISHED if form.is_published.data else ContentState.DRAFT
    return actions.Placement(form.unit_id.data, form.audience_unit_id.data, state)
