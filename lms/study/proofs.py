"""Proving the ledger: totals rebuilt from entries, overlaps looked for, days sealed and checked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from lms import clock
from lms.db import Base, db
from lms.study.credit import CreditKind
from lms.study.ledger import insert_into
from lms.study.models import DaySeal, StudyEntry, StudyItem, StudyMonth
from lms.study.months import day_at
from lms.study.seal import ENTRY_BYTES, FIRST_HASH, Breach, Sealed, find_breach, seal_hash
from lms.study.sealed_rows import as_stored, digests, stored_ms, stream
from lms.study.spans import Span, decode
from lms.web.settings import settings

SLACK = timedelta(minutes=15)  # transactions that began before midnight have long ended by then
ENTRY = StudyEntry.__table__.c
MONTH_KEYS = ["member_id", "month"]
ITEM_KEYS = ["member_id", "subject_kind", "subject_id"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold, in words, with the entry where it shows."""

    sentence: str
    entry_id: int | None = None


def rebuild() -> int:
    """Make all totals anew from the entries; gives how many months there are now.

    The database adds up by itself: nothing of it passes through here.
    """
    db.session.execute(delete(StudyMonth))
    sums = _month_sums()
    months = insert(StudyMonth).from_select([one.name for one in sums.selected_columns], sums)
    db.session.execute(months)
    sums = _item_sums()
    names = [one.name for one in sums.selected_columns]
    items = insert_into(StudyItem).from_select(names, sums)
    # What is kept beside the sums, such as the frontier, stays.
    new = {name: items.excluded[name] for name in names[len(ITEM_KEYS) :]}
    db.session.execute(items.on_conflict_do_update(index_elements=ITEM_KEYS, set_=new))
    for stray in db.session.execute(_stray(StudyItem, _item_sums(), ITEM_KEYS)).all():
        zero = update(StudyItem).filter_by(**dict(zip(ITEM_KEYS, stray, strict=True)))
        db.session.execute(zero.values(dict.fromkeys(new, 0)))
    return db.session.scalar(select(func.count()).select_from(StudyMonth)) or 0


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
        sealed = bytearray()
        for one in digests(day):
            sealed += one
        seal = DaySeal(
            day_on=day,
            entries=len(sealed) // ENTRY_BYTES,
            digests=bytes(sealed),
            previous_hash=previous,
            hash=seal_hash(day, previous, sealed),
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
    return query.group_by(ENTRY.member_id, ENTRY.month)


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


def _wrong(model: type[Base], sums: Select[Any], keys: list[str]) -> Select[Any]:
    """The keys for which the table does not have the sums that the entries give."""
    found, kept = sums.subquery(), model.__table__.c
    same = and_(*(kept[name] == found.c[name] for name in keys))
    differs = [kept[name] != found.c[name] for name, _column in found.c.items() if name not in keys]
    query = select(*(found.c[name] for name in keys)).outerjoin_from(found, model.__table__, same)
    return query.where(or_(kept[keys[0]].is_(None), *differs))


def _stray(model: type[Base], sums: Select[Any], keys: list[str]) -> Select[Any]:
    """The keys for which the table has sums and the ledger no entries."""
    found, kept = sums.subquery(), model.__table__.c
    totals = [kept[name] != 0 for name, _column in found.c.items() if name not in keys]
    query = select(*(kept[name] for name in keys)).where(or_(*totals))
    return query.except_(select(*(found.c[name] for name in keys)))  # type: ignore[return-value]


def _wrong_months() -> Iterator[Fault]:
    for member_id, month in stream(_wrong(StudyMonth, _month_sums(), MONTH_KEYS)):
        yield Fault(
            _("学员 %(member)d 在 %(month)d 的合计与明细不符。", member=member_id, month=month)
        )
    for member_id, month in stream(_stray(StudyMonth, _month_sums(), MONTH_KEYS)):
        yield Fault(
            _("学员 %(member)d 在 %(month)d 有合计而没有明细。", member=member_id, month=month)
        )


def _wrong_items() -> Iterator[Fault]:
    for query in (_wrong, _stray):
        for member_id, kind, subject_id in stream(query(StudyItem, _item_sums(), ITEM_KEYS)):
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
            as_stored(ENTRY.day_on),
            as_stored(ENTRY.started_at),
            ENTRY.stretches,
        )
        .where(ENTRY.stretches.is_not(None))
        .order_by(ENTRY.member_id, ENTRY.id)
    )
    for _member, entries in groupby(stream(query), key=lambda row: row.member_id):
        yield from _wrong_spans_of(entries)


def _wrong_spans_of(entries: Iterable[Any]) -> Iterator[Fault]:
    intervals: list[tuple[int, int, int]] = []
    for entry in entries:
        try:
            span = Span(entry.day_on, stored_ms(entry.started_at), decode(entry.stretches))
        except (TypeError, ValueError):
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
    previous, seal = FIRST_HASH, DaySeal.__table__
    days = db.session.scalars(select(seal.c.day_on).order_by(seal.c.day_on)).all()
    for day in days:
        row = db.session.execute(select(seal).where(seal.c.day_on == day)).one()
        sealed = Sealed(day, row.entries, row.digests, row.previous_hash, row.hash)
        breach = find_breach(sealed, previous, digests(day))
        if breach is not None:
            yield Fault(_describe(breach), breach.entry_id)
            return
        previous = row.hash
    if not days:
        return
    query = select(ENTRY.id).where(
        ENTRY.recorded_on < days[-1], ENTRY.recorded_on.not_in(select(seal.c.day_on))
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
