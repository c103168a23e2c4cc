"""Reading question banks: loaders that check the person, filtered lists, definitions by version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from lms.db import db
from lms.errors import NotFound
from lms.members import scope
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor
from lms.quizzes.definition import Definition, Kind, from_json
from lms.quizzes.models import (
    Bank,
    Category,
    PendingImport,
    Question,
    QuestionState,
    QuestionTag,
    QuestionVersion,
)

CACHED_DEFINITIONS = 20_000
BATCH = 900
_definitions: dict[str, Definition] = {}  # by digest: equal names mean equal contents for ever

_question, _version = Question.__table__.c, QuestionVersion.__table__.c
# Asked at every start of an attempt, so it is put together once.
_NEWEST = (
    select(_question.id, _version.id, _version.digest)
    .join_from(
        Question.__table__,
        QuestionVersion.__table__,
        (_version.question_id == _question.id) & (_version.number == _question.version_number),
    )
    .where(_question.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank in a list."""

    bank: Bank
    unit_name: str
    count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of questions is narrowed to; empty fields narrow nothing."""

    text: str = ""
    kind: Kind | None = None
    state: QuestionState | None = None
    category_id: int | None = None
    tag: str = ""
    difficulty_from: int = 1
    difficulty_to: int = 5


def get_bank(bank_id: int, *, member: Actor, action: Action = Action.EDIT) -> Bank:
    """The bank, for those who may `action` it. Banks are never open to learners."""
    bank = db.session.get(Bank, bank_id)
    scope.check(member, action, bank)
    assert bank is not None
    return bank


def find_bank_by_code(code: str) -> Bank | None:
    """The bank of that code, whoever asks: for the command line."""
    return db.session.scalar(select(Bank).where(Bank.code == code))


def get_question(question_id: int, *, member: Actor, action: Action = Action.EDIT) -> Question:
    """The question, for those who may `action` its bank."""
    question = db.session.get(Question, question_id)
    if question is None:
        raise NotFound(_("没有找到这道题。"))
    get_bank(question.bank_id, member=member, action=action)
    return question


def get_import(import_id: int, *, member: Actor) -> PendingImport:
    """A file that waits for confirmation; its bank must be the person's to edit."""
    pending = db.session.get(PendingImport, import_id)
    if pending is None:
        raise NotFound(_("没有找到这次导入。"))
    get_bank(pending.bank_id, member=member)
    return pending


def list_banks(member: Actor) -> list[BankRow]:
    """The banks that the person may edit, with their sizes."""
    counts = (
        select(Question.bank_id, func.count().label("count"))
        .where(Question.state != QuestionState.RETIRED)
        .group_by(Question.bank_id)
        .subquery()
    )
    unit = OrgUnit
    query = (
        select(Bank, unit.name, func.coalesce(counts.c.count, 0))
        .join(unit, unit.id == Bank.unit_id)
        .outerjoin(counts, counts.c.bank_id == Bank.id)
        .where(scope.editable_by(member, Bank))
        .order_by(Bank.title)
    )
    return [BankRow(*row) for row in db.session.execute(query)]


def list_categories(bank: Bank) -> Sequence[Category]:
    """The category tree of a bank, in the order of its paths."""
    return db.session.scalars(
        select(Category).where(Category.bank_id == bank.id).order_by(Category.path)
    ).all()


def select_questions(bank_id: int, narrowed: Filter, *, newest_first: bool = True) -> Select[Any]:
    """The questions of a bank, newest first or in the order they came in."""
    query = select(Question).where(
        Question.bank_id == bank_id, *conditions(narrowed, bank_id=bank_id)
    )
    return query.order_by(Question.id.desc() if newest_first else Question.id)


