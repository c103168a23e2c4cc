"""Writing material: adding it, preparing it again, captions, and what lessons show."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path, PurePath
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from lms import clock
from lms.courses.actions import lesson_changed, record_progress
from lms.courses.kinds import StudyFacts
from lms.courses.models import Lesson
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.files.actions import release_blob, store_bytes
from lms.files.models import Blob
from lms.jobs.actions import cancel, enqueue
from lms.jobs.queries import find_latest_job
from lms.media import coverage, subtitles
from lms.media.making import Made
from lms.media.models import (
    AssetKind,
    AssetState,
    LessonAsset,
    MediaAsset,
    Subtitle,
    Watched,
)
from lms.media.probe import Reason
from lms.media.queries import find_watched, list_lessons_using, list_uses
from lms.media.words import LANGUAGES, SUBTITLE_REASONS
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role, holds

TASK = "media.prepare"
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TYPES: tuple[tuple[AssetKind, tuple[str, ...]], ...] = (
    (AssetKind.VIDEO, ("video/",)),
    (AssetKind.AUDIO, ("audio/",)),
    (AssetKind.IMAGE, IMAGE_TYPES),
    (AssetKind.DOCUMENT, ("application/pdf",)),
)
MEDIA_NAME = re.compile(
    r"\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|ts|flv|wmv|mp3|m4a|wav|ogg|flac)$", re.I
)
FRACTION_STEP = Decimal("0.0001")
LINK_LIFETIME = timedelta(hours=24)


def kind_of(blob: Blob, name: str) -> AssetKind:
    """What the bytes are, for our purposes; raises Invalid for what lessons cannot show."""
    for kind, types in TYPES:
        if blob.media_type.startswith(types):
            return kind
    if blob.size_bytes == 0:
        raise Invalid(_("“%(name)s”是空文件，请检查后重新上传。", name=name), code="empty")
    if MEDIA_NAME.search(name):
        raise Invalid(
            _("“%(name)s”的内容不是音视频，不能使用。请检查原文件。", name=name), code="not_media"
        )
    raise Invalid(
        _(
            "“%(name)s”不能作为素材。可以上传视频、音频、图片（JPG、PNG、WebP、GIF）和 PDF。",
            name=name,
        ),
        code="wrong_type",
    )


def add_asset(blob: Blob, *, name: str, unit_id: int, by: Actor | None) -> MediaAsset:
    """New material of a unit, with the job that prepares it; `by` None is the system itself."""
    unit = db.session.get(OrgUnit, unit_id)
    if unit is None or (by is not None and not holds(by, Role.ADMINISTRATOR, unit.path)):
        raise Invalid(_("只能选择由你管理课程的单位。"))
    now = clock.now()
    asset = MediaAsset(
        kind=kind_of(blob, name),
        name=PurePath(name).stem[:200] or name[:200],
        unit_id=unit_id,
        blob_id=blob.id,
        state=AssetState.WAITING,
        created_by_id=by.id if by else None,
        created_at=now,
        changed_at=now,
    )
    db.session.add(asset)
    db.session.flush()
    _enqueue(asset)
    _audit("media.add", asset, by)
    return asset


def _enqueue(asset: MediaAsset) -> None:
    enqueue(TASK, {"asset_id": asset.id}, subject=asset.subject, member_id=asset.created_by_id)


def rename_asset(asset: MediaAsset, *, name: str, by: Actor) -> None:
    """Give it another name."""
    asset.name = name
    asset.changed_at = clock.now()
    _audit("media.rename", asset, by)


def retry_asset(asset: MediaAsset, *, by: Actor) -> None:
    """Prepare failed material once more; Conflict when it has not failed."""
    if asset.state != AssetState.FAILED:
        raise Conflict(_("这份素材正在处理或已经可以使用，不需要重试。"))
    asset.state = AssetState.WAITING
    asset.error_code = ""
    asset.changed_at = clock.now()
    _enqueue(asset)
    _audit("media.retry", asset, by)


def delete_asset(asset: MediaAsset, *, by: Actor) -> None:
    """Remove material that no lesson shows; Conflict names those that do."""
    uses = list_uses(asset)
    if uses:
        raise Conflict(
            _(
                "“%(name)s”正用在《%(course)s》的“%(lesson)s”里，不能删除。",
                name=asset.name,
                course=uses[0].course_title,
                lesson=uses[0].lesson_title,
            )
        )
    job = find_latest_job(asset.subject)
    if job is not None:
        cancel(job)
    blob = db.session.get_one(Blob, asset.blob_id)
    if asset.folder:
        remove_folder_later(asset.folder)
    _audit("media.delete", asset, by)
    db.session.delete(asset)
    db.session.flush()
    release_blob(blob)


def remove_folder_later(folder: str) -> None:
    """Free what was made once nobody can be watching it any more."""
    enqueue(
        "media.remove_folder",
        {"folder": folder},
        subject="media",
        run_at=clock.now() + LINK_LIFETIME,
    )


# What the job reports


def new_folder(asset_id: int) -> str:
    """A place in the store for one run of the job; runs never share one."""
    return f"media/{asset_id}/{secrets.token_hex(6)}"


def start_work(asset: MediaAsset) -> None:
    """A worker has begun."""
    asset.state = AssetState.WORKING
    asset.error_code = ""


def finish_work(asset: MediaAsset, made: Made, folder: str) -> None:
    """Show members what was made from now on; lessons are measured again."""
    old_folder = asset.folder
    asset.kind = made.kind
    asset.duration_seconds = made.duration_seconds
    asset.width, asset.height = made.width, made.height
    asset.page_count, asset.char_count = made.page_count, made.char_count
    asset.files = made.files
    asset.folder = folder
    asset.state = AssetState.READY
    asset.error_code = ""
    asset.changed_at = clock.now()
    db.session.flush()
    for lesson in list_lessons_using(asset.id):
        lesson_changed(lesson)
    if old_folder:
        remove_folder_later(old_folder)


def fail_work(asset: MediaAsset, reason: Reason) -> None:
    """It cannot be used; the page says why."""
    asset.state = AssetState.FAILED
    asset.error_code = reason
    asset.changed_at = clock.now()


# Captions


def set_subtitle(asset: MediaAsset, *, language: str, data: bytes, by: Actor | None) -> Subtitle:
    """Captions of one language from an .srt or .vtt file; replaces what there was."""
    if asset.kind not in (AssetKind.VIDEO, AssetKind.AUDIO):
        raise Invalid(_("只有视频和音频可以有字幕。"))
    if language not in LANGUAGES:
        raise Invalid(_("请选择字幕的语言。"))
    try:
        cues = subtitles.parse(data)
    except subtitles.BadSubtitles as error:
        raise Invalid(str(SUBTITLE_REASONS[error.reason]), code=error.reason) from error
    query = select(Subtitle).where(Subtitle.asset_id == asset.id, Subtitle.language == language)
    found = db.session.scalar(query)
    if found is None:
        found = Subtitle(asset_id=asset.id, language=language)
        db.session.add(found)
    found.cues = [[cue.start, cue.end, cue.text] for cue in cues]
    found.created_at = clock.now()
    _touch_lessons(asset)
    _audit("media.subtitle", asset, by, language=language)
    return found


def delete_subtitle(asset: MediaAsset, *, language: str, by: Actor) -> None:
    """Remove the captions of a language; doing it again changes nothing."""
    db.session.execute(
        delete(Subtitle).where(Subtitle.asset_id == asset.id, Subtitle.language == language)
    )
    _touch_lessons(asset)
    _audit("media.delete_subtitle", asset, by, language=language)


def _touch_lessons(asset: MediaAsset) -> None:
    """What is found in a lesson by searching has changed with its captions."""
    db.session.flush()
    for lesson in list_lessons_using(asset.id):
        lesson_changed(lesson)


# What lessons show


@dataclass(frozen=True, slots=True)
class Shown:
    """One asset in a lesson, with what is written beside it."""

    asset: MediaAsset
    caption: str = ""
    alt: str = ""


def set_lesson_assets(lesson: Lesson, shown: Sequence[Shown]) -> None:
    """Let the lesson show exactly these, in this order."""
    db.session.execute(delete(LessonAsset).where(LessonAsset.lesson_id == lesson.id))
    for position, item in enumerate(shown, start=1):
        db.session.add(
            LessonAsset(
                lesson_id=lesson.id,
                asset_id=item.asset.id,
                position=position,
                caption=item.caption,
                alt=item.alt,
            )
        )
    lesson_changed(lesson)


def clear_lesson(lesson_id: int) -> None:
    """Forget what a lesson showed and what was watched of it; it is being deleted."""
    db.session.execute(delete(LessonAsset).where(LessonAsset.lesson_id == lesson_id))
    db.session.execute(delete(Watched).where(Watched.lesson_id == lesson_id))


def import_asset(path: Path, *, unit_id: int) -> MediaAsset:
    """Material from a content folder; the same bytes give the asset that is already there."""
    blob = store_bytes(path.read_bytes(), path.name)
    query = select(MediaAsset).where(MediaAsset.blob_id == blob.id, MediaAsset.unit_id == unit_id)
    found = db.session.scalars(query.order_by(MediaAsset.id)).first()
    return found or add_asset(blob, name=path.name, unit_id=unit_id, by=None)


def note_watched(
    lesson_id: int, *, member_id: int, facts: StudyFacts, duration_seconds: float, at: datetime
) -> None:
    """Add the ranges that the study clock accepted; progress is the share that is covered."""
    watched = find_watched(member_id, lesson_id)
    before: coverage.Ranges = tuple((a, b) for a, b in watched.ranges) if watched else ()
    ranges = coverage.union(before, facts.ranges, duration_seconds=duration_seconds)
    if watched is None:
        watched = Watched(member_id=member_id, lesson_id=lesson_id)
        db.session.add(watched)
    if ranges != before or watched.id is None:
        watched.ranges = [list(pair) for pair in ranges]
        watched.changed_at = at
    share = coverage.covered_fraction(ranges, duration_seconds=duration_seconds)
    record_progress(
        member_id=member_id,
        lesson_id=lesson_id,
        fraction=Decimal(repr(share)).quantize(FRACTION_STEP, rounding=ROUND_DOWN),
        position=None if facts.position is None else {"seconds": round(facts.position, 1)},
        at=at,
    )


def _audit(action: str, asset: MediaAsset, by: Actor | None, **detail: Any) -> None:
    record(
        action,
        by=by,
        subject_kind="media_asset",
        subject_id=asset.id,
        detail={"name": asset.name, **detail},
    )
