"""The administrators' pages that choose what a lesson shows."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.courses.models import Lesson
from lms.courses.queries import course_of, get_lesson
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.media import actions, queries
from lms.media.lesson import GALLERY, KIND_OF
from lms.media.models import MediaAsset
from lms.media.views import add_uploads, bp
from lms.members.policy import Action
from lms.members.session import current_actor
from lms.web.pager import Page, paginate

ACCEPTS = {
    "video": "video/*,.mkv,.flv",
    "audio": "audio/*",
    "document": "application/pdf",
    GALLERY: "image/jpeg,image/png,image/webp,image/gif",
}


def _lesson(lesson_id: int) -> Lesson:
    lesson = get_lesson(lesson_id, member=current_actor(), action=Action.EDIT)
    if lesson.kind not in KIND_OF:
        raise NotFound(_("没有找到这一讲，它可能已被删除。"))
    return lesson


def _page(lesson: Lesson, template: str) -> str:
    actor = current_actor()
    text = request.args.get("q", "").strip()[:60]
    query = queries.visible_assets(actor, kind=KIND_OF[lesson.kind], text=text)
    page = paginate(query, size=24)
    rows = Page(queries.asset_rows(page.items), page.number, page.size, page.total)
    return render_template(
        template,
        lesson=lesson,
        course=course_of(lesson),
        items=queries.list_lesson_assets(lesson.id),
        page=rows,
        text=text,
        accept=ACCEPTS[lesson.kind],
    )


@bp.get("/lessons/<int:lesson_id>")
def edit_lesson(lesson_id: int) -> str:
    """Choose or upload the one medium of a lesson."""
    return _page(_lesson(lesson_id), "media/choose.html")


@bp.post("/lessons/<int:lesson_id>")
def choose(lesson_id: int) -> Response:
    lesson = _lesson(lesson_id)
    chosen = _uploaded(lesson) or _chosen(request.form.getlist("asset_id")[:1])
    if not chosen:
        raise Invalid(_("请选择一份素材，或者上传一个文件。"))
    _check_kind(lesson, chosen)
    actions.set_lesson_assets(lesson, [actions.Shown(chosen[0])])
    db.session.commit()
    return redirect(url_for("courses.edit", course_id=lesson.course_id))


@bp.get("/lessons/<int:lesson_id>/gallery")
def edit_gallery(lesson_id: int) -> str:
    """The pictures of a gallery, their order and what is written beside them."""
    return _page(_lesson(lesson_id), "media/gallery.html")


@bp.post("/lessons/<int:lesson_id>/gallery")
def save_gallery(lesson_id: int) -> Response:
    lesson = _lesson(lesson_id)
    chosen = _chosen(request.form.getlist("asset_id")) + _uploaded(lesson)
    _check_kind(lesson, chosen)
    places = {asset.id: place for place, asset in enumerate(chosen, start=1)}
    shown = sorted(chosen, key=lambda asset: _number(f"position-{asset.id}", places[asset.id]))
    actions.set_lesson_assets(
        lesson,
        [
            actions.Shown(asset, _words(f"caption-{asset.id}", 500), _words(f"alt-{asset.id}", 200))
            for asset in shown
        ],
    )
    db.session.commit()
    return redirect(url_for("media.edit_gallery", lesson_id=lesson.id))


def _uploaded(lesson: Lesson) -> list[MediaAsset]:
    """What was uploaded with the form; becomes material of the course's unit."""
    tokens = request.form.getlist("upload")
    unit_id = course_of(lesson).unit_id
    return add_uploads(tokens, unit_id, current_actor()) if tokens else []


def _chosen(values: Sequence[str]) -> list[MediaAsset]:
    ids = dict.fromkeys(int(value) for value in values if value.isdecimal())
    return [queries.get_asset(asset_id, member=current_actor()) for asset_id in ids]


def _check_kind(lesson: Lesson, chosen: Sequence[MediaAsset]) -> None:
    wrong = [asset.name for asset in chosen if asset.kind is not KIND_OF[lesson.kind]]
    if wrong:
        raise Invalid(_("“%(name)s”不能用在这种课时里。", name=wrong[0]))


def _number(name: str, default: int) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 6 else default


def _words(name: str, length: int) -> str:
    return request.form.get(name, "").strip()[:length]
