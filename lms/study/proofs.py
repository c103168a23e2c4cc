"""Proving the ledger: totals rebuilt from entries, overlaps looked for, days sealed and checked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, case, delete, func, insert, select

from lms import clock
from lms.db import db
from lms.study.credit import CreditKind
from lms.study.ledger import insert_into
from lms.study.models import DaySeal, StudyEntry, StudyItem, StudyMonth
from lms.study.months import day_at, to_ms
from lms.study.seal import FIRST_HASH, Breach, Sealed, digest, find_breach, seal_hash
from lms.study.spans import Span, decode
from lms.web.settings import settings

SLACK = timedelta(minutes=15)  # transactions that began before midnight have long ended by then
BATCH = 1000

ENTRY = StudyEntry.__table__.c
SEALED_COLUMNS = tuple(ENTRY)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold, in words, with the entry where it shows."""

    sentence: str
    entry_id: int | None = None


def rebuild() -> int:
    """Make all totals anew from the entries; gives how many months there are now."""
    months, items = _month_sums(), _item_sums()
    found = db.session.execute(months).all()
    db.session.execute(delete(StudyMonth))
    for batch in _batches([dict(row._mapping) for row in found]):
        db.session.execute(insert(StudyMonth), batch)
    _rebuild_items([dict(row._mapping) for row in db.session.execute(items)])
    return len(found)


def _rebuild_items(rows: list[dict[str, Any]]) -> None:
    """Set the sums of every item; what is kept beside them, such as the frontier, stays."""
    keys = ["member_id", "subject_kind", "subject_id"]
    sums = ("counted_seconds", "credit")
    for batch in _batches(rows):
        now = clock.now()
        new = [row | {"frontier_ms": 0, "length_seconds": 0, "changed_at": now} for row in batch]
        change = insert_into(StudyItem).values(new)
        values = {name: change.excluded[name] for name in sums}
        db.session.execute(change.on_conflict_do_update(index_elements=keys, set_=values))


def verify() -> Iterator[Fault]:
    """Everything in the ledger that does not hold; nothing at all when it is sound."""
    yield from _wrong_months()
    yield from _wrong_items()
    yield from _wrong_spans()
    yield from _broken_seals()


def seal_days() -> int:
    """Seal every day that has ended and is not sealed yet; gives how many were."""
    until_on = day_at(clock.now() - SLACK, settings().zone)
    last = db.session.scalars(select(DaySeal).order_by(DaySeal.day_on.desc()).limit(1)).first()
    query = select(ENTRY.recorded_on).where(ENTRY.recorded_on < until_on).distinct()
    if last is not None:
        query = query.where(ENTRY.recorded_on > last.day_on)
    previous, count = last.hash if last else FIRST_HASH, 0
    for day in db.session.scalars(query.order_by(ENTRY.recorded_on)).all():
        digests = b"".join(_digests(day))
        seal = DaySeal(
            day_on=day,
            entries=len(digests) // 24,
            digests=digests,
            previous_hash=previous,
            hash=seal_hash(day, previous, digests),
            sealed_at=clock.now(),
        )
        db.session.add(seal)
        db.session.flush()
        previous, count = seal.hash, count + 1
    return count


def find_head() -> DaySeal | None:
    """The newest seal; printed and kept elsewhere it vouches for everything before."""
    return db.session.scalars(select(DaySeal).order_by(DaySeal.day_on.desc()).limit(1)).first()


def has_seal(hash_text: str) -> bool:
    """Whether a seal with that hash is in the chain."""
    return db.session.scalar(select(DaySeal.day_on).where(DaySeal.hash == hash_text)) is not None


def _month_sums() -> Select[Any]:
    sums = [func.sum(ENTRY.seconds).label("seconds"), func.sum(ENTRY.credit).label("credit")]
    part = case((ENTRY.is_required, ENTRY.credit), else_=0)
    sums.append(func.sum(part, type_=ENTRY.credit.type).label("required_credit"))
    for kind in CreditKind:
        part = case((ENTRY.counts_as == kind, ENTRY.credit), else_=0)
        sums.append(func.sum(part, type_=ENTRY.credit.type).label(f"{kind}_credit"))
    query = select(ENTRY.member_id, ENTRY.month, *sums)
    return query.group_by(ENTRY.member_id, ENTRY.month).order_by(ENTRY.member_id, ENTRY.month)


def _item_sums() -> Select[Any]:
    online = case((ENTRY.counts_as == CreditKind.ONLINE, ENTRY.credit), else_=0)
    return (
        select(
            ENTRY.member_id,
            ENTRY.subject_kind,
            ENTRY.subject_id,
            func.sum(ENTRY.seconds).label("counted_seconds"),
            func.sum(online, type_=ENTRY.credit.type).label("credit"),
        )
        .where(ENTRY.subject_id.is_not(None))
        .group_by(ENTRY.member_id, ENTRY.subject_kind, ENTRY.subject_id)
    )


