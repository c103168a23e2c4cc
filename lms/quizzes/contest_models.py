"""Knowledge contests: a paper taken by teams in a window, and who has taken part in which team."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key, enum_column
from lms.members.scope import OwnedContent
from lms.quizzes.contest_score import ScoreRule


class BoardAudience(StrEnum):
    """To whom the board is shown once it is turned on."""

    TEAMS = "teams"  # the people of the teams
    AUDIENCE = "audience"  # everybody whom the contest is meant for


class Contest(OwnedContent, Base):
    """A paper that teams take in one window; the teams lie below the unit it is meant for."""

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("best_count >= 1", name="best_count"),
    )

    id: Mapped[Key]
    title: Mapped[str] = mapped_column(String(120))
    instructions: Mapped[str] = mapped_column(Text, default="")
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    score_rule: Mapped[ScoreRule] = enum_column(ScoreRule, "score_rule", default=ScoreRule.BEST)
    best_count: Mapped[int] = mapped_column(default=5)  # for ScoreRule.BEST
    board_audience: Mapped[BoardAudience] = enum_column(
        BoardAudience, "board_audience", default=BoardAudience.TEAMS
    )
    is_board_on: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ContestTeam(Base):
    """A unit that is a team: its people and all below, but for those of a team below it."""

    __tablename__ = "contest_team"

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), primary_key=True)


class ContestEntry(Base):
    """A member has begun the contest for a team; who moves to another unit afterwards stays."""

    __tablename__ = "contest_entry"
    __table_args__ = (Index("ix_contest_entry_contest_unit", "contest_id", "unit_id"),)

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
