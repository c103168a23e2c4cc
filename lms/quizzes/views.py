"""Taking tests: the list, the first page of a paper, the paper itself, the result."""

from datetime import timedelta
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response

from lms import clock
from lms.courses.queries import get_lesson
from lms.db import db, reading_apart
from lms.errors import Conflict, Forbidden, Invalid
from lms.members.policy import Action, Actor, Role
from lms.members.session import current_actor
from lms.quizzes.actions import (
    SEEN_EVERY,
    begin_attempt,
    is_past,
    prepare_attempt,
    save_answers,
    submit_attempt,
)
from lms.quizzes.attempt_queries import (
    answers_of,
    asked_in,
    get_attempt,
    get_own_attempt,
    sheet_of,
)
from lms.quizzes.autosave import AutosaveWay, Known
from lms.quizzes.contest_queries import list_contests
from lms.quizzes.corrections import list_news, see_correction
from lms.quizzes.filters import add_filters
from lms.quizzes.leaving_actions import leavings_of, note_leaving
from lms.quizzes.models import Attempt, AttemptState, Paper, SubmittedBy
from lms.quizzes.paper_actions import password_fits
from lms.quizzes.paper_queries import get_paper, list_offered_papers
from lms.quizzes.reading import answers_from_form, answers_from_json
from lms.quizzes.responses import field_name, write_fields
from lms.quizzes.review import review_of, shown_paper
from lms.quizzes.standing import standing_of, standings_of
from lms.quizzes.words import CERTAINTIES, METHODS
from lms.web.short_ways import note_sign_in

bp = Blueprint("quizzes", __name__, template_folder="templates", url_prefix="/quizzes")
add_filters(bp)

EVIDENCE = ("left", "returned")


@bp.get("/")
def index() -> str:
    now = clock.now()
    actor = current_actor()
    standings = standings_of(list_offered_papers(actor, at=now), member=actor, at=now)
    return render_template(
        "quizzes/index.html",
        standings=standings,
        contests=list_contests(actor, at=now),
        news=list_news(actor, at=now),
        writes_papers=actor.has(Role.ADMINISTRATOR),
    )


@bp.get("/papers/<int:paper_id>")
def show_paper(paper_id: int) -> str:
    actor = current_actor()
    paper = get_paper(paper_id, member=actor)
    standing = standing_of(paper, member=actor, at=clock.now())
    return render_template(
        "quizzes/paper.html",
        standing=standing,
        paper=paper,
        lesson_id=_lesson_id(paper, actor),
        methods=METHODS,
    )


def _lesson_id(paper: Paper, actor: Actor) -> int | None:
    """The lesson that the test is taken for, when the address names one that belongs to it."""
    lesson_id = request.values.get("lesson_id", type=int)
    if lesson_id is None:
        return None
    lesson = get_lesson(lesson_id, member=actor)
    if lesson.kind != "test" or lesson.settings.get("paper_id") != paper.id:
        raise Invalid(_("这份试卷不属于这一讲。"))
    return lesson.id


@bp.post("/papers/<int:paper_id>/start")
def start(paper_id: int) -> Response:
    actor = current_actor()
    with reading_apart():
        paper = get_paper(paper_id, member=actor)
        lesson_id = _lesson_id(paper, actor)
        check_network(paper)
        ready = prepare_attempt(paper, by=actor, at=clock.now(), lesson_id=lesson_id)
        password_hash = "" if ready.open_id else paper.password_hash or ""
    check_password(password_hash)
    begun = begin_attempt(ready)
    if begun.sheet.items:
        grace = timedelta(seconds=ready.values["grace_seconds"])
        expect_autosaves(begun.attempt_id, Known(actor.id, asked_in(begun.sheet), grace))
    db.session.commit()
    return redirect(url_for("quizzes.take", attempt_id=begun.attempt_id))


def expect_autosaves(attempt_id: int, known: Known) -> None:
    """Let the short way take the answers that will come for an own attempt from this page."""
    autosave: AutosaveWay = current_app.extensions["quizzes.autosave"]
    autosave.note(attempt_id, known)
    note_sign_in(known.member_id)


def check_password(password_hash: str) -> None:
    """Raise Forbidden unless the form holds the paper's password; slow, so in no transaction."""
    if password_hash and not password_fits(password_hash, request.form.get("password", "")):
        raise Forbidden(_("考试口令不对。"))


def check_network(paper: Paper) -> None:
    """Raise Forbidden when the paper is kept to networks and the request comes from elsewhere."""
    if not paper.networks:
        return
    address = ip_address(request.remote_addr or "0.0.0.0")
    if not any(address in ip_network(network, strict=False) for network in paper.networks):
        raise Forbidden(_("这场考试只能在指定的网络里参加。"))


