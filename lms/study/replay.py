"""What other credit rules would have made of past study: entries replayed as they were posted."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lms.study.credit import Rules
from lms.study.months import Month

ZERO = Decimal(0)
Item = tuple[str, int]


class Deed(StrEnum):
    """What earned credit, or may earn it under other rules."""

    ONLINE = "online"  # a span of counted study
    COMPLETION = "completion"  # an item finished; `seconds` is its length
    WAITING = "waiting"  # an item finished whose course's test is not passed
    TEST = "test"  # a passed test
    OFFLINE = "offline"  # attendance
    REVERSAL = "reversal"  # takes back what the entry `reverses_id` earned
    KEPT = "kept"  # stays what it was, whatever the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One deed of a member. `entry_id` is the entry that was posted for it, if one was."""

    deed: Deed
    day: date
    given: Decimal = ZERO
    seconds: int = 0
    item: Item | None = None
    item_cap_seconds: int | None = None  # where the rules would have stopped counting earlier
    entry_id: int | None = None
    reverses_id: int | None = None
    is_online: bool = True  # stands under the heading that the caps hold for


@dataclass(slots=True)
class Replay:
    """One member's way through other rules; `take` wants the deeds in the order of posting.

    The sums begin with what had been posted before: they are what the caps compare with.
    """

    rules: Rules
    items: dict[Item, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    item_seconds: dict[Item, int] = field(default_factory=lambda: defaultdict(int))
    months: dict[Month, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    days: dict[date, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    day_seconds: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    capped_away: Decimal = ZERO
    _would: dict[int, tuple[Decimal, int]] = field(default_factory=dict)

    def take(self, past: Past) -> Decimal:
        """The credit that the deed would have been given."""
        seconds = self._counted(past)
        credit = self._earned(past, seconds)
        if past.deed in (Deed.ONLINE, Deed.COMPLETION):
            wanted, credit = credit, self._capped(past, credit)
            self.capped_away += wanted - credit
        if past.entry_id is not None:
            self._would[past.entry_id] = credit, seconds
        if past.is_online:
            self._add(past, credit, 0 if past.deed is Deed.COMPLETION else seconds)
        return credit

    def _add(self, past: Past, credit: Decimal, seconds: int) -> None:
        self.days[past.day] += credit
        self.months[Month.of(past.day)] += credit
        if past.deed is Deed.ONLINE:  # what the clock counted stays used up, also when reversed
            self.day_seconds[past.day] += seconds
        if past.item is not None:
            self.items[past.item] += credit
            self.item_seconds[past.item] += seconds

    def _counted(self, past: Past) -> int:
        if past.deed is Deed.REVERSAL and past.reverses_id in self._would:
            return -self._would[past.reverses_id][1]
        if past.deed is not Deed.ONLINE:
            return past.seconds
        room = [past.seconds, self.rules.day_minutes_cap * 60 - self.day_seconds[past.day]]
        if past.item is not None and past.item_cap_seconds is not None:
            room.append(past.item_cap_seconds - self.item_seconds[past.item])
        return max(0, min(room))

    def _earned(self, past: Past, seconds: int) -> Decimal:
        if past.deed is Deed.ONLINE:
            return self.rules.for_online(seconds)
        if past.deed is Deed.COMPLETION:
            return self.rules.for_completion(seconds)
        if past.deed is Deed.WAITING:
            return ZERO
        if past.deed is Deed.OFFLINE:
            return self.rules.for_seconds(seconds)
        if past.deed is Deed.TEST:
            return self.rules.test_credit
        if past.deed is Deed.REVERSAL and past.reverses_id in self._would:
            return -self._would[past.reverses_id][0]
        return past.given

    def _capped(self, past: Past, credit: Decimal) -> Decimal:
        return self.rules.capped(
            credit,
            item_before=self.items[past.item] if past.item else ZERO,
            day_before=self.days[past.day],
            month_before=self.months[Month.of(past.day)],
        )
