"""Bringing banks and papers of a content folder into the database. Nothing here commits."""

from decimal import Decimal

from sqlalchemy import select

from lms.content.folder import BankEntry, PaperEntry, SectionEntry
from lms.content.known import Known
from lms.db import db
from lms.errors import Conflict
from lms.quizzes.bank_actions import create_bank, create_question, revise_question
from lms.quizzes.models import Bank, Paper, Question
from lms.quizzes.paper_actions import (
    add_questions_to,
    add_section,
    change_paper,
    change_section,
    check_unused,
    create_paper,
    publish_paper,
    remove_section,
)


def put_bank(entry: BankEntry, known: Known, *, unit_id: int) -> None:
    """Create or update the bank and those of its questions that are new or changed.

    A question that the folder no longer has stays in the bank: papers may ask it.
    """
    bank = db.session.scalar(select(Bank).where(Bank.code == entry.code))
    if bank is None:
        bank = create_bank(code=entry.code, title=entry.title, unit_id=unit_id, by=None)
    bank.title = entry.title
    for question in entry.questions:
        key = f"question:{question.key}"
        if known.digest(key) == question.digest:
            continue
        row = db.session.get(Question, known.find_id(key) or 0)
        if row is None:
            row = create_question(bank, question.definition, by=None)
        else:
            revise_question(row, question.definition, by=None)
        known.put(key, question.digest, row.id)
    known.put(f"bank:{entry.code}", entry.digest, bank.id)


def put_paper(entry: PaperEntry, known: Known, *, unit_id: int) -> bool:
    """Create or update the paper and publish a new one.

    Gives False when its questions had to stay because somebody has begun it already; title, time
    and limits follow the folder all the same.
    """
    settings = {
        "title": entry.title,
        "time_limit_seconds": entry.minutes * 60 or None,
        "pass_fraction": Decimal(entry.pass_percent) / 100,
        "attempts_allowed": entry.attempts,
        "is_listed": entry.is_listed,
    }
    key = f"paper:{entry.code}"
    paper = db.session.get(Paper, known.find_id(key) or 0)
    is_new = paper is None
    if paper is None:
        paper = create_paper(unit_id=unit_id, by=None, **settings)  # type: ignore[arg-type]
    else:
        change_paper(paper, by=None, **settings)
    is_whole = _put_sections(paper, entry.sections, known)
    if is_new:
        publish_paper(paper, by=None)
    known.put(key, entry.digest, paper.id)
    return is_whole


def _put_sections(paper: Paper, sections: tuple[SectionEntry, ...], known: Known) -> bool:
    try:
        check_unused(paper)
    except Conflict:
        return False
    for old in list(paper.sections):
        old.entries.clear()
    for extra in list(paper.sections)[len(sections) :]:
        remove_section(paper, extra)
    db.session.flush()
    for at, entry in enumerate(sections):
        part = paper.sections[at] if at < len(paper.sections) else add_section(paper)
        change_section(part, title=entry.title, instructions="", shuffles=False)
        ids = [known.find_id(f"question:{key}") or 0 for key in entry.questions]
        questions = [db.session.get_one(Question, question_id) for question_id in ids]
        add_questions_to(part, questions, points=Decimal(entry.points))
    return True
