"""Reading material: loaders and lists that take the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from lms.courses.models import Course, Lesson
from lms.db import db
from lms.errors import NotFound
from lms.files.queries import get_upload
from lms.jobs.models import Job
from lms.media.models import (
    AssetKind,
    AssetState,
    LessonAsset,
    MediaAsset,
    Subtitle,
    Watched,
)
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role, holds
from lms.members.scope import units_below


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset as lists show it: with its newest job and how often it is used."""

    asset: MediaAsset
    job: Job | None
    use_count: int
    unit_name: str


@dataclass(frozen=True, slots=True)
class Use:
    """A lesson that shows an asset."""

    lesson_id: int
    lesson_title: str
    course_id: int
    course_title: str


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit to choose."""

    id: int
    name: str


def get_asset(asset_id: int, *, member: Actor) -> MediaAsset:
    """The asset with its captions, for people who manage its unit; raises NotFound otherwise."""
    query = (
        select(MediaAsset, OrgUnit.path)
        .join(OrgUnit, OrgUnit.id == MediaAsset.unit_id)
        .where(MediaAsset.id == asset_id)
        .options(selectinload(MediaAsset.subtitles), joinedload(MediaAsset.blob))
    )
    row = db.session.execute(query).first()
    if row is None or not holds(member, Role.ADMINISTRATOR, row[1]):
        raise NotFound(_("没有找到这份素材，它可能已被删除。"))
    return row[0]


def managed_by(actor: Actor) -> ColumnElement[bool]:
    """The condition that the person manages the asset."""
    return MediaAsset.unit_id.in_(units_below(actor.paths(Role.ADMINISTRATOR)))


def visible_assets(
    actor: Actor, *, kind: AssetKind | None = None, text: str = "", is_ready: bool = False
) -> Select[tuple[MediaAsset]]:
    """The material that the person manages, newest first."""
    query = select(MediaAsset).where(managed_by(actor)).order_by(MediaAsset.id.desc())
    if kind:
        query = query.where(MediaAsset.kind == kind)
    if is_ready:
        query = query.where(MediaAsset.state == AssetState.READY)
    if text:
        query = query.where(MediaAsset.name.contains(text, autoescape=True))
    return query


def asset_rows(assets: Sequence[MediaAsset]) -> list[AssetRow]:
    """What lists show about the assets; three queries for all of them."""
    ids = [asset.id for asset in assets]
    counts = db.session.execute(
        select(LessonAsset.asset_id, func.count())
        .where(LessonAsset.asset_id.in_(ids))
        .group_by(LessonAsset.asset_id)
    )
    uses = {row[0]: row[1] for row in counts}
    newest = (
        select(func.max(Job.id))
        .where(Job.subject.in_([asset.subject for asset in assets]))
        .group_by(Job.subject)
    )
    jobs = {job.subject: job for job in db.session.scalars(select(Job).where(Job.id.in_(newest)))}
    unit_ids = {asset.unit_id for asset in assets}
    units = db.session.execute(select(OrgUnit.id, OrgUnit.name).where(OrgUnit.id.in_(unit_ids)))
    names = {row[0]: row[1] for row in units}
    return [
        AssetRow(asset, jobs.get(asset.subject), uses.get(asset.id, 0), names[asset.unit_id])
        for asset in assets
    ]


def list_uses(asset: MediaAsset) -> list[Use]:
    """The lessons that show the asset."""
    query = (
        select(Lesson.id, Lesson.title, Course.id, Course.title)
        .join(LessonAsset, LessonAsset.lesson_id == Lesson.id)
        .join(Course, Course.id == Lesson.course_id)
        .where(LessonAsset.asset_id == asset.id)
        .order_by(Course.title, Lesson.id)
    )
    return [Use(*row) for row in db.session.execute(query)]


def list_lesson_assets(lesson_id: int) -> Sequence[LessonAsset]:
    """What the lesson shows, in order, with the assets, their blobs and captions."""
    query = (
        select(LessonAsset)
        .where(LessonAsset.lesson_id == lesson_id)
        .order_by(LessonAsset.position, LessonAsset.id)
        .options(
            joinedload(LessonAsset.asset).joinedload(MediaAsset.blob),
            joinedload(LessonAsset.asset).selectinload(MediaAsset.subtitles),
        )
    )
    return db.session.scalars(query).all()


def find_lesson_asset(lesson_id: int) -> MediaAsset | None:
    """The one asset of a lesson with a single medium, None before it was chosen."""
    found = list_lesson_assets(lesson_id)
    return found[0].asset if found else None


def list_lessons_using(asset_id: int) -> Sequence[Lesson]:
    """The lessons themselves, for measuring them again."""
    shown = select(LessonAsset.lesson_id).where(LessonAsset.asset_id == asset_id)
    return db.session.scalars(select(Lesson).where(Lesson.id.in_(shown))).all()


def find_watched(member_id: int, lesson_id: int) -> Watched | None:
    """What the member has watched of the lesson."""
    query = select(Watched).where(Watched.member_id == member_id, Watched.lesson_id == lesson_id)
    return db.session.scalar(query)


def get_subtitle(subtitle_id: int) -> Subtitle:
    """Captions by a signed address; raises NotFound."""
    found = db.session.get(Subtitle, subtitle_id)
    if found is None:
        raise NotFound(_("没有找到这份字幕，它可能已被替换。请刷新页面。"))
    return found


def list_units_for(actor: Actor) -> list[UnitChoice]:
    """The units that the person may own material for, from the top of the tree down."""
    units = units_below(actor.paths(Role.ADMINISTRATOR))
    query = select(OrgUnit.id, OrgUnit.name).where(OrgUnit.id.in_(units)).order_by(OrgUnit.path)
    return [UnitChoice(*row) for row in db.session.execute(query)]


def list_unsettled() -> Sequence[tuple[MediaAsset, Any]]:
    """Assets that are not ready, each with the state of its newest job."""
    newest = (
        select(Job.subject, func.max(Job.id).label("job_id"))
        .where(Job.task == "media.prepare")
        .group_by(Job.subject)
        .subquery()
    )
    query = (
        select(MediaAsset, Job.state)
        .outerjoin(newest, newest.c.subject == "asset:" + db.cast(MediaAsset.id, db.String))
        .outerjoin(Job, Job.id == newest.c.job_id)
        .where(MediaAsset.state.in_((AssetState.WAITING, AssetState.WORKING)))
    )
    return [(asset, state) for asset, state in db.session.execute(query)]


def upload_name(token: str, *, member: Actor) -> str:
    """What the member called the file; the blob may have come under another name before."""
    return get_upload(token, member=member).name
