"""Beats at work on the database: one short transaction that holds the member's clock row.

Nothing is acknowledged here before the view has committed. The functions are called by the view
that opens a session, by the one that takes a beat, and by the job that ends silent spans.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from lms.clock import steady
from lms.courses.kinds import MeasureBasis, StudyFacts
from lms.db import db
from lms.errors import DomainError, Expired, NotFound
from lms.members.policy import Actor
from lms.study import ledger, subjects
from lms.study.actions import rules_on
from lms.study.awards import Finished, add_capped, give_completion
from lms.study.beat_report import Foreign, Outdated, Report, Ticket, Tickets, read_report
from lms.study.clock import Verdict, close, is_expired, judge, step
from lms.study.clock_state import Clock, Closed, Item, Seat, Step, dump, load
from lms.study.credit import CreditKind, Rules
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind, StudyClock, StudyItem
from lms.study.months import day_and_end, day_at, from_ms, to_ms
from lms.study.spans import DayEnd, encode
from lms.study.subjects import Subject
from lms.study.wire import Answer, Malformed, write_answer
from lms.web.settings import settings

HAND_DOWN_MS = 60_000  # how often the part that keeps progress is told while study goes on
ATTENTION_EVERY_MS = 15 * 60_000
ATTENTION_LIMIT_MS = 60_000
LARGE_TEXT_FACTOR = 2  # people who read large text get more time to answer
UNMEASURED_SECONDS = 600  # what an item without text or duration may count


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as the page gets it."""

    token: str
    counted_seconds: int
    is_media: bool


def open_session(
    kind: str, subject_id: int, *, actor: Actor, at: datetime, large_text: bool = False
) -> Opened:
    """Open a study session for a window; raises NotFound for what the person may not see."""
    subject = subjects.get_subject(kind, subject_id, actor=actor)
    row = ledger.hold_clock(actor.id)
    number = row.sessions + 1
    update_clock(actor.id, sessions=number)
    ticket = Ticket(actor.id, number, (kind, subject_id), to_ms(at), large_text)
    clock = load(row.state)
    if clock.seat is not None and clock.seat.item == (kind, subject_id):
        counted_seconds = clock.item_counted_ms // 1000
    else:
        item = _find_item(actor.id, (kind, subject_id))
        counted_seconds = item.counted_seconds if item else 0
    return Opened(
        token=tickets().sign(ticket),
        counted_seconds=counted_seconds,
        is_media=subject.measure.basis == MeasureBasis.MEDIA,
    )


class SeatNeeded(Exception):
    """The clock passes to the beat's window, for which the person behind it has to be known."""


def tickets() -> Tickets:
    """The signer of this application's tickets."""
    return Tickets(current_app.config["SECRET_KEY"])


def read(values: Any, *, member_id: int, at: datetime) -> Report:
    """The beat in a JSON body; reads nothing from the database.

    Raises DomainError (400) for a malformed beat, NotFound for a session that is forged or
    somebody else's, Expired for one that is too old.
    """
    try:
        return read_report(values, tickets(), member_id=member_id, at_ms=to_ms(at), steady=steady())
    except Malformed as error:
        message = _("学习计时的数据无法识别。")
        if str(error):
            message = _("学习计时的数据无法识别：%(field)s。", field=str(error))
        raise DomainError(message, code="malformed") from error
    except Foreign as error:
        raise NotFound(_("没有这个学习窗口。")) from error
    except Outdated as error:
        raise _over() from error


def take_beat(values: Any, *, actor: Actor, at: datetime) -> Answer:
    """Count one beat in the caller's transaction and say what became of it.

    Raises what `read` raises, and Expired for a session that newer ones have pushed out.
    """
    report = read(values, member_id=actor.id, at=at)
    clock = load(ledger.hold_clock(actor.id).state)
    clock, answer = count(report, clock, actor=actor)
    update_clock(actor.id, **columns(clock))
    return answer


def count(report: Report, clock: Clock, *, actor: Actor | None) -> tuple[Clock, Answer]:
    """The clock after the beat, with what it closed put into the ledger, and the answer.

    Whoever calls holds the clock's row and stores the clock that comes back. Without an actor
    SeatNeeded is raised where one is needed; it and Expired are raised before anything is written.
    """
    at = from_ms(report.at_ms)
    verdict = judge(clock, report.beat, report.at_ms)
    if verdict is Verdict.OVER:
        raise _over()
    seat = None
    if verdict is Verdict.TAKES:
        if actor is None:
            raise SeatNeeded
        seat = _seat(report.ticket, actor, at)
    took = _step(report, clock, seat)
    clock = took.clock
    _post(report.member_id, took.closed, at)
    if took.left is not None:
        _hand_down(report.member_id, took.left, at)
    if _is_told(report, took):
        clock = _hand_down(report.member_id, clock, at)
    return clock, _answer(report, took, clock)


