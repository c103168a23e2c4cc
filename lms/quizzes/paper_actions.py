"""Building papers: sections, fixed questions, drawing rules, settings, publishing. No commits."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.members.audit import record
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes.bank_actions import check_owner
from lms.quizzes.bank_queries import get_bank, get_question
from lms.quizzes.definition import Kind
from lms.quizzes.drawing import missing_questions
from lms.quizzes.models import (
    Attempt,
    AttemptState,
    Paper,
    PaperEntry,
    PaperSection,
    Question,
    QuestionState,
)
from lms.quizzes.paper_queries import plan_of
from lms.search.outbox import note_changed

MAX_QUESTIONS = 500
hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True, slots=True)
class DrawRule:
    """How many questions come from which part of a bank."""

    bank_id: int
    count: int
    category_id: int | None = None
    kind: Kind | None = None
    tag: str = ""
    difficulty_from: int = 1
    difficulty_to: int = 5


def create_paper(*, title: str, unit_id: int, by: Actor | None, **settings: Any) -> Paper:
    """A new draft with one empty section; `settings` are columns of the paper."""
    check_owner(unit_id, by)
    now = clock.now()
    paper = Paper(
        title=title,
        unit_id=unit_id,
        audience_unit_id=settings.pop("audience_unit_id", unit_id),
        state=ContentState.DRAFT,
        created_at=now,
        changed_at=now,
    )
    db.session.add(paper)
    change_paper(paper, by=None, **settings)
    paper.sections.append(PaperSection(position=1))
    db.session.flush()
    record("paper.create", by=by, subject_kind="paper", subject_id=paper.id)
    return paper


def change_paper(paper: Paper, *, by: Actor | None, **settings: Any) -> None:
    """Set columns of the paper; Invalid when they contradict each other."""
    opens, closes = settings.get("opens_at"), settings.get("closes_at")
    if opens and closes and closes <= opens:
        raise Invalid(_("结束时间要晚于开始时间。"))
    for network in settings.get("networks", ()):
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise Invalid(_("“%(text)s”不是网段。", text=network)) from error
    for name, value in settings.items():
        setattr(paper, name, value)
    paper.changed_at = clock.now()
    db.session.flush()
    note_changed("paper", paper.id)
    if by:
        record("paper.change", by=by, subject_kind="paper", subject_id=paper.id)


def hash_paper_password(password: str) -> str | None:
    """The stored form of a paper's password; slow, so outside of transactions."""
    return hasher.hash(password) if password else None


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password opens the paper; slow, so outside of transactions."""
    if not password_hash:
        return True
    try:
        return hasher.verify(password_hash, password)
    except VerificationError:
        return False


def add_section(paper: Paper, *, title: str = "", instructions: str = "") -> PaperSection:
    """A new section at the end."""
    check_unused(paper)
    position = max((section.position for section in paper.sections), default=0) + 1
    section = PaperSection(position=position, title=title, instructions=instructions)
    paper.sections.append(section)
    db.session.flush()
    return section


def add_questions_to(
    section: PaperSection, questions: Iterable[Question], *, points: Decimal
) -> None:
    """Put fixed questions at the end of the section; those already in the paper stay once."""
    paper = db.session.get_one(Paper, section.paper_id)
    check_unused(paper)
    known = {entry.question_id for part in paper.sections for entry in part.entries}
    position = max((entry.position for entry in section.entries), default=0)
    for question in questions:
        if question.id in known:
            continue
        known.add(question.id)
        position += 1
        section.entries.append(
            PaperEntry(position=position, points=points, question_id=question.id, draw_count=1)
        )
    _check_size(paper)
    db.session.flush()


def add_rule_to(section: PaperSection, rule: DrawRule, *, points: Decimal) -> PaperEntry:
    """Put a drawing rule at the end of the section."""
    paper = db.session.get_one(Paper, section.paper_id)
    check_unused(paper)
    if rule.difficulty_from > rule.difficulty_to:
        raise Invalid(_("难度的下限不能高于上限。"))
    entry = PaperEntry(
        position=max((entry.position for entry in section.entries), default=0) + 1,
        points=points,
        bank_id=rule.bank_id,
        draw_count=rule.count,
        category_id=rule.category_id,
        kind=rule.kind,
        tag=rule.tag,
        difficulty_from=rule.difficulty_from,
        difficulty_to=rule.difficulty_to,
    )
    section.entries.append(entry)
    _check_size(paper)
    db.session.flush()
    return entry


def _check_size(paper: Paper) -> None:
    count = sum(entry.draw_count for section in paper.sections for entry in section.entries)
    if count > MAX_QUESTIONS:
        raise Invalid(_("一份试卷最多 %(count)d 道题。", count=MAX_QUESTIONS))


def check_unused(paper: Paper) -> None:
    """Raise Conflict when somebody has begun the paper: what is asked stays the same for all."""
    begun = select(Attempt.id).where(
        Attempt.paper_id == paper.id, Attempt.state != AttemptState.VOID
    )
    if paper.id and db.session.scalar(begun.limit(1)):
        raise Conflict(_("已经有人考过这份试卷，题目不能再改。可以新建一份。"))


def change_section(section: PaperSection, *, title: str, instructions: str, shuffles: bool) -> None:
    """Set a section's heading and whether its questions are shuffled."""
    section.title, section.instructions, section.shuffles = title, instructions, shuffles
    db.session.flush()


