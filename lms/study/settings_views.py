"""Pages of what is asked and what is credited: requirements, exemptions, rules, closings."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from lms.db import db
from lms.errors import Invalid, NotFound
from lms.members.policy import Action, Actor, Role
from lms.members.queries import (
    find_member_by_number,
    get_member,
    get_unit,
    list_units_with_role,
)
from lms.members.session import current_actor
from lms.study import rule_actions, words
from lms.study.blueprint import bp
from lms.study.closing_actions import close_month
from lms.study.credit import PRESETS, Rules, from_data
from lms.study.forms import ExemptionForm, RequirementForm, RuleForm
from lms.study.months import Month
from lms.study.offline_actions import NEEDS_APPROVAL, POINTS, is_on, switch
from lms.study.queries import this_month, today
from lms.study.requirement_actions import end_exemption, grant_exemption, publish_requirement
from lms.study.requirement_queries import get_exemption, list_exemptions, list_requirements
from lms.study.requirements import ANNUAL_PRESETS, CarryOver
from lms.study.rule_preview import preview

EVERYBODY = ""
TIER_FIELDS = ("length_tiers", "reflection_tiers")
CAP_FIELDS = ("item_credit_cap", "day_credit_cap", "month_credit_cap")
PLAIN_FIELDS = ("minutes_per_credit", "earning", "needs_test", "test_credit", "chars_per_minute")
LIMIT_FIELDS = ("text_factor", "media_factor", "max_rate", "day_minutes_cap")


@bp.route("/requirements", methods=["GET", "POST"])
def requirements() -> Any:
    """What is asked of whom, version by version, and a form for a new version."""
    actor, form = current_actor(), RequirementForm()
    units = list_units_with_role(actor, Role.MANAGER)
    form.unit_id.choices = [(unit.id, "　" * unit.depth + unit.name) for unit in units]
    form.role.choices = [SelectChoice(EVERYBODY, _("所有人"))] + [
        SelectChoice(role.value, label) for role, label in words.ROLES.items()
    ]
    if form.validate_on_submit():
        _publish(form, actor)
        db.session.commit()
        flash(_("已发布，从所选月份起生效；已结账的月份不受影响。"), "ok")
        return redirect(url_for("study.requirements"))
    if not form.is_submitted():
        form.since.data = str(this_month())
    return render_template(
        "study/requirements.html",
        form=form,
        rows=list_requirements(actor),
        presets=ANNUAL_PRESETS,
        words=words,
    ), (422 if form.is_submitted() else 200)


@bp.route("/members/<int:member_id>/exemptions", methods=["GET", "POST"])
def exemptions(member_id: int) -> Any:
    """A member's exemptions and a form for a new one."""
    actor, form = current_actor(), ExemptionForm()
    person = get_member(member_id, member=actor, action=Action.SUPERVISE)
    if form.validate_on_submit():
        grant_exemption(
            member_id=person.id,
            kind=form.kind.data,
            since_on=form.since_on.data,
            until_on=form.until_on.data,
            reason=form.reason.data or "",
            by=actor,
        )
        db.session.commit()
        flash(_("已登记免学。"), "ok")
        return redirect(url_for("study.exemptions", member_id=person.id))
    rows = list_exemptions(person.id)
    return render_template(
        "study/exemptions.html", form=form, person=person, rows=rows, words=words
    ), (422 if form.is_submitted() else 200)


@bp.post("/exemptions/<int:exemption_id>/end")
def end(exemption_id: int) -> Response:
    """Withdraw an exemption."""
    actor = current_actor()
    exemption = get_exemption(exemption_id, member=actor)
    end_exemption(exemption, by=actor)
    member_id = exemption.member_id
    db.session.commit()
    flash(_("已撤销。"), "ok")
    return redirect(url_for("study.exemptions", member_id=member_id))


@bp.post("/unit/<int:unit_id>/close")
def close_unit_month(unit_id: int) -> Response:
    """Close a month of a unit and all below."""
    actor = current_actor()
    unit = get_unit(unit_id, member=actor, role=Role.MANAGER)
    month = read_month(request.form.get("month", ""))
    close_month(unit, month, by=actor)
    db.session.commit()
    flash(_("已结账。以后的更正会单独标出。"), "ok")
    return redirect(url_for("study.unit", unit=unit_id, month=month))


