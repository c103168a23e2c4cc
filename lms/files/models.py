"""What is stored: blobs named by their content, and uploads on their way to become one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key, enum_column


class Blob(Base):
    """Bytes in the store, found under their SHA-256; the same bytes are kept once."""

    __tablename__ = "blob"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"),)

    id: Mapped[Key]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))  # told by the bytes, not by the sender
    name: Mapped[str] = mapped_column(String(200))  # as first uploaded
    created_at: Mapped[datetime]

    @property
    def key(self) -> str:
        """Where the store keeps the bytes."""
        return f"blobs/{self.sha256[:2]}/{self.sha256}"


class UploadState(StrEnum):
    """How far an upload has come."""

    OPEN = "open"  # bytes are still missing
    COMPLETE = "complete"  # all bytes are in the store, nobody has taken them yet
    TAKEN = "taken"  # became a blob that something refers to


class Upload(Base):
    """A resumable upload (tus); its bytes lie in the staging folder until it is complete."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("size_bytes >= 0", name="size"),
        CheckConstraint("received_bytes BETWEEN 0 AND size_bytes", name="received"),
        Index("ix_upload_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[Key]
    token: Mapped[str] = mapped_column(String(32), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[UploadState] = enum_column(UploadState, "state", default=UploadState.OPEN)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    media_type: Mapped[str] = mapped_column(String(100), default="")
    blob_id: Mapped[int | None] = mapped_column(ForeignKey("blob.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
