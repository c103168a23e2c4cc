"""Pages of one's own notes, and the calls by which the reader keeps them."""

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.library import notes as own
from lms.library.queries import get_document
from lms.library.views import bp
from lms.members.session import current_actor
from lms.web.pager import paginate


@bp.get("/notes")
def notes() -> str:
    page = paginate(own.notes_of(current_actor()), size=30, scalars=False)
    return render_template("library/notes.html", page=page)


@bp.post("/<int:document_id>/notes")
def add_note(document_id: int) -> FlaskResponse:
    actor = current_actor()
    document = get_document(document_id, member=actor)
    asked: Any = request.get_json(silent=True)
    try:
        place = own.Place(str(asked["anchor"])[:80], int(asked["start"]), int(asked["end"]))
        text = str(asked.get("note") or "")
    except (TypeError, KeyError, ValueError) as error:
        raise Invalid(_("没有收到要划线的位置，请刷新页面再试。")) from error
    row = own.add_note(document, place, note=text, by=actor)
    db.session.commit()
    return jsonify(id=row.id, quote=row.quote)


@bp.post("/notes/<int:note_id>")
def change_note(note_id: int) -> Response:
    note = own.get_note(note_id, member=current_actor())
    if request.form.get("act") == "delete":
        db.session.delete(note)
        sentence = _("笔记已删除。")
    else:
        own.change_note(note, request.form.get("note", ""))
        sentence = _("笔记已保存。")
    db.session.commit()
    flash(sentence, "ok")
    return redirect(url_for("library.notes"))
