"""Reading papers: loaders, the pools behind drawing rules, what a member may do with a paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, or_, select, type_coerce
from sqlalchemy.orm import defer, selectinload

from lms.db import Exact, db
from lms.errors import NotFound
from lms.members import scope
from lms.members.models import Member, OrgUnit
from lms.members.policy import Action, Actor
from lms.quizzes.bank_queries import Filter, conditions
from lms.quizzes.drawing import Draw, Fixed, Section
from lms.quizzes.models import (
    Allowance,
    Attempt,
    Bank,
    Paper,
    PaperEntry,
    PaperSection,
    Question,
    QuestionState,
)

CACHED_POOLS = 500
_pools: dict[tuple[object, ...], tuple[int, ...]] = {}


@dataclass(frozen=True, slots=True)
class Extra:
    """What a member gets beyond the paper's own limits."""

    seconds: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class PaperSize:
    """How long a paper is."""

    questions: int
    points: object


def get_paper(paper_id: int, *, member: Actor, action: Action = Action.VIEW) -> Paper:
    """The paper with its sections, for those who may `action` it."""
    paper = db.session.scalar(
        select(Paper)
        .where(Paper.id == paper_id)
        .options(selectinload(Paper.sections).selectinload(PaperSection.entries))
    )
    if paper is None:
        raise NotFound(_("没有找到这份试卷，它可能已被移走。"))
    scope.check(member, action, paper)
    return paper


def get_section(section_id: int, *, member: Actor) -> tuple[Paper, PaperSection]:
    """A section and its paper, which must be the person's to edit."""
    section = db.session.get(PaperSection, section_id)
    if section is None:
        raise NotFound(_("没有找到这份试卷，它可能已被移走。"))
    return get_paper(section.paper_id, member=member, action=Action.EDIT), section


def get_entry(entry_id: int, *, member: Actor) -> tuple[Paper, PaperEntry]:
    """An entry and its paper, which must be the person's to edit."""
    entry = db.session.get(PaperEntry, entry_id)
    if entry is None:
        raise NotFound(_("没有找到这份试卷，它可能已被移走。"))
    paper, _section = get_section(entry.section_id, member=member)
    return paper, entry


def list_editable_papers(member: Actor) -> Sequence[Paper]:
    """The papers that the person may change, newest first."""
    return db.session.scalars(
        select(Paper).where(scope.editable_by(member, Paper)).order_by(Paper.id.desc())
    ).all()


def list_offered_papers(member: Actor, *, at: datetime) -> Sequence[Paper]:
    """The published tests of the member's list; those closed more than a year ago are left out."""
    return db.session.scalars(
        select(Paper)
        .where(
            Paper.audience_unit_id.in_(member.unit_ids),
            Paper.state == scope.ContentState.PUBLISHED,
            Paper.is_listed.is_(True),
        )
        .order_by(Paper.closes_at.is_(None), Paper.closes_at, Paper.id.desc())
    ).all()


