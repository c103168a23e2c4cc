"""The only reader of wall time: aware UTC inside, the organisation's zone at the edge."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen_at: datetime | None = None


def now() -> datetime:
    """The present moment as an aware datetime in UTC."""
    return _frozen_at or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The calendar day that it now is in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` (aware) for the length of a test."""
    global _frozen_at
    if at.tzinfo is None:
        raise ValueError("a frozen moment must be aware")
    before, _frozen_at = _frozen_at, at.astimezone(UTC)
    try:
        yield
    finally:
        _frozen_at = before
