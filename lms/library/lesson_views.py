"""Writing a text lesson: the editor, .docx into it, and the pictures that it shows."""

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.courses.models import Lesson
from lms.courses.queries import course_of, get_lesson
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.files import sniff
from lms.files.actions import store_bytes
from lms.files.delivery import url_for_blob
from lms.files.models import Blob
from lms.library import lesson, lesson_html
from lms.library.models import TextLessonImage
from lms.library.problems import Unreadable
from lms.library.reading import MOST_BYTES, read_docx_html
from lms.library.views import bp, take_bytes
from lms.library.words import refusal
from lms.members.policy import Action
from lms.members.session import current_actor

PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PICTURE_BYTES = 5 * 1024 * 1024


def _get(lesson_id: int) -> Lesson:
    found = get_lesson(lesson_id, member=current_actor(), action=Action.EDIT)
    if found.kind != lesson.KIND.code:
        raise NotFound(_("这一讲不是图文。"))
    return found


@bp.get("/lessons/<int:lesson_id>/edit")
def edit_lesson(lesson_id: int) -> str:
    found = _get(lesson_id)
    body = lesson.find_body(lesson_id)
    return render_template(
        "library/edit_lesson.html",
        lesson=found,
        course=course_of(found),
        body=_for_editor(lesson_id, body.html if body else ""),
        revision=body.revision if body else 0,
    )


def _for_editor(lesson_id: int, clean: str) -> str:
    """The saved HTML with addresses of pictures that the editor can show."""
    prefix = url_for("library.lesson_image", lesson_id=lesson_id, blob_id=0).removesuffix("0")
    return clean.replace('src="image:', f'src="{prefix}')


@bp.post("/lessons/<int:lesson_id>/edit")
def save_lesson(lesson_id: int) -> Response:
    found = _get(lesson_id)
    text = request.form.get("body", "")
    raw = text if request.form.get("format") == "html" else lesson_html.from_plain(text)
    revision = request.form.get("revision", "")
    lesson.save_body(found, raw, revision=int(revision) if revision.isdecimal() else None)
    db.session.commit()
    flash(_("正文已保存。"), "ok")
    if request.form.get("act") == "stay":
        return redirect(url_for("library.edit_lesson", lesson_id=lesson_id))
    return redirect(url_for("courses.edit", course_id=found.course_id))


@bp.post("/lessons/<int:lesson_id>/docx")
def import_lesson(lesson_id: int) -> Response:
    """Replace the body by what a .docx holds."""
    _get(lesson_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(_("请选择一个 .docx 文件。"))
    data = take_bytes(file, MOST_BYTES)
    db.session.rollback()  # reading is slow: nothing is held meanwhile
    try:
        raw, pictures = read_docx_html(data)
    except Unreadable as error:
        raise Invalid(refusal(error)) from error
    found = _get(lesson_id)
    blobs = [_store_picture(lesson_id, content, "picture") for _kind, content in pictures]
    lesson.save_body(found, lesson_html.renumber_images(raw, blobs))
    db.session.commit()
    flash(_("已导入 Word 文档，请检查一遍正文。"), "ok")
    return redirect(url_for("library.edit_lesson", lesson_id=lesson_id))


def _store_picture(lesson_id: int, content: bytes, name: str) -> int | None:
    """The blob of a picture, None for what is no picture of a type that is shown."""
    kind = sniff.media_type_of(content[: sniff.HEAD_BYTES], name)
    if kind not in PICTURE_TYPES or len(content) > PICTURE_BYTES:
        return None
    blob = store_bytes(content, f"{name}.{kind.removeprefix('image/')}")
    lesson.add_image(lesson_id, blob.id)
    return blob.id


@bp.post("/lessons/<int:lesson_id>/images")
def add_lesson_image(lesson_id: int) -> FlaskResponse:
    _get(lesson_id)
    file = request.files.get("file")
    content = take_bytes(file, PICTURE_BYTES) if file else b""
    blob_id = _store_picture(lesson_id, content, (file.filename or "picture") if file else "")
    if blob_id is None:
        raise Invalid(_("请选择 5 MB 以内的 PNG、JPEG、GIF 或 WebP 图片。"))
    db.session.commit()
    return jsonify(url=url_for("library.lesson_image", lesson_id=lesson_id, blob_id=blob_id))


@bp.get("/lessons/<int:lesson_id>/images/<int:blob_id>")
def lesson_image(lesson_id: int, blob_id: int) -> Response:
    actor = current_actor()
    get_lesson(lesson_id, member=actor)
    if db.session.get(TextLessonImage, (lesson_id, blob_id)) is None:
        raise NotFound(_("没有找到这张图片，它可能已被移走。"))
    return redirect(url_for_blob(db.session.get_one(Blob, blob_id), actor))
