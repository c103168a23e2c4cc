"""The lesson kind text: an article that is read, written in an editor or taken from a file."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import delete

from lms import clock
from lms.courses.actions import lesson_changed, record_progress
from lms.courses.completion import WHOLE
from lms.courses.kinds import LessonKind, LessonPage, Measure, MeasureBasis, StudyFacts
from lms.courses.models import Lesson
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.library import lesson_html
from lms.library.citations import Setting, find_references
from lms.library.encodings import decode
from lms.library.front_matter import split
from lms.library.links import resolve
from lms.library.models import TextLesson, TextLessonImage
from lms.library.problems import Unreadable
from lms.library.queries import find_targets, list_known_names
from lms.library.words import refusal
from lms.members.policy import Actor
from lms.search.sources import Passage

# Who reaches the end in less than this share of an even reading pace has not read it.
LEAST_SHARE = 0.2
BEFORE_THE_END = Decimal("0.9")


def find_body(lesson_id: int) -> TextLesson | None:
    """The lesson's body, or None while nothing was written."""
    return db.session.get(TextLesson, lesson_id)


def measure(lesson: Lesson) -> Measure:
    """As many characters as are read."""
    body = find_body(lesson.id)
    return Measure(MeasureBasis.TEXT, chars=body.chars if body else 0)


def page(lesson: Lesson, actor: Actor) -> LessonPage:
    """The body with its links and pictures."""
    body = find_body(lesson.id)
    shown = show_body(lesson.id, body.html, actor) if body and body.html else None
    return LessonPage(
        "library/_lesson.html",
        {"body": shown, "minutes": max(1, round(lesson.expected_seconds / 60))},
    )


def show_body(lesson_id: int, clean: str, actor: Actor) -> Markup:
    """Safe HTML for the page; what is cited is linked where the person may see it."""
    setting = Setting(names=list_known_names())
    found = {
        text: find_references(text, setting)
        for text in lesson_html.texts_of(clean)
        if "《" in text or "第" in text
    }
    cited = [(one.name, one.article) for references in found.values() for one in references]
    targets = find_targets([name for name, _article in cited], member=actor)
    addresses = resolve(cited, targets)
    return Markup(
        lesson_html.show(
            clean,
            image_url=lambda blob_id: url_for(
                "library.lesson_image", lesson_id=lesson_id, blob_id=blob_id
            ),
            references=lambda text: found.get(text, []),
            href=lambda one: (
                addresses[key].href if (key := (one.name, one.article)) in addresses else ""
            ),
        )
    )


def studied(lesson: Lesson, *, member_id: int, facts: StudyFacts, at: datetime) -> None:
    """Progress grows with the time read; the end, reached at a human pace, completes."""
    expected = max(10.0, lesson.expected_seconds)
    has_read = facts.reached_end and facts.counted_seconds >= expected * LEAST_SHARE
    share = Decimal(str(round(facts.counted_seconds / expected, 4)))
    record_progress(
        member_id=member_id,
        lesson_id=lesson.id,
        fraction=WHOLE if has_read else min(BEFORE_THE_END, share),
        at=at,
    )


def save_body(lesson: Lesson, raw: str, *, revision: int | None = None) -> TextLesson:
    """Make the HTML safe and keep it; Conflict when somebody else saved meanwhile."""
    if len(raw) > lesson_html.MOST_CHARS:
        raise Invalid(_("正文太长了，请分成几讲。"))
    clean = lesson_html.sanitise(raw)
    body = find_body(lesson.id)
    if body is None:
        body = TextLesson(lesson_id=lesson.id, revision=0)
        db.session.add(body)
    elif revision is not None and revision != body.revision:
        raise Conflict(_("这一讲的正文刚刚被别人改过，请复制你的内容，刷新后再改。"))
    body.html = clean
    body.chars = lesson_html.count_chars(clean)
    body.revision += 1
    body.changed_at = clock.now()
    db.session.flush()
    _keep_images(lesson.id, lesson_html.image_ids(clean))
    lesson_changed(lesson)
    return body


def add_image(lesson_id: int, blob_id: int) -> None:
    """Let the lesson show the picture."""
    if db.session.get(TextLessonImage, (lesson_id, blob_id)) is None:
        db.session.add(TextLessonImage(lesson_id=lesson_id, blob_id=blob_id))
        db.session.flush()


def _keep_images(lesson_id: int, used: set[int]) -> None:
    db.session.execute(
        delete(TextLessonImage).where(
            TextLessonImage.lesson_id == lesson_id, TextLessonImage.blob_id.notin_(used)
        )
    )


def problems(lesson: Lesson) -> list[str]:
    """A lesson without a body is not ready."""
    body = find_body(lesson.id)
    return [] if body and body.html else [_("正文还是空的。")]


def passages(lesson: Lesson) -> list[Passage]:
    """Every paragraph with the heading above it."""
    body = find_body(lesson.id)
    if body is None:
        return []
    blocks = lesson_html.blocks_of(body.html)
    return [Passage(one.anchor, one.text, one.heading) for one in blocks]


def after_create(lesson: Lesson) -> None:
    """Make room for the body."""
    db.session.add(TextLesson(lesson_id=lesson.id, html="", changed_at=clock.now()))
    db.session.flush()


def before_delete(lesson: Lesson) -> None:
    """Take the body and what hangs on it along."""
    for model in (TextLessonImage, TextLesson):
        db.session.execute(delete(model).where(model.lesson_id == lesson.id))


def copy(source: Lesson, target: Lesson) -> None:
    """The copy starts with the same text and pictures."""
    body = find_body(source.id)
    if body is None:
        return
    for blob_id in lesson_html.image_ids(body.html):
        add_image(target.id, blob_id)
    save_body(target, body.html)


def load(lesson: Lesson, data: dict[str, Any], folder: Path) -> None:
    """Fill from {file: x.md} of a content folder; loading the same again changes nothing."""
    path = folder / str(data["file"])
    try:
        raw = to_html(path.read_bytes())
    except Unreadable as error:
        raise Invalid(refusal(error)) from error
    body = find_body(lesson.id)
    if body is None or body.html != lesson_html.sanitise(raw):
        save_body(lesson, raw)


def to_html(data: bytes) -> str:
    """A Markdown or plain text as HTML; a front matter is left out."""
    _head, text = split(decode(data).text)
    return lesson_html.from_markdown(text)


KIND = LessonKind(
    code="text",
    label=_l("图文"),
    icon="file-text",
    edit_endpoint="library.edit_lesson",
    measure=measure,
    page=page,
    studied=studied,
    problems=problems,
    passages=passages,
    after_create=after_create,
    before_delete=before_delete,
    copy=copy,
    load=load,
    completes=_l("认真读到文末即完成"),
)
