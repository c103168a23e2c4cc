"""Questions about the record, their answers, and corrections by a manager."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.members.policy import Action
from lms.members.queries import get_member
from lms.members.session import current_actor
from lms.study import actions, words
from lms.study.blueprint import bp
from lms.study.forms import AdjustmentForm, AnswerForm, AskForm, ReasonForm
from lms.study.months import Month
from lms.study.offline_models import EventState
from lms.study.offline_queries import describe_events, events_of
from lms.study.question_actions import answer, ask
from lms.study.question_queries import get_entry, get_query, list_queries


@bp.post("/entries/<int:entry_id>/ask")
def ask_about(entry_id: int) -> Response:
    """A member asks about a line of their record or about one stretch of it."""
    actor, form = current_actor(), AskForm()
    entry = get_entry(entry_id, member=actor, action=Action.VIEW)
    if not form.validate_on_submit():
        raise Invalid(_("请写下你的疑问，不超过 500 字。"))
    ask(entry, text=form.text.data or "", stretch=form.stretch.data or 0, by=actor)
    month = Month.of(entry.day_on)
    db.session.commit()
    flash(_("已提交，管理人员答复后会显示在这条记录下面。"), "ok")
    anchor = f"line-{entry_id}"
    return redirect(url_for("study.index", month=month, line=entry_id, _anchor=anchor))


@bp.get("/waiting")
def waiting() -> str:
    """What waits for a manager: questions to answer, events to approve."""
    actor = current_actor()
    events = db.session.scalars(events_of(actor, EventState.WAITING).limit(100)).all()
    return render_template(
        "study/waiting.html",
        queries=list_queries(actor),
        events=describe_events(events),
        form=AnswerForm(),
        words=words,
    )


@bp.post("/queries/<int:query_id>")
def answer_query(query_id: int) -> Response:
    """Answer a question; credit given with it becomes an adjustment."""
    actor, form = current_actor(), AnswerForm()
    query = get_query(query_id, member=actor)
    if not form.validate_on_submit():
        raise Invalid(_("请写下答复；补记的学时应在 0 到 24 之间。"))
    answer(query, answer=form.answer.data or "", credit=form.credit.data, by=actor)
    db.session.commit()
    flash(_("已答复。"), "ok")
    return redirect(url_for("study.waiting"))


@bp.post("/entries/<int:entry_id>/reverse")
def reverse_entry(entry_id: int) -> Response:
    """Take a line back by one that cancels it."""
    actor, form = current_actor(), ReasonForm()
    entry = get_entry(entry_id, member=actor, action=Action.SUPERVISE)
    if not form.validate_on_submit():
        raise Invalid(_("请写明冲销的原因。"))
    member_id, month = entry.member_id, Month.of(entry.day_on)
    actions.reverse(entry, reason=form.reason.data or "", by=actor)
    db.session.commit()
    flash(_("已冲销，原记录和冲销记录都会保留。"), "ok")
    return redirect(url_for("study.member", member_id=member_id, month=month))


@bp.route("/members/<int:member_id>/adjust", methods=["GET", "POST"])
def adjust_member(member_id: int) -> str | Response:
    """Add or take credit, with a reason."""
    actor, form = current_actor(), AdjustmentForm()
    person = get_member(member_id, member=actor, action=Action.SUPERVISE)
    if form.validate_on_submit():
        actions.adjust(
            member_id=person.id,
            day=form.day.data,
            title=form.title.data or "",
            credit=form.credit.data,
            reason=form.reason.data or "",
            is_required=form.is_required.data,
            by=actor,
        )
        db.session.commit()
        flash(_("已记入，经手人和原因会一起显示。"), "ok")
        month = Month.of(form.day.data)
        return redirect(url_for("study.member", member_id=person.id, month=month))
    return render_template("study/adjust.html", form=form, person=person)
