"""The administrator's pages: writing a course, its outline, publishing."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.courses import actions, kinds
from lms.courses.catalogue_queries import authored_courses, list_known_categories
from lms.courses.forms import (
    CourseForm,
    CourseSettingsForm,
    LessonForm,
    NewLessonForm,
    TitleForm,
    step_of,
)
from lms.courses.models import Course
from lms.courses.outline import Outline, OutlineChapter
from lms.courses.queries import (
    count_learners,
    get_chapter,
    get_course,
    get_lesson,
    publishing_problems,
    view_course,
)
from lms.courses.views import bp
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.policy import Action, Actor, Role
from lms.members.queries import list_units_with_role
from lms.members.session import current_actor
from lms.web.pager import paginate


def unit_choices(actor: Actor) -> list[tuple[int, str]]:
    """The units whose courses the person writes, indented as the tree is."""
    units = list_units_with_role(actor, Role.ADMINISTRATOR)
    return [(unit.id, "　" * unit.depth + unit.name) for unit in units]


def _saved(course_id: int, message: str, anchor: str = "") -> Response:
    db.session.commit()
    flash(message, "ok")
    return redirect(url_for("courses.edit", course_id=course_id, _anchor=anchor or None))


@bp.get("/manage")
def manage() -> str:
    text = request.args.get("q", "").strip()[:60]
    state = request.args.get("state", "")
    page = paginate(
        authored_courses(current_actor(), state=state, text=text), size=20, scalars=False
    )
    return render_template("courses/manage.html", page=page, text=text, state=state)


@bp.route("/new", methods=["GET", "POST"])
def new() -> str | Response | tuple[str, int]:
    actor, form = current_actor(), CourseForm()
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    if form.validate_on_submit():
        course = actions.create_course(by=actor, **_values(form))
        return _saved(course.id, _("课程已创建。接下来在目录里添加内容。"))
    categories = list_known_categories(actor)
    page = render_template("courses/new.html", form=form, categories=categories)
    return page, 422 if form.errors else 200


def _values(form: CourseForm) -> dict[str, Any]:
    names = ("title", "summary", "category", "unit_id", "audience_unit_id")
    return {name: form[name].data for name in names}


@bp.get("/<int:course_id>/edit")
def edit(course_id: int) -> str:
    return _outline_page(_editable(course_id), NewLessonForm())


def _editable(course_id: int) -> Course:
    return get_course(course_id, member=current_actor(), action=Action.EDIT)


def _outline_page(course: Course, form: NewLessonForm, *, refusal: str = "") -> str:
    return render_template(
        "courses/edit.html",
        course=course,
        view=view_course(course, member=current_actor()),
        problems=publishing_problems(course),
        learner_count=count_learners(course),
        kinds=kinds.list_kinds(),
        form=form,
        refusal=refusal,
    )


@bp.route("/<int:course_id>/settings", methods=["GET", "POST"])
def settings(course_id: int) -> str | Response | tuple[str, int]:
    actor, course = current_actor(), _editable(course_id)
    form = CourseSettingsForm(obj=course)
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    problem, status = "", 200
    if form.validate_on_submit():
        try:
            return _save_settings(course, form)
        except (Conflict, Invalid) as error:
            db.session.rollback()
            problem, status = error.message, error.status
            form.revision.raw_data, form.revision.data = None, course.revision
    page = render_template(
        "courses/settings.html",
        course=course,
        form=form,
        problem=problem,
        categories=list_known_categories(actor),
    )
    return page, 422 if form.errors else status


def _save_settings(course: Course, form: CourseSettingsForm) -> Response:
    actor = current_actor()
    flags = {
        name: bool(form[name].data) for name in ("is_sequential", "no_skip", "attention_checks")
    }
    actions.change_course(course, by=actor, revision=form.revision.data, **_values(form), **flags)
    if form.drop_cover.data:
        actions.change_course(course, by=actor, cover_blob_id=None)
    elif form.cover.data:
        actions.take_cover(course, form.cover.data, by=actor)
    db.session.commit()
    flash(_("已保存。"), "ok")
    return redirect(url_for("courses.settings", course_id=course.id))


# The outline


@bp.post("/<int:course_id>/chapters")
def add_chapter(course_id: int) -> Response:
    course, form = _editable(course_id), TitleForm()
    chapter = actions.add_chapter(course, title=_title(form))
    return _saved(course_id, _("已添加一章。"), f"chapter-{chapter.id}")


def _title(form: TitleForm) -> str:
    if not form.validate():
        raise Invalid(_("请填写名称，不超过 120 个字。"))
    return form.title.data or ""


@bp.post("/chapters/<int:chapter_id>/rename")
def rename_chapter(chapter_id: int) -> Response:
    chapter = get_chapter(chapter_id, member=current_actor(), action=Action.EDIT)
    actions.change_chapter(chapter, title=_title(TitleForm()))
    return _saved(chapter.course_id, _("已改名。"), f"chapter-{chapter.id}")


@bp.post("/chapters/<int:chapter_id>/move")
def move_chapter(chapter_id: int) -> Response:
    chapter = get_chapter(chapter_id, member=current_actor(), action=Action.EDIT)
    actions.move_chapter(chapter, step=step_of(request.form))
    return _saved(chapter.course_id, _("顺序已调整。"), f"chapter-{chapter.id}")


@bp.post("/chapters/<int:chapter_id>/delete")
def delete_chapter(chapter_id: int) -> Response:
    chapter = get_chapter(chapter_id, member=current_actor(), action=Action.EDIT)
    actions.delete_chapter(chapter)
    return _saved(chapter.course_id, _("已删除这一章。"))


@bp.post("/chapters/<int:chapter_id>/lessons")
def add_lesson(chapter_id: int) -> Response | tuple[str, int]:
    chapter = get_chapter(chapter_id, member=current_actor(), action=Action.EDIT)
    form = NewLessonForm()
    form.kind.choices = [(kind.code, kind.label) for kind in kinds.list_kinds()]
    if not form.validate():
        return _outline_page(_editable(chapter.course_id), form), 422
    lesson = actions.add_lesson(chapter, kind=form.kind.data, title=form.title.data or "")
    endpoint = kinds.get(lesson.kind).edit_endpoint
    if endpoint is None:
        return _saved(lesson.course_id, _("已添加一讲。"), f"lesson-{lesson.id}")
    db.session.commit()
    flash(_("已添加一讲，请在这里编辑它的内容。"), "ok")
    return redirect(url_for(endpoint, lesson_id=lesson.id))


@bp.post("/lessons/<int:lesson_id>/change")
def change_lesson(lesson_id: int) -> Response:
    lesson = get_lesson(lesson_id, member=current_actor(), action=Action.EDIT)
    form = LessonForm()
    actions.change_lesson(lesson, title=_title(form), is_required=bool(form.is_required.data))
    return _saved(lesson.course_id, _("已保存。"), f"lesson-{lesson.id}")


@bp.post("/lessons/<int:lesson_id>/move")
def move_lesson(lesson_id: int) -> Response:
    lesson = get_lesson(lesson_id, member=current_actor(), action=Action.EDIT)
    actions.move_lesson(lesson, step=step_of(request.form))
    return _saved(lesson.course_id, _("顺序已调整。"), f"lesson-{lesson.id}")


@bp.post("/lessons/<int:lesson_id>/delete")
def delete_lesson(lesson_id: int) -> Response:
    actor = current_actor()
    lesson = get_lesson(lesson_id, member=actor, action=Action.EDIT)
    course_id, title = lesson.course_id, lesson.title
    actions.delete_lesson(lesson, by=actor)
    return _saved(course_id, _("已删除《%(title)s》。", title=title))


@bp.post("/<int:course_id>/order")
def reorder(course_id: int) -> Response:
    course = _editable(course_id)
    wanted, revision = _wanted(request.get_json(silent=True))
    actions.reorder(course, wanted, revision=revision)
    db.session.commit()
    return jsonify(revision=course.revision)


def _wanted(data: Any) -> tuple[Outline, int]:
    try:
        chapters = tuple(
            OutlineChapter(int(chapter["id"]), tuple(int(key) for key in chapter["lessons"]))
            for chapter in data["chapters"]
        )
        return Outline(chapters), int(data["revision"])
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise Invalid(_("没有看懂要排成什么顺序，请刷新页面再试。")) from error


# Publishing


@bp.post("/<int:course_id>/publish")
def publish(course_id: int) -> Response | tuple[str, int]:
    try:
        actions.publish_course(_editable(course_id), by=current_actor())
    except Invalid as error:
        db.session.rollback()
        page = _outline_page(_editable(course_id), NewLessonForm(), refusal=error.message)
        return page, error.status
    return _saved(course_id, _("课程已发布，学员现在可以学习。"))


@bp.post("/<int:course_id>/withdraw")
def withdraw(course_id: int) -> Response:
    actions.withdraw_course(_editable(course_id), by=current_actor())
    return _saved(course_id, _("课程已撤回为草稿，学员暂时看不到它，学习记录都还在。"))


@bp.post("/<int:course_id>/archive")
def archive(course_id: int) -> Response:
    actions.archive_course(_editable(course_id), by=current_actor())
    return _saved(course_id, _("课程已归档。"))


@bp.post("/<int:course_id>/copy")
def copy(course_id: int) -> Response:
    course = actions.copy_course(_editable(course_id), by=current_actor())
    return _saved(course.id, _("这是新复制的草稿，请改个名称。"))
