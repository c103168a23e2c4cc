"""What new credit rules would have made of real past study: a reading of the ledger, replayed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from lms.courses.kinds import Measure, MeasureBasis
from lms.courses.queries import completion_times
from lms.db import db
from lms.members.models import Member
from lms.study import subjects
from lms.study.credit import CreditKind, Rules, from_data
from lms.study.models import EntryKind, StudyEntry, StudyItem, StudyRule
from lms.study.months import Month, day_at, midnight
from lms.study.replay import Deed, Item, Past, Replay
from lms.web.settings import settings

ZERO = Decimal(0)
PREVIEW_DAYS = 90
EXAMPLES = 10
MOST_MEMBERS = 2000  # of more people a sample is taken, spread evenly
BATCH = 500
NEVER = 2**62  # above every id: everything had been posted before
NEVER_AT = datetime.max.replace(tzinfo=UTC)
COMPARED = {CreditKind.ONLINE, CreditKind.TEST, CreditKind.OFFLINE}
DEEDS = {
    EntryKind.ONLINE: Deed.ONLINE,
    EntryKind.TEST: Deed.TEST,
    EntryKind.OFFLINE: Deed.OFFLINE,
    EntryKind.REVERSAL: Deed.REVERSAL,
}
ENTRY = StudyEntry.__table__.c


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would have given for real past study, beside what was given."""

    since_on: date
    members: int  # who studied in that time
    tried: int  # of how many of them the study was replayed
    given: Decimal
    would_be: Decimal
    capped_away: Decimal  # what the caps would have taken of it
    examples: tuple[tuple[str, Decimal, Decimal], ...]  # name, given, would be


