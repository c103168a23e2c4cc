"""Reading papers: loaders, the pools behind drawing rules, what a member may do with a paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, bindparam, func, select, type_coerce
from sqlalchemy.orm import aliased, defer

from lms.db import Exact, db
from lms.errors import NotFound
from lms.members import scope
from lms.members.models import Member, OrgUnit
from lms.members.policy import Action, Actor, ContentFacts
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
from lms.quizzes.sheet import SheetSection

CACHED_POOLS = 500
_pools: dict[tuple[object, ...], tuple[int, ...]] = {}


_section, _entry, _bank = PaperSection.__table__.c, PaperEntry.__table__.c, Bank.__table__.c
# Asked at every start of an attempt, so they are put together once.
_LINES = (
    select(
        _section.id.label("section_id"),
        _section.title,
        _section.instructions,
        _section.shuffles,
        _entry.id.label("entry_id"),
        _entry.points,
        _entry.question_id,
        _entry.draw_count,
        _entry.bank_id,
        _entry.category_id,
        _entry.kind,
        _entry.tag,
        _entry.difficulty_from,
        _entry.difficulty_to,
        _bank.code,
        _bank.created_at,
        _bank.revision,
    )
    .select_from(
        PaperSection.__table__.outerjoin(
            PaperEntry.__table__, _entry.section_id == _section.id
        ).outerjoin(Bank.__table__, _bank.id == _entry.bank_id)
    )
    .where(_section.paper_id == bindparam("paper_id"))
    .order_by(_section.position, _section.id, _entry.position, _entry.id)
)
_owner, _audience = aliased(OrgUnit), aliased(OrgUnit)
# Asked with nearly every page of a paper, with what the policy needs to know.
_PAPER = (
    select(Paper, _owner.path, _audience.path)
    .join(_owner, _owner.id == Paper.unit_id)
    .join(_audience, _audience.id == Paper.audience_unit_id)
    .where(Paper.id == bindparam("paper_id"))
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn for every attempt at a paper, and the headings that it stands under."""

    headings: tuple[SheetSection, ...]
    sections: tuple[Section, ...]
    pool_sizes: Mapping[int, int]  # by the id of the entry that draws


@dataclass(frozen=True, slots=True)
class PaperSize:
    """How long a paper is."""

    questions: int
    points: object


def get_paper(paper_id: int, *, member: Actor, action: Action = Action.VIEW) -> Paper:
    """The paper, for those who may `action` it."""
    row = db.session.execute(_PAPER, {"paper_id": paper_id}).first()
    if row is None:
        raise NotFound(_("没有找到这份试卷，它可能已被移走。"))
    paper: Paper = row[0]
    is_published = paper.state == scope.ContentState.PUBLISHED
    scope.check_facts(member, action, ContentFacts(row[1], row[2], is_published))
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


def plan_of(paper_id: int) -> Plan:
    """The paper as the drawing kernel takes it; sections are keyed by their place."""
    headings: list[SheetSection] = []
    sections: list[Section] = []
    pool_sizes: dict[int, int] = {}
    rows = db.session.execute(_LINES, {"paper_id": paper_id})
    for place, (_id, lines) in enumerate(groupby(rows, key=attrgetter("section_id"))):
        entries = list(lines)
        first = entries[0]
        headings.append(SheetSection(first.title, first.instructions))
        drawing = {each.entry_id: _to_draw(each) for each in entries if each.entry_id is not None}
        sections.append(Section(place, tuple(drawing.values()), first.shuffles))
        pool_sizes |= {key: len(one.pool) for key, one in drawing.items() if isinstance(one, Draw)}
    return Plan(tuple(headings), tuple(sections), pool_sizes)


def _to_draw(entry: Row[Any]) -> Fixed | Draw:
    if entry.question_id is not None:
        return Fixed(entry.question_id, entry.points)
    return Draw(entry.draw_count, _pool_of(entry), entry.points)


def _pool_of(entry: Row[Any]) -> tuple[int, ...]:
    """The questions that a rule may draw; kept in memory until the bank changes."""
    narrowed = Filter(
        kind=entry.kind,
        state=QuestionState.REVIEWED,
        category_id=entry.category_id,
        tag=entry.tag,
        difficulty_from=entry.difficulty_from,
        difficulty_to=entry.difficulty_to,
    )
    key = (entry.bank_id, entry.code, entry.created_at, entry.revision, narrowed)
    pool = _pools.get(key)
    if pool is None:
        query = select(Question.id).where(
            Question.bank_id == entry.bank_id, *conditions(narrowed, bank_id=entry.bank_id)
        )
        pool = tuple(db.session.scalars(query.order_by(Question.id)))
        if len(_pools) >= CACHED_POOLS:
            _pools.clear()
        _pools[key] = pool
    return pool


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