@bp.get("/attempts/<int:attempt_id>")
def take(attempt_id: int) -> str | Response:
    attempt = get_own_attempt(attempt_id, member=current_actor())
    if attempt.state != AttemptState.OPEN or is_over(attempt):
        return redirect(url_for("quizzes.show_result", attempt_id=attempt.id))
    paper = attempt.paper
    answers = answers_of(attempt.id)
    return render_template(
        "quizzes/take.html",
        attempt=attempt,
        paper=paper,
        answers=answers,
        sections=shown_paper(attempt, answers),
        remaining_seconds=remaining_seconds(attempt),
        certainties=CERTAINTIES,
        leavings=leavings_of(attempt, paper),
    )


def remaining_seconds(attempt: Attempt) -> int | None:
    """The seconds until the deadline by the server's clock; None without one."""
    if attempt.deadline_at is None:
        return None
    return max(0, round((attempt.deadline_at - clock.now()).total_seconds()))


def is_over(attempt: Attempt) -> bool:
    """Whether deadline and grace have passed, though nobody has handed the attempt in yet."""
    return is_past(attempt.deadline_at, timedelta(seconds=attempt.grace_seconds), clock.now())


@bp.post("/attempts/<int:attempt_id>/answers")
def save(attempt_id: int) -> Response | tuple[Response, int]:
    actor = current_actor()
    attempt = get_own_attempt(attempt_id, member=actor)
    asked = asked_in(sheet_of(attempt))
    if not request.is_json:
        answers = answers_from_form(request.form.to_dict(flat=False), asked, answers_of(attempt.id))
        save_answers(attempt, answers, at=clock.now())
        db.session.commit()
        flash(_("答案已保存。"), "ok")
        return redirect(url_for("quizzes.take", attempt_id=attempt.id))
    data: Any = request.get_json(silent=True)
    saved = save_answers(attempt, answers_from_json(data, asked), at=clock.now())
    current = data.get("current")
    if isinstance(current, int) and 0 <= current <= len(asked) and not was_seen(attempt):
        seen = {"seen_at": clock.now(), "current_slot": current}
        db.session.execute(update(Attempt).where(Attempt.id == attempt.id).values(seen))
    stale = _stored_fields(attempt, saved.stale)
    remaining = remaining_seconds(attempt)
    grace = timedelta(seconds=attempt.grace_seconds)
    expect_autosaves(attempt.id, Known(actor.id, asked, grace))
    db.session.commit()
    return jsonify(saved=saved.slots, stale=stale, remaining_seconds=remaining)


def was_seen(attempt: Attempt) -> bool:
    """Whether the invigilator's page is up to date by seconds, so that nothing need be written."""
    return attempt.seen_at is not None and clock.now() - attempt.seen_at < SEEN_EVERY


def _stored_fields(attempt: Attempt, slots: tuple[int, ...]) -> list[dict[str, Any]]:
    """What the server holds for these slots, as fields the page can put in."""
    if not slots:
        return []
    asked, stored = asked_in(sheet_of(attempt)), answers_of(attempt.id)
    return [
        {
            "slot": slot,
            "sequence": stored[slot].sequence,
            "flagged": stored[slot].is_flagged,
            "fields": write_fields(
                asked[slot - 1].definition,
                field_name(slot),
                stored[slot].response,
                asked[slot - 1].item.order,
            ),
        }
        for slot in slots
        if slot in stored
    ]


@bp.post("/attempts/<int:attempt_id>/note")
def note(attempt_id: int) -> Response:
    """The page says that its window was left or is back; the answer says what that means."""
    attempt = get_own_attempt(attempt_id, member=current_actor())
    data = request.get_json(silent=True)
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind not in EVIDENCE:
        abort(400)
    if attempt.state != AttemptState.OPEN:
        return jsonify(submitted=True)
    noted = note_leaving(attempt, kind, at=clock.now())
    db.session.commit()
    return jsonify(left=noted.count, limit=noted.limit, submitted=noted.is_over)


@bp.post("/attempts/<int:attempt_id>/submit")
def submit(attempt_id: int) -> Response:
    attempt = get_own_attempt(attempt_id, member=current_actor(), holds=True)
    fields = request.form.to_dict(flat=False)
    read_last = partial(answers_from_form, fields, asked_in(sheet_of(attempt)))
    if submit_attempt(attempt, how=SubmittedBy.MEMBER, at=clock.now(), read_last=read_last):
        db.session.commit()
    return redirect(url_for("quizzes.show_result", attempt_id=attempt_id))


@bp.post("/corrections/<int:correction_id>/see")
def see(correction_id: int) -> Response:
    correction = see_correction(correction_id, by=current_actor(), at=clock.now())
    attempt_id = correction.attempt_id
    db.session.commit()
    return redirect(url_for("quizzes.show_result", attempt_id=attempt_id))


@bp.get("/attempts/<int:attempt_id>/result")
def show_result(attempt_id: int) -> str | Response:
    actor = current_actor()
    attempt = get_attempt(attempt_id, member=actor, action=Action.VIEW)
    if attempt.state == AttemptState.OPEN and not is_over(attempt):
        if attempt.member_id == actor.id:
            return redirect(url_for("quizzes.take", attempt_id=attempt.id))
        raise Conflict(_("这次考试还没有交卷。"))
    return render_template("quizzes/result.html", **review_of(attempt, member=actor).__dict__)
