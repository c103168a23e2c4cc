"""Writing the questions of a passage, each on a page of its own."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import NotFound
from lms.members.session import current_actor
from lms.quizzes.bank_queries import get_bank, get_question
from lms.quizzes.definition import Definition, Kind
from lms.quizzes.drafts import new_draft
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.material_actions import (
    add_part,
    change_part,
    check_version,
    move_part,
    part_of,
    passage_of,
    remove_part,
)
from lms.quizzes.models import Question
from lms.quizzes.question_views import (
    draft_of_request,
    editor_page,
    is_unfinished,
    save_draft,
)
from lms.quizzes.views import bp

PART_KINDS = tuple(kind for kind in Kind if kind is not Kind.MATERIAL)


def _back(question: Question) -> Response:
    return redirect(url_for("quizzes.question", question_id=question.id, _anchor="parts"))


@bp.route("/questions/<int:question_id>/parts/new/<kind>", methods=["GET", "POST"])
def new_part(question_id: int, kind: str) -> str | Response | tuple[str, int]:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    bank, number = get_bank(found.bank_id, member=actor), len(passage_of(found).parts) + 1
    wanted = Kind(kind) if kind in PART_KINDS else Kind.SINGLE
    if request.method == "GET":
        return editor_page(bank, new_draft(wanted), {}, question=found, part=number, is_new=True)
    draft = draft_of_request(wanted)
    if is_unfinished():
        return editor_page(bank, draft, {}, question=found, part=number, is_new=True)
    check_version(found, request.form.get("version", ""))

    def save(definition: Definition) -> None:
        add_part(found, definition, by=actor)
        db.session.commit()
        flash(_("小题已保存。"), "ok")

    if problems := save_draft(draft, None, save):
        return editor_page(bank, draft, {}, problems, question=found, part=number, is_new=True), 422
    if "again" in request.form:
        return redirect(url_for("quizzes.new_part", question_id=question_id, kind=wanted.value))
    return _back(found)


@bp.route("/questions/<int:question_id>/parts/<int:number>", methods=["GET", "POST"])
def part(question_id: int, number: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    bank, before = get_bank(found.bank_id, member=actor), part_of(found, number)
    if request.method == "GET":
        return editor_page(bank, draft_of(before), {}, question=found, part=number)
    draft = draft_of_request(before.kind)
    if is_unfinished():
        return editor_page(bank, draft, {}, question=found, part=number)
    check_version(found, request.form.get("version", ""))

    def save(definition: Definition) -> None:
        change_part(found, number, definition, by=actor)
        db.session.commit()
        flash(_("小题已保存。"), "ok")

    if problems := save_draft(draft, before, save):
        return editor_page(bank, draft, {}, problems, question=found, part=number), 422
    return _back(found)


@bp.post("/questions/<int:question_id>/parts/<int:number>/<what>")
def arrange_part(question_id: int, number: int, what: str) -> Response:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    check_version(found, request.form.get("version", ""))
    if what == "remove":
        remove_part(found, number, by=actor)
    elif what in ("up", "down"):
        move_part(found, number, step=-1 if what == "up" else 1, by=actor)
    else:
        raise NotFound(_("没有这种操作。"))
    db.session.commit()
    return _back(found)
