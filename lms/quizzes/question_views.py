"""Writing questions: the editor of one question, its files, its state."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.files.delivery import url_for_blob
from lms.members.policy import Actor
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.bank_actions import create_question, revise_question, set_question_state
from lms.quizzes.bank_files import take_bank_file
from lms.quizzes.bank_queries import (
    definitions_of,
    get_bank,
    get_question,
    list_categories,
    list_versions,
    newest_version,
    tags_of,
)
from lms.quizzes.checking import problems_of
from lms.quizzes.definition import RULES, Definition, Kind
from lms.quizzes.drafts import FOLDS, Draft, draft_from_fields, new_draft
from lms.quizzes.editor import definition_of
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.models import Bank, Category, Question, QuestionState
from lms.quizzes.presenting import Asking, Reveal, present
from lms.quizzes.review import address_for
from lms.quizzes.rich import Rich
from lms.quizzes.richtext import linked
from lms.quizzes.source_queries import find_sources
from lms.quizzes.views import bp

NEW_PLACE = {"difficulty": "3"}
STALE = _l("别人刚刚改过这道题。你写的还在下面；请另开一页看看新的版本，再决定是否保存。")


@bp.route("/banks/<int:bank_id>/questions/new/<kind>", methods=["GET", "POST"])
def new_question(bank_id: int, kind: str) -> str | Response | tuple[str, int]:
    actor = current_actor()
    bank = get_bank(bank_id, member=actor)
    wanted = Kind(kind) if kind in list(Kind) else Kind.SINGLE
    if request.method == "GET":
        return editor_page(bank, new_draft(wanted), NEW_PLACE)
    draft = draft_of_request(wanted)
    if is_unfinished():
        return editor_page(bank, draft, request.form)

    state = wanted_state(wanted)
    made: list[int] = []

    def save(definition: Definition) -> None:
        created = create_question(bank, definition, by=actor, state=state, **_place(request.form))
        made.append(created.id)
        db.session.commit()

    if problems := save_draft(draft, None, save, is_draft=state == QuestionState.DRAFT):
        return editor_page(bank, draft, request.form, problems), 422
    if wanted == Kind.MATERIAL:
        flash(_("材料已保存，现在可以加小题。"), "ok")
        return redirect(url_for("quizzes.question", question_id=made[0], _anchor="parts"))
    flash(_("题目已保存。"), "ok")
    if "again" in request.form:
        return redirect(url_for("quizzes.new_question", bank_id=bank.id, kind=wanted.value))
    return redirect(url_for("quizzes.bank", bank_id=bank.id))


def wanted_state(kind: Kind) -> QuestionState:
    """The state in the form; a new passage is a draft until its questions are written."""
    if kind == Kind.MATERIAL or request.form.get("state") == QuestionState.DRAFT:
        return QuestionState.DRAFT
    return QuestionState.REVIEWED


@bp.route("/questions/<int:question_id>", methods=["GET", "POST"])
def question(question_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    bank = get_bank(found.bank_id, member=actor)
    version = newest_version(found)
    before = definitions_of({version.id: version.digest})[version.id]
    if request.method == "GET":
        shown = {"preview": _preview(before, actor), "versions": list_versions(found)}
        return editor_page(
            bank, draft_of(before), _place_of(found), (), found, parts=before.parts, **shown
        )
    draft = draft_of_request(found.kind)
    if is_unfinished():
        return editor_page(bank, draft, request.form, (), found)
    if is_stale(found):
        return editor_page(bank, draft, request.form, [STALE], found, parts=before.parts), 409

    def save(definition: Definition) -> None:
        revised = revise_question(found, definition, by=actor, **_place(request.form))
        db.session.commit()
        said = _("已保存为第 %(number)d 版。", number=revised.number) if revised else _("已保存。")
        flash(said, "ok")

    is_draft = found.state == QuestionState.DRAFT
    if problems := save_draft(draft, before, save, is_draft=is_draft):
        return editor_page(bank, draft, request.form, problems, found, parts=before.parts), 422
    return redirect(url_for("quizzes.question", question_id=found.id))


def is_stale(question: Question) -> bool:
    """Whether somebody has saved the question since the page was opened."""
    seen = request.form.get("version", "")
    return bool(seen) and seen != str(question.version_number)


def is_unfinished() -> bool:
    """Whether a button was pressed that changes the form and saves nothing."""
    return "more" in request.form or "find" in request.form


def draft_of_request(kind: Kind) -> Draft:
    """The draft in the form; with "more" pressed it has room for more answers."""
    draft = draft_from_fields(kind, request.form.to_dict(flat=False))
    if "more" in request.form:
        draft.add_rows()
    return draft


def save_draft(
    draft: Draft,
    before: Definition | None,
    save: Callable[[Definition], None],
    *,
    is_draft: bool = False,
) -> Sequence[str]:
    """Save what the draft means; gives the sentences that say why it cannot be."""
    try:
        definition = definition_of(draft, before)
        if problems := problems_of(definition, is_draft=is_draft):
            return problems
        save(definition)
    except (BadAnswer, Invalid) as error:
        return [str(error)]
    return ()


def _place(form: Mapping[str, str]) -> dict[str, Any]:
    difficulty = form.get("difficulty", "3")
    if difficulty not in ("1", "2", "3", "4", "5"):
        raise Invalid(_("难度要在 1 到 5 之间。"))
    return {
        "category": tuple(
            part.strip() for part in form.get("category", "").split("/") if part.strip()
        ),
        "tags": tuple(form.get("tags", "").replace("，", " ").replace(",", " ").split()),
        "difficulty": int(difficulty),
    }


def editor_page(
    bank: Bank,
    draft: Draft,
    place: Mapping[str, str],
    problems: Sequence[str] = (),
    question: Question | None = None,
    **more: Any,
) -> str:
    """The editor of a question, or with `part` of one question of a passage."""
    actor = current_actor()
    sought = request.form.get("sought", "").strip()[:200] if "find" in request.form else ""
    return render_template(
        "quizzes/question_edit.html",
        bank=bank,
        draft=draft,
        place=place,
        problems=problems,
        question=question,
        rules=RULES[draft.kind],
        words=words,
        folds=FOLDS,
        categories=list_categories(bank),
        editing=editing_for(actor),
        sought=sought,
        found_sources=find_sources(sought, member=actor),
        **{"preview": None, "versions": [], "part": None, "parts": (), "is_new": False, **more},
    )


def editing_for(actor: Actor) -> Callable[[Rich], str]:
    """Gives what stands in a field of the editor: HTML with addresses of files that it can show."""
    address = address_for(actor)
    return lambda rich: linked(rich.source, address) if rich.is_html else rich.source


@bp.get("/sources")
def sources() -> Response:
    """What the library has on the question's subject, as the list that the editor puts in."""
    sought = request.args.get("q", "").strip()[:200]
    found = find_sources(sought, member=current_actor())
    html = render_template("quizzes/_sources.html", found_sources=found, sought=sought)
    return jsonify(html=html)