def preview(rules: Rules, *, today: date, days: int = PREVIEW_DAYS) -> Preview:
    """What would have been posted had the rules held for the last `days`.

    Online study, finished items, tests and attendance are replayed in the order in which they were
    posted, under the caps, beside what had been credited before. The time that was counted is
    taken as it was, shortened where the rules would have stopped counting earlier.
    """
    since_on = today - timedelta(days=days)
    first = select(func.min(ENTRY.id)).where(ENTRY.day_on >= since_on)
    first_id = db.session.scalar(first) or NEVER
    everybody = _who_studied(since_on)
    tried = everybody[:: -(-len(everybody) // MOST_MEMBERS) or 1]
    lengths = _Lengths(rules, _versions())
    given: dict[int, Decimal] = defaultdict(Decimal)
    would_be: dict[int, Decimal] = defaultdict(Decimal)
    capped_away = ZERO
    for start in range(0, len(tried), BATCH):
        some = tried[start : start + BATCH]
        replays = _begin(rules, some, since_on, first_id)
        for member_id, past in _deeds(some, since_on, first_id, lengths):
            credit = replays[member_id].take(past)
            if past.day >= since_on:
                given[member_id] += past.given
                would_be[member_id] += credit
        capped_away += sum((one.capped_away for one in replays.values()), ZERO)
    most = sorted(tried, key=lambda one: (-given[one], one))[:EXAMPLES]
    names = _names(most)
    return Preview(
        since_on=since_on,
        members=len(everybody),
        tried=len(tried),
        given=sum(given.values(), ZERO),
        would_be=sum(would_be.values(), ZERO),
        capped_away=capped_away,
        examples=tuple((names[one], given[one], would_be[one]) for one in most),
    )


def _who_studied(since_on: date) -> Sequence[int]:
    entered = select(ENTRY.member_id).where(ENTRY.day_on >= since_on, ENTRY.counts_as.in_(COMPARED))
    finished = select(StudyItem.member_id).where(StudyItem.completed_at >= _begins(since_on))
    return sorted(set(db.session.scalars(entered.union(finished))))


def _begins(day: date) -> datetime:
    return midnight(day, settings().zone)


def _begin(
    rules: Rules, member_ids: Sequence[int], since_on: date, first_id: int
) -> dict[int, Replay]:
    """A replay for each member, with what had been posted before the first entry in question."""
    replays = {member_id: Replay(rules) for member_id in member_ids}
    before = (
        ENTRY.member_id.in_(member_ids),
        ENTRY.id < first_id,
        ENTRY.counts_as == CreditKind.ONLINE,
    )
    sums = func.sum(ENTRY.credit, type_=ENTRY.credit.type), func.sum(ENTRY.seconds)
    items = select(ENTRY.member_id, ENTRY.subject_kind, ENTRY.subject_id, *sums).where(*before)
    items = items.where(ENTRY.subject_id.is_not(None))
    for member_id, kind, subject_id, credit, seconds in db.session.execute(
        items.group_by(ENTRY.member_id, ENTRY.subject_kind, ENTRY.subject_id)
    ):
        replays[member_id].items[kind, subject_id] += credit
        replays[member_id].item_seconds[kind, subject_id] += int(seconds)
    months = select(ENTRY.member_id, ENTRY.month, sums[0]).where(
        *before, ENTRY.month >= Month.of(since_on).key
    )
    for member_id, month, credit in db.session.execute(
        months.group_by(ENTRY.member_id, ENTRY.month)
    ):
        replays[member_id].months[Month.from_key(month)] += credit
    return replays


def _deeds(
    member_ids: Sequence[int], since_on: date, first_id: int, lengths: "_Lengths"
) -> Iterator[tuple[int, Past]]:
    """Everything that may have earned credit, each member's in the order of posting."""
    entries, items = _entries(member_ids, first_id), _finished(member_ids, since_on)
    ready = _ready_times(items, member_ids) if lengths.rules.needs_test else {}
    posted = {
        (row.member_id, row.award_key): row for row in entries if row.kind is EntryKind.COMPLETION
    }
    deeds: list[tuple[tuple[int, datetime, int, int], Past]] = []
    replayed = set()
    for item in items:
        entry = posted.get((item.member_id, f"done:{item.subject_kind}:{item.subject_id}"))
        replayed.add(entry.id if entry else 0)
        at = ready.get((item.member_id, (item.subject_kind, item.subject_id)), item.completed_at)
        past = _completion(item, at, entry, lengths)
        deeds.append(((item.member_id, at or NEVER_AT, 1, past.entry_id or 0), past))
    deeds += [
        ((row.member_id, row.recorded_at, 0, row.id), _past(row, lengths))
        for row in entries
        if row.id not in replayed
    ]
    deeds.sort(key=lambda deed: deed[0])
    for member_id, some in groupby(deeds, key=lambda deed: deed[0][0]):
        yield from ((member_id, past) for _key, past in some)


def _ready_times(
    items: Sequence[StudyItem], member_ids: Sequence[int]
) -> dict[tuple[int, Item], datetime | None]:
    """When items were finished and their courses' tests passed as well; None: not yet."""
    tests = {
        key: subjects.tests_of(*key)
        for key in {(item.subject_kind, item.subject_id) for item in items}
    }
    passed = completion_times({one for some in tests.values() for one in some}, member_ids)
    ready: dict[tuple[int, Item], datetime | None] = {}
    for item in items:
        key = (item.subject_kind, item.subject_id)
        times = [item.completed_at, *(passed.get((item.member_id, one)) for one in tests[key])]
        known = [at for at in times if at is not None]
        ready[item.member_id, key] = max(known) if len(known) == len(times) else None
    return ready


def _entries(member_ids: Sequence[int], first_id: int) -> Sequence[Any]:
    query = select(
        ENTRY.id,
        ENTRY.member_id,
        ENTRY.kind,
        ENTRY.counts_as,
        ENTRY.day_on,
        ENTRY.seconds,
        ENTRY.credit,
        ENTRY.subject_kind,
        ENTRY.subject_id,
        ENTRY.reverses_id,
        ENTRY.award_key,
        ENTRY.recorded_at,
    ).where(ENTRY.member_id.in_(member_ids), ENTRY.id >= first_id, ENTRY.counts_as.in_(COMPARED))
    return db.session.execute(query).all()


def _finished(member_ids: Sequence[int], since_on: date) -> Sequence[StudyItem]:
    query = select(StudyItem).where(
        StudyItem.member_id.in_(member_ids), StudyItem.completed_at >= _begins(since_on)
    )
    return db.session.scalars(query).all()


def _past(row: Any, lengths: "_Lengths") -> Past:
    item = (row.subject_kind, row.subject_id) if row.subject_id is not None else None
    deed = DEEDS.get(row.kind, Deed.KEPT)
    cap = lengths.cap(item, row.day_on) if deed is Deed.ONLINE and item else None
    return Past(
        deed=deed,
        day=row.day_on,
        given=row.credit,
        seconds=row.seconds,
        item=item,
        item_cap_seconds=cap,
        entry_id=row.id,
        reverses_id=row.reverses_id,
        is_online=row.counts_as is CreditKind.ONLINE,
    )


def _completion(item: StudyItem, at: datetime | None, entry: Any, lengths: "_Lengths") -> Past:
    """A finished item that earned, or would have earned, at that moment; None: still waits."""
    assert item.completed_at is not None
    zone = settings().zone
    return Past(
        deed=Deed.COMPLETION if at else Deed.WAITING,
        day=day_at(at or item.completed_at, zone),
        given=entry.credit if entry else ZERO,
        seconds=lengths.length(item, day_at(item.completed_at, zone)),
        item=(item.subject_kind, item.subject_id),
        entry_id=entry.id if entry else None,
    )


def _versions() -> list[tuple[date, Rules]]:
    query = select(StudyRule.effective_on, StudyRule.data)
    query = query.order_by(StudyRule.effective_on.desc(), StudyRule.id.desc())
    return [(since_on, from_data(data)) for since_on, data in db.session.execute(query)]


@dataclass(slots=True)
class _Lengths:
    """How long texts are under the rules, where their reading speed is another one than it was."""

    rules: Rules
    versions: list[tuple[date, Rules]]  # that held, the newest first
    _caps: dict[Item, tuple[int | None, bool]] = field(default_factory=dict)

    def cap(self, item: Item, day: date) -> int | None:
        """Where counting of the item would have ended; None: where it did."""
        was = next((rules for since_on, rules in self.versions if since_on <= day), Rules())
        return None if _limits(was) == _limits(self.rules) else self._caps_of(item)[0]

    def length(self, item: StudyItem, day: date) -> int:
        """The item's length, as it was noted or as the rules would have noted it."""
        subject = (item.subject_kind, item.subject_id)
        cap, is_text = self._caps_of(subject) if self.cap(subject, day) else (None, False)
        return int(cap / self.rules.text_factor) if cap and is_text else item.length_seconds

    def _caps_of(self, item: Item) -> tuple[int | None, bool]:
        if item not in self._caps:
            measure = subjects.measure_of(*item) or Measure()
            cap = self.rules.item_cap_seconds(
                chars=measure.chars, duration_seconds=measure.duration_seconds
            )
            self._caps[item] = cap, measure.basis == MeasureBasis.TEXT
        return self._caps[item]


def _limits(rules: Rules) -> tuple[object, ...]:
    return rules.chars_per_minute, rules.text_factor, rules.media_factor


def _names(member_ids: Sequence[int]) -> dict[int, str]:
    query = select(Member.id, Member.name).where(Member.id.in_(member_ids))
    return {row.id: row.name for row in db.session.execute(query)}