def _wrong_months() -> Iterator[Fault]:
    query = _month_sums()
    names = [column.name for column in query.selected_columns][2:]
    table = StudyMonth.__table__.c
    kept = {
        (row[0], row[1]): tuple(row[2:])
        for row in db.session.execute(
            select(table.member_id, table.month, *(table[name] for name in names))
        )
    }
    for member_id, month, *sums in db.session.execute(query):
        if kept.pop((member_id, month), None) != tuple(sums):
            yield Fault(
                _("学员 %(member)d 在 %(month)d 的合计与明细不符。", member=member_id, month=month)
            )
    for (member_id, month), sums in kept.items():
        if any(sums):
            yield Fault(
                _("学员 %(member)d 在 %(month)d 有合计而没有明细。", member=member_id, month=month)
            )


def _wrong_items() -> Iterator[Fault]:
    table = StudyItem.__table__.c
    kept = {
        tuple(row[:3]): tuple(row[3:])
        for row in db.session.execute(
            select(
                table.member_id,
                table.subject_kind,
                table.subject_id,
                table.counted_seconds,
                table.credit,
            )
        )
    }
    for member_id, kind, subject_id, seconds, credit in db.session.execute(_item_sums()):
        if kept.get((member_id, kind, subject_id)) != (seconds, credit):
            yield Fault(
                _(
                    "学员 %(member)d 在 %(kind)s %(subject)d 上的累计与明细不符。",
                    member=member_id,
                    kind=kind,
                    subject=subject_id,
                )
            )


def _wrong_spans() -> Iterator[Fault]:
    query = (
        select(
            ENTRY.member_id,
            ENTRY.id,
            ENTRY.seconds,
            ENTRY.day_on,
            ENTRY.started_at,
            ENTRY.stretches,
        )
        .where(ENTRY.stretches.is_not(None))
        .order_by(ENTRY.member_id, ENTRY.id)
        .execution_options(yield_per=BATCH)
    )
    rows = db.session.execute(query)
    for _member, entries in groupby(rows, key=lambda row: row.member_id):
        yield from _wrong_spans_of(entries)


def _wrong_spans_of(entries: Iterable[Any]) -> Iterator[Fault]:
    intervals: list[tuple[int, int, int]] = []
    for entry in entries:
        try:
            span = Span(entry.day_on, to_ms(entry.started_at), decode(entry.stretches))
        except ValueError:
            yield Fault(_("记录 %(id)d 的时段无法读取。", id=entry.id), entry.id)
            continue
        if span.counted_ms // 1000 != entry.seconds:
            yield Fault(_("记录 %(id)d 的时长与它的时段不符。", id=entry.id), entry.id)
        intervals += [(start, end, entry.id) for start, end in span.counted_intervals()]
    intervals.sort()
    for before, after in pairwise(intervals):
        if after[0] < before[1]:
            sentence = _("记录 %(a)d 与 %(b)d 的时段重叠。", a=before[2], b=after[2])
            yield Fault(sentence, after[2])


def _broken_seals() -> Iterator[Fault]:
    previous, last_on = FIRST_HASH, None
    seals = db.session.scalars(select(DaySeal).order_by(DaySeal.day_on)).all()
    for row in seals:
        sealed = Sealed(row.day_on, row.entries, row.digests, row.previous_hash, row.hash)
        breach = find_breach(sealed, previous, _digests(row.day_on))
        if breach is not None:
            yield Fault(_describe(breach), breach.entry_id)
            return
        previous, last_on = row.hash, row.day_on
    if last_on is None:
        return
    query = select(ENTRY.id).where(
        ENTRY.recorded_on < last_on, ENTRY.recorded_on.not_in([row.day_on for row in seals])
    )
    for entry_id in db.session.scalars(query.order_by(ENTRY.id).limit(1)):
        yield Fault(_("记录 %(id)d 是封存之后插入的。", id=entry_id), entry_id)


def _describe(breach: Breach) -> str:
    values = {"day": breach.day.isoformat(), "id": breach.entry_id}
    if breach.fault == "changed":
        return _("%(day)s 的封存不符：记录 %(id)d 被改动过。", **values)
    if breach.fault == "missing":
        return _("%(day)s 的封存不符：记录 %(id)d 被删除了。", **values)
    if breach.fault == "added":
        return _("%(day)s 的封存不符：记录 %(id)d 是封存之后插入的。", **values)
    return _("%(day)s 的封存本身被改动过，或与前一天接不上。", **values)


def _digests(day: date) -> Iterator[bytes]:
    query = select(*SEALED_COLUMNS).where(ENTRY.recorded_on == day).order_by(ENTRY.id)
    for row in db.session.execute(query.execution_options(yield_per=BATCH)):
        yield digest(row[0], row)


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
