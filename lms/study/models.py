"""The ledger of study and what stands around it: clocks, totals, rules, requirements, seals."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from lms.db import Base, BigId, Exact, Key, SlimDateTime, enum_column
from lms.members.policy import Role
from lms.study.credit import CreditKind
from lms.study.requirements import CarryOver, Status


class EntryKind(StrEnum):
    """What an entry of the ledger records."""

    ONLINE = "online"  # a span of study that the server counted
    COMPLETION = "completion"  # an item finished, where the rule gives credit for that
    OFFLINE = "offline"  # attendance at a lecture, meeting or training day
    TEST = "test"  # a passed test
    REFLECTION = "reflection"  # an accepted reflection
    ADJUSTMENT = "adjustment"  # a correction that adds or takes, with a reason
    REVERSAL = "reversal"  # takes back one earlier entry in full


def _unique_where_set(name: str, *columns: str) -> Index:
    """A unique index of the rows that have a value in the last column."""
    is_set = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=True, sqlite_where=is_set, postgresql_where=is_set)


class StudyClock(Base):
    """The one clock of a member: what is being counted now, in which window, up to when.

    `state` is the kernel's own text (study/clock.py). The columns beside it repeat what lists
    need while the span is open.
    """

    __tablename__ = "study_clock"
    __table_args__ = (
        Index(
            "ix_study_clock_open",
            "member_id",
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    sessions: Mapped[int] = mapped_column(BigId, default=0)  # how many windows were ever opened
    state: Mapped[str] = mapped_column(Text, default="")
    is_open: Mapped[bool] = mapped_column(default=False)
    beat_at: Mapped[datetime | None]
    open_on: Mapped[date | None]
    open_seconds: Mapped[int] = mapped_column(default=0)
    open_kind: Mapped[str] = mapped_column(String(16), default="")
    open_subject_id: Mapped[int] = mapped_column(BigId, default=0)


class StudyItem(Base):
    """What a member has had counted for one lesson or document, in all sessions together."""

    __tablename__ = "study_item"
    __table_args__ = (
        Index(
            "ix_study_item_waiting",
            "subject_kind",
            "subject_id",
            sqlite_where=text("waits_rule_id IS NOT NULL"),
            postgresql_where=text("waits_rule_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},  # the key is most of the row; it need not stand there twice
    )

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    subject_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    counted_seconds: Mapped[int] = mapped_column(default=0)
    credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    frontier_ms: Mapped[int] = mapped_column(BigId, default=0)
    completed_at: Mapped[datetime | None]
    length_seconds: Mapped[int] = mapped_column(default=0)  # expected, when it was completed
    # The rules under which it earns once its course's test is passed; None: nothing waits.
    waits_rule_id: Mapped[int | None] = mapped_column(ForeignKey("study_rule.id"))


class StudyTitle(Base):
    """What entries are about, in words, as they stood; thousands of entries share one.

    Nothing asks that a title be here only once: two transactions that need a new one at the same
    moment each add it, where a unique index would make them wait for each other.
    """

    __tablename__ = "study_title"

    id: Mapped[Key]
    text: Mapped[str] = mapped_column(String(200), index=True)


class StudyEntry(Base):
    """One line of the ledger. Lines are added, never changed, never removed."""

    __tablename__ = "study_entry"
    __table_args__ = (
        Index("ix_study_entry_member_day", "member_id", "day_on"),
        Index("ix_study_entry_recorded_on", "recorded_on"),
        # Most entries are no award and reverse nothing: they take no place in these two.
        _unique_where_set("ix_study_entry_award", "member_id", "award_key"),
        _unique_where_set("ix_study_entry_reverses", "reverses_id"),
        CheckConstraint("month = CAST(month AS INTEGER) AND month > 190000", name="month"),
        CheckConstraint(
            "kind NOT IN ('adjustment', 'reversal') OR (actor_id IS NOT NULL AND reason <> '')",
            name="correction_is_explained",
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint(
            "kind IN ('adjustment', 'reversal') OR (seconds >= 0 AND credit >= 0)",
            name="not_negative",
        ),
    )

    # Columns of eight bytes, of four, of one, then words: PostgreSQL pads what would not align.
    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    actor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("study_entry.id"))
    started_at: Mapped[datetime | None] = mapped_column(SlimDateTime)
    recorded_at: Mapped[datetime] = mapped_column(SlimDateTime)
    unit_id: Mapped[int] = mapped_column(Integer, ForeignKey("org_unit.id"))  # on that day
    title_id: Mapped[int] = mapped_column(Integer, ForeignKey("study_title.id"))
    rule_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("study_rule.id"))
    day_on: Mapped[date]
    month: Mapped[int]  # of that day, 202611
    seconds: Mapped[int] = mapped_column(default=0)
    recorded_on: Mapped[date]
    is_required: Mapped[bool] = mapped_column(default=False)  # counts for the required part
    kind: Mapped[EntryKind] = enum_column(EntryKind, "kind")
    counts_as: Mapped[CreditKind] = enum_column(CreditKind, "counts_as")
    subject_kind: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    award_key: Mapped[str | None] = mapped_column(String(80))  # what may be credited only once
    stretches: Mapped[str | None] = mapped_column(Text)  # the evidence, as spans.encode writes it

    title: Mapped[str] = column_property(
        select(StudyTitle.text).where(StudyTitle.id == title_id).scalar_subquery()
    )


class StudyMonth(Base):
    """A member's totals of one month: a projection of the ledger that can be rebuilt from it."""

    __tablename__ = "study_month"
    __table_args__ = (Index("ix_study_month_month", "month"),)

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[int] = mapped_column(default=0)
    credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    required_credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    online_credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    offline_credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    test_credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    reflection_credit: Mapped[Decimal] = mapped_column(Exact, default=0)
    adjustment_credit: Mapped[Decimal] = mapped_column(Exact, default=0)


