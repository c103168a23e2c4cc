"""Pages of offline hours: recording an event, approving it, the list of events."""

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid, NotFound
from lms.files.actions import take_upload
from lms.files.delivery import url_for_blob
from lms.members.policy import Actor, Role
from lms.members.queries import get_unit, list_units_with_role
from lms.members.session import current_actor
from lms.study import attendees, words
from lms.study.blueprint import bp
from lms.study.forms import EVENT_KINDS, DecisionForm, EventForm
from lms.study.offline_actions import (
    NewEvent,
    approve_event,
    cancel_event,
    record_event,
    refuse_event,
)
from lms.study.offline_models import EventState
from lms.study.offline_queries import (
    describe_events,
    events_of,
    get_event,
    list_supervised,
    view_event,
)
from lms.web.pager import paginate
from lms.web.settings import settings

EVIDENCE = ("image/", "application/pdf")
MOST_EVIDENCE = 20
DECISIONS = {"approve": approve_event, "refuse": refuse_event, "cancel": cancel_event}


@bp.get("/offline")
def events() -> str:
    """The events of the person's units."""
    wanted = request.args.get("state", "")
    state = EventState(wanted) if wanted in list(EventState) else None
    page = paginate(events_of(current_actor(), state))
    return render_template(
        "study/events.html",
        page=page,
        rows=describe_events(page.items),
        wanted=wanted,
        states=words.EVENT_STATES,
        kinds=event_kinds(),
    )


@bp.route("/offline/new", methods=["GET", "POST"])
def new_event() -> str | Response:
    """Record an event; bad rows in the list of attendees are named and nothing is saved."""
    actor, form = current_actor(), EventForm()
    units = list_units_with_role(actor, Role.MANAGER)
    form.unit_id.choices = [(unit.id, unit.name) for unit in units]
    matched = None
    if form.validate_on_submit():
        matched = attendees.match(
            attendees.read_rows(form.attendees.data or ""), list_supervised(actor)
        )
        if not matched.bad or form.leave_out.data:
            event = _record(form, actor, matched)
            db.session.commit()
            flash(_saved(event.state), "ok")
            return redirect(url_for("study.event", event_id=event.id))
    status = 422 if form.is_submitted() else 200
    return render_template(
        "study/event_form.html", form=form, matched=matched, problems=words.ROW_PROBLEMS
    ), status  # type: ignore[return-value]


@bp.get("/offline/<int:event_id>")
def event(event_id: int) -> str:
    """One event with everybody who was there."""
    actor = current_actor()
    found = get_event(event_id, member=actor)
    view = view_event(found)
    return render_template(
        "study/event.html",
        view=view,
        event=found,
        files=[(blob.name, url_for_blob(blob, actor)) for blob in view.evidence],
        form=DecisionForm(),
        states=words.EVENT_STATES,
        kinds=event_kinds(),
        may_approve=found.state is EventState.WAITING and found.created_by_id != actor.id,
    )


@bp.post("/offline/<int:event_id>/<decision>")
def decide_event(event_id: int, decision: str) -> Response:
    """Approve, refuse or cancel an event."""
    actor, form = current_actor(), DecisionForm()
    found = get_event(event_id, member=actor)
    if decision not in DECISIONS:
        raise NotFound(_("没有这个操作。"))
    if not form.validate_on_submit():
        raise Invalid(_("说明太长了。"))
    DECISIONS[decision](found, by=actor, note=form.note.data or "")
    db.session.commit()
    flash(_("已处理。"), "ok")
    return redirect(url_for("study.event", event_id=event_id))


def event_kinds() -> dict[str, object]:
    """The kinds of events by their code."""
    return {choice.value: choice.label for choice in EVENT_KINDS}


def _record(form: EventForm, actor: Actor, matched: attendees.Matched):  # type: ignore[no-untyped-def]
    unit = get_unit(form.unit_id.data, member=actor, role=Role.MANAGER)
    new = NewEvent(
        title=form.title.data,
        kind=form.kind.data,
        started_at=_moment(form.started_at.data),
        ended_at=_moment(form.ended_at.data),
        place=form.place.data or "",
        host=form.host.data or "",
        note=form.note.data or "",
        is_required=form.is_required.data,
    )
    tokens = request.form.getlist("evidence")[:MOST_EVIDENCE]
    blobs = {take_upload(token, by=actor, kinds=EVIDENCE).id for token in tokens}
    ids = [person.id for person in matched.people]
    return record_event(new, unit=unit, member_ids=ids, blob_ids=sorted(blobs), by=actor)


def _moment(local: datetime) -> datetime:
    return local.replace(tzinfo=settings().zone)


def _saved(state: EventState) -> str:
    if state is EventState.WAITING:
        return _("已登记，等另一位管理人员审核后计入学时。")
    return _("已登记，学时已计入参加人员的记录。")
