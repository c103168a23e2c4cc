"""The administrator's pages beside a running or finished test: watch, mark, regrade, analyse."""

from io import BytesIO
from itertools import islice

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms import clock
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.members.policy import Action
from lms.members.session import current_actor
from lms.quizzes import words
from lms.quizzes.analysis import analyse
from lms.quizzes.analysis_sheets import csv_of, sheets_of, workbook_of
from lms.quizzes.attempt_files import handing_of
from lms.quizzes.attempt_queries import answers_of, asked_in, get_attempt, list_events, sheet_of
from lms.quizzes.checking import letter
from lms.quizzes.editor import decimal_of
from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.invigilation import (
    extend_attempt,
    force_submission,
    list_watched,
    summary_of,
    void_attempt,
)
from lms.quizzes.marking import list_to_mark, list_waiting, mark_answer, preview_regrade, regrade
from lms.quizzes.models import Paper
from lms.quizzes.paper_queries import get_paper, list_editable_papers
from lms.quizzes.presenting import Reveal, present
from lms.quizzes.review import address_for, asking
from lms.quizzes.views import bp

SHOWN_CHANGES = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def own_paper(paper_id: int) -> Paper:
    """A paper that the person may change."""
    return get_paper(paper_id, member=current_actor(), action=Action.EDIT)


@bp.get("/papers/<int:paper_id>/watch")
def watch(paper_id: int) -> str:
    paper, now = own_paper(paper_id), clock.now()
    rows = list_watched(paper.id, at=now)
    return render_template(
        "quizzes/watch.html", paper=paper, rows=rows, summary=summary_of(rows), now=now
    )


@bp.get("/attempts/<int:attempt_id>/events")
def attempt_events(attempt_id: int) -> str:
    attempt = get_attempt(attempt_id, member=current_actor(), action=Action.EDIT)
    paper = own_paper(attempt.paper_id)
    return render_template(
        "quizzes/events.html",
        attempt=attempt,
        paper=paper,
        events=list_events(attempt.id),
        words=words,
    )


@bp.post("/attempts/<int:attempt_id>/control/<what>")
def control(attempt_id: int, what: str) -> Response:
    actor = current_actor()
    attempt = get_attempt(attempt_id, member=actor, action=Action.EDIT)
    if what == "extend":
        extend_attempt(attempt, seconds=60 * request.form.get("minutes", 0, type=int), by=actor)
    elif what == "force":
        force_submission(attempt, by=actor, at=clock.now())
    elif what == "void":
        void_attempt(attempt, reason=request.form.get("reason", ""), by=actor)
    else:
        raise NotFound(_("没有这种操作。"))
    paper_id = attempt.paper_id
    db.session.commit()
    flash(_("已处理。"), "ok")
    return redirect(url_for("quizzes.watch", paper_id=paper_id))


@bp.get("/marking")
def marking() -> str:
    papers = list_editable_papers(current_actor())
    return render_template(
        "quizzes/marking.html", rows=list_waiting([paper.id for paper in papers])
    )


@bp.route("/papers/<int:paper_id>/marking/<int:question_id>", methods=["GET", "POST"])
def mark(paper_id: int, question_id: int) -> str | Response | tuple[str, int]:
    actor, paper = current_actor(), own_paper(paper_id)
    if request.method == "POST":
        attempt = get_attempt(
            request.form.get("attempt", 0, type=int), member=actor, action=Action.EDIT
        )
        if attempt.paper_id != paper.id:
            raise NotFound(_("没有找到这次考试。"))
        try:
            points = decimal_of(request.form.get("points", ""), _("分数"))
        except BadAnswer as error:
            raise Invalid(str(error)) from error
        mark_answer(
            attempt,
            request.form.get("slot", 0, type=int),
            points=round(points, 4),
            comment=request.form.get("comment", "").strip()[:5000],
            by=actor,
            at=clock.now(),
        )
        db.session.commit()
        return redirect(
            url_for(
                "quizzes.mark",
                paper_id=paper_id,
                question_id=question_id,
                at=request.form.get("at", 0, type=int),
            )
        )
    queue = list_to_mark(paper.id, question_id)
    if not queue:
        flash(_("这道题都评完了。"), "ok")
        return redirect(url_for("quizzes.marking"))
    place = max(0, min(request.args.get("at", 0, type=int), len(queue) - 1))
    attempt = get_attempt(queue[place][0], member=actor, action=Action.EDIT)
    slot = queue[place][1]
    each = asked_in(sheet_of(attempt))[slot - 1]
    answer = answers_of(attempt.id).get(slot)
    how = asking(each, address_for(actor), Reveal.EXPLANATIONS, handing_of(attempt, [each]))
    shown = present(each.definition, answer.response if answer else None, how)
    return render_template(
        "quizzes/mark.html",
        paper=paper,
        attempt=attempt,
        shown=shown,
        place=place,
        total=len(queue),
        question_id=question_id,
    )


@bp.route("/papers/<int:paper_id>/regrade", methods=["GET", "POST"])
def regrade_paper(paper_id: int) -> str | Response:
    actor, paper = current_actor(), own_paper(paper_id)
    if request.method == "POST":
        reason = request.form.get("reason", "").strip()[:200]
        count = regrade(paper, by=actor, at=clock.now(), reason=reason)
        db.session.commit()
        flash(_("重新评分，%(count)d 处有变化。", count=count), "ok")
        return redirect(url_for("quizzes.edit_paper", paper_id=paper_id))
    changes = preview_regrade(paper)
    shown = list(islice(changes, SHOWN_CHANGES))
    rest = sum(1 for _change in changes)
    return render_template("quizzes/regrade.html", paper=paper, changes=shown, rest=rest)


@bp.get("/papers/<int:paper_id>/analysis")
def analysis(paper_id: int) -> str:
    paper = own_paper(paper_id)
    found = analyse(paper)
    most = max((len(each.choices) for each in found.questions), default=0)
    return render_template(
        "quizzes/analysis.html",
        paper=paper,
        analysis=found,
        sheets=sheets_of(found),
        letters=[letter(place) for place in range(most)],
        words=words,
    )


@bp.get("/papers/<int:paper_id>/analysis.csv")
def analysis_csv(paper_id: int) -> Response:
    paper, wanted = own_paper(paper_id), request.args.get("table", "questions")
    sheets = {sheet.code: sheet for sheet in sheets_of(analyse(paper))}
    if wanted not in sheets:
        raise NotFound(_("没有这张表。"))
    name = f"{paper.title}-{sheets[wanted].title}.csv"
    return _download(csv_of(sheets[wanted]).encode(), name, "text/csv; charset=utf-8")


@bp.get("/papers/<int:paper_id>/analysis.xlsx")
def analysis_xlsx(paper_id: int) -> Response:
    paper = own_paper(paper_id)
    data = workbook_of(sheets_of(analyse(paper)))
    return _download(data, f"{paper.title}-{_('试题分析')}.xlsx", XLSX)


def _download(data: bytes, name: str, mimetype: str) -> Response:
    return send_file(BytesIO(data), mimetype=mimetype, as_attachment=True, download_name=name)