def _place_of(question: Question) -> dict[str, str]:
    category = db.session.get(Category, question.category_id) if question.category_id else None
    return {
        "category": category.path if category else "",
        "tags": " ".join(tags_of([question.id])[question.id]),
        "difficulty": str(question.difficulty),
    }


def _preview(definition: Definition, actor: Actor) -> Any:
    how = Asking(1, "preview", definition.points, address_for(actor), reveal=Reveal.EXPLANATIONS)
    return present(definition, None, how)


@bp.post("/questions/<int:question_id>/state")
def change_question_state(question_id: int) -> Response:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    wanted = request.form.get("state", "")
    if wanted not in list(QuestionState):
        raise Invalid(_("没有这种状态。"))
    set_question_state(found, QuestionState(wanted), by=actor)
    db.session.commit()
    return redirect(url_for("quizzes.bank", bank_id=found.bank_id))


@bp.post("/banks/<int:bank_id>/files")
def add_bank_file(bank_id: int) -> Response:
    """Take a finished upload as a file of the bank; the editor puts it into the text."""
    actor = current_actor()
    bank = get_bank(bank_id, member=actor)
    data = request.get_json(silent=True)
    token = data.get("token") if isinstance(data, dict) else None
    blob = take_bank_file(bank, str(token or ""), by=actor)
    answer = {"url": url_for_blob(blob, actor), "kind": blob.media_type.split("/")[0]}
    db.session.commit()
    return jsonify(answer)
