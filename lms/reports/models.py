"""Exports that people asked for: what, for which subtree and period, and the file it became."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key, enum_column


class Format(StrEnum):
    """What an export is written as."""

    XLSX = "xlsx"
    CSV = "csv"


class ReportExport(Base):
    """One export by one person; small ones are written when fetched, large ones by a job."""

    __tablename__ = "report_export"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    report: Mapped[str] = mapped_column(String(32))  # the code of the report
    period: Mapped[str] = mapped_column(String(10))  # 2026-11, 2026-Q4 or 2026
    subject_id: Mapped[int | None]  # the course or paper, where the report is about one
    format: Mapped[Format] = enum_column(Format, "format")
    rows: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None]  # the job that writes it; None where it is written when fetched
    blob_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"))  # once the job has written
    created_at: Mapped[datetime]
