"""The lesson kinds of this part: video, audio, picture gallery and PDF document."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.courses.actions import record_progress
from lms.courses.completion import WHOLE
from lms.courses.kinds import LessonKind, LessonPage, Measure, MeasureBasis, StudyFacts
from lms.courses.models import Lesson
from lms.courses.queries import course_of, may_edit
from lms.media import actions, coverage
from lms.media.delivery import page_texts, show_document, show_medium, show_picture
from lms.media.models import AssetKind, AssetState, MediaAsset
from lms.media.queries import find_lesson_asset, find_watched, list_lesson_assets
from lms.media.words import REASONS
from lms.members.policy import Actor
from lms.search.sources import Passage, Place
from lms.web.i18n import format_clock

GALLERY = "gallery"
PICTURE_CHARS = 100  # looking at a picture takes as long as reading so much
STRETCH_SECONDS = 60.0
PAGE_CHARS = 300  # the same for a scanned page, whose text nobody can count
KIND_OF = {
    "video": AssetKind.VIDEO,
    "audio": AssetKind.AUDIO,
    "document": AssetKind.DOCUMENT,
    GALLERY: AssetKind.IMAGE,
}


def asset_kinds(lesson: Lesson) -> tuple[AssetKind, ...]:
    """What the lesson can show."""
    return (KIND_OF[lesson.kind],)


# Measures


def measure_medium(lesson: Lesson) -> Measure:
    """The duration that the server has measured; none before that."""
    asset = find_lesson_asset(lesson.id)
    seconds = asset.duration_seconds if asset else 0.0
    return Measure(MeasureBasis.MEDIA, duration_seconds=seconds)


def measure_document(lesson: Lesson) -> Measure:
    """The characters of the document, at least some for every page."""
    asset = find_lesson_asset(lesson.id)
    chars = max(asset.char_count, asset.page_count * PAGE_CHARS) if asset else 0
    return Measure(MeasureBasis.TEXT, chars=chars)


def measure_gallery(lesson: Lesson) -> Measure:
    """The captions, and some for every picture."""
    items = list_lesson_assets(lesson.id)
    chars = sum(len(item.caption) + PICTURE_CHARS for item in items)
    return Measure(MeasureBasis.TEXT, chars=chars)


# Pages


def show(lesson: Lesson, actor: Actor) -> LessonPage:
    """The player or the reader, or a sentence about why there is none yet."""
    asset = find_lesson_asset(lesson.id)
    if asset is None or not asset.is_ready:
        return not_ready(lesson, actor, asset)
    if asset.kind is AssetKind.DOCUMENT:
        return LessonPage("media/_document.html", {"document": show_document(asset, actor)})
    watched = find_watched(actor.id, lesson.id)
    ranges = tuple((start, end) for start, end in watched.ranges) if watched else ()
    course = course_of(lesson)
    medium = show_medium(asset, actor)
    return LessonPage(
        "media/_medium.html",
        {
            "medium": medium,
            "watched": ranges,
            "no_skip": course.no_skip and course.state == "published",
            "below": "media/_transcript.html" if medium.cues else None,
        },
    )


def show_gallery(lesson: Lesson, actor: Actor) -> LessonPage:
    """The pictures that are ready."""
    items = [item for item in list_lesson_assets(lesson.id) if item.asset.is_ready]
    if not items:
        return not_ready(lesson, actor, None)
    pictures = [show_picture(item, actor) for item in items]
    return LessonPage("media/_gallery.html", {"pictures": pictures})


def not_ready(lesson: Lesson, actor: Actor, asset: MediaAsset | None) -> LessonPage:
    """Says whether to wait or whom to tell."""
    return LessonPage(
        "media/_not_ready.html",
        {"material": asset, "can_edit": may_edit(course_of(lesson), member=actor)},
    )


# Study


def studied_medium(lesson: Lesson, *, member_id: int, facts: StudyFacts, at: datetime) -> None:
    """Progress is the share of the medium that was really played."""
    asset = find_lesson_asset(lesson.id)
    if asset is not None and asset.duration_seconds > 0:
        actions.note_watched(
            lesson.id,
            member_id=member_id,
            facts=facts,
            duration_seconds=asset.duration_seconds,
            at=at,
        )


def studied_pages(lesson: Lesson, *, member_id: int, facts: StudyFacts, at: datetime) -> None:
    """Seeing all of it completes; before that the time counted says how far one may be."""
    expected = max(30.0, lesson.expected_seconds)
    share = Decimal(str(round(min(0.9, facts.counted_seconds / expected), 4)))
    record_progress(
        member_id=member_id,
        lesson_id=lesson.id,
        fraction=WHOLE if facts.reached_end else share,
        at=at,
    )


# Publishing, searching, copying


def problems(lesson: Lesson) -> list[str]:
    """What is missing; material still in the queue is not in the way of publishing."""
    items = list_lesson_assets(lesson.id)
    if not items:
        return [_("还没有选择素材。")]
    return [
        _("素材“%(name)s”不能使用：", name=item.asset.name) + str(REASONS[item.asset.error_code])
        for item in items
        if item.asset.state == AssetState.FAILED
    ]


def passages(lesson: Lesson) -> list[Passage]:
    """What is said, in stretches of about a minute, captions of pictures, pages of documents."""
    found = []
    for item in list_lesson_assets(lesson.id):
        if item.caption:
            found.append(Passage(f"picture-{item.position}", item.caption))
        for subtitle in item.asset.subtitles:
            found += stretches(subtitle.cues)
        for number, text in enumerate(page_texts(item.asset), start=1):
            found.append(Passage(f"page-{number}", text, _("第 %(number)d 页", number=number)))
    return found


def stretches(cues: Sequence[Any], seconds: float = STRETCH_SECONDS) -> list[Passage]:
    """Cues gathered into passages of about that length; each cue is a place to link to.

    Sentences run on from cue to cue, so that single cues would not hold what people remember.
    """
    gathered: list[list[Any]] = []
    for cue in cues:
        if not gathered or cue[0] - gathered[-1][0][0] >= seconds:
            gathered.append([])
        gathered[-1].append(cue)
    return [_stretch(group) for group in gathered]


def _stretch(cues: Sequence[Any]) -> Passage:
    text, places = "", []
    for start, _end, said in cues:
        text += " " if text else ""
        places.append(Place(len(text), f"t-{int(start)}", format_clock(start)))
        text += said.replace("\n", " ")
    return Passage(places[0].anchor, text, label=places[0].label, places=places)


def copy(source: Lesson, target: Lesson) -> None:
    """The copy shows the same material."""
    items = list_lesson_assets(source.id)
    actions.set_lesson_assets(
        target, [actions.Shown(item.asset, item.caption, item.alt) for item in items]
    )


def clear(lesson: Lesson) -> None:
    """Let go of the material when the lesson is deleted."""
    actions.clear_lesson(lesson.id)


# Content folders


def load_medium(lesson: Lesson, data: dict[str, Any], folder: Path) -> None:
    """Fill from {file: clip.mp4, captions: clip.srt}."""
    asset = actions.import_asset(folder / data["file"], unit_id=course_of(lesson).unit_id)
    captions = data.get("captions")
    if captions:
        actions.set_subtitle(asset, language="zh", data=(folder / captions).read_bytes(), by=None)
    actions.set_lesson_assets(lesson, [actions.Shown(asset)])


def load_gallery(lesson: Lesson, data: dict[str, Any], folder: Path) -> None:
    """Fill from {pictures: [{file, caption, alt}]}."""
    unit_id = course_of(lesson).unit_id
    actions.set_lesson_assets(
        lesson,
        [
            actions.Shown(
                actions.import_asset(folder / picture["file"], unit_id=unit_id),
                picture.get("caption", ""),
                picture.get("alt", ""),
            )
            for picture in data["pictures"]
        ],
    )


def _kind(
    code: str, label: Any, icon: str, completes: Any, measure: Callable[[Lesson], Measure]
) -> LessonKind:
    is_medium = code in ("video", "audio")
    is_gallery = code == GALLERY
    return LessonKind(
        code=code,
        label=label,
        icon=icon,
        edit_endpoint="media.edit_gallery" if is_gallery else "media.edit_lesson",
        measure=measure,
        page=show_gallery if is_gallery else show,
        studied=studied_medium if is_medium else studied_pages,
        problems=problems,
        passages=passages,
        before_delete=clear,
        copy=copy,
        load=load_gallery if is_gallery else load_medium,
        complete_at=Decimal(str(coverage.COMPLETE_FRACTION)) if is_medium else WHOLE,
        completes=completes,
    )


KINDS = (
    _kind("video", _l("视频"), "video", _l("看满 95% 即完成"), measure_medium),
    _kind("audio", _l("音频"), "headphones", _l("听满 95% 即完成"), measure_medium),
    _kind(GALLERY, _l("图集"), "photo", _l("看完全部图片即完成"), measure_gallery),
    _kind("document", _l("PDF 文档"), "file-text", _l("读到最后一页即完成"), measure_document),
)
