"""Banks with immutable question versions, papers and how they are built."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.db import Base, Key, enum_column
from lms.members.scope import OwnedContent
from lms.quizzes.definition import Kind


class QuestionState(StrEnum):
    """How far a question has come."""

    DRAFT = "draft"  # being written; not drawn
    REVIEWED = "reviewed"  # may be used in papers
    RETIRED = "retired"  # kept for old attempts, not drawn any more


class Bank(OwnedContent, Base):
    """A collection of questions that an org unit answers for."""

    __tablename__ = "question_bank"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    revision: Mapped[int] = mapped_column(default=1)  # grows when what can be drawn changes
    created_at: Mapped[datetime]


class Category(Base):
    """A node of a bank's category tree; `path` holds the names from the top, joined by slashes."""

    __tablename__ = "question_category"
    __table_args__ = (UniqueConstraint("bank_id", "path"),)

    id: Mapped[Key]
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("question_category.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(500))


class Question(Base):
    """A question as a thing that lives on while its wording changes; see QuestionVersion."""

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_bank_pool", "bank_id", "state", "kind", "difficulty"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
    )

    id: Mapped[Key]
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("question_category.id"), index=True)
    kind: Mapped[Kind] = enum_column(Kind, "kind")
    state: Mapped[QuestionState] = enum_column(
        QuestionState, "state", default=QuestionState.REVIEWED
    )
    difficulty: Mapped[int] = mapped_column(default=3)
    summary: Mapped[str] = mapped_column(String(200), default="")  # plain text, for lists
    digest: Mapped[str] = mapped_column(String(64), index=True)  # of the newest version
    version_number: Mapped[int] = mapped_column(default=1)  # of the newest version
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class QuestionTag(Base):
    """A word that questions are found by."""

    __tablename__ = "question_tag"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


class QuestionVersion(Base):
    """What a question said at one time; never changed once written."""

    __tablename__ = "question_version"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[Key]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Method(StrEnum):
    """Which of several attempts counts."""

    BEST = "best"
    LAST = "last"
    AVERAGE = "average"


class Showing(StrEnum):
    """What a member sees of a finished attempt."""

    NOTHING = "nothing"  # only that it was handed in
    SCORE = "score"
    ANSWERS = "answers"  # which of the own answers were right, and the right ones
    EXPLANATIONS = "explanations"  # everything


class Marking(StrEnum):
    """How the answers of a paper become points."""

    PLAIN = "plain"
    CERTAINTY = "certainty"  # certainty-based marking: the member says how sure they are


class Paper(OwnedContent, Base):
    """A test: its sections and the rules under which it is taken."""

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint("pass_fraction BETWEEN 0 AND 10000", name="pass_fraction"),
        CheckConstraint("attempts_allowed >= 0", name="attempts_allowed"),
    )

    id: Mapped[Key]
    title: Mapped[str] = mapped_column(String(120))
    instructions: Mapped[str] = mapped_column(Text, default="")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_limit_seconds: Mapped[int | None]  # None: no limit but the window
    grace_seconds: Mapped[int] = mapped_column(default=10)
    attempts_allowed: Mapped[int] = mapped_column(default=0)  # 0: as often as one likes
    method: Mapped[Method] = enum_column(Method, "method", default=Method.BEST)
    marking: Mapped[Marking] = enum_column(Marking, "marking", default=Marking.PLAIN)
    pass_fraction: Mapped[Decimal] = mapped_column(default=Decimal("0.6"))
    showing: Mapped[Showing] = enum_column(Showing, "showing", default=Showing.EXPLANATIONS)
    shows_after_close: Mapped[bool] = mapped_column(default=False)
    shuffles_options: Mapped[bool] = mapped_column(default=True)
    one_at_a_time: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=True)  # else it is taken inside its course only
    password_hash: Mapped[str | None] = mapped_column(String(255))
    networks: Mapped[list[Any]] = mapped_column(default=list)  # CIDR texts; empty: from anywhere
    leave_limit: Mapped[int | None]  # the window left so often hands in; None: only noted
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    sections: Mapped[list["PaperSection"]] = relationship(
        order_by="PaperSection.position", cascade="all, delete-orphan"
    )


class PaperSection(Base):
    """A part of a paper with instructions of its own."""

    __tablename__ = "paper_section"

    id: Mapped[Key]
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120), default="")
    instructions: Mapped[str] = mapped_column(Text, default="")
    shuffles: Mapped[bool] = mapped_column(default=False)

    entries: Mapped[list["PaperEntry"]] = relationship(
        order_by="PaperEntry.position", cascade="all, delete-orphan", lazy="selectin"
    )


