"""The pages of programmes: for learners, and for the administrators who put them together."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.courses import programme_actions as actions
from lms.courses.author_views import unit_choices
from lms.courses.forms import ProgrammeForm, step_of
from lms.courses.models import Programme
from lms.courses.programme_queries import (
    authored_programmes,
    get_place,
    get_programme,
    list_addable,
    list_open_programmes,
    list_places,
    may_edit_programme,
    programme_problems,
    view_programmes,
)
from lms.courses.queries import get_course
from lms.courses.views import bp
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.policy import Action, Role
from lms.members.session import current_actor
from lms.web.pager import paginate


@bp.get("/programmes")
def programmes() -> str:
    actor = current_actor()
    return render_template(
        "courses/programmes.html",
        views=list_open_programmes(actor),
        is_author=actor.has(Role.ADMINISTRATOR),
    )


@bp.get("/programmes/<int:programme_id>")
def programme(programme_id: int) -> str:
    actor = current_actor()
    found = get_programme(programme_id, member=actor)
    return render_template(
        "courses/programme.html",
        view=view_programmes([found], member=actor)[0],
        can_edit=may_edit_programme(found, member=actor),
    )


@bp.get("/programmes/manage")
def manage_programmes() -> str:
    page = paginate(authored_programmes(current_actor()), size=20, scalars=False)
    return render_template("courses/programme_manage.html", page=page)


@bp.route("/programmes/new", methods=["GET", "POST"])
def new_programme() -> str | Response | tuple[str, int]:
    actor, form = current_actor(), ProgrammeForm()
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    if form.validate_on_submit():
        made = actions.create_programme(by=actor, **_values(form))
        return _saved(made.id, _("专题已创建。接下来把课程加进来。"))
    page = render_template("courses/programme_new.html", form=form)
    return page, 422 if form.errors else 200


def _values(form: ProgrammeForm) -> dict[str, Any]:
    names = ("title", "summary", "due_on", "unit_id", "audience_unit_id")
    return {name: form[name].data for name in names}


def _saved(programme_id: int, message: str) -> Response:
    db.session.commit()
    flash(message, "ok")
    return redirect(url_for("courses.edit_programme", programme_id=programme_id))


def _editable(programme_id: int) -> Programme:
    return get_programme(programme_id, member=current_actor(), action=Action.EDIT)


@bp.route("/programmes/<int:programme_id>/edit", methods=["GET", "POST"])
def edit_programme(programme_id: int) -> str | Response | tuple[str, int]:
    actor, found = current_actor(), _editable(programme_id)
    form = ProgrammeForm(obj=found)
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    problem, status = "", 200
    if form.validate_on_submit():
        try:
            values = _values(form)
            actions.change_programme(found, by=actor, revision=form.revision.data, **values)
            return _saved(programme_id, _("已保存。"))
        except (Conflict, Invalid) as error:
            db.session.rollback()
            problem, status = error.message, error.status
            form.revision.raw_data, form.revision.data = None, found.revision
    page = render_template(
        "courses/programme_edit.html",
        programme=found,
        form=form,
        problem=problem,
        places=list_places(found),
        addable=list_addable(found, member=actor),
        problems=programme_problems(found),
    )
    return page, 422 if form.errors else status


@bp.post("/programmes/<int:programme_id>/courses")
def add_to_programme(programme_id: int) -> Response:
    found = _editable(programme_id)
    course = get_course(request.form.get("course_id", 0, type=int), member=current_actor())
    actions.add_course(found, course)
    return _saved(programme_id, _("已加入《%(title)s》。", title=course.title))


@bp.post("/programmes/places/<int:place_id>/move")
def move_in_programme(place_id: int) -> Response:
    place = get_place(place_id, member=current_actor())
    actions.move_course(place, step=step_of(request.form))
    return _saved(place.programme_id, _("顺序已调整。"))


@bp.post("/programmes/places/<int:place_id>/required")
def require_in_programme(place_id: int) -> Response:
    place = get_place(place_id, member=current_actor())
    actions.set_required(place, is_required=request.form.get("required") == "1")
    return _saved(place.programme_id, _("已保存。"))


@bp.post("/programmes/places/<int:place_id>/remove")
def remove_from_programme(place_id: int) -> Response:
    place = get_place(place_id, member=current_actor())
    programme_id = place.programme_id
    actions.remove_course(place)
    return _saved(programme_id, _("已移出专题，课程本身没有改动。"))


@bp.post("/programmes/<int:programme_id>/publish")
def publish_programme(programme_id: int) -> Response:
    actions.publish_programme(_editable(programme_id), by=current_actor())
    return _saved(programme_id, _("专题已发布。"))


@bp.post("/programmes/<int:programme_id>/withdraw")
def withdraw_programme(programme_id: int) -> Response:
    actions.withdraw_programme(_editable(programme_id), by=current_actor())
    return _saved(programme_id, _("专题已撤回为草稿，里面的课程没有改动。"))