@bp.route("/rules", methods=["GET", "POST"])
def rules() -> Any:
    """The credit rules: what holds, a form for the next version, and its effect on past study."""
    actor, form = current_actor(), RuleForm()
    shown, effect = None, None
    if form.validate_on_submit():
        shown = _read_rules(form)
        if "publish" in request.form:
            rule_actions.publish_rules(
                shown,
                name=form.name.data or "",
                effective_on=form.effective_on.data,
                by=actor,
                note=form.note.data or "",
            )
            db.session.commit()
            flash(_("新规则已发布。"), "ok")
            return redirect(url_for("study.rules"))
        effect = preview(shown, today=today())
    versions = rule_actions.list_rules()
    if not form.is_submitted():
        preset = request.args.get("preset", "")
        newest = from_data(versions[0].data) if versions else Rules()
        _fill(form, PRESETS.get(preset, newest))
        form.effective_on.data = today()
    return render_template(
        "study/rules.html",
        form=form,
        versions=versions,
        effect=effect,
        today=today(),
        is_on={NEEDS_APPROVAL: is_on(NEEDS_APPROVAL), POINTS: is_on(POINTS)},
        words=words,
    ), (422 if form.is_submitted() and effect is None else 200)


@bp.post("/settings/<name>")
def switch_setting(name: str) -> Response:
    """Switch one of the organisation's choices."""
    switch(name, request.form.get("on") == "yes", by=current_actor())
    db.session.commit()
    flash(_("已保存。"), "ok")
    return redirect(url_for("study.rules"))


def read_month(text: str) -> Month:
    """A month as a form sends it; raises NotFound for nonsense."""
    try:
        return Month.parse(text.strip())
    except ValueError as error:
        raise NotFound(_("没有这个月份。")) from error


def _publish(form: RequirementForm, actor: Actor) -> None:
    number, member_id = (form.number.data or "").strip(), None
    unit = get_unit(form.unit_id.data, member=actor, role=Role.MANAGER)
    if number:
        found = find_member_by_number(number)
        if found is None:
            raise Invalid(_("没有找到工号 %(number)s。", number=number))
        member_id = get_member(found.id, member=actor, action=Action.SUPERVISE).id
    publish_requirement(
        unit=unit,
        since=read_month(form.since.data or ""),
        month_hours=form.month_hours.data,
        year_hours=form.year_hours.data,
        required_part_hours=form.required_part_hours.data,
        carry_over=CarryOver(form.carry_over.data),
        role=Role(form.role.data) if form.role.data else None,
        member_id=member_id,
        note=form.note.data or "",
        by=actor,
    )


def _read_rules(form: RuleForm) -> Rules:
    data: dict[str, Any] = {name: form[name].data for name in (*PLAIN_FIELDS, *CAP_FIELDS)}
    data |= {name: form[name].data for name in LIMIT_FIELDS if form[name].data is not None}
    for name in TIER_FIELDS:
        data[name] = _read_tiers(form[name].data or "")
    try:
        return from_data({key: str(v) if isinstance(v, Decimal) else v for key, v in data.items()})
    except ValueError as error:
        raise Invalid(_("规则里有不合理的数值，请检查后再试。")) from error


def _read_tiers(text: str) -> list[tuple[str, str]]:
    tiers = []
    for line in filter(None, map(str.strip, text.splitlines())):
        least, equals, credit = line.replace("＝", "=").partition("=")
        try:
            tiers.append((str(Decimal(least.strip())), str(Decimal(credit.strip()))))
        except InvalidOperation as error:
            raise Invalid(_("分档“%(line)s”应写成“30 = 1”这样。", line=line[:40])) from error
        if not equals:
            raise Invalid(_("分档“%(line)s”应写成“30 = 1”这样。", line=line[:40]))
    return tiers


def _fill(form: RuleForm, rules: Rules) -> None:
    for name in (*PLAIN_FIELDS, *CAP_FIELDS, *LIMIT_FIELDS):
        form[name].data = getattr(rules, name)
    for name in TIER_FIELDS:
        lines = [f"{least:f} = {credit:f}" for least, credit in getattr(rules, name)]
        form[name].data = "\n".join(lines)
