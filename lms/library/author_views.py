"""The administrator's pages: bringing texts in, correcting them, publishing."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.files.actions import store_bytes
from lms.library import actions, drafts
from lms.library.forms import CardForm, document_values
from lms.library.queries import get_document, list_attachments, list_relations
from lms.library.reading import Reading
from lms.library.retell import retell
from lms.library.views import bp, take_bytes
from lms.members.policy import Action
from lms.members.scope import ContentState
from lms.members.session import current_actor

MOST_FILES = 20  # read in one request
WAIT_SECONDS = 30  # that somebody waits for a file to be read
ATTACHMENT_BYTES = 20 * 1024 * 1024


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