class StudyRule(Base):
    """One version of the credit rules; the newest that is in force on a day applies to it."""

    __tablename__ = "study_rule"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]]
    effective_on: Mapped[date] = mapped_column(index=True)
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))


class Requirement(Base):
    """One published version of the hours asked of a unit, a role in it, or one person.

    The newest version of the nearest scope applies; a version with no hours at all lifts the
    requirement for its scope.
    """

    __tablename__ = "study_requirement"
    __table_args__ = (
        CheckConstraint("member_id IS NULL OR role IS NULL", name="one_override"),
        Index("ix_study_requirement_unit_since", "unit_id", "since_month"),
    )

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("org_unit.id"))
    role: Mapped[Role | None] = enum_column(Role, "role", nullable=True)
    member_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"), index=True)
    since_month: Mapped[int]
    month_hours: Mapped[Decimal | None] = mapped_column(Exact)
    year_hours: Mapped[Decimal | None] = mapped_column(Exact)
    required_part_hours: Mapped[Decimal | None] = mapped_column(Exact)
    carry_over: Mapped[CarryOver] = enum_column(CarryOver, "carry_over", default=CarryOver.NONE)
    note: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))


class Exemption(Base):
    """Days on which nothing is asked of a person, and why."""

    __tablename__ = "study_exemption"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),
        Index("ix_study_exemption_member_since", "member_id", "since_on"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"))
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500), default="")
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]  # withdrawn; the row stays for the record
    ended_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))


class MonthClosing(Base):
    """A month of a unit and all below it, frozen for reports at a moment."""

    __tablename__ = "study_month_closing"
    __table_args__ = (UniqueConstraint("unit_id", "month"),)

    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("org_unit.id"))
    month: Mapped[int] = mapped_column(index=True)
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"))


class ClosedMonth(Base):
    """What one member's month was when it was closed."""

    __tablename__ = "study_closed_month"
    __table_args__ = (Index("ix_study_closed_month_month", "month"),)

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    closing_id: Mapped[int] = mapped_column(BigId, ForeignKey("study_month_closing.id"), index=True)
    unit_id: Mapped[int] = mapped_column(BigId, ForeignKey("org_unit.id"))
    seconds: Mapped[int]
    credit: Mapped[Decimal] = mapped_column(Exact)
    carried: Mapped[Decimal] = mapped_column(Exact, default=0)
    required: Mapped[Decimal] = mapped_column(Exact)
    status: Mapped[Status] = enum_column(Status, "status")


class DaySeal(Base):
    """The seal on all that was recorded on one day, chained to the seal before it.

    `digests` holds, for every entry in order of id, eight bytes of id and sixteen of digest, so
    that a broken seal can name the entry.
    """

    __tablename__ = "study_day_seal"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    entries: Mapped[int]
    digests: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed_at: Mapped[datetime]


class StudySetting(Base):
    """A choice of the organisation about study, by name; a missing row is the default."""

    __tablename__ = "study_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_on: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("member.id"))


GUARDED = ("study_entry", "study_title")
SQLITE_APPEND_ONLY = {
    name: tuple(
        f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    )
    for name in GUARDED
}
POSTGRESQL_APPEND_ONLY = {
    name: (
        "CREATE OR REPLACE FUNCTION study_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION USING MESSAGE = ''the ledger is append-only''; END'",
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION study_entry_refuse()",
    )
    for name in GUARDED
}


def _guard_ledger() -> None:
    # Whoever creates the tables creates their guards; migrations run the same statements.
    for dialect, guards in (("sqlite", SQLITE_APPEND_ONLY), ("postgresql", POSTGRESQL_APPEND_ONLY)):
        for name, statements in guards.items():
            for statement in statements:
                ddl = DDL(statement).execute_if(dialect=dialect)
                event.listen(Base.metadata.tables[name], "after_create", ddl)


_guard_ledger()
