"""What changed a member's grade after submission, and whether they have been told."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key


class Correction(Base):
    """The total of one attempt before and after a regrade or a person's marks.

    Only `seen_at` is ever changed.
    """

    __tablename__ = "grade_correction"
    __table_args__ = (Index("ix_grade_correction_member_seen", "member_id", "seen_at"),)

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    is_marking: Mapped[bool] = mapped_column(default=False, server_default=false())  # or a regrade
    slots: Mapped[list[Any]]  # the questions of the attempt whose points changed
    points_before: Mapped[Decimal]
    points_after: Mapped[Decimal]
    was_passed: Mapped[bool]
    is_passed: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200), default="")
    seen_at: Mapped[datetime | None]
