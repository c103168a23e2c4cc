"""Question banks: the list of banks, the questions of one, the editor."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.members.policy import Actor, Role
from lms.members.queries import list_units_with_role
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.bank_actions import (
    create_bank,
    create_question,
    revise_question,
    set_question_state,
)
from lms.quizzes.bank_queries import (
    Filter,
    definitions_of,
    get_bank,
    get_question,
    list_banks,
    list_categories,
    list_tags,
    list_versions,
    newest_version,
    newest_versions,
    select_questions,
    tags_of,
)
from lms.quizzes.checking import problems_of
from lms.quizzes.definition import RULES, Definition, Kind
from lms.quizzes.editor import FOLDS, Draft, OptionRow, definition_of, draft_from_fields
from lms.quizzes.editor_fields import draft_of
from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.forms import BankForm, options
from lms.quizzes.models import Bank, Category, Question, QuestionState
from lms.quizzes.presenting import Asking, Reveal, present
from lms.quizzes.review import address_for
from lms.quizzes.views import bp
from lms.web.pager import paginate

EDITABLE = tuple(kind for kind in Kind if kind is not Kind.MATERIAL)


def unit_choices(actor: Actor) -> list[tuple[int, str]]:
    """The units that the person writes content for, indented as the tree is."""
    units = list_units_with_role(actor, Role.ADMINISTRATOR)
    return [(unit.id, "　" * unit.depth + unit.name) for unit in units]


@bp.get("/banks")
def banks() -> str:
    return render_template("quizzes/banks.html", rows=list_banks(current_actor()))


@bp.route("/banks/new", methods=["GET", "POST"])
def new_bank() -> str | Response | tuple[str, int]:
    actor, form = current_actor(), BankForm()
    form.unit_id.choices = options(unit_choices(actor))
    if form.validate_on_submit():
        bank = create_bank(
            code=form.code.data or "",
            title=form.title.data or "",
            unit_id=form.unit_id.data,
            by=actor,
        )
        db.session.commit()
        return redirect(url_for("quizzes.bank", bank_id=bank.id))
    return render_template("quizzes/bank_new.html", form=form), 422 if form.errors else 200


def filter_of_request() -> Filter:
    """The filter in the address; nonsense narrows nothing."""
    args = request.args
    kind, state = args.get("kind", ""), args.get("state", "")
    return Filter(
        text=args.get("q", "").strip()[:60],
        kind=Kind(kind) if kind in list(Kind) else None,
        state=QuestionState(state) if state in list(QuestionState) else None,
        category_id=args.get("category", type=int),
        tag=args.get("tag", "").strip()[:60],
    )


@bp.get("/banks/<int:bank_id>")
def bank(bank_id: int) -> str:
    found = get_bank(bank_id, member=current_actor())
    narrowed = filter_of_request()
    page = paginate(select_questions(found.id, narrowed), size=30)
    return render_template(
        "quizzes/bank.html",
        bank=found,
        page=page,
        narrowed=narrowed,
        categories=list_categories(found),
        tags=list_tags(found),
        tags_of=tags_of([question.id for question in page.items]),
        words=words,
        kinds=EDITABLE,
    )


@bp.route("/banks/<int:bank_id>/questions/new/<kind>", methods=["GET", "POST"])
def new_question(bank_id: int, kind: str) -> str | Response | tuple[str, int]:
    actor = current_actor()
    bank = get_bank(bank_id, member=actor)
    wanted = Kind(kind) if kind in EDITABLE else Kind.SINGLE
    if request.method == "GET":
        draft = Draft(wanted, rule=RULES[wanted][0].value, options=[OptionRow() for _n in range(4)])
        return _editor(bank, draft, {"difficulty": "3"}, ())
    draft = draft_from_fields(wanted, request.form.to_dict(flat=False))
    if "more" in request.form:
        draft.options += [OptionRow(), OptionRow()]
        return _editor(bank, draft, request.form, ())
    definition, problems = _understood(draft, None)
    if problems or definition is None:
        return _editor(bank, draft, request.form, problems), 422
    create_question(bank, definition, by=actor, **_place(request.form))
    db.session.commit()
    flash(_("题目已保存。"), "ok")
    if "again" in request.form:
        return redirect(url_for("quizzes.new_question", bank_id=bank.id, kind=wanted.value))
    return redirect(url_for("quizzes.bank", bank_id=bank.id))


def _understood(
    draft: Draft, before: Definition | None
) -> tuple[Definition | None, tuple[str, ...]]:
    try:
        definition = definition_of(draft, before)
    except BadAnswer as error:
        return None, (str(error),)
    return definition, tuple(problems_of(definition))


def _place(form: Any) -> dict[str, Any]:
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


def _editor(
    bank: Bank,
    draft: Draft,
    place: Any,
    problems: tuple[str, ...],
    question: Question | None = None,
    **more: Any,
) -> str:
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
        **{"preview": None, "versions": [], **more},
    )


@bp.route("/questions/<int:question_id>", methods=["GET", "POST"])
def question(question_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    found = get_question(question_id, member=actor)
    bank = get_bank(found.bank_id, member=actor)
    version = newest_version(found)
    before = definitions_of({version.id: version.digest})[version.id]
    if request.method == "GET":
        return _editor(
            bank,
            draft_of(before),
            _place_of(found),
            (),
            found,
            preview=_preview(before, actor),
            versions=list_versions(found),
        )
    draft = draft_from_fields(found.kind, request.form.to_dict(flat=False))
    if "more" in request.form:
        draft.options += [OptionRow(), OptionRow()]
        return _editor(bank, draft, request.form, (), found)
    definition, problems = _understood(draft, before)
    if problems or definition is None:
        return _editor(bank, draft, request.form, problems, found), 422
    revised = revise_question(found, definition, by=actor, **_place(request.form))
    db.session.commit()
    flash(
        _("已保存为第 %(number)d 版。", number=revised.number) if revised else _("已保存。"), "ok"
    )
    return redirect(url_for("quizzes.question", question_id=found.id))


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


def shown_questions(ids: list[int], actor: Actor) -> dict[int, Any]:
    """Questions ready to be shown with their answers, by id."""
    versions = newest_versions(ids)
    definitions = definitions_of(dict(versions.values()))
    return {
        each: _preview(definitions[versions[each][0]], actor) for each in ids if each in versions
    }
