"""Managing people and units: the operator's pages."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from lms.db import db
from lms.errors import DomainError
from lms.members import actions
from lms.members.forms import GrantForm, MoveForm, PersonForm, UnitForm, UnitNameForm
from lms.members.models import AuditEvent, Member
from lms.members.policy import Action, Actor, Role
from lms.members.queries import (
    get_member,
    get_unit,
    list_grants,
    list_units_with_role,
    search_people,
)
from lms.members.session import current_actor
from lms.members.views import bp
from lms.web.pager import paginate


def unit_choices(actor: Actor) -> list[SelectChoice]:
    """The units that the person operates, indented as the tree is."""
    units = list_units_with_role(actor, Role.OPERATOR)
    return [SelectChoice(unit.id, "　" * unit.depth + unit.name) for unit in units]


@bp.get("/people")
def people() -> str:
    text = request.args.get("q", "").strip()[:60]
    page = paginate(search_people(current_actor(), text=text), size=30, scalars=False)
    return render_template("members/people.html", page=page, text=text)


@bp.route("/people/new", methods=["GET", "POST"])
def new_person() -> str | Response | tuple[str, int]:
    actor, form = current_actor(), PersonForm()
    form.unit_id.choices = unit_choices(actor)
    if form.validate_on_submit():
        try:
            unit = get_unit(form.unit_id.data, member=actor, role=Role.OPERATOR)
            member = actions.create_member(
                number=form.number.data or "", name=form.name.data or "", unit=unit, by=actor
            )
        except DomainError as error:
            db.session.rollback()
            form.number.errors = [*form.number.errors, error.message]
        else:
            code = actions.issue_code(member.id, by=actor)
            db.session.commit()
            flash(_("已添加。激活码：%(code)s，只显示这一次，14 天内有效。", code=code), "ok")
            return redirect(url_for("members.person", member_id=member.id))
    return render_template("members/new_person.html", form=form), 422 if form.errors else 200


@bp.get("/people/<int:member_id>")
def person(member_id: int) -> str:
    actor = current_actor()
    found = get_member(member_id, member=actor, action=Action.OPERATE)
    move, grant = MoveForm(unit_id=found.unit_id), GrantForm(unit_id=found.unit_id)
    move.unit_id.choices = grant.unit_id.choices = unit_choices(actor)
    move.unit_id.id, grant.unit_id.id = "move-unit", "grant-unit"
    grants = list_grants(member_id)
    return render_template(
        "members/person.html", person=found, move_form=move, grant_form=grant, grants=grants
    )


def _back_to(member_id: int, message: str) -> Response:
    db.session.commit()
    flash(message, "ok")
    return redirect(url_for("members.person", member_id=member_id))


@bp.post("/people/<int:member_id>/code")
def issue_code(member_id: int) -> Response:
    actor = current_actor()
    get_member(member_id, member=actor, action=Action.OPERATE)
    code = actions.issue_code(member_id, by=actor)
    return _back_to(member_id, _("新的激活码：%(code)s，只显示这一次，14 天内有效。", code=code))


@bp.post("/people/<int:member_id>/suspend")
def suspend(member_id: int) -> Response:
    actor = current_actor()
    get_member(member_id, member=actor, action=Action.OPERATE)
    is_suspended = request.form.get("suspended") == "1"
    actions.set_suspended(member_id, is_suspended=is_suspended, by=actor)
    return _back_to(member_id, _("账号已停用。") if is_suspended else _("账号已恢复。"))


@bp.post("/people/<int:member_id>/unit")
def move_person(member_id: int) -> Response:
    actor = current_actor()
    get_member(member_id, member=actor, action=Action.OPERATE)
    unit = get_unit(_posted_id("unit_id"), member=actor, role=Role.OPERATOR)
    actions.move_member(member_id, unit=unit, by=actor)
    return _back_to(member_id, _("已调到“%(unit)s”。", unit=unit.name))


def _posted_id(name: str) -> int:
    return request.form.get(name, type=int) or 0


@bp.post("/people/<int:member_id>/roles")
def grant_role(member_id: int) -> Response | tuple[str, int]:
    actor, form = current_actor(), GrantForm()
    get_member(member_id, member=actor, action=Action.OPERATE)
    form.unit_id.choices = unit_choices(actor)
    if not form.validate_on_submit():
        return person(member_id), 422
    unit = get_unit(form.unit_id.data, member=actor, role=Role.OPERATOR)
    actions.grant_role(member_id, unit=unit, role=form.role.data, by=actor)
    return _back_to(member_id, _("角色已授予。"))


@bp.post("/people/<int:member_id>/roles/<int:grant_id>/end")
def end_role(member_id: int, grant_id: int) -> Response:
    actor = current_actor()
    get_member(member_id, member=actor, action=Action.OPERATE)
    actions.end_role(grant_id, member_id=member_id, by=actor)
    return _back_to(member_id, _("角色已收回。"))


@bp.get("/units")
def units() -> str:
    return _units_page(UnitForm())


def _units_page(form: UnitForm) -> str:
    actor = current_actor()
    form.parent_id.choices = unit_choices(actor)
    return render_template(
        "members/units.html", form=form, units=list_units_with_role(actor, Role.OPERATOR)
    )


@bp.post("/units")
def add_unit() -> Response | tuple[str, int]:
    actor, form = current_actor(), UnitForm()
    form.parent_id.choices = unit_choices(actor)
    if form.validate_on_submit():
        try:
            parent = get_unit(form.parent_id.data, member=actor, role=Role.OPERATOR)
            actions.create_unit(
                name=form.name.data or "", code=form.code.data or "", parent=parent, by=actor
            )
        except DomainError as error:
            db.session.rollback()
            form.code.errors = [*form.code.errors, error.message]
        else:
            db.session.commit()
            flash(_("单位已添加。"), "ok")
            return redirect(url_for("members.units"))
    return _units_page(form), 422


@bp.post("/units/<int:unit_id>/name")
def rename_unit(unit_id: int) -> Response:
    actor, form = current_actor(), UnitNameForm()
    unit = get_unit(unit_id, member=actor, role=Role.OPERATOR)
    if form.validate_on_submit():
        actions.rename_unit(unit, name=form.name.data or "", by=actor)
        db.session.commit()
        flash(_("单位名称已修改。"), "ok")
    else:
        flash(_("名称不能为空，也不能超过 120 个字。"), "bad")
    return redirect(url_for("members.units"))


@bp.get("/audit")
def audit_trail() -> str:
    mine = select(Member.id).where(
        Member.id.in_(select(search_people(current_actor()).subquery().c.id))
    )
    query = (
        select(AuditEvent, Member)
        .outerjoin(Member, Member.id == AuditEvent.member_id)
        .where(AuditEvent.member_id.is_(None) | AuditEvent.member_id.in_(mine))
        .order_by(AuditEvent.id.desc())
    )
    return render_template("members/audit.html", page=paginate(query, size=50, scalars=False))
