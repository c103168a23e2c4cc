"""Questions that members ask about their record, and answers. Nothing here commits."""

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.members.audit import record
from lms.members.policy import Actor
from lms.study import ledger
from lms.study.actions import adjust
from lms.study.models import StudyEntry
from lms.study.offline_models import QueryState, StudyQuery
from lms.study.question_queries import find_piece, worth_of


def ask(entry: StudyEntry, *, text: str, by: Actor, stretch: int = 0) -> StudyQuery:
    """A member asks about a line of their own record, or about one stretch of it."""
    if entry.member_id != by.id:
        raise Invalid(_("只能对自己的记录提出疑问。"))
    if not text.strip():
        raise Invalid(_("请写下你的疑问。"))
    if stretch and find_piece(entry, stretch) is None:
        raise Invalid(_("这条记录里没有这一段时间。"))
    waiting = (
        (StudyQuery.entry_id == entry.id)
        & (StudyQuery.stretch == stretch)
        & (StudyQuery.state == QueryState.WAITING)
    )
    ledger.hold_clock(by.id)
    if db.session.scalar(select(StudyQuery.id).where(waiting)):
        raise Conflict(_("这里已经有一个疑问在等待答复。"))
    query = StudyQuery(
        member_id=by.id,
        entry_id=entry.id,
        stretch=stretch,
        text=text.strip()[:500],
        asked_at=clock.now(),
    )
    db.session.add(query)
    db.session.flush()
    return query


def answer(query: StudyQuery, *, answer: str, credit: Decimal | None, by: Actor) -> None:
    """Answer a question; with `credit` it is granted as an adjustment on the day in question.

    For a stretch no more is granted than it would have earned had all of it counted.
    """
    if query.state is not QueryState.WAITING:
        raise Conflict(_("这个疑问已经答复过了。"))
    if not answer.strip():
        raise Invalid(_("请写下答复，它会留在记录里。"))
    if credit:
        _grant(query, credit, reason=answer, by=by)
    query.state = QueryState.GRANTED if credit else QueryState.REFUSED
    query.answer, query.credit = answer.strip()[:500], credit
    query.answered_at, query.answered_by_id = clock.now(), by.id
    record("study.answer", by=by, subject_kind="member", subject_id=query.member_id)


def _grant(query: StudyQuery, credit: Decimal, *, reason: str, by: Actor) -> None:
    entry = db.session.get_one(StudyEntry, query.entry_id)
    piece = find_piece(entry, query.stretch)
    if piece is not None and credit > (most := worth_of(entry, piece)):
        raise Invalid(_("这一段全部补记是 %(most)s 学时，不能更多。", most=most))
    query.adjustment_id = adjust(
        member_id=query.member_id,
        day=entry.day_on,
        title=entry.title,
        credit=credit,
        reason=reason,
        is_required=entry.is_required,
        by=by,
    )
