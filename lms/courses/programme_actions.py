"""Changing programmes. Nothing here commits."""

from datetime import date
from typing import Any

from flask_babel import gettext as _

from lms import clock
from lms.courses.actions import check_unit
from lms.courses.models import Course, Programme, ProgrammeCourse
from lms.courses.outline import shifted
from lms.courses.programme_queries import list_places, programme_problems
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.search.outbox import note_changed


def create_programme(
    *,
    title: str,
    unit_id: int,
    audience_unit_id: int,
    by: Actor | None,
    summary: str = "",
    due_on: date | None = None,
) -> Programme:
    """A new draft without courses."""
    check_unit(unit_id, by)
    check_unit(audience_unit_id, by)
    now = clock.now()
    programme = Programme(
        title=title,
        summary=summary,
        due_on=due_on,
        unit_id=unit_id,
        audience_unit_id=audience_unit_id,
        state=ContentState.DRAFT,
        revision=0,
        created_at=now,
        changed_at=now,
    )
    db.session.add(programme)
    _touch(programme)
    _audit("programme.create", programme, by)
    return programme


def change_programme(
    programme: Programme, *, by: Actor | None, revision: int | None = None, **values: Any
) -> None:
    """Set columns of the programme; Conflict when the form is older than the last change."""
    if revision is not None and revision != programme.revision:
        raise Conflict(_("这个专题刚刚被别人修改过，这次没有保存。再保存一次会以你填写的为准。"))
    for name in ("unit_id", "audience_unit_id"):
        if name in values and values[name] != getattr(programme, name):
            check_unit(values[name], by)
    for name, value in values.items():
        setattr(programme, name, value)
    _touch(programme)
    _audit("programme.change", programme, by)


def add_course(programme: Programme, course: Course, *, is_required: bool = True) -> None:
    """Put the course at the end; adding it again changes nothing."""
    places = list_places(programme)
    if any(place.course_id == course.id for place, _course in places):
        return
    place = ProgrammeCourse(
        programme_id=programme.id,
        course_id=course.id,
        position=max((place.position for place, _course in places), default=0) + 1,
        is_required=is_required,
    )
    db.session.add(place)
    _touch(programme)


def remove_course(place: ProgrammeCourse) -> None:
    """Take the course out of the programme; the course and its progress stay."""
    db.session.delete(place)
    _touch(_programme_of(place))


def move_course(place: ProgrammeCourse, *, step: int) -> None:
    """One place up (-1) or down (+1)."""
    programme = _programme_of(place)
    places = [one for one, _course in list_places(programme)]
    for position, one in enumerate(shifted(places, places.index(place), step), start=1):
        one.position = position
    _touch(programme)


def set_required(place: ProgrammeCourse, *, is_required: bool) -> None:
    """Make the course count for completing the programme, or not."""
    place.is_required = is_required
    _touch(_programme_of(place))


def publish_programme(programme: Programme, *, by: Actor | None) -> None:
    """Open the programme to its audience; Invalid with all problems. Again changes nothing."""
    if programme.state == ContentState.PUBLISHED:
        return
    problems = programme_problems(programme)
    if problems:
        raise Invalid(_("专题还不能发布，请先处理下面的问题。"), problems=problems)
    _set_state(programme, ContentState.PUBLISHED, "programme.publish", by)


def withdraw_programme(programme: Programme, *, by: Actor | None) -> None:
    """Take the programme back to a draft; its courses stay as they are."""
    if programme.state != ContentState.DRAFT:
        _set_state(programme, ContentState.DRAFT, "programme.withdraw", by)


def _set_state(programme: Programme, state: ContentState, action: str, by: Actor | None) -> None:
    programme.state = state
    _touch(programme)
    _audit(action, programme, by)


def _programme_of(place: ProgrammeCourse) -> Programme:
    return db.session.get_one(Programme, place.programme_id)


def _touch(programme: Programme) -> None:
    programme.revision += 1
    programme.changed_at = clock.now()
    db.session.flush()
    note_changed("programme", programme.id)


def _audit(action: str, programme: Programme, by: Actor | None) -> None:
    record(action, by=by, subject_kind="programme", subject_id=programme.id)
