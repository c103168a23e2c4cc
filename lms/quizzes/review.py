"""The pages of an attempt put together: the paper to be taken, and the review after grading."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, exists, select

from lms import clock
from lms.courses.models import Lesson
from lms.db import db
from lms.files.delivery import url_for_blob
from lms.files.models import Blob
from lms.members.models import Member
from lms.members.policy import Actor
from lms.members.session import current_actor
from lms.quizzes.attempt_files import handing_of
from lms.quizzes.attempt_queries import (
    Asked,
    StoredAnswer,
    StoredGrade,
    asked_in,
    grades_of,
    responses_of,
    sheet_of,
)
from lms.quizzes.bank_queries import definitions_of
from lms.quizzes.contest_models import ContestEntry
from lms.quizzes.correction_models import Correction
from lms.quizzes.corrections import corrections_of
from lms.quizzes.handing import NO_FILES, Handing
from lms.quizzes.models import (
    Attempt,
    AttemptState,
    Marking,
    Paper,
    QuestionVersion,
)
from lms.quizzes.presenting import Asking, Reveal, Shown, present
from lms.quizzes.responses import field_name
from lms.quizzes.results import View, Window, fraction_of, view_of, window_at
from lms.quizzes.sheet import SheetSection

_entry, _correction = ContestEntry.__table__.c, Correction.__table__.c
# Asked with every graded paper: which contest it was begun for, whether a regrade changed it.
_BESIDE = select(
    select(_entry.contest_id).where(_entry.attempt_id == bindparam("attempt_id")).scalar_subquery(),
    exists().where(_correction.attempt_id == bindparam("attempt_id")),
)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A part of the paper with its questions."""

    heading: SheetSection
    questions: list[Shown]


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a review: as shown, with its newest grade."""

    shown: Shown
    grade: StoredGrade | None


@dataclass(frozen=True)
class Review:
    """All that the result page shows."""

    attempt: Attempt
    paper: Paper
    view: View
    lines: list[Line]
    score_fraction: Decimal
    is_graded: bool
    is_own: bool
    taker_name: str
    lesson: Lesson | None
    contest_id: int | None
    corrections: list[Correction]
    counts: dict[str, int]
    uses_certainty: bool


def address_for(actor: Actor) -> Callable[[int], str]:
    """Gives the address of a stored file of a question for this person."""

    def address(blob_id: int) -> str:
        blob = db.session.get(Blob, blob_id)
        return url_for_blob(blob, actor) if blob else ""

    return address


def shown_paper(attempt: Attempt, answers: Mapping[int, StoredAnswer]) -> list[ShownSection]:
    """The paper to be taken, with the answers so far; empty sections are left out."""
    sheet = sheet_of(attempt)
    address = address_for(current_actor())
    responses = responses_of(answers)
    sections = [ShownSection(heading, []) for heading in sheet.sections]
    asked = asked_in(sheet)
    handing = handing_of(attempt, asked, takes_more=True)
    for each in asked:
        how = asking(each, address, handing=handing)
        shown = present(each.definition, responses.get(each.item.slot), how)
        sections[each.item.section].questions.append(shown)
    return [section for section in sections if section.questions]


def asking(
    each: Asked,
    address: Callable[[int], str],
    reveal: Reveal = Reveal.NOTHING,
    handing: Handing = NO_FILES,
) -> Asking:
    """How a question of an attempt is shown."""
    return Asking(
        slot=each.item.slot,
        name=field_name(each.item.slot),
        points=each.item.points,
        address=address,
        order=each.item.order,
        reveal=reveal,
        handing=handing,
    )


def review_of(attempt: Attempt, *, member: Actor) -> Review:
    """The finished attempt as this person may see it; who may edit the paper sees everything."""
    paper = attempt.paper
    is_own = attempt.member_id == member.id
    view = _view(paper, is_own)
    is_graded = attempt.state == AttemptState.SUBMITTED
    grades = grades_of(attempt.id) if view.score else {}
    lines = _lines(attempt, member, view, grades) if is_graded and view.answers else []
    contest_id, has_corrections = db.session.execute(_BESIDE, {"attempt_id": attempt.id}).one()
    corrections = corrections_of([attempt.id])[attempt.id] if has_corrections else []
    return Review(
        attempt=attempt,
        paper=paper,
        view=view,
        lines=lines,
        score_fraction=fraction_of(attempt.points, attempt.max_points),
        is_graded=is_graded,
        is_own=is_own,
        taker_name=member.name if is_own else db.session.get_one(Member, attempt.member_id).name,
        lesson=db.session.get(Lesson, attempt.lesson_id) if attempt.lesson_id else None,
        contest_id=contest_id,
        corrections=corrections if view.score else [],
        counts=count_outcomes(grades),
        uses_certainty=paper.marking == Marking.CERTAINTY,
    )


def _view(paper: Paper, is_own: bool) -> View:
    if not is_own:
        return View(True, True, True)
    is_closed = window_at(clock.now(), None, paper.closes_at) == Window.AFTER
    return view_of(paper.showing, after_close=paper.shows_after_close, is_closed=is_closed)


def _lines(
    attempt: Attempt, member: Actor, view: View, grades: Mapping[int, StoredGrade]
) -> list[Line]:
    asked = asked_in(sheet_of(attempt))
    graded_with = _regraded_definitions(grades, asked)
    address = address_for(member)
    reveal = Reveal.EXPLANATIONS if view.explanations else Reveal.ANSWERS
    handing = handing_of(attempt, asked)
    lines = []
    for each in asked:
        row = grades.get(each.item.slot)
        definition = graded_with.get(row.version_id, each.definition) if row else each.definition
        how = asking(each, address, reveal, handing)
        shown = present(definition, row.response if row else None, how)
        lines.append(Line(shown, row))
    return lines


def _regraded_definitions(grades: Mapping[int, StoredGrade], asked: list[Asked]) -> dict[int, Any]:
    """The definitions of versions that grades were made with after the attempt."""
    known = {each.item.version_id for each in asked}
    later = {row.version_id for row in grades.values()} - known
    if not later:
        return {}
    rows = db.session.query(QuestionVersion.id, QuestionVersion.digest).where(
        QuestionVersion.id.in_(later)
    )
    return definitions_of(dict(rows.all()))


def count_outcomes(grades: Mapping[int, StoredGrade]) -> dict[str, int]:
    """How many questions were right, partly right, wrong, unanswered and pending."""
    counts = {"right": 0, "partly": 0, "wrong": 0, "unanswered": 0, "pending": 0}
    for row in grades.values():
        if row.outcome != "graded":
            counts[row.outcome] += 1
        elif row.points >= row.max_points:
            counts["right"] += 1
        else:
            counts["partly" if row.points > 0 else "wrong"] += 1
    return counts
