"""Credit rules: from time, finished items, tests, reflections and attendance to credit hours."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

PLACES = Decimal("0.0001")


class CreditKind(StrEnum):
    """Under which heading credit is shown."""

    ONLINE = "online"  # lessons and documents studied here
    OFFLINE = "offline"  # attendance
    TEST = "test"  # passed tests
    REFLECTION = "reflection"  # accepted reflections
    ADJUSTMENT = "adjustment"  # corrections by a manager


class Earning(StrEnum):
    """What turns studying an item into credit."""

    TIME = "time"  # every counted second
    COMPLETION = "completion"  # finishing the item, by its length
    TIERS = "tiers"  # finishing the item, by the tier its length falls in


Tier = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rules. Tiers are (from how much, credit), the largest first."""

    minutes_per_credit: int = 45
    earning: Earning = Earning.TIME
    length_tiers: tuple[Tier, ...] = ()  # minutes of the item
    test_credit: Decimal = Decimal(0)
    reflection_tiers: tuple[Tier, ...] = ()  # characters of the reflection
    item_credit_cap: Decimal | None = None
    day_credit_cap: Decimal | None = None
    month_credit_cap: Decimal | None = None
    chars_per_minute: int = 300  # expected reading speed
    text_factor: Decimal = Decimal("1.5")  # how much longer than expected a text may count
    media_factor: Decimal = Decimal("1.2")  # the same for the duration of media
    day_minutes_cap: int = 480
    max_rate: Decimal = Decimal(2)  # the fastest playback that is believed
    needs_test: bool = False  # what is finished waits for the test of its course, if it has one

    def item_cap_seconds(self, *, chars: int = 0, duration_seconds: float = 0.0) -> int | None:
        """The most that one item can count, all sessions together; None when it has no measure.

        A text never has less than half a minute, so that a short notice can be read in peace.
        """
        if duration_seconds > 0:
            return int(Decimal(str(duration_seconds)) * self.media_factor)
        if chars > 0:
            expected = Decimal(chars * 60) / self.chars_per_minute
            return max(30, int(expected * self.text_factor))
        return None

    def expected_seconds(self, *, chars: int = 0, duration_seconds: float = 0.0) -> int:
        """How long the item takes somebody who reads at the expected speed or plays it once."""
        return (
            round(duration_seconds) if duration_seconds > 0 else chars * 60 // self.chars_per_minute
        )

    def for_seconds(self, seconds: int) -> Decimal:
        """Credit for a length of time, rounded down at the fourth place."""
        return _floor(Decimal(seconds) / (60 * self.minutes_per_credit))

    def for_online(self, seconds: int) -> Decimal:
        """Credit for counted seconds of study as such; zero where only finishing earns."""
        return self.for_seconds(seconds) if self.earning is Earning.TIME else Decimal(0)

    def for_completion(self, length_seconds: int) -> Decimal:
        """Credit for finishing an item of that length; zero where time itself earns."""
        if self.earning is Earning.COMPLETION:
            return self.for_seconds(length_seconds)
        if self.earning is Earning.TIERS:
            return _tier(self.length_tiers, Decimal(length_seconds) / 60)
        return Decimal(0)

    def for_reflection(self, chars: int) -> Decimal:
        """Credit for an accepted reflection of that many characters."""
        return _tier(self.reflection_tiers, Decimal(chars))

    def capped(
        self, credit: Decimal, *, item_before: Decimal, day_before: Decimal, month_before: Decimal
    ) -> Decimal:
        """How much of `credit` the caps leave, beside what was credited before; never negative."""
        room = [
            cap - before
            for cap, before in (
                (self.item_credit_cap, item_before),
                (self.day_credit_cap, day_before),
                (self.month_credit_cap, month_before),
            )
            if cap is not None
        ]
        return max(Decimal(0), min([credit, *room]))


PRESETS: Mapping[str, Rules] = {
    "time": Rules(),
    "completion_test": Rules(
        earning=Earning.COMPLETION,
        needs_test=True,
        test_credit=Decimal("0.5"),
        reflection_tiers=((Decimal(1000), Decimal(1)), (Decimal(500), Decimal("0.5"))),
    ),
    "tiers": Rules(
        earning=Earning.TIERS,
        length_tiers=(
            (Decimal(30), Decimal(1)),
            (Decimal(15), Decimal("0.5")),
            (Decimal(0), Decimal("0.25")),
        ),
        test_credit=Decimal("0.5"),
    ),
}


def to_data(rules: Rules) -> dict[str, Any]:
    """The rules as plain data for storage; exact numbers become text."""
    return {key: _plain(value) for key, value in asdict(rules).items()}


def from_data(data: Mapping[str, Any]) -> Rules:
    """The rules that `to_data` wrote; a field that is missing has its default.

    Raises ValueError when a value is of the wrong kind or out of its range.
    """
    known = {field.name for field in fields(Rules)}
    if unknown := set(data) - known:
        raise ValueError(f"unknown rule: {sorted(unknown)}")
    values: dict[str, Any] = {}
    try:
        for name, value in data.items():
            values[name] = _read(name, value)
    except (InvalidOperation, TypeError) as error:
        raise ValueError(f"unreadable rule: {error}") from error
    rules = Rules(**values)
    if rules.minutes_per_credit <= 0 or rules.chars_per_minute <= 0 or rules.day_minutes_cap <= 0:
        raise ValueError("minutes and reading speed must be above zero")
    if rules.max_rate < 1 or rules.text_factor <= 0 or rules.media_factor <= 0:
        raise ValueError("factors must be above zero and the rate at least one")
    if any(
        credit < 0 for tier in (*rules.length_tiers, *rules.reflection_tiers) for credit in tier
    ):
        raise ValueError("a tier can't take credit away")
    return rules


def _read(name: str, value: Any) -> Any:
    if name == "earning":
        return Earning(value)
    if name == "needs_test":
        return bool(value)
    if name.endswith("_tiers"):
        return tuple(sorted(((Decimal(a), Decimal(b)) for a, b in value), reverse=True))
    if name.startswith(("minutes", "chars", "day_minutes")):
        return int(value)
    if value is None and name.endswith("_cap"):
        return None
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise ValueError(f"{name} must be a number from zero on")
    return number


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _tier(tiers: tuple[Tier, ...], amount: Decimal) -> Decimal:
    return next((credit for least, credit in tiers if amount >= least), Decimal(0))


def _floor(value: Decimal) -> Decimal:
    return value.quantize(PLACES, rounding=ROUND_DOWN)
