"""The page of who may take a paper, and who gets more time or attempts."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Invalid
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor, Role, covers
from lms.members.queries import get_unit, list_units_with_role
from lms.members.session import current_actor
from lms.quizzes.condition_queries import get_condition, list_choices, list_conditions
from lms.quizzes.forms import AllowanceForm, ConditionForm, options
from lms.quizzes.models import Paper
from lms.quizzes.paper_queries import get_allowance, get_paper, list_allowances
from lms.quizzes.participation_actions import (
    add_condition,
    allow_more,
    allow_people,
    drop_allowance,
    drop_condition,
)
from lms.quizzes.views import bp


def own_paper(paper_id: int) -> tuple[Paper, Actor]:
    """A paper that the person may change, and the person."""
    actor = current_actor()
    return get_paper(paper_id, member=actor, action=Action.EDIT), actor


def _page(paper: Paper, actor: Actor, **forms: Any) -> str:
    audience = db.session.get_one(OrgUnit, paper.audience_unit_id)
    condition: ConditionForm = forms.get("condition") or ConditionForm(formdata=None)
    allowance: AllowanceForm = forms.get("allowance") or AllowanceForm(formdata=None)
    _fill(condition, allowance, audience, actor)
    return render_template(
        "quizzes/participation.html",
        paper=paper,
        audience=audience,
        conditions=list_conditions(paper),
        allowances=list_allowances(paper),
        condition=condition,
        allowance=allowance,
    )


def _fill(
    condition: ConditionForm, allowance: AllowanceForm, audience: OrgUnit, actor: Actor
) -> None:
    courses, programmes = list_choices(actor)
    named = [(each.value, _("课程：%(title)s", title=each.title)) for each in courses]
    named += [(each.value, _("专题：%(title)s", title=each.title)) for each in programmes]
    condition.subject.choices = options([("", _("请选择")), *named])
    units = [
        (unit.id, "　" * unit.depth + unit.name)
        for unit in list_units_with_role(actor, Role.ADMINISTRATOR)
        if covers(audience.path, unit.path)
    ]
    allowance.unit_id.choices = options([(0, _("（不按单位）")), *units])


def _back(paper_id: int) -> Response:
    return redirect(url_for("quizzes.participation", paper_id=paper_id))


@bp.get("/papers/<int:paper_id>/participation")
def participation(paper_id: int) -> str:
    return _page(*own_paper(paper_id))


@bp.post("/papers/<int:paper_id>/conditions")
def new_condition(paper_id: int) -> Response:
    paper, actor = own_paper(paper_id)
    needs_completion = request.form.get("needs") != "begun"
    subject = request.form.get("subject", "")
    add_condition(paper, subject, needs_completion=needs_completion, by=actor)
    db.session.commit()
    flash(_("条件已加上。"), "ok")
    return _back(paper_id)


@bp.post("/conditions/<int:condition_id>/drop")
def remove_condition(condition_id: int) -> Response:
    actor = current_actor()
    paper, condition = get_condition(condition_id, member=actor)
    drop_condition(paper, condition, by=actor)
    paper_id = paper.id
    db.session.commit()
    return _back(paper_id)


@bp.post("/papers/<int:paper_id>/allowances")
def new_allowance(paper_id: int) -> Response | tuple[str, int]:
    paper, actor = own_paper(paper_id)
    form = AllowanceForm()
    _fill(
        ConditionForm(formdata=None),
        form,
        db.session.get_one(OrgUnit, paper.audience_unit_id),
        actor,
    )
    if not form.validate_on_submit():
        return _page(paper, actor, allowance=form), 422
    more = {
        "seconds": 60 * (form.minutes.data or 0),
        "attempts": form.attempts.data or 0,
        "reason": form.reason.data or "",
    }
    try:
        count = _allow(paper, form, actor, more)
    except Invalid as error:
        form.numbers.errors = (error.message,)
        return _page(paper, actor, allowance=form), 422
    db.session.commit()
    flash(_("已为 %(count)d 个人或单位加上。", count=count), "ok")
    return _back(paper_id)


def _allow(paper: Paper, form: AllowanceForm, actor: Actor, more: dict[str, Any]) -> int:
    count = 0
    if form.numbers.data:
        count += allow_people(paper, form.numbers.data, by=actor, **more)
    if form.unit_id.data:
        unit = get_unit(form.unit_id.data, member=actor, role=Role.ADMINISTRATOR)
        allow_more(paper, unit_id=unit.id, by=actor, **more)
        count += 1
    if not count:
        raise Invalid(_("写上人员编号，或者选一个单位。"))
    return count


@bp.post("/allowances/<int:allowance_id>/drop")
def remove_allowance(allowance_id: int) -> Response:
    actor = current_actor()
    paper, allowance = get_allowance(allowance_id, member=actor)
    drop_allowance(paper, allowance, by=actor)
    paper_id = paper.id
    db.session.commit()
    return _back(paper_id)