class PaperEntry(Base):
    """A line of a section: one fixed question, or so many drawn by a rule."""

    __tablename__ = "paper_entry"
    __table_args__ = (
        CheckConstraint("(question_id IS NULL) <> (bank_id IS NULL)", name="question_or_bank"),
        CheckConstraint("draw_count >= 1", name="draw_count"),
    )

    id: Mapped[Key]
    section_id: Mapped[int] = mapped_column(ForeignKey("paper_section.id"), index=True)
    position: Mapped[int]
    points: Mapped[Decimal]  # for each question
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    draw_count: Mapped[int] = mapped_column(default=1)
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("question_bank.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("question_category.id"))
    kind: Mapped[Kind | None] = enum_column(Kind, "kind", nullable=True)
    tag: Mapped[str] = mapped_column(String(60), default="")
    difficulty_from: Mapped[int] = mapped_column(default=1)
    difficulty_to: Mapped[int] = mapped_column(default=5)


class PaperCondition(Base):
    """A course or programme whose learners may take the paper; any one of them suffices.

    With `needs_completion` it must be completed, otherwise begun.
    """

    __tablename__ = "paper_condition"
    __table_args__ = (
        CheckConstraint("(course_id IS NULL) <> (programme_id IS NULL)", name="one_subject"),
    )

    id: Mapped[Key]
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True
    )
    programme_id: Mapped[int | None] = mapped_column(
        ForeignKey("programme.id", ondelete="CASCADE"), index=True
    )
    needs_completion: Mapped[bool] = mapped_column(default=False)


class Allowance(Base):
    """More time or more attempts for one member or one unit with all below."""

    __tablename__ = "paper_allowance"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (unit_id IS NULL)", name="member_or_unit"),
    )

    id: Mapped[Key]
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    extra_seconds: Mapped[int] = mapped_column(default=0)
    extra_attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")


class AttemptState(StrEnum):
    """Where an attempt stands."""

    OPEN = "open"  # the clock runs
    SUBMITTED = "submitted"  # handed in and graded, as far as a machine can
    VOID = "void"  # declared void by an invigilator, with a reason


class SubmittedBy(StrEnum):
    """Who handed an attempt in."""

    MEMBER = "member"
    SERVER = "server"  # time was up
    INVIGILATOR = "invigilator"


class Attempt(Base):
    """One try at a paper with the paper as drawn; its points are a projection of the grade rows."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("paper_id", "member_id", "number"),
        Index("ix_attempt_member_started", "member_id", "started_at"),
        Index("ix_attempt_state_deadline", "state", "deadline_at"),
    )

    id: Mapped[Key]
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    lesson_id: Mapped[int | None] = mapped_column(
        ForeignKey("lesson.id", ondelete="SET NULL"), index=True
    )
    number: Mapped[int]
    seed: Mapped[int]
    state: Mapped[AttemptState] = enum_column(AttemptState, "state", default=AttemptState.OPEN)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    grace_seconds: Mapped[int]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[SubmittedBy | None] = enum_column(
        SubmittedBy, "submitted_by", nullable=True
    )
    drawn: Mapped[dict[str, Any]]  # see lms.quizzes.sheet
    points: Mapped[Decimal | None]
    max_points: Mapped[Decimal]
    is_passed: Mapped[bool | None]
    is_pending: Mapped[bool] = mapped_column(default=False)  # an essay waits for a person
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    seen_at: Mapped[datetime | None]  # when the browser last called
    current_slot: Mapped[int] = mapped_column(default=0)  # the question it then showed

    paper: Mapped[Paper] = relationship()


class Answer(Base):
    """The newest answer to one slot of an attempt; `sequence` grows with every change."""

    __tablename__ = "attempt_answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response: Mapped[dict[str, Any]]
    sequence: Mapped[int]
    is_flagged: Mapped[bool] = mapped_column(default=False)
    spent_seconds: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]


class GradeSource(StrEnum):
    """Where a grade row comes from."""

    MACHINE = "machine"  # the grader at submission
    PERSON = "person"  # somebody marked it
    REGRADE = "regrade"  # the grader again, after a key was corrected


class GradeRow(Base):
    """The grade of one slot; rows are added, never changed, and the newest counts."""

    __tablename__ = "attempt_grade"
    __table_args__ = (
        Index("ix_attempt_grade_attempt_slot", "attempt_id", "slot"),
        Index("ix_attempt_grade_question", "question_id"),
    )

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    slot: Mapped[int]
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    outcome: Mapped[str] = mapped_column(String(16))
    points: Mapped[Decimal]
    max_points: Mapped[Decimal]
    reasons: Mapped[list[Any]]
    source: Mapped[GradeSource] = enum_column(GradeSource, "source", default=GradeSource.MACHINE)
    comment: Mapped[str] = mapped_column(Text, default="")
    graded_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    graded_at: Mapped[datetime]


class AttemptEvent(Base):
    """What happened around an attempt: evidence and interventions, for a person to judge."""

    __tablename__ = "attempt_event"

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))  # left, returned, extended, forced, voided
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class WrongQuestion(Base):
    """A line of the wrong-question book; right twice running in practice leaves it."""

    __tablename__ = "wrong_question"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    wrong_count: Mapped[int] = mapped_column(default=1)
    right_count: Mapped[int] = mapped_column(default=0)  # in a row, in practice
    last_wrong_at: Mapped[datetime]
    is_mastered: Mapped[bool] = mapped_column(default=False)


class PendingImport(Base):
    """A file between preview and confirmation; nothing of it is in the bank yet."""

    __tablename__ = "question_import"

    id: Mapped[Key]
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    name: Mapped[str] = mapped_column(String(255))
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
