"""Writing to question banks: banks, categories, questions, their versions. No commits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from lms import clock
from lms.db import db
from lms.errors import Conflict, Forbidden, Invalid
from lms.given import insert_many
from lms.members.audit import record
from lms.members.models import OrgUnit
from lms.members.policy import Actor, Role, holds
from lms.members.scope import ContentState
from lms.quizzes.bank_files import admit_files
from lms.quizzes.bank_queries import definitions_of, newest_version
from lms.quizzes.checking import problems_of
from lms.quizzes.definition import Definition, digest, digest_of_json, to_json
from lms.quizzes.models import (
    Bank,
    Category,
    Question,
    QuestionState,
    QuestionTag,
    QuestionVersion,
)
from lms.quizzes.richtext import clean_definition, clean_plain, file_ids, summary_of
from lms.search.outbox import note_all_changed, note_changed

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
BATCH = 1_000
_INSERT_VERSIONS = insert(QuestionVersion.__table__)
_INSERT_TAGS = insert(QuestionTag.__table__)


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to be added: what it says and where it belongs."""

    definition: Definition
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    difficulty: int = 3
    state: QuestionState = QuestionState.REVIEWED


def check_owner(unit_id: int, by: Actor | None) -> None:
    """Raise Forbidden unless the person (None: the system) writes content for the unit."""
    if by is None:
        return
    path = db.session.scalar(select(OrgUnit.path).where(OrgUnit.id == unit_id))
    if path is None or not holds(by, Role.ADMINISTRATOR, path):
        raise Forbidden(_("你不能为这个单位编写内容。"))


def create_bank(*, code: str, title: str, unit_id: int, by: Actor | None) -> Bank:
    """A new bank; `by` None is the system itself."""
    check_owner(unit_id, by)
    if not CODE.fullmatch(code):
        raise Invalid(_("题库代码只能用字母、数字、点、横线和下划线。"))
    if db.session.scalar(select(Bank.id).where(Bank.code == code)):
        raise Conflict(_("题库代码“%(code)s”已经有人用了。", code=code))
    bank = Bank(
        code=code,
        title=title,
        unit_id=unit_id,
        audience_unit_id=unit_id,
        state=ContentState.DRAFT,
        created_at=clock.now(),
    )
    db.session.add(bank)
    db.session.flush()
    record("bank.create", by=by, subject_kind="bank", subject_id=bank.id)
    return bank


def ensure_category(bank: Bank, names: Sequence[str]) -> Category | None:
    """The category with these names from the top, made where it is missing."""
    found: Category | None = None
    path = ""
    for name in names:
        part = clean_plain(name).replace("/", "／").strip()[:120]
        if not part:
            continue
        path = f"{path}/{part}" if path else part
        known = db.session.scalar(
            select(Category).where(Category.bank_id == bank.id, Category.path == path[:500])
        )
        if known is None:
            known = Category(
                bank_id=bank.id,
                parent_id=found.id if found else None,
                name=part,
                path=path[:500],
            )
            db.session.add(known)
            db.session.flush()
        found = known
    return found


def create_question(
    bank: Bank,
    definition: Definition,
    *,
    by: Actor | None,
    category: Sequence[str] = (),
    tags: Sequence[str] = (),
    difficulty: int = 3,
    state: QuestionState = QuestionState.REVIEWED,
) -> Question:
    """Add one question with its first version; Invalid names its faults."""
    new = NewQuestion(definition, tuple(category), tuple(tags), difficulty, state)
    (question_id,) = add_questions(bank, [new], by=by)
    return db.session.get_one(Question, question_id)


def add_questions(bank: Bank, new: Iterable[NewQuestion], *, by: Actor | None) -> list[int]:
    """Add many questions in few statements, their ids; Invalid when one of them has a fault."""
    cleaned = [
        replace(each, definition=_checked(each.definition, is_draft=_is_draft(each.state)))
        for each in new
    ]
    shown = {each for question in cleaned for each in file_ids(question.definition)}
    admit_files(bank, shown, by=by)
    categories: dict[tuple[str, ...], int | None] = {}
    for each in cleaned:
        if each.category not in categories:
            found = ensure_category(bank, each.category)
            categories[each.category] = found.id if found else None
    now = clock.now()
    ids: list[int] = []
    for start in range(0, len(cleaned), BATCH):
        ids += _insert_batch(bank, cleaned[start : start + BATCH], categories, now, by)
    note_all_changed("question", ids)
    bank.revision += 1
    record(
        "bank.add_questions",
        by=by,
        subject_kind="bank",
        subject_id=bank.id,
        detail={"count": len(ids)},
    )
    db.session.flush()
    return ids


