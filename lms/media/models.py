"""Material that administrators upload, its captions, where lessons use it and what was watched."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base, Key, enum_column
from lms.files.models import Blob


class AssetKind(StrEnum):
    """What an asset is, told by its bytes."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    DOCUMENT = "document"  # a PDF


class AssetState(StrEnum):
    """How far the preparation for members has come."""

    WAITING = "waiting"  # a job is queued
    WORKING = "working"  # a worker is at it
    READY = "ready"
    FAILED = "failed"  # `error_code` says why


class MediaAsset(Base):
    """One piece of material and what was made of it for members."""

    __tablename__ = "media_asset"
    __table_args__ = (
        CheckConstraint("duration_seconds >= 0", name="duration"),
        CheckConstraint("page_count >= 0", name="pages"),
        Index("ix_media_asset_unit_kind", "unit_id", "kind"),
    )

    id: Mapped[Key]
    kind: Mapped[AssetKind] = enum_column(AssetKind, "kind")
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), index=True)
    state: Mapped[AssetState] = enum_column(AssetState, "state", default=AssetState.WAITING)
    error_code: Mapped[str] = mapped_column(String(32), default="")
    duration_seconds: Mapped[float] = mapped_column(Float, default=0.0)
    width: Mapped[int] = mapped_column(default=0)  # as shown, after rotation and pixel shape
    height: Mapped[int] = mapped_column(default=0)
    page_count: Mapped[int] = mapped_column(default=0)
    char_count: Mapped[int] = mapped_column(default=0)  # of a document's text
    folder: Mapped[str] = mapped_column(String(100), default="")  # what was made, in the store
    files: Mapped[dict[str, Any]] = mapped_column(default=dict)  # role -> name inside `folder`
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    blob: Mapped[Blob] = relationship(lazy="raise_on_sql")
    subtitles: Mapped[list["Subtitle"]] = relationship(
        lazy="raise_on_sql", order_by="Subtitle.id", cascade="all, delete-orphan"
    )

    @property
    def subject(self) -> str:
        """The name under which its jobs run."""
        return f"asset:{self.id}"

    @property
    def is_ready(self) -> bool:
        """Whether members can be shown it."""
        return self.state == AssetState.READY


class Subtitle(Base):
    """Captions of an asset in one language, as cues `[start, end, text]` in seconds."""

    __tablename__ = "subtitle"
    __table_args__ = (UniqueConstraint("asset_id", "language"),)

    id: Mapped[Key]
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(12))  # BCP 47, such as zh or en
    cues: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]


class LessonAsset(Base):
    """An asset as used by a lesson; a gallery has several, in order, each with a caption."""

    __tablename__ = "lesson_asset"
    __table_args__ = (
        Index("ix_lesson_asset_lesson_position", "lesson_id", "position"),
        Index("ix_lesson_asset_asset", "asset_id"),
    )

    id: Mapped[Key]
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("media_asset.id"))
    position: Mapped[int] = mapped_column(default=0)
    caption: Mapped[str] = mapped_column(String(500), default="")
    alt: Mapped[str] = mapped_column(String(200), default="")  # what a blind reader hears

    asset: Mapped[MediaAsset] = relationship(lazy="raise_on_sql")


class Watched(Base):
    """Which stretches of a lesson's medium a member has seen, as a union of ranges in seconds."""

    __tablename__ = "watched"
    __table_args__ = (UniqueConstraint("member_id", "lesson_id"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id", ondelete="CASCADE"), index=True)
    ranges: Mapped[list[Any]] = mapped_column(default=list)
    changed_at: Mapped[datetime]
