"""The parts of bench_study that need no server: growth, proofs and statuses at size."""

import random
import resource
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
HOURS_EACH = 5  # that a member studies in the month
SIZE = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname"
ALL_TABLES = text(f"{SIZE} LIKE 'study_%'")
LEDGER = text(f"{SIZE} IN ('study_entry', 'study_title', 'study_day_seal')")


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


def measure_growth(count: int = 1000) -> dict[str, Any]:
    """Rows and bytes that an hour of study adds, of a month in which `count` people study.

    An hour is four items of a quarter, none of which the member had studied before, each with a
    stretch that did not count. People study in turns, so that no index is filled in order. Counted
    is all that the hours leave behind, with the indexes: entries and their spans, titles, totals of
    items and months, clocks, and the seals of the days; beside it, where the database tells it, the
    ledger alone: entries, titles and seals. The rows are those of the ledger.
    """
    members = make_people(count)
    rules_on(START.date())
    db.session.commit()
    rng, hours = random.Random(5), count * HOURS_EACH
    before, ledger_before = _size(), _size(LEDGER)
    for quarter in range(HOURS_EACH * 4):
        for member_id in rng.sample(members, count):
            _study(member_id, quarter, rng)
        db.session.commit()
    proofs.seal_days()
    db.session.commit()
    entries = db.session.scalar(select(func.count()).select_from(StudyEntry)) or 0
    return {
        "learner_hours": hours,
        "entries_per_learner_hour": round(entries / hours, 2),
        "bytes_per_learner_hour": round((_size() - before) / hours),
        "ledger_bytes_per_learner_hour": round((_size(LEDGER) - ledger_before) / hours),
    }


def _study(member_id: int, quarter: int, rng: random.Random) -> None:
    """A quarter of an hour with one item, as the clock puts it into the ledger when it ends."""
    hour, place = divmod(quarter, 4)
    at = START + timedelta(days=hour * 6, minutes=15 * place, milliseconds=rng.randint(0, 900_000))
    counted_ms, pause_ms = rng.randint(300_000, 500_000), rng.randint(5_000, 90_000)
    stretches = (
        Stretch(Reason.COUNTED, counted_ms, counted_ms - 700),
        Stretch(Reason.HIDDEN, pause_ms),
        Stretch(Reason.COUNTED, 867_000 - counted_ms, 867_000 - counted_ms),
    )
    rule_id, rules = rules_on(at.date())
    seconds = 866
    ledger.add(
        NewEntry(
            member_id=member_id,
            kind=EntryKind.ONLINE,
            counts_as=CreditKind.ONLINE,
            day=at.date(),
            title=f"安全生产法二十讲 · 生产经营单位的安全保障义务（第 {quarter + 1} 讲）",
            at=at + timedelta(seconds=900, microseconds=rng.randint(0, 999)),
            seconds=seconds,
            credit=rules.for_online(seconds),
            subject_kind="lesson",
            subject_id=quarter + 1,
            rule_id=rule_id,
            started_at=at,
            stretches=encode(stretches),
        )
    )


def _size(tables: Any = ALL_TABLES) -> int:
    """Bytes of the tables of study with their indexes; on SQLite of all that the file holds."""
    if db.engine.dialect.name == "postgresql":
        total = db.session.scalar(tables)
        db.session.commit()
        return int(total)
    pages = db.session.scalar(text("PRAGMA page_count")) or 0
    free = db.session.scalar(text("PRAGMA freelist_count")) or 0
    return int((pages - free) * db.session.scalar(text("PRAGMA page_size")))


def measure_proofs(count: int) -> dict[str, Any]:
    """Seconds to seal, to rebuild the totals and to verify everything, and the memory it takes."""
    members = make_people(max(1, count // 100))
    rule_id, _rules = rules_on(START.date())
    db.session.commit()
    unit_id = db.session.scalars(
        select(Membership.unit_id).where(Membership.member_id == members[0])
    ).one()
    for batch in _batches(_rows(members, count, unit_id, rule_id)):
        db.session.execute(insert(StudyEntry.__table__), batch)  # type: ignore[arg-type]
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))
    db.session.commit()
    found: dict[str, Any] = {"entries": count, "mib_before": _peak_mib()}
    for name, work in (("seal", proofs.seal_days), ("rebuild", proofs.rebuild)):
        began = time.perf_counter()
        work()
        db.session.commit()
        found[f"{name}_seconds"] = time.perf_counter() - began
    began = time.perf_counter()
    found["faults"] = sum(1 for _ in proofs.verify())
    found["verify_seconds"] = time.perf_counter() - began
    db.session.rollback()
    return found | {"mib_after": _peak_mib()}


def _peak_mib() -> int:
    """The largest that this process has been so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _rows(members: list[int], count: int, unit_id: int, rule_id: int) -> Iterator[dict[str, Any]]:
    """Entries day after day, as a ledger grows: one of every member on each."""
    rng = random.Random(7)
    titles = [ledger.title_id(f"安全生产法二十讲 · 第 {n + 1} 讲") for n in range(20)]
    for place in range(count):
        turn, member = divmod(place, len(members))
        member_id = members[member]
        at = from_ms(to_ms(START) + turn * 86_400_000)
        seconds = rng.randint(300, 2_400)
        part_ms = seconds * 500
        stretches = (
            Stretch(Reason.COUNTED, part_ms, part_ms),
            Stretch(Reason.HIDDEN, rng.randint(5_000, 90_000)),
            Stretch(Reason.COUNTED, part_ms, part_ms),
        )
        yield {
            "member_id": member_id,
            "unit_id": unit_id,
            "kind": EntryKind.ONLINE,
            "counts_as": CreditKind.ONLINE,
            "day_on": at.date(),
            "month": Month.of(at.date()).key,
            "subject_kind": "lesson",
            "subject_id": turn % 20 + 1,
            "title_id": titles[turn % 20],
            "seconds": seconds,
            "credit": (Decimal(seconds) / 2700).quantize(Decimal("0.0001")),
            "is_required": True,
            "rule_id": rule_id,
            "started_at": at,
            "stretches": encode(stretches),
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
