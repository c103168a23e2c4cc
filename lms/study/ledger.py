"""The ledger's one door: adds an entry and its totals, in the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Insert, Table, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from lms.db import Base, db
from lms.members.models import Membership
from lms.study.credit import CreditKind
from lms.study.models import EntryKind, StudyClock, StudyEntry, StudyItem, StudyMonth, StudyTitle
from lms.study.months import Month, day_at
from lms.web.settings import settings

ZERO = Decimal(0)
TOTALS = ("seconds", "credit", "required_credit")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What one line of the ledger is to say."""

    member_id: int
    kind: EntryKind
    counts_as: CreditKind
    day: date
    title: str
    at: datetime
    seconds: int = 0
    credit: Decimal = ZERO
    subject_kind: str = ""
    subject_id: int | None = None
    is_required: bool = False
    rule_id: int | None = None
    actor_id: int | None = None
    reason: str = ""
    reverses_id: int | None = None
    award_key: str | None = None
    started_at: datetime | None = None
    stretches: str | None = None


def insert_into(model: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of the database at hand.

    It is of the table: through the mapper it would take twice as long.
    """
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    return insert(model.__table__)


def hold_clock(member_id: int) -> Any:
    """Lock the member's clock row, made if need be, until the transaction ends; gives the row.

    Whatever writes for a member passes here first, so that two processes never do so at once. On
    SQLite the transaction itself is exclusive.
    """
    table = StudyClock.__table__
    query = select(table).where(table.c.member_id == member_id).with_for_update()
    row = db.session.execute(query).first()
    if row is None:
        nothing = insert_into(StudyClock).values(member_id=member_id, sessions=0, state="")
        nothing = nothing.values(is_open=False, open_seconds=0, open_kind="", open_subject_id=0)
        db.session.execute(nothing.on_conflict_do_nothing())
        row = db.session.execute(query).one()
    return row


def add(new: NewEntry) -> int | None:
    """Add the entry, its month's and its item's totals; gives its id.

    None when its award key has been credited before: such an entry is added once only.
    """
    hold_clock(new.member_id)
    values = {name: getattr(new, name) for name in _COPIED}
    values |= {
        "unit_id": _unit_on(new.member_id, new.day),
        "day_on": new.day,
        "month": Month.of(new.day).key,
        "title_id": title_id(new.title[:200]),
        "recorded_at": new.at,
        "recorded_on": day_at(new.at, settings().zone),
    }
    insert: Insert = insert_into(StudyEntry).values(values)
    if new.award_key is not None:
        insert = insert.on_conflict_do_nothing(  # type: ignore[attr-defined]
            index_elements=["member_id", "award_key"],
            index_where=StudyEntry.award_key.is_not(None),
        )
    entry_id = db.session.scalar(insert.returning(StudyEntry.id))
    if entry_id is None:
        return None
    _add_to_month(new)
    if new.subject_id is not None:
        _add_to_item(new)
    return entry_id


def title_id(text: str) -> int:
    """The title's row, added when it is new."""
    table = StudyTitle.__table__
    query = select(table.c.id).where(table.c.text == text).order_by(table.c.id).limit(1)
    found: int | None = db.session.scalar(query)
    if found is None:
        added = insert_into(StudyTitle).values(text=text)
        found = db.session.scalars(added.returning(table.c.id)).one()
    return found


def credit_before(new: NewEntry) -> tuple[Decimal, Decimal, Decimal]:
    """The online credit already given for the item, on the day and in the month of `new`."""
    item = db.session.scalar(
        select(StudyItem.credit).where(
            StudyItem.member_id == new.member_id,
            StudyItem.subject_kind == new.subject_kind,
            StudyItem.subject_id == new.subject_id,
        )
    )
    month = db.session.scalar(
        select(StudyMonth.online_credit).where(
            StudyMonth.member_id == new.member_id, StudyMonth.month == Month.of(new.day).key
        )
    )
    day = db.session.scalar(
        select(func.sum(StudyEntry.credit)).where(
            StudyEntry.member_id == new.member_id,
            StudyEntry.day_on == new.day,
            StudyEntry.counts_as == CreditKind.ONLINE,
        )
    )
    return item or ZERO, day or ZERO, month or ZERO


def _unit_on(member_id: int, day: date) -> int:
    """The unit that the member belonged to on `day`, else the one they came to or left."""
    query = select(Membership.unit_id).where(Membership.member_id == member_id)
    on_day = or_(Membership.until_on.is_(None), Membership.until_on >= day)
    unit_id = db.session.scalar(query.where(Membership.since_on <= day, on_day))
    if unit_id is None:
        unit_id = db.session.scalars(query.order_by(Membership.since_on.desc()).limit(1)).one()
    return unit_id


def _add_to_month(new: NewEntry) -> None:
    added = {
        "seconds": new.seconds,
        "credit": new.credit,
        "required_credit": new.credit if new.is_required else ZERO,
    }
    for kind in CreditKind:
        added[f"{kind}_credit"] = new.credit if kind is new.counts_as else ZERO
    keys = {"member_id": new.member_id, "month": Month.of(new.day).key}
    _upsert_sum(StudyMonth, keys, added)


def _add_to_item(new: NewEntry) -> None:
    keys = {
        "member_id": new.member_id,
        "subject_kind": new.subject_kind,
        "subject_id": new.subject_id,
    }
    credit = new.credit if new.counts_as is CreditKind.ONLINE else ZERO
    insert = insert_into(StudyItem).values(**keys, frontier_ms=0)
    insert = insert.values(counted_seconds=new.seconds, credit=credit)
    table = StudyItem.__table__
    db.session.execute(
        insert.on_conflict_do_update(
            index_elements=list(keys),
            set_={
                "counted_seconds": table.c.counted_seconds + insert.excluded.counted_seconds,
                "credit": table.c.credit + insert.excluded.credit,
            },
        )
    )


def _upsert_sum(model: type[Base], keys: dict[str, Any], added: dict[str, Any]) -> None:
    """Add to the columns of one row, which is made if need be."""
    insert = insert_into(model).values(**keys, **added)
    table = model.__table__
    assert isinstance(table, Table)
    sums = {name: table.c[name] + insert.excluded[name] for name in added}
    db.session.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=sums))


_COPIED = (
    "member_id",
    "kind",
    "counts_as",
    "subject_kind",
    "subject_id",
    "seconds",
    "credit",
    "is_required",
    "rule_id",
    "actor_id",
    "reason",
    "reverses_id",
    "award_key",
    "started_at",
    "stretches",
)
