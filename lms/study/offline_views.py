"""Pages of offline hours: recording an event, approving it, the list of events."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid, NotFound
from lms.files.actions import take_upload
from lms.files.delivery import url_for_blob
from lms.files.models import Upload
from lms.files.queries import get_upload
from lms.members.policy import Actor, Role
from lms.members.queries import get_unit, list_units_with_role
from lms.members.session import current_actor
from lms.study import attendees, words
from lms.study.attendee_file import MOST_BYTES, UnreadableList, read_list
from lms.study.attendees import MOST_ROWS
from lms.study.blueprint import bp
from lms.study.forms import EVENT_KINDS, DecisionForm, EventForm
from lms.study.offline_actions import (
    NewEvent,
    approve_event,
    cancel_event,
    record_event,
    refuse_event,
)
from lms.study.offline_models import EventState, OfflineEvent
from lms.study.offline_queries import (
    describe_events,
    events_of,
    find_supervised,
    get_event,
    list_supervised,
    search_supervised,
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


@bp.get("/offline/people")
def find_people() -> Response:
    """The person's own people by number, name or unit, for the picker."""
    found = search_supervised(current_actor(), request.args.get("q", "")[:60])
    return jsonify(people=[asdict(one) for one in found])


@bp.route("/offline/new", methods=["GET", "POST"])
def new_event() -> str | Response:
    """Record an event; bad rows in the list of attendees are named and nothing is saved."""
    actor, form = current_actor(), EventForm()
    units = list_units_with_role(actor, Role.MANAGER)
    form.unit_id.choices = [(unit.id, unit.name) for unit in units]
    matched = None
    is_searching = "find" in request.form
    if form.is_submitted():
        _take_file(form)
    picked = find_supervised(actor, request.form.getlist("member", type=int)[:MOST_ROWS])
    if not is_searching and form.validate_on_submit():
        matched = _match(form, actor)
        ids = {one.id for one in (*picked, *matched.people)}
        if not matched.bad or form.leave_out.data:
            try:
                event = _record(form, actor, sorted(ids))
            except Invalid as error:
                db.session.rollback()
                form.form_errors.append(error.message)
            else:
                db.session.commit()
                flash(_saved(event.state), "ok")
                return redirect(url_for("study.event", event_id=event.id))
    status = 422 if form.is_submitted() and not is_searching else 200
    chosen = {one.id for one in picked}
    found = search_supervised(actor, form.find_text.data or "") if is_searching else []
    return render_template(
        "study/event_form.html",
        form=form,
        matched=matched,
        problems=words.ROW_PROBLEMS,
        picked=picked,
        found=[one for one in found if one.id not in chosen],
        is_searching=is_searching,
        evidence=_kept_evidence(actor),
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


def _take_file(form: EventForm) -> None:
    """Put the rows of an uploaded list into the box, where they can be mended."""
    if not form.file.data:
        return
    db.session.rollback()  # reading is slow: nothing is held meanwhile
    try:
        rows = read_list(form.file.data.read(MOST_BYTES + 1))
    except UnreadableList:
        form.file.process_errors.append(
            _("这个文件读不出名单，请用 .xlsx 或 .csv，一行一人，不超过 5000 行。")
        )
        return
    form.attendees.data = attendees.join(form.attendees.data or "", rows)


def _match(form: EventForm, actor: Actor) -> attendees.Matched:
    rows = attendees.read_rows(form.attendees.data or "")
    return attendees.match(rows, list_supervised(actor) if rows else [])


def _kept_evidence(actor: Actor) -> list[Upload]:
    """What was uploaded before the form came back."""
    kept = []
    for token in request.form.getlist("evidence")[:MOST_EVIDENCE]:
        with suppress(NotFound):
            kept.append(get_upload(token, member=actor))
    return kept


def _record(form: EventForm, actor: Actor, member_ids: Sequence[int]) -> OfflineEvent:
    unit = get_unit(form.unit_id.data, member=actor, role=Role.MANAGER)
    new = NewEvent(
        title=form.title.data or "",
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
    return record_event(new, unit=unit, member_ids=member_ids, blob_ids=sorted(blobs), by=actor)


def _moment(local: datetime) -> datetime:
    return local.replace(tzinfo=settings().zone)


def _saved(state: EventState) -> str:
    if state is EventState.WAITING:
        return _("已登记，等另一位管理人员审核后计入学时。")
    return _("已登记，学时已计入参加人员的记录。")
