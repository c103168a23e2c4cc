"""Attendance at lectures, meetings and training days, and questions that members ask."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, BigId, Exact, Key, enum_column


class EventState(StrEnum):
    """How far a recorded event has come."""

    WAITING = "waiting"  # a second person has to approve it
    APPROVED = "approved"  # its hours are in the attendees' records
    REFUSED = "refused"  # not approved
    CANCELLED = "cancelled"  # approved once, its hours were taken back


class OfflineEvent(Base):
    """A lecture, meeting or training day."""

    __tablename__ = "study_offline_event"
    __table_args__ = (
        CheckConstraint("ended_at > started_at", name="times"),
        Index("ix_study_offline_event_unit_state", "unit_id", "state"),
    )

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("org_unit.id"))
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(120), default="")
    host: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    is_required: Mapped[bool] = mapped_column(default=False)
    state: Mapped[EventState] = enum_column(EventState, "state", default=EventState.WAITING)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))
    decision_note: Mapped[str] = mapped_column(String(500), default="")

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return int((self.ended_at - self.started_at).total_seconds())


class OfflineAttendee(Base):
    """Somebody who was there; `entry_id` once the hours are in the record."""

    __tablename__ = "study_offline_attendee"

    event_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("study_offline_event.id"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("member.id"), primary_key=True, index=True
    )
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("study_entry.id"))


class OfflineEvidence(Base):
    """A file that shows that the event took place: a list of signatures, a picture."""

    __tablename__ = "study_offline_evidence"

    event_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("study_offline_event.id"), primary_key=True
    )
    blob_id: Mapped[int] = mapped_column(BigId, ForeignKey("blob.id"), primary_key=True)


class QueryState(StrEnum):
    """How far a member's question has come."""

    WAITING = "waiting"  # nobody has answered yet
    GRANTED = "granted"  # answered, with an adjustment
    REFUSED = "refused"  # answered, the record stays


class StudyQuery(Base):
    """A member asks about a line of their record, or one stretch of it; a manager answers."""

    __tablename__ = "study_query"
    __table_args__ = (
        Index("ix_study_query_state", "state"),
        Index(
            "uq_study_query_waiting",
            "entry_id",
            "stretch",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"), index=True)
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("study_entry.id"))
    # Which stretch of the entry's span, counted from one; zero is the whole line.
    stretch: Mapped[int] = mapped_column(default=0, server_default="0")
    text: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime]
    state: Mapped[QueryState] = enum_column(QueryState, "state", default=QueryState.WAITING)
    answer: Mapped[str] = mapped_column(String(500), default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))
    adjustment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("study_entry.id"))
    credit: Mapped[Decimal | None] = mapped_column(Exact)  # what was granted