def remove_section(paper: Paper, section: PaperSection) -> None:
    """Take a section out with all that is in it; the last one stays."""
    check_unused(paper)
    if len(paper.sections) == 1:
        raise Conflict(_("试卷至少要有一个部分。"))
    paper.sections.remove(section)
    db.session.flush()


def remove_entry(paper: Paper, entry: PaperEntry) -> None:
    """Take an entry out of its section."""
    check_unused(paper)
    for section in paper.sections:
        if entry in section.entries:
            section.entries.remove(entry)
    db.session.flush()


def move_entry(paper: Paper, entry: PaperEntry, *, step: int) -> None:
    """One place up (-1) or down (+1) inside the section."""
    check_unused(paper)
    section = next(part for part in paper.sections if entry in part.entries)
    order = list(section.entries)
    place = order.index(entry)
    other = place + step
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for position, each in enumerate(order, 1):
        each.position = position
    db.session.flush()
    db.session.expire(section, ["entries"])


def set_points(paper: Paper, entry: PaperEntry, *, points: Decimal) -> None:
    """Change what each question of the entry is worth."""
    check_unused(paper)
    if points <= 0:
        raise Invalid(_("分值要大于 0。"))
    entry.points = points
    db.session.flush()


def paper_problems(paper: Paper) -> list[str]:
    """Why the paper cannot be published, one sentence each."""
    entries = [entry for section in paper.sections for entry in section.entries]
    if not entries:
        return [_("试卷里还没有题目。")]
    problems = []
    fixed = [entry.question_id for entry in entries if entry.question_id is not None]
    retired = db.session.scalars(
        select(Question.summary).where(
            Question.id.in_(fixed), Question.state != QuestionState.REVIEWED
        )
    ).all()
    problems += [_("题目“%(text)s”已停用或还是草稿。", text=text[:40]) for text in retired]
    for (section, _place), count in missing_questions(plan_of(paper.id).sections).items():
        problems.append(
            _(
                "第 %(section)d 部分的抽题规则还缺 %(count)d 道题。",
                section=section + 1,
                count=count,
            )
        )
    return problems


def publish_paper(paper: Paper, *, by: Actor | None) -> None:
    """Open the paper to its audience; Invalid with all problems. Again changes nothing."""
    if paper.state == ContentState.PUBLISHED:
        return
    if problems := paper_problems(paper):
        raise Invalid(_("试卷还不能发布。"), problems=problems)
    paper.state = ContentState.PUBLISHED
    paper.changed_at = clock.now()
    note_changed("paper", paper.id)
    record("paper.publish", by=by, subject_kind="paper", subject_id=paper.id)


def withdraw_paper(paper: Paper, *, by: Actor | None) -> None:
    """Take the paper back to a draft: nobody can begin it; attempts under way go on."""
    paper.state = ContentState.DRAFT
    paper.changed_at = clock.now()
    note_changed("paper", paper.id)
    record("paper.withdraw", by=by, subject_kind="paper", subject_id=paper.id)


def editable_question(question_id: int, *, member: Actor) -> Question:
    """A question that the person may put into a paper; NotFound otherwise."""
    question = get_question(question_id, member=member)
    if question.state != QuestionState.REVIEWED:
        raise NotFound(_("没有找到这道题。"))
    return question


def check_rule_bank(rule: DrawRule, *, member: Actor) -> None:
    """Raise unless the person may draw from the rule's bank."""
    get_bank(rule.bank_id, member=member)
