"""The pages of importing: choose a file, look at what it holds, confirm."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.bank_queries import get_bank, get_import
from lms.quizzes.export import export_bank
from lms.quizzes.formats.excel_writer import template_book
from lms.quizzes.formats.writing import FORMATS
from lms.quizzes.forms import ImportForm
from lms.quizzes.imports import confirm_import, keep_file, parse, preview_of, read_pending
from lms.quizzes.views import bp

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/template.xlsx")
def import_template() -> Response:
    return send_file(
        BytesIO(template_book()),
        mimetype=XLSX,
        as_attachment=True,
        download_name="题目导入模板.xlsx",
    )


@bp.get("/banks/<int:bank_id>/export/<name>")
def export_questions(bank_id: int, name: str) -> Response | str:
    bank = get_bank(bank_id, member=current_actor())
    exported = export_bank(bank, name)
    if exported.losses and not request.args.get("anyway"):
        return render_template("quizzes/export.html", bank=bank, name=name, exported=exported)
    ending = FORMATS[name].ending if name in FORMATS else "docx"
    media_type = FORMATS[name].media_type if name in FORMATS else DOCX
    return send_file(
        BytesIO(exported.data),
        mimetype=media_type,
        as_attachment=True,
        download_name=f"{bank.code}.{ending}",
    )


@bp.route("/banks/<int:bank_id>/import", methods=["GET", "POST"])
def import_questions(bank_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    bank = get_bank(bank_id, member=actor)
    form = ImportForm()
    if request.method == "GET":
        return render_template("quizzes/import.html", bank=bank, form=form)
    given = request.files.get("file")
    name, data = ("", b"")
    if given and given.filename:
        name, data = given.filename, given.read()
    elif request.form.get("text", "").strip():
        name, data = "粘贴的文字.txt", request.form["text"].encode()
    if not form.validate_on_submit() or not data:
        if not data:
            form.file.errors = (_("请选择文件，或把题目粘贴进来。"),)
        return render_template("quizzes/import.html", bank=bank, form=form), 422
    db.session.rollback()
    try:
        parse(name, data)
    except Invalid as error:  # beside the form, which keeps what was pasted
        bank = get_bank(bank_id, member=actor)
        form.file.errors = (error.message,)
        return render_template("quizzes/import.html", bank=bank, form=form), 422
    bank = get_bank(bank_id, member=actor)
    pending = keep_file(bank, name=name, data=data, by=actor)
    db.session.commit()
    return redirect(url_for("quizzes.show_import", import_id=pending.id))


@bp.get("/imports/<int:import_id>")
def show_import(import_id: int) -> str:
    actor = current_actor()
    pending = get_import(import_id, member=actor)
    parsed = read_pending(pending)
    pending = get_import(import_id, member=actor)
    bank = get_bank(pending.bank_id, member=actor)
    preview = preview_of(parsed, bank.id)
    return render_template(
        "quizzes/import_preview.html", pending=pending, bank=bank, preview=preview, words=words
    )


@bp.post("/imports/<int:import_id>/confirm")
def confirm(import_id: int) -> Response:
    actor = current_actor()
    pending = get_import(import_id, member=actor)
    if pending.confirmed_at is not None:
        raise Conflict(_("这个文件已经导入过了。"))
    parsed = read_pending(pending)
    pending = get_import(import_id, member=actor)
    count = confirm_import(
        pending, parsed, by=actor, with_repeats=bool(request.form.get("with_repeats"))
    )
    bank_id = pending.bank_id
    db.session.commit()
    flash(_("导入了 %(count)d 题。", count=count), "ok")
    return redirect(url_for("quizzes.bank", bank_id=bank_id))
