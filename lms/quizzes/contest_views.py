"""Contests: the list, the contest's page, the live board, and setting one up."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from lms import clock
from lms.db import db, reading_apart
from lms.errors import NotFound
from lms.members.models import OrgUnit
from lms.members.policy import Action, Role
from lms.members.queries import list_units_below
from lms.members.session import current_actor
from lms.quizzes.bank_views import unit_choices
from lms.quizzes.contest_actions import (
    add_teams,
    change_contest,
    create_contest,
    enter_contest,
    publish_contest,
    remove_team,
    switch_board,
    withdraw_contest,
)
from lms.quizzes.contest_forms import ContestForm, data_of
from lms.quizzes.contest_models import Contest
from lms.quizzes.contest_queries import (
    ContestView,
    contest_problems,
    find_board,
    get_contest,
    list_contests,
    remaining_seconds,
    teams_of,
    view_contest,
)
from lms.quizzes.forms import options
from lms.quizzes.models import Paper
from lms.quizzes.paper_queries import get_paper, list_editable_papers, size_of
from lms.quizzes.results import Window
from lms.quizzes.views import bp, check_network, check_password
from lms.web.settings import settings

CLOCK_LABELS = {Window.BEFORE: _l("距开始"), Window.OPEN: _l("还剩"), Window.AFTER: _l("已结束")}


@bp.get("/contests")
def contests() -> str:
    actor = current_actor()
    return render_template(
        "quizzes/contests.html",
        views=list_contests(actor, at=clock.now()),
        may_write=actor.has(Role.ADMINISTRATOR),
    )


@bp.get("/contests/<int:contest_id>")
def contest(contest_id: int) -> str:
    view = _view(contest_id)
    paper = db.session.get_one(Paper, view.contest.paper_id)
    places = find_board(view.contest, at=clock.now()) if view.sees_board else ()
    return render_template(
        "quizzes/contest.html",
        view=view,
        paper=paper,
        size=size_of(paper),
        place=next((each for each in places if view.team and each.unit_id == view.team.id), None),
        places=places,
    )


def _view(contest_id: int) -> ContestView:
    actor = current_actor()
    found = get_contest(contest_id, member=actor)
    return view_contest(found, member=actor, at=clock.now())


@bp.post("/contests/<int:contest_id>/enter")
def enter(contest_id: int) -> Response:
    actor = current_actor()
    with reading_apart():
        view = _view(contest_id)
        paper = get_paper(view.contest.paper_id, member=actor)
        check_network(paper)
        password_hash = (paper.password_hash or "") if view.is_to_begin else ""
    check_password(password_hash)
    found = get_contest(contest_id, member=actor)
    attempt = enter_contest(found, by=actor, at=clock.now())
    db.session.commit()
    return redirect(url_for("quizzes.take", attempt_id=attempt.id))


def _board(contest_id: int) -> dict[str, Any]:
    """What the board's page and its live part show; NotFound for whom it is not shown to."""
    view = _view(contest_id)
    if not view.sees_board:
        raise NotFound(_("看板没有打开。"))
    return {
        "view": view,
        "contest": view.contest,
        "places": find_board(view.contest, at=clock.now()),
        "size": size_of(db.session.get_one(Paper, view.contest.paper_id)),
        "remaining": remaining_seconds(view.contest),
        "clock_label": CLOCK_LABELS[view.window],
    }


@bp.get("/contests/<int:contest_id>/board")
def contest_board(contest_id: int) -> str:
    return render_template("quizzes/contest_board.html", **_board(contest_id))


@bp.get("/contests/<int:contest_id>/board/live")
def contest_board_live(contest_id: int) -> Response:
    board = _board(contest_id)
    html = render_template("quizzes/_board.html", **board)
    label = str(board["clock_label"])
    reply = jsonify(html=html, label=label, remaining_seconds=board["remaining"])
    reply.headers["Cache-Control"] = "no-store"
    return reply


# Setting one up


def _form(**data: Any) -> ContestForm:
    actor = current_actor()
    form = ContestForm(data=data)
    form.audience_unit_id.choices = options(unit_choices(actor))
    form.paper_id.choices = options(
        (paper.id, paper.title) for paper in list_editable_papers(actor)
    )
    return form


@bp.route("/contests/new", methods=["GET", "POST"])
def new_contest() -> str | Response | tuple[str, int]:
    form = _form()
    if form.validate_on_submit():
        columns = form.columns(settings().zone)
        made = create_contest(unit_id=columns["audience_unit_id"], by=current_actor(), **columns)
        db.session.commit()
        return redirect(url_for("quizzes.edit_contest", contest_id=made.id))
    page = render_template("quizzes/contest_edit.html", form=form, contest=None)
    return page, 422 if form.errors else 200


def _own(contest_id: int) -> Contest:
    return get_contest(contest_id, member=current_actor(), action=Action.EDIT)


@bp.route("/contests/<int:contest_id>/edit", methods=["GET", "POST"])
def edit_contest(contest_id: int) -> str | Response | tuple[str, int]:
    found, zone = _own(contest_id), settings().zone
    form = _form(**data_of(found, zone))
    if form.validate_on_submit():
        change_contest(found, by=current_actor(), **form.columns(zone))
        db.session.commit()
        flash(_("设置已保存。"), "ok")
        return redirect(url_for("quizzes.edit_contest", contest_id=contest_id))
    path = db.session.get_one(OrgUnit, found.audience_unit_id).path
    page = render_template(
        "quizzes/contest_edit.html",
        form=form,
        contest=found,
        teams=teams_of(found.id),
        units=list_units_below(path),
        problems=contest_problems(found),
        paper=db.session.get_one(Paper, found.paper_id),
    )
    return page, 422 if form.errors else 200


@bp.post("/contests/<int:contest_id>/teams")
def change_contest_teams(contest_id: int) -> Response:
    found, actor = _own(contest_id), current_actor()
    unit_id = request.form.get("unit_id", 0, type=int)
    what = request.form.get("what", "")
    if what == "remove":
        remove_team(found, unit_id, by=actor)
    else:
        count = add_teams(found, unit_id, children=what == "children", by=actor)
        flash(_("加入了 %(count)d 个队。", count=count), "ok")
    db.session.commit()
    return redirect(url_for("quizzes.edit_contest", contest_id=contest_id) + "#teams")


@bp.post("/contests/<int:contest_id>/control/<what>")
def control_contest(contest_id: int, what: str) -> Response:
    found, actor = _own(contest_id), current_actor()
    if what == "publish":
        publish_contest(found, by=actor)
    elif what == "withdraw":
        withdraw_contest(found, by=actor)
    elif what in ("board-on", "board-off"):
        switch_board(found, on=what == "board-on", by=actor)
    else:
        raise NotFound(_("没有这种操作。"))
    db.session.commit()
    return redirect(url_for("quizzes.edit_contest", contest_id=contest_id))
