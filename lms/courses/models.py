"""Courses, their outline, how far each learner is, and programmes that gather courses."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key
from lms.members.scope import OwnedContent

FRACTION_RANGE = "fraction BETWEEN 0 AND 10000"  # four exact places, stored as a scaled integer

CHARS_PER_MINUTE = 400  # an even pace of reading Chinese; shown as an estimate only


class Course(OwnedContent, Base):
    """A course; its outline stands in chapters and lessons.

    `revision` grows with every change of the outline or the settings, so that a form opened before
    somebody else's change is recognised.
    """

    __tablename__ = "course"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(40), default="", index=True)
    cover_blob_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"))
    no_skip: Mapped[bool] = mapped_column(default=False)  # media can't be skipped at first viewing
    attention_checks: Mapped[bool] = mapped_column(default=False)  # ask now and then: still there?
    is_sequential: Mapped[bool] = mapped_column(
        default=False
    )  # a lesson opens after the one before
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Chapter(Base):
    """A chapter of a course."""

    __tablename__ = "chapter"

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))


class Lesson(Base):
    """A lesson; its contents belong to the part that registered its kind.

    `chars` and `duration_seconds` repeat the kind's measure, so that lists need not ask for it.
    """

    __tablename__ = "lesson"

    id: Mapped[Key]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    chapter_id: Mapped[int] = mapped_column(ForeignKey("chapter.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(32))
    is_required: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chars: Mapped[int] = mapped_column(default=0)
    duration_seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def expected_seconds(self) -> float:
        """About how long the lesson takes: its media, or reading its text at an even pace."""
        return self.duration_seconds or self.chars * 60 / CHARS_PER_MINUTE


class LessonProgress(Base):
    """How far a member is in a lesson; the fraction never falls."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        UniqueConstraint("member_id", "lesson_id"),
        CheckConstraint(FRACTION_RANGE, name="fraction"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    fraction: Mapped[Decimal] = mapped_column(default=Decimal(0))
    position: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class CourseProgress(Base):
    """A member's way through a course; once complete it stays complete."""

    __tablename__ = "course_progress"
    __table_args__ = (
        UniqueConstraint("member_id", "course_id"),
        Index("ix_course_progress_member_seen", "member_id", "seen_at"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    last_lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="SET NULL"), index=True
    )
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class Programme(OwnedContent, Base):
    """An ordered set of courses with a day by which it should be finished."""

    __tablename__ = "programme"

    id: Mapped[Key]
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ProgrammeCourse(Base):
    """A course's place in a programme."""

    __tablename__ = "programme_course"
    __table_args__ = (UniqueConstraint("programme_id", "course_id"),)

    id: Mapped[Key]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    position: Mapped[int]
    is_required: Mapped[bool] = mapped_column(default=True)