def conditions(narrowed: Filter, *, bank_id: int) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions; a category includes all below it."""
    parts: list[ColumnElement[bool]] = []
    if narrowed.text:
        pattern = narrowed.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append(Question.summary.like(f"%{pattern}%", escape="\\"))
    if narrowed.kind:
        parts.append(Question.kind == narrowed.kind)
    if narrowed.state:
        parts.append(Question.state == narrowed.state)
    if narrowed.category_id:
        top = select(Category.path).where(Category.id == narrowed.category_id).scalar_subquery()
        inside = select(Category.id).where(
            Category.bank_id == bank_id,
            (Category.path == top)
            | (func.substr(Category.path, 1, func.length(top) + 1) == top + "/"),
        )
        parts.append(Question.category_id.in_(inside))
    if narrowed.tag:
        tagged = select(QuestionTag.question_id).where(QuestionTag.tag == narrowed.tag)
        parts.append(Question.id.in_(tagged))
    if narrowed.difficulty_from > 1:
        parts.append(Question.difficulty >= narrowed.difficulty_from)
    if narrowed.difficulty_to < 5:
        parts.append(Question.difficulty <= narrowed.difficulty_to)
    return parts


def tags_of(question_ids: Sequence[int]) -> dict[int, list[str]]:
    """The tags of these questions."""
    result: dict[int, list[str]] = {each: [] for each in question_ids}
    for start in range(0, len(question_ids), BATCH):
        part = question_ids[start : start + BATCH]
        query = (
            select(QuestionTag).where(QuestionTag.question_id.in_(part)).order_by(QuestionTag.tag)
        )
        for row in db.session.scalars(query):
            result[row.question_id].append(row.tag)
    return result


def list_tags(bank: Bank) -> Sequence[str]:
    """All tags used in a bank."""
    query = (
        select(QuestionTag.tag)
        .join(Question, Question.id == QuestionTag.question_id)
        .where(Question.bank_id == bank.id)
        .distinct()
        .order_by(QuestionTag.tag)
    )
    return db.session.scalars(query).all()


def known_digests(bank_id: int, digests: Iterable[str]) -> dict[str, int]:
    """Which of these contents the bank has already, with the question's id."""
    wanted = list(digests)
    known: dict[str, int] = {}
    for start in range(0, len(wanted), BATCH):
        query = select(Question.digest, Question.id).where(
            Question.bank_id == bank_id,
            Question.state != QuestionState.RETIRED,
            Question.digest.in_(wanted[start : start + BATCH]),
        )
        known |= dict(db.session.execute(query).all())
    return known


def newest_version(question: Question) -> QuestionVersion:
    """The version that new attempts get."""
    return db.session.scalars(
        select(QuestionVersion).where(
            QuestionVersion.question_id == question.id,
            QuestionVersion.number == question.version_number,
        )
    ).one()


def list_versions(question: Question) -> Sequence[QuestionVersion]:
    """All versions of a question, newest first."""
    return db.session.scalars(
        select(QuestionVersion)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
    ).all()


def newest_versions(question_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """For each question the id and digest of its newest version."""
    wanted = list(dict.fromkeys(question_ids))
    result: dict[int, tuple[int, str]] = {}
    for start in range(0, len(wanted), BATCH):
        some = {"ids": wanted[start : start + BATCH]}
        for question_id, version_id, name in db.session.execute(_NEWEST, some):
            result[question_id] = (version_id, name)
    return result


def definitions_of(versions: Mapping[int, str]) -> dict[int, Definition]:
    """The definitions of these versions, given as id -> digest; kept in memory by digest."""
    missing = [version_id for version_id, name in versions.items() if name not in _definitions]
    if len(_definitions) > CACHED_DEFINITIONS:
        _definitions.clear()
        missing = list(versions)
    for start in range(0, len(missing), BATCH):
        query = select(QuestionVersion.digest, QuestionVersion.definition).where(
            QuestionVersion.id.in_(missing[start : start + BATCH])
        )
        for name, data in db.session.execute(query):
            _definitions[name] = from_json(data)
    return {version_id: _definitions[name] for version_id, name in versions.items()}
