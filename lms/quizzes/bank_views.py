"""Question banks: the list of banks, the questions of one, the editor."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms.db import db
from lms.members.policy import Actor, Role
from lms.members.queries import list_units_with_role
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.bank_actions import (
    create_bank,
)
from lms.quizzes.bank_queries import (
    Filter,
    get_bank,
    list_banks,
    list_categories,
    list_tags,
    select_questions,
    tags_of,
)
from lms.quizzes.definition import Kind
from lms.quizzes.forms import BankForm, options
from lms.quizzes.models import QuestionState
from lms.quizzes.views import bp
from lms.web.pager import paginate


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
        kinds=tuple(Kind),
    )