def attempts_by_paper(member_id: int, paper_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """The member's attempts at these papers, oldest first."""
    result: dict[int, list[Attempt]] = {each: [] for each in paper_ids}
    query = (
        select(Attempt)
        .where(Attempt.member_id == member_id, Attempt.paper_id.in_(paper_ids))
        .options(defer(Attempt.drawn))  # the long part, which no list shows
        .order_by(Attempt.number)
    )
    for attempt in db.session.scalars(query):
        result[attempt.paper_id].append(attempt)
    return result


def extra_for(paper_id: int, member: Actor) -> Extra:
    """The largest allowance among those for the member and for the units above them."""
    return extras_for([paper_id], member).get(paper_id, Extra())


def extras_for(paper_ids: Sequence[int], member: Actor) -> dict[int, Extra]:
    """The same for many papers in one query; those without any allowance are left out."""
    query = (
        select(
            Allowance.paper_id,
            func.max(Allowance.extra_seconds),
            func.max(Allowance.extra_attempts),
        )
        .where(
            Allowance.paper_id.in_(paper_ids),
            or_(Allowance.member_id == member.id, Allowance.unit_id.in_(member.unit_ids)),
        )
        .group_by(Allowance.paper_id)
    )
    return {
        paper_id: Extra(seconds, attempts)
        for paper_id, seconds, attempts in db.session.execute(query)
    }


@dataclass(frozen=True, slots=True)
class ShownAllowance:
    """An allowance with the name of whom it is for."""

    allowance: Allowance
    name: str
    number: str  # of a member; empty for a unit


def list_allowances(paper: Paper) -> list[ShownAllowance]:
    """All allowances of a paper, the newest first."""
    query = (
        select(Allowance, Member.name, Member.number, OrgUnit.name)
        .outerjoin(Member, Member.id == Allowance.member_id)
        .outerjoin(OrgUnit, OrgUnit.id == Allowance.unit_id)
        .where(Allowance.paper_id == paper.id)
        .order_by(Allowance.id.desc())
    )
    return [
        ShownAllowance(allowance, name or unit, number or "")
        for allowance, name, number, unit in db.session.execute(query)
    ]


def get_allowance(allowance_id: int, *, member: Actor) -> tuple[Paper, Allowance]:
    """An allowance and its paper, which must be the person's to edit."""
    allowance = db.session.get(Allowance, allowance_id)
    if allowance is None:
        raise NotFound(_("没有找到这一条，它可能已被移走。"))
    return get_paper(allowance.paper_id, member=member, action=Action.EDIT), allowance


def pool_of(entry: PaperEntry) -> tuple[int, ...]:
    """The questions that a rule may draw; kept in memory until the bank changes."""
    bank = db.session.execute(
        select(Bank.code, Bank.created_at, Bank.revision).where(Bank.id == entry.bank_id)
    ).one()
    narrowed = Filter(
        kind=entry.kind,
        state=QuestionState.REVIEWED,
        category_id=entry.category_id,
        tag=entry.tag,
        difficulty_from=entry.difficulty_from,
        difficulty_to=entry.difficulty_to,
    )
    key = (entry.bank_id, *bank, narrowed)
    pool = _pools.get(key)
    if pool is None:
        query = select(Question.id).where(
            Question.bank_id == entry.bank_id, *conditions(narrowed, bank_id=entry.bank_id or 0)
        )
        pool = tuple(db.session.scalars(query.order_by(Question.id)))
        if len(_pools) >= CACHED_POOLS:
            _pools.clear()
        _pools[key] = pool
    return pool


def drawing_of(paper: Paper) -> list[Section]:
    """The paper as the drawing kernel takes it; sections are keyed by their place."""
    return [
        Section(
            index,
            tuple(
                Fixed(entry.question_id, entry.points)
                if entry.question_id is not None
                else Draw(entry.draw_count, pool_of(entry), entry.points)
                for entry in section.entries
            ),
            section.shuffles,
        )
        for index, section in enumerate(paper.sections)
    ]


def size_of(paper: Paper) -> PaperSize:
    """The number of questions and the sum of points that every draw has."""
    entries = [entry for section in paper.sections for entry in section.entries]
    return PaperSize(
        sum(entry.draw_count for entry in entries),
        sum(entry.points * entry.draw_count for entry in entries),
    )


def sizes_of(papers: Sequence[Paper]) -> dict[int, PaperSize]:
    """The sizes of many papers in one query."""
    query = (
        select(
            PaperSection.paper_id,
            func.sum(PaperEntry.draw_count),
            type_coerce(func.sum(PaperEntry.points * PaperEntry.draw_count), Exact()),
        )
        .join(PaperEntry, PaperEntry.section_id == PaperSection.id)
        .where(PaperSection.paper_id.in_([paper.id for paper in papers]))
        .group_by(PaperSection.paper_id)
    )
    found = {
        paper_id: PaperSize(int(count), points)
        for paper_id, count, points in db.session.execute(query)
    }
    return {paper.id: found.get(paper.id, PaperSize(0, 0)) for paper in papers}