def count_quietly(report: Report, clock: Clock) -> tuple[Clock, Answer] | None:
    """The same for a beat of which nothing but the clock changes; None for others.

    Reads and writes nothing, so that it may be tried on a clock that is only remembered.
    """
    if judge(clock, report.beat, report.at_ms) not in (Verdict.HOLDS, Verdict.ELSEWHERE):
        return None
    took = _step(report, clock, None)
    if took.closed or took.left is not None or _is_told(report, took):
        return None
    return took.clock, _answer(report, took, took.clock)


def _step(report: Report, clock: Clock, seat: Seat | None) -> Step:
    return step(
        clock,
        report.beat,
        report.at_ms,
        day_end=_day_end(),
        seat=seat,
        draw=random.random(),
        steady=report.steady,
    )


def _is_told(report: Report, took: Step) -> bool:
    """Whether the part that keeps progress is told of this beat."""
    if took.reason is None:  # seen before
        return False
    return took.clock.session == report.ticket.number and _is_due(took.clock)


def _answer(report: Report, took: Step, clock: Clock) -> Answer:
    number = report.ticket.number
    return write_answer(clock, session=number, reason=took.reason, at_ms=report.at_ms)


def close_if_silent(member_id: int, *, at: datetime) -> bool:
    """End the member's open span when nothing more is expected of it; whether it was ended."""
    clock = load(ledger.hold_clock(member_id).state)
    if clock.seat is None or not is_expired(clock, to_ms(at)):
        return False
    close_clock(member_id, at=at)
    return True


def close_clock(member_id: int, *, at: datetime) -> None:
    """End whatever the member has open and put it into the ledger."""
    took = close(load(ledger.hold_clock(member_id).state), day_end=_day_end())
    _post(member_id, took.closed, at)
    if took.left is not None:
        _hand_down(member_id, took.left, at)
    update_clock(member_id, **columns(took.clock))


def _day_end() -> DayEnd:
    return partial(day_and_end, zone=settings().zone)


def _over() -> Expired:
    return Expired(_("这个学习窗口已经太久，请刷新页面。"), code="session_over")


def _seat(ticket: Ticket, actor: Actor, at: datetime) -> Seat:
    kind, subject_id = ticket.item
    subject = subjects.get_subject(kind, subject_id, actor=actor)
    rules = rules_on(day_at(at, settings().zone))[1]
    item = _find_item(actor.id, ticket.item)
    is_first_view = item is None or item.completed_at is None
    limit_ms = ATTENTION_LIMIT_MS * (LARGE_TEXT_FACTOR if ticket.large_text else 1)
    return Seat(
        item=ticket.item,
        item_before_ms=item.counted_seconds * 1000 if item else 0,
        item_cap_ms=_cap_seconds(subject, rules) * 1000,
        day_cap_ms=rules.day_minutes_cap * 60_000,
        duration_ms=_duration_ms(subject),
        frontier_ms=item.frontier_ms if item else 0,
        no_skip=subject.no_skip and is_first_view,
        rate_percent=int(rules.max_rate * 100),
        attention_every_ms=ATTENTION_EVERY_MS if subject.attention_checks else 0,
        attention_limit_ms=limit_ms,
        is_required=subject.is_required,
    )


def _duration_ms(subject: Subject) -> int:
    is_media = subject.measure.basis == MeasureBasis.MEDIA
    return int(subject.measure.duration_seconds * 1000) if is_media else 0


def _cap_seconds(subject: Subject, rules: Rules) -> int:
    measure = subject.measure
    cap = rules.item_cap_seconds(chars=measure.chars, duration_seconds=measure.duration_seconds)
    return UNMEASURED_SECONDS if cap is None else cap


def _find_item(member_id: int, item: Item) -> Any:
    table = StudyItem.__table__
    query = select(table).where(
        table.c.member_id == member_id,
        table.c.subject_kind == item[0],
        table.c.subject_id == item[1],
    )
    return db.session.execute(query).first()