def _insert_batch(
    bank: Bank,
    batch: Sequence[NewQuestion],
    categories: dict[tuple[str, ...], int | None],
    now: Any,
    by: Actor | None,
) -> list[int]:
    stored = [to_json(each.definition) for each in batch]
    names = [digest_of_json(data) for data in stored]
    rows = [
        {
            "bank_id": bank.id,
            "category_id": categories[each.category],
            "kind": each.definition.kind,
            "state": each.state,
            "difficulty": each.difficulty,
            "summary": summary_of(each.definition),
            "digest": name,
            "version_number": 1,
            "created_at": now,
            "changed_at": now,
        }
        for each, name in zip(batch, names, strict=True)
    ]
    statement = insert(Question).returning(Question.id, sort_by_parameter_order=True)
    ids = list(db.session.scalars(statement, rows))
    connection = db.session.connection()
    insert_many(
        connection,
        _INSERT_VERSIONS,
        [
            {
                "question_id": question_id,
                "number": 1,
                "digest": name,
                "definition": data,
                "created_at": now,
                "created_by_id": by.id if by else None,
            }
            for question_id, data, name in zip(ids, stored, names, strict=True)
        ],
    )
    tags = [
        {"question_id": question_id, "tag": tag}
        for question_id, each in zip(ids, batch, strict=True)
        for tag in _clean_tags(each.tags)
    ]
    insert_many(connection, _INSERT_TAGS, tags)
    return ids


def _clean_tags(tags: Iterable[str]) -> list[str]:
    cleaned = (clean_plain(tag).strip()[:60] for tag in tags)
    return list(dict.fromkeys(tag for tag in cleaned if tag))[:20]


def _is_draft(state: QuestionState) -> bool:
    return state == QuestionState.DRAFT


def _checked(definition: Definition, *, is_draft: bool) -> Definition:
    cleaned = clean_definition(definition)
    if problems := problems_of(cleaned, is_draft=is_draft):
        raise Invalid(_("题目还有问题：%(first)s", first=problems[0]), problems=problems)
    return cleaned


def revise_question(
    question: Question,
    definition: Definition,
    *,
    by: Actor | None,
    category: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    difficulty: int | None = None,
) -> QuestionVersion | None:
    """Write a new version; None when it says the same. Attempts keep the version they had.

    Category, tags and difficulty are not part of a version; None leaves them.
    """
    bank = db.session.get_one(Bank, question.bank_id)
    now = clock.now()
    if category is not None:
        found = ensure_category(bank, category)
        question.category_id = found.id if found else None
    if difficulty is not None:
        question.difficulty = difficulty
    if tags is not None:
        db.session.execute(delete(QuestionTag).where(QuestionTag.question_id == question.id))
        rows = [{"question_id": question.id, "tag": tag} for tag in _clean_tags(tags)]
        if rows:
            db.session.execute(insert(QuestionTag), rows)
    bank.revision += 1
    note_changed("question", question.id)
    cleaned = _checked(definition, is_draft=_is_draft(question.state))
    admit_files(bank, file_ids(cleaned), by=by)
    name = digest(cleaned)
    if name == question.digest:
        return None
    version = QuestionVersion(
        question_id=question.id,
        number=question.version_number + 1,
        digest=name,
        definition=to_json(cleaned),
        created_at=now,
        created_by_id=by.id if by else None,
    )
    db.session.add(version)
    question.version_number = version.number
    question.digest = name
    question.kind = cleaned.kind
    question.summary = summary_of(cleaned)
    question.changed_at = now
    db.session.flush()
    record("question.revise", by=by, subject_kind="question", subject_id=question.id)
    return version


def set_question_state(question: Question, state: QuestionState, *, by: Actor | None) -> None:
    """Offer the question for papers, or retire it; what was drawn before keeps it.

    Invalid names what is missing in a question that would be offered.
    """
    if question.state == state:
        return
    if state == QuestionState.REVIEWED:
        version = newest_version(question)
        if problems := problems_of(definitions_of({version.id: version.digest})[version.id]):
            raise Invalid(_("题目还有问题：%(first)s", first=problems[0]), problems=problems)
    question.state = state
    note_changed("question", question.id)
    question.changed_at = clock.now()
    db.session.execute(
        update(Bank).where(Bank.id == question.bank_id).values(revision=Bank.revision + 1)
    )
    record(
        "question.set_state",
        by=by,
        subject_kind="question",
        subject_id=question.id,
        detail={"state": state.value},
    )
