"""Building papers: the list, the settings, sections with fixed questions and rules, publishing."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.courses.actions import lesson_changed
from lms.courses.queries import get_lesson
from lms.db import db
from lms.errors import Invalid
from lms.members.policy import Action, Actor, Role
from lms.members.queries import list_units_with_role
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.attempt_queries import count_by_state
from lms.quizzes.bank_queries import (
    get_bank,
    list_banks,
    list_categories,
    list_tags,
    select_questions,
)
from lms.quizzes.bank_views import filter_of_request, unit_choices
from lms.quizzes.definition import Kind
from lms.quizzes.drawing import missing_questions
from lms.quizzes.editor import decimal_of
from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.forms import LessonForm, PaperForm, RuleForm, SectionForm, options
from lms.quizzes.models import Bank, Paper, Question
from lms.quizzes.paper_actions import (
    DrawRule,
    add_questions_to,
    add_rule_to,
    add_section,
    change_paper,
    change_section,
    check_rule_bank,
    create_paper,
    editable_question,
    hash_paper_password,
    move_entry,
    paper_problems,
    publish_paper,
    remove_entry,
    remove_section,
    set_points,
    withdraw_paper,
)
from lms.quizzes.paper_queries import (
    get_entry,
    get_paper,
    get_section,
    list_editable_papers,
    plan_of,
    size_of,
    sizes_of,
)
from lms.quizzes.views import bp
from lms.web.pager import paginate
from lms.web.settings import settings


@bp.get("/papers")
def papers() -> str:
    found = list_editable_papers(current_actor())
    return render_template("quizzes/papers.html", papers=found, sizes=sizes_of(found))


@bp.route("/papers/new", methods=["GET", "POST"])
def new_paper() -> str | Response | tuple[str, int]:
    actor, form = current_actor(), PaperForm()
    choices = unit_choices(actor)
    form.audience_unit_id.choices = options(choices)
    if form.validate_on_submit():
        columns = form.columns(settings().zone) | _password(form)
        paper = create_paper(unit_id=columns["audience_unit_id"], by=actor, **columns)
        db.session.commit()
        return redirect(url_for("quizzes.edit_paper", paper_id=paper.id))
    page = render_template("quizzes/paper_settings.html", form=form, paper=None)
    return page, 422 if form.errors else 200


def _password(form: PaperForm) -> dict[str, Any]:
    """The hashed password when one was typed; hashing is slow, so no transaction is open."""
    if not form.password.data:
        return {}
    db.session.rollback()
    return {"password_hash": hash_paper_password(form.password.data)}


@bp.route("/papers/<int:paper_id>/settings", methods=["GET", "POST"])
def paper_settings(paper_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    paper = get_paper(paper_id, member=actor, action=Action.EDIT)
    form = PaperForm(data=_form_data(paper))
    form.audience_unit_id.choices = options(unit_choices(actor))
    if form.validate_on_submit():
        columns = form.columns(settings().zone) | _password(form)
        if request.form.get("drop_password"):
            columns["password_hash"] = None
        paper = get_paper(paper_id, member=actor, action=Action.EDIT)
        change_paper(paper, by=actor, **columns)
        db.session.commit()
        flash(_("设置已保存。"), "ok")
        return redirect(url_for("quizzes.edit_paper", paper_id=paper.id))
    page = render_template("quizzes/paper_settings.html", form=form, paper=paper)
    return page, 422 if form.errors else 200


def _form_data(paper: Paper) -> dict[str, Any]:
    zone = settings().zone
    columns = (
        "title instructions audience_unit_id attempts_allowed method showing shows_after_close "
        "shuffles_options one_at_a_time is_listed marking grace_seconds leave_limit"
    )
    data = {name: getattr(paper, name) for name in columns.split()}
    data["minutes"] = paper.time_limit_seconds // 60 if paper.time_limit_seconds else None
    data["pass_percent"] = paper.pass_fraction * 100
    data["networks"] = " ".join(paper.networks)
    for name in ("opens_at", "closes_at"):
        moment = getattr(paper, name)
        data[name] = moment.astimezone(zone).replace(tzinfo=None) if moment else None
    return data


@bp.get("/papers/<int:paper_id>/edit")
def edit_paper(paper_id: int) -> str:
    paper = get_paper(paper_id, member=current_actor(), action=Action.EDIT)
    entries = [entry for section in paper.sections for entry in section.entries]
    fixed = [entry.question_id for entry in entries if entry.question_id]
    questions = {
        each.id: each for each in db.session.query(Question).filter(Question.id.in_(fixed))
    }
    banks = {
        each.id: each
        for each in db.session.query(Bank).filter(
            Bank.id.in_({entry.bank_id for entry in entries if entry.bank_id})
        )
    }
    plan = plan_of(paper.id)
    return render_template(
        "quizzes/paper_edit.html",
        paper=paper,
        size=size_of(paper),
        questions=questions,
        banks=banks,
        pools=plan.pool_sizes,
        missing=missing_questions(plan.sections),
        problems=paper_problems(paper),
        counts=count_by_state(paper.id),
        words=words,
    )


def _back(paper: Paper) -> Response:
    return redirect(url_for("quizzes.edit_paper", paper_id=paper.id))


@bp.post("/papers/<int:paper_id>/sections")
def new_section(paper_id: int) -> Response:
    paper = get_paper(paper_id, member=current_actor(), action=Action.EDIT)
    add_section(paper)
    db.session.commit()
    return _back(paper)


@bp.route("/sections/<int:section_id>", methods=["GET", "POST"])
def section(section_id: int) -> str | Response | tuple[str, int]:
    paper, found = get_section(section_id, member=current_actor())
    form = SectionForm(obj=found)
    if form.validate_on_submit():
        change_section(
            found,
            title=form.title.data or "",
            instructions=form.instructions.data or "",
            shuffles=form.shuffles.data,
        )
        db.session.commit()
        return _back(paper)
    page = render_template("quizzes/section.html", paper=paper, section=found, form=form)
    return page, 422 if form.errors else 200


@bp.post("/sections/<int:section_id>/remove")
def drop_section(section_id: int) -> Response:
    paper, found = get_section(section_id, member=current_actor())
    remove_section(paper, found)
    db.session.commit()
    return _back(paper)


@bp.route("/sections/<int:section_id>/pick", methods=["GET", "POST"])
def pick_questions(section_id: int) -> str | Response:
    actor = current_actor()
    paper, found = get_section(section_id, member=actor)
    if request.method == "POST":
        ids = request.form.getlist("question", type=int)[:500]
        chosen = [editable_question(each, member=actor) for each in ids]
        add_questions_to(found, chosen, points=_points())
        db.session.commit()
        flash(_("加入了 %(count)d 题。", count=len(chosen)), "ok")
        return _back(paper)
    rows = list_banks(actor)
    bank_id = request.args.get("bank", type=int) or (rows[0].bank.id if rows else None)
    bank = get_bank(bank_id, member=actor) if bank_id else None
    narrowed = filter_of_request()
    query = select_questions(bank.id, narrowed, newest_first=False) if bank else None
    return render_template(
        "quizzes/pick.html",
        paper=paper,
        section=found,
        rows=rows,
        bank=bank,
        narrowed=narrowed,
        page=paginate(query, size=50) if query is not None else None,
        categories=list_categories(bank) if bank else [],
        tags=list_tags(bank) if bank else [],
        words=words,
        chosen={entry.question_id for part in paper.sections for entry in part.entries},
    )


def _points() -> Any:
    try:
        points = decimal_of(request.form.get("points", "1"), _("分值"))
    except BadAnswer as error:
        raise Invalid(str(error)) from error
    if points <= 0 or points != round(points, 4):
        raise Invalid(_("分值要大于 0，最多四位小数。"))
    return points


@bp.route("/sections/<int:section_id>/draw", methods=["GET", "POST"])
def draw_rule(section_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    paper, found = get_section(section_id, member=actor)
    form = rule_form(actor)
    if form.validate_on_submit():
        rule = DrawRule(
            bank_id=form.bank_id.data,
            count=form.count.data or 1,
            category_id=form.category_id.data or None,
            kind=Kind(form.kind.data) if form.kind.data else None,
            tag=form.tag.data or "",
            difficulty_from=form.difficulty_from.data,
            difficulty_to=form.difficulty_to.data,
        )
        check_rule_bank(rule, member=actor)
        add_rule_to(found, rule, points=round(form.points.data, 4))
        db.session.commit()
        return _back(paper)
    page = render_template("quizzes/draw_rule.html", paper=paper, section=found, form=form)
    return page, 422 if form.errors else 200


def rule_form(actor: Actor) -> RuleForm:
    """The form of a drawing rule with what this person can choose from."""
    form = RuleForm()
    rows = list_banks(actor)
    form.bank_id.choices = options(
        (row.bank.id, _("%(title)s（%(count)d 题）", title=row.bank.title, count=row.count))
        for row in rows
    )
    categories: list[tuple[int, str]] = [(0, _("全部分类"))]
    for row in rows:
        for each in list_categories(row.bank):
            categories.append((each.id, f"{row.bank.title}：{each.path}"))
    form.category_id.choices = options(categories)
    kinds = [("", _("全部题型")), *((kind.value, words.KINDS[kind]) for kind in Kind)]
    form.kind.choices = options(kinds)
    levels = options(words.DIFFICULTIES.items())
    form.difficulty_from.choices = form.difficulty_to.choices = levels
    if request.method == "GET":
        form.difficulty_to.data = 5
    return form


@bp.post("/entries/<int:entry_id>/<what>")
def change_entry(entry_id: int, what: str) -> Response:
    paper, entry = get_entry(entry_id, member=current_actor())
    if what == "remove":
        remove_entry(paper, entry)
    elif what in ("up", "down"):
        move_entry(paper, entry, step=-1 if what == "up" else 1)
    elif what == "points":
        set_points(paper, entry, points=_points())
    else:
        raise Invalid(_("没有这种操作。"))
    db.session.commit()
    return _back(paper)


@bp.post("/papers/<int:paper_id>/publish")
def publish(paper_id: int) -> Response:
    actor = current_actor()
    paper = get_paper(paper_id, member=actor, action=Action.EDIT)
    publish_paper(paper, by=actor)
    db.session.commit()
    flash(_("试卷已发布。"), "ok")
    return _back(paper)


@bp.post("/papers/<int:paper_id>/withdraw")
def withdraw(paper_id: int) -> Response:
    actor = current_actor()
    paper = get_paper(paper_id, member=actor, action=Action.EDIT)
    withdraw_paper(paper, by=actor)
    db.session.commit()
    flash(_("试卷已撤回，正在作答的人可以继续。"), "ok")
    return _back(paper)


@bp.route("/lessons/<int:lesson_id>/edit", methods=["GET", "POST"])
def edit_lesson(lesson_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    lesson = get_lesson(lesson_id, member=actor, action=Action.EDIT)
    form = LessonForm(paper_id=lesson.settings.get("paper_id", 0))
    papers = [(paper.id, paper.title) for paper in list_editable_papers(actor)]
    form.paper_id.choices = options([(0, _("（还没有选）")), *papers])
    if form.validate_on_submit():
        if form.paper_id.data:
            get_paper(form.paper_id.data, member=actor, action=Action.EDIT)
        lesson.settings = {**lesson.settings, "paper_id": form.paper_id.data or None}
        lesson_changed(lesson)
        db.session.commit()
        flash(_("已保存。"), "ok")
        return redirect(url_for("quizzes.edit_lesson", lesson_id=lesson.id))
    page = render_template(
        "quizzes/lesson_edit.html",
        lesson=lesson,
        form=form,
        units=list_units_with_role(actor, Role.ADMINISTRATOR),
    )
    return page, 422 if form.errors else 200
