"""Which stored files belong to a bank's questions, and which were handed in with an answer."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key


class BankFile(Base):
    """A picture, sound or film that the questions of a bank may show."""

    __tablename__ = "question_bank_file"

    bank_id: Mapped[int] = mapped_column(
        ForeignKey("question_bank.id"), primary_key=True, autoincrement=False
    )
    blob_id: Mapped[int] = mapped_column(
        ForeignKey("blob.id"), primary_key=True, autoincrement=False, index=True
    )


class AttemptFile(Base):
    """A file handed in with an essay: for the taker, who marks and administrators.

    `field` is the name of the answer's field on the page, such as q3 or q3.1.
    """

    __tablename__ = "attempt_file"

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    field: Mapped[str] = mapped_column(String(20))
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
