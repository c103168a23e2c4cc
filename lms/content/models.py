"""What a content folder has brought in: the row it became, and the hash of what was read."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, BigId


class ContentItem(Base):
    """One thing of the content folder; `key` is its kind and code, such as course:fire-response."""

    __tablename__ = "content_item"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    synced_at: Mapped[datetime]
