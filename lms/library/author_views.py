"""The administrator's pages: bringing texts in, correcting them, publishing."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from lms.db import db
from lms.errors import Invalid
from lms.files.actions import store_bytes
from lms.library import actions, drafts
from lms.library.forms import CardForm, ImportForm, UploadForm, card_values, document_values
from lms.library.models import ImportDraft
from lms.library.outline import outline_of
from lms.library.problems import Unreadable
from lms.library.queries import get_document, list_attachments, list_relations
from lms.library.reading import MOST_BYTES, Reading, read_file
from lms.library.retell import retell
from lms.library.views import bp, take_bytes
from lms.library.words import refusal
from lms.members.policy import Action, Actor, Role
from lms.members.queries import get_first_unit, get_unit, list_units_with_role
from lms.members.scope import ContentState
from lms.members.session import current_actor

EDITABLE_CHARS = 200_000  # longer texts are corrected in their file
MOST_FILES = 20  # read in one request
WAIT_SECONDS = 30  # that somebody waits for a file to be read
ATTACHMENT_BYTES = 20 * 1024 * 1024


def unit_choices(actor: Actor) -> list[SelectChoice]:
    """The units whose texts the person keeps, indented as the tree is."""
    units = list_units_with_role(actor, Role.ADMINISTRATOR)
    return [SelectChoice(unit.id, "　" * unit.depth + unit.name) for unit in units]


@bp.get("/import")
def new_import() -> str:
    return _import_page(UploadForm())


def _import_page(form: UploadForm) -> str:
    return render_template(
        "library/import.html",
        form=form,
        drafts=drafts.list_open_drafts(current_actor()),
        most_bytes=MOST_BYTES,
    )


@bp.post("/import")
def upload() -> str | Response | tuple[str, int]:
    actor = current_actor()
    unit_id = get_first_unit(member=actor, role=Role.ADMINISTRATOR).id
    form = UploadForm()
    files = [one for one in form.files.data or [] if one and one.filename][:MOST_FILES]
    db.session.rollback()  # reading is slow: nothing is held meanwhile
    readings, problems = _read_all(files)
    if not files:
        problems = [_("请选择一个文件。")]
    kept = [
        drafts.keep_draft(reading, file_name=name, unit_id=unit_id, by=actor)
        for name, reading in readings
    ]
    db.session.commit()
    if len(kept) == 1 and not problems:
        return redirect(url_for("library.show_import", draft_id=kept[0].id))
    form.files.errors = problems
    return _import_page(form), 422 if problems else 200


def _read_all(files: list[FileStorage]) -> tuple[list[tuple[str, Reading]], list[str]]:
    """What could be read, and a sentence for each file that could not."""
    readings: list[tuple[str, Reading]] = []
    problems: list[str] = []
    for file in files:
        name = file.filename or ""
        try:
            reading = read_file(take_bytes(file, MOST_BYTES), name, seconds=WAIT_SECONDS)
            outline_of(reading)
        except Unreadable as error:
            problems.append(refusal(error) if len(files) == 1 else f"{name}：{refusal(error)}")
            continue
        readings.append((name, reading))
    return readings, problems


@bp.get("/imports/<int:draft_id>")
def show_import(draft_id: int) -> str | Response:
    actor = current_actor()
    draft = drafts.get_draft(draft_id, member=actor)
    if draft.document_id:
        return redirect(url_for("library.show", document_id=draft.document_id))
    reading = drafts.reading_of(draft)
    form = ImportForm(
        formdata=None,
        data={
            **card_values(reading.fields),
            "text": reading.text,
            "unit_id": draft.unit_id,
            "audience_unit_id": draft.unit_id,
            "is_published": True,
        },
    )
    return _draft_page(draft, form, reading, actor)


def _draft_page(draft: ImportDraft, form: ImportForm, reading: Reading, actor: Actor) -> str:
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    return render_template(
        "library/draft.html",
        draft=draft,
        form=form,
        outline=outline_of(reading),
        is_editable=len(reading.text) <= EDITABLE_CHARS,
        chars=len(reading.text),
    )


@bp.post("/imports/<int:draft_id>")
def save_import(draft_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    draft = drafts.get_draft(draft_id, member=actor)
    form = ImportForm()
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    text = form.text.data.replace("\r\n", "\n") if form.text.data else None
    if request.form.get("act") == "discard":
        db.session.delete(draft)
        db.session.commit()
        flash(_("这次导入已取消。"), "ok")
        return redirect(url_for("library.new_import"))
    is_valid = form.validate()
    fields = form.to_fields(draft.fields.get("source_key", "")) if is_valid else None
    reading = drafts.reading_of(draft, fields, text)
    if request.form.get("act") == "check" or not is_valid:
        draft.text = reading.text
        if fields:
            draft.fields = drafts.to_json(fields)
        db.session.commit()
        return _draft_page(draft, form, reading, actor), 200 if is_valid else 422
    place = _placement(form, actor)
    saved = drafts.save_draft(draft.id, reading, place, by=actor)
    db.session.commit()
    sentences = {
        actions.Outcome.ADDED: _("文献已保存。"),
        actions.Outcome.REVISED: _("新版本已保存，旧版本仍可查看和对照。"),
        actions.Outcome.CARD_CHANGED: _("正文没有变化，已更新文献信息。"),
        actions.Outcome.UNCHANGED: _("和已有的文献完全相同，没有改动。"),
    }
    flash(sentences[saved.outcome], "ok")
    return redirect(url_for("library.show", document_id=saved.document_id))


def _placement(form: ImportForm, actor: Actor) -> actions.Placement:
    for unit_id in (form.unit_id.data, form.audience_unit_id.data):
        get_unit(unit_id, member=actor, role=Role.ADMINISTRATOR)
    state = ContentState.PUBLISHED if form.is_published.data else ContentState.DRAFT
    return actions.Placement(form.unit_id.data, form.audience_unit_id.data, state)


@bp.get("/<int:document_id>/edit")
def edit(document_id: int) -> str:
    document = get_document(document_id, member=current_actor(), action=Action.EDIT)
    values = document_values(document, list(list_relations(document)))
    return _edit_page(document_id, CardForm(formdata=None, data=values))


def _edit_page(document_id: int, form: CardForm) -> str:
    document = get_document(document_id, member=current_actor(), action=Action.EDIT)
    return render_template(
        "library/edit.html",
        document=document,
        form=form,
        attachments=list_attachments(document.id),
        is_editable=document.chars <= EDITABLE_CHARS,
    )


@bp.post("/<int:document_id>/edit")
def save_card(document_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    document = get_document(document_id, member=actor, action=Action.EDIT)
    form = CardForm()
    if not form.validate():
        return _edit_page(document_id, form), 422
    fields = replace(form.to_fields(document.source_key), language=document.language)
    actions.change_card(document, fields, by=actor)
    db.session.commit()
    flash(_("文献信息已保存。"), "ok")
    return redirect(url_for("library.show", document_id=document.id))


@bp.post("/<int:document_id>/state")
def set_state(document_id: int) -> Response:
    actor = current_actor()
    document = get_document(document_id, member=actor, action=Action.EDIT)
    wanted = request.form.get("state", "")
    if wanted not in set(ContentState):
        raise Invalid(_("没有这样的状态。"))
    actions.set_state(document, ContentState(wanted), by=actor)
    db.session.commit()
    flash(_("状态已更新。"), "ok")
    return redirect(url_for("library.edit", document_id=document.id))


@bp.post("/<int:document_id>/revise")
def revise(document_id: int) -> Response:
    """Take the text into a new draft; saving that adds a revision."""
    actor = current_actor()
    document = get_document(document_id, member=actor, action=Action.EDIT)
    if document.chars > EDITABLE_CHARS:
        raise Invalid(_("这份文献太长，请修改原文件后重新导入。"))
    values: dict[str, Any] = document_values(document, list(list_relations(document)))
    form = CardForm(formdata=None, data=values)
    reading = Reading(form.to_fields(document.source_key), retell(document.id), True)
    draft = drafts.keep_draft(reading, file_name=document.title, unit_id=document.unit_id, by=actor)
    db.session.commit()
    return redirect(url_for("library.show_import", draft_id=draft.id))


@bp.post("/<int:document_id>/attachments")
def add_attachment(document_id: int) -> Response:
    actor = current_actor()
    document = get_document(document_id, member=actor, action=Action.EDIT)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(_("请选择一个文件。"))
    data = take_bytes(file, ATTACHMENT_BYTES)
    if len(data) > ATTACHMENT_BYTES:
        raise Invalid(_("附件太大了，最大 20 MB。"))
    actions.attach(document, blob=store_bytes(data, file.filename), title=file.filename, by=actor)
    db.session.commit()
    flash(_("附件已添加。"), "ok")
    return redirect(url_for("library.edit", document_id=document.id))
