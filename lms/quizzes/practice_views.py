"""The wrong-question book and practice with the explanation at once."""

from flask import render_template, request
from flask_babel import gettext as _

from lms import clock
from lms.db import db
from lms.members.session import current_actor
from lms.quizzes.bank_queries import definitions_of, newest_version
from lms.quizzes.grade import Outcome
from lms.quizzes.practice import get_wrong, select_wrong, try_again
from lms.quizzes.presenting import Asking, Reveal, present
from lms.quizzes.responses import field_name, read_response
from lms.quizzes.review import address_for
from lms.quizzes.views import bp
from lms.quizzes.words import KINDS
from lms.web.pager import paginate

MOST_TRIES = 100


@bp.get("/wrong")
def wrong_book() -> str:
    page = paginate(select_wrong(current_actor().id, at=clock.now()), size=20, scalars=False)
    return render_template("quizzes/wrong_book.html", page=page, kinds=KINDS)


@bp.route("/wrong/<int:question_id>", methods=["GET", "POST"])
def practise(question_id: int) -> str:
    actor, now = current_actor(), clock.now()
    entry, question = get_wrong(question_id, member_id=actor.id, at=now)
    version = newest_version(question)
    definition = definitions_of({version.id: version.digest})[version.id]
    name, tried = field_name(1), None
    # Which try it is stands in the address: who asks for the same question again tries once more.
    tries = min(max(request.args.get("try", 1, type=int), 1), MOST_TRIES)
    response = {}
    if request.method == "POST":
        response = read_response(definition, name, request.form.to_dict(flat=False))
        tried = try_again(entry, definition, response, tries=tries, at=now)
    is_graded = tried is not None and tried.result.outcome == Outcome.GRADED
    reveal = Reveal.EXPLANATIONS if tried else Reveal.NOTHING
    how = Asking(1, name, definition.points, address_for(actor), reveal=reveal)
    shown = present(definition, response, how)
    rest = db.session.execute(
        select_wrong(actor.id, at=now).where(entry.__table__.c.question_id != question_id).limit(1)
    ).first()
    page = render_template(
        "quizzes/practise.html",
        shown=shown,
        tried=tried,
        entry=entry,
        following=rest[1] if rest else None,
        title=_("错题练习"),
        tries=tries,
        penalty_percent=definition.penalty_fraction * 100,
        earned=tried.result.points(definition.points) if is_graded else None,
    )
    db.session.commit()
    return page
