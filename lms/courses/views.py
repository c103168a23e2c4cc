"""The learner's pages: the catalogue, a course, a lesson."""

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lms import clock
from lms.courses import actions, kinds
from lms.courses.catalogue_queries import course_cards, list_categories, open_courses
from lms.courses.queries import (
    CourseView,
    LessonRow,
    course_of,
    find_lesson_progress,
    get_course,
    get_cover,
    get_lesson,
    may_edit,
    view_course,
)
from lms.courses.words import (
    STATE_LABELS,
    STATE_TONES,
    about_minutes,
    completion_rules,
    cover_number,
    lesson_ordinal,
)
from lms.db import db
from lms.files.delivery import url_for_blob
from lms.members.policy import Role
from lms.members.scope import ContentState
from lms.members.session import current_actor
from lms.web.pager import Page, paginate

bp = Blueprint("courses", __name__, template_folder="templates", url_prefix="/courses")
bp.add_app_template_filter(about_minutes)
bp.add_app_template_filter(lesson_ordinal)
bp.add_app_template_filter(cover_number)


@bp.app_context_processor
def course_words() -> dict[str, object]:
    """The labels of states, for lists of courses anywhere."""
    return {"state_labels": STATE_LABELS, "state_tones": STATE_TONES}


@bp.get("/")
def index() -> str:
    actor = current_actor()
    chosen = {name: request.args.get(name, "").strip()[:60] for name in ("category", "status", "q")}
    query = open_courses(
        actor, category=chosen["category"], status=chosen["status"], text=chosen["q"]
    )
    page = paginate(query, size=12)
    cards = Page(course_cards(page.items, member=actor), page.number, page.size, page.total)
    return render_template(
        "courses/index.html",
        page=cards,
        chosen=chosen,
        categories=list_categories(actor),
        is_author=actor.has(Role.ADMINISTRATOR),
    )


@bp.get("/<int:course_id>")
def show(course_id: int) -> str:
    actor = current_actor()
    course = get_course(course_id, member=actor)
    view = view_course(course, member=actor)
    return render_template(
        "courses/course.html",
        view=view,
        course=course,
        rules=completion_rules(view),
        can_edit=may_edit(course, member=actor),
    )


@bp.get("/<int:course_id>/continue")
def resume(course_id: int) -> Response:
    actor = current_actor()
    view = view_course(get_course(course_id, member=actor), member=actor)
    if view.resume_id is None:
        return redirect(url_for("courses.show", course_id=course_id))
    return redirect(url_for("courses.lesson", lesson_id=view.resume_id))


@bp.get("/<int:course_id>/cover")
def cover(course_id: int) -> Response:
    actor = current_actor()
    blob = get_cover(get_course(course_id, member=actor))
    return redirect(url_for_blob(blob, actor))


@bp.get("/lessons/<int:lesson_id>")
def lesson(lesson_id: int) -> str:
    actor = current_actor()
    found = get_lesson(lesson_id, member=actor)
    course = course_of(found)
    view = view_course(course, member=actor)
    row = _row(view, lesson_id)
    before, after = _neighbours(view, row)
    kind = kinds.find(found.kind)
    page = kind.page(found, actor) if kind else kinds.LessonPage("courses/_gone.html", {})
    progress = find_lesson_progress(actor.id, lesson_id)
    is_preview = course.state != ContentState.PUBLISHED
    return render_template(
        "courses/lesson.html",
        **{
            **page.context,
            "fragment": page.template,
            "lesson": found,
            "course": course,
            "view": view,
            "row": row,
            "kind": kind,
            "before": before,
            "after": after,
            "position": progress.position if progress else {},
            "fraction": row.fraction,
            "is_preview": is_preview,
            "can_edit": may_edit(course, member=actor),
            "runs_clock": bool(kind and kind.is_studied) and not is_preview,
        },
    )


def _row(view: CourseView, lesson_id: int) -> LessonRow:
    return next((row for row in view.lessons if row.lesson.id == lesson_id), None) or abort(404)


def _neighbours(view: CourseView, row: LessonRow) -> tuple[LessonRow | None, LessonRow | None]:
    rows = view.lessons
    before = rows[row.number - 2] if row.number > 1 else None
    return before, rows[row.number] if row.number < len(rows) else None


@bp.post("/lessons/<int:lesson_id>/open")
def open_lesson(lesson_id: int) -> Response:
    actor = current_actor()
    found = get_lesson(lesson_id, member=actor)
    if course_of(found).state == ContentState.PUBLISHED:
        actions.open_lesson(found, member_id=actor.id, at=clock.now())
        db.session.commit()
    return Response(status=204)


@bp.get("/lessons/<int:lesson_id>/state")
def lesson_state(lesson_id: int) -> Response:
    actor = current_actor()
    course = course_of(get_lesson(lesson_id, member=actor))
    view = view_course(course, member=actor)
    row = _row(view, lesson_id)
    return jsonify(
        fraction=float(row.fraction),
        is_complete=row.is_complete,
        done=[other.lesson.id for other in view.lessons if other.is_complete],
        open=[other.lesson.id for other in view.lessons if other.is_open],
        done_count=view.done_count,
        course_fraction=float(view.standing.fraction),
        course_complete=view.is_complete,
    )
