"""The parts of bench_study that need no server: growth, proofs and statuses at size."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text

from lms import clock
from lms.db import db
from lms.members.actions import create_unit
from lms.members.models import Member, Membership, MemberState, OrgUnit
from lms.study import ledger, proofs
from lms.study.actions import rules_on
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind, Requirement, StudyEntry, StudyMonth
from lms.study.months import Month, from_ms, to_ms
from lms.study.queries import iter_member_months
from lms.study.requirements import CarryOver
from lms.study.spans import Reason, Stretch, encode

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
BATCH = 5000
TABLES = ("study_entry", "study_month", "study_item")


def make_people(count: int) -> list[int]:
    """Members of one unit; gives their ids."""
    unit = create_unit(name="单位", code=f"bench-{count}-{time.perf_counter_ns()}", parent=None)
    db.session.flush()
    now = clock.now()
    first = (db.session.scalar(select(func.max(Member.id))) or 0) + 1
    ids = range(first, first + count)
    for batch in _batches(iter(ids)):
        db.session.execute(
            insert(Member),
            [
                {
                    "id": one,
                    "number": f"bench-{one}",
                    "name": "学员",
                    "state": MemberState.ACTIVE,
                    "created_at": now,
                    "changed_at": now,
                }
                for one in batch
            ],
        )
        since_on = date(2025, 1, 1)
        rows = [{"member_id": one, "unit_id": unit.id, "since_on": since_on} for one in batch]
        db.session.execute(insert(Membership), rows)
    db.session.commit()
    return list(ids)


def measure_growth(hours: int = 400) -> dict[str, Any]:
    """Rows and bytes that an hour of study adds: four items of a quarter of an hour."""
    members = make_people(hours)
    rule_id, rules = rules_on(START.date())
    db.session.commit()
    before = _size()
    for member_id in members:
        for quarter in range(4):
            at = START + timedelta(minutes=15 * quarter)
            stretches = (
                Stretch(Reason.COUNTED, 400_000, 399_000),
                Stretch(Reason.HIDDEN, 31_000),
                Stretch(Reason.COUNTED, 469_000, 468_000),
            )
            ledger.add(
                NewEntry(
                    member_id=member_id,
                    kind=EntryKind.ONLINE,
                    counts_as=CreditKind.ONLINE,
                    day=at.date(),
                    title="安全生产法二十讲 · 生产经营单位的安全保障义务",
                    at=at,
                    seconds=867,
                    credit=rules.for_online(867),
                    subject_kind="lesson",
                    subject_id=quarter + 1,
                    rule_id=rule_id,
                    started_at=at,
                    stretches=encode(stretches),
                )
            )
    db.session.commit()
    entries = db.session.scalar(select(func.count()).select_from(StudyEntry)) or 0
    return {
        "learner_hours": hours,
        "entries_per_learner_hour": round(entries / hours, 2),
        "bytes_per_learner_hour": round((_size() - before) / hours),
    }


def _size() -> int:
    """Bytes of the ledger's tables with their indexes."""
    if db.engine.dialect.name == "postgresql":
        total = sum(
            db.session.scalar(text(f"SELECT pg_total_relation_size('{name}')")) for name in TABLES
        )
        db.session.commit()
        return int(total)
    pages = db.session.scalar(text("PRAGMA page_count")) or 0
    free = db.session.scalar(text("PRAGMA freelist_count")) or 0
    return int((pages - free) * db.session.scalar(text("PRAGMA page_size")))


def measure_proofs(count: int) -> dict[str, Any]:
    """Seconds to rebuild the totals and to verify everything, seals included."""
    members = make_people(max(1, count // 100))
    rule_id, _rules = rules_on(START.date())
    db.session.commit()
    unit_id = db.session.scalars(
        select(Membership.unit_id).where(Membership.member_id == members[0])
    ).one()
    for batch in _batches(_rows(members, count, unit_id, rule_id)):
        db.session.execute(insert(StudyEntry), batch)
    db.session.commit()
    timings = {}
    for name, work in (("seal", proofs.seal_days), ("rebuild", proofs.rebuild)):
        began = time.perf_counter()
        work()
        db.session.commit()
        timings[f"{name}_seconds"] = round(time.perf_counter() - began, 2)
    began = time.perf_counter()
    faults = sum(1 for _ in proofs.verify())
    timings["verify_seconds"] = round(time.perf_counter() - began, 2)
    db.session.rollback()
    return {"entries": count, **timings, "faults": faults}


def _rows(members: list[int], count: int, unit_id: int, rule_id: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(7)
    each = -(-count // len(members))
    for place in range(count):
        member_id, turn = members[place // each], place % each
        at = from_ms(to_ms(START) + turn * 86_400_000)
        seconds = rng.randint(300, 2_400)
        length_ms = seconds * 1000
        yield {
            "member_id": member_id,
            "unit_id": unit_id,
            "kind": EntryKind.ONLINE,
            "counts_as": CreditKind.ONLINE,
            "day_on": at.date(),
            "month": Month.of(at.date()).key,
            "subject_kind": "lesson",
            "subject_id": turn % 20 + 1,
            "title": "安全生产法二十讲 · 第七讲",
            "seconds": seconds,
            "credit": (Decimal(seconds) / 2700).quantize(Decimal("0.0001")),
            "is_required": True,
            "rule_id": rule_id,
            "started_at": at,
            "stretches": encode([Stretch(Reason.COUNTED, length_ms, length_ms)]),
            "recorded_at": at,
            "recorded_on": at.date(),
        }


def measure_status(count: int) -> dict[str, Any]:
    """Seconds until the status of everybody in one month is known."""
    members = make_people(count)
    unit_id = db.session.scalars(
        select(Membership.unit_id).where(Membership.member_id == members[0])
    ).one()
    month = Month(2026, 5)
    path = db.session.get_one(OrgUnit, unit_id).path
    db.session.add(
        Requirement(
            unit_id=unit_id,
            since_month=202601,
            month_hours=Decimal(4),
            carry_over=CarryOver.NONE,
            published_at=clock.now(),
        )
    )
    rng = random.Random(3)
    zero = {f"{kind}_credit": Decimal(0) for kind in CreditKind}
    for batch in _batches(iter(members)):
        rows = []
        for member_id in batch:
            credit = Decimal(rng.randint(0, 80_000)) / 10_000
            row = {"member_id": member_id, "month": month.key, "seconds": int(credit * 2700)}
            row |= {"credit": credit, "required_credit": credit, **zero, "online_credit": credit}
            rows.append(row)
        db.session.execute(insert(StudyMonth), rows)
    db.session.commit()
    began = time.perf_counter()
    met = sum(one.status.value == "met" for one in iter_member_months(path, month))
    seconds = round(time.perf_counter() - began, 2)
    db.session.rollback()
    return {"members": count, "seconds": seconds, "met": met}


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