def _is_due(clock: Clock) -> bool:
    fresh_ms = clock.item_counted_ms - clock.handed_ms
    anything = fresh_ms > 0 or clock.fresh_ranges or clock.reached_end
    ends = clock.reached_end and not clock.is_completed
    return bool(anything) and (fresh_ms >= HAND_DOWN_MS or not clock.is_active or ends)


def _hand_down(member_id: int, clock: Clock, at: datetime) -> Clock:
    """Tell the part that keeps progress what was accepted; the clock without what it was told."""
    if clock.seat is None:
        return clock
    kind, subject_id = clock.seat.item
    facts = StudyFacts(
        counted_seconds=clock.item_counted_ms / 1000,
        ranges=tuple((start / 1000, end / 1000) for start, end in clock.fresh_ranges),
        position=None if clock.position_ms is None else clock.position_ms / 1000,
        reached_end=clock.reached_end,
    )
    studied = subjects.hand_down(kind, subject_id, member_id=member_id, facts=facts, at=at)
    completed = studied is not None and studied.is_completed
    _keep_item(member_id, clock.seat, at, completed=completed)
    return replace(
        clock,
        fresh_ranges=(),
        handed_ms=clock.item_counted_ms,
        fraction=studied.fraction if studied else clock.fraction,
        is_completed=completed or clock.is_completed,
    )


def _keep_item(member_id: int, seat: Seat, at: datetime, *, completed: bool) -> None:
    """Keep the frontier; the first time that the item is complete, give the credit for it."""
    item = _find_item(member_id, seat.item)
    is_first = completed and (item is None or item.completed_at is None)
    if item is not None and not is_first and item.frontier_ms >= seat.frontier_ms:
        return
    keys = {"member_id": member_id, "subject_kind": seat.item[0], "subject_id": seat.item[1]}
    values: dict[str, Any] = {"frontier_ms": seat.frontier_ms}
    if is_first:
        values["completed_at"] = at
        values["length_seconds"] = _length_seconds(seat, rules_on(day_at(at, settings().zone))[1])
    insert = ledger.insert_into(StudyItem).values(
        **keys, **values, counted_seconds=0, credit=Decimal(0)
    )
    db.session.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=values))
    if is_first:
        _credit_completion(member_id, seat, at)


def _credit_completion(member_id: int, seat: Seat, at: datetime) -> None:
    kind, subject_id = seat.item
    rule_id, rules = rules_on(day_at(at, settings().zone))
    finished = Finished(
        member_id=member_id,
        kind=kind,
        subject_id=subject_id,
        length_seconds=_length_seconds(seat, rules),
        is_required=seat.is_required,
        rule_id=rule_id,
        rules=rules,
    )
    give_completion(finished, at=at)


def _length_seconds(seat: Seat, rules: Rules) -> int:
    """How long the item takes somebody who plays it once or reads at the expected speed."""
    if seat.duration_ms:
        return seat.duration_ms // 1000
    return int(Decimal(seat.item_cap_ms or 0) / 1000 / rules.text_factor)


def _post(member_id: int, closed: tuple[Closed, ...], at: datetime) -> None:
    """Put ended spans into the ledger, each with the credit that the rules of its day give."""
    for one in closed:
        rule_id, rules = rules_on(one.span.day)
        seconds = one.span.counted_ms // 1000
        kind, subject_id = one.item
        add_capped(
            NewEntry(
                member_id=member_id,
                kind=EntryKind.ONLINE,
                counts_as=CreditKind.ONLINE,
                day=one.span.day,
                title=subjects.title_of(kind, subject_id),
                at=at,
                seconds=seconds,
                credit=rules.for_online(seconds),
                subject_kind=kind,
                subject_id=subject_id,
                is_required=one.is_required,
                rule_id=rule_id,
                started_at=from_ms(one.span.start_ms),
                stretches=encode(one.span.stretches),
            ),
            rules,
        )


def columns(clock: Clock) -> dict[str, Any]:
    """The columns of a clock's row that `clock` fills."""
    span = clock.span
    kind, subject_id = clock.seat.item if clock.seat else ("", 0)
    return {
        "state": dump(clock),
        "is_open": clock.seat is not None,
        "beat_at": from_ms(clock.beat_at_ms),
        "open_on": span.day if span else None,
        "open_seconds": span.counted_ms // 1000 if span else 0,
        "open_kind": kind,
        "open_subject_id": subject_id,
    }


def update_clock(member_id: int, **values: Any) -> None:
    """Write columns of the member's clock row."""
    table = StudyClock.__table__
    db.session.execute(update(table).where(table.c.member_id == member_id).values(**values))
