"""The only reader of wall time: aware UTC inside, the organisation's zone at the edge."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_frozen_at: datetime | None = None
_frozen_steady_ms: int | None = None


def now() -> datetime:
    """The present moment as an aware datetime in UTC."""
    return _frozen_at or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The calendar day that it now is in `zone`."""
    return now().astimezone(zone).date()


def steady() -> tuple[str, int] | None:
    """A reading that nobody can set: which start of the machine, and milliseconds since then.

    All processes of a machine share it, and it goes on while the machine sleeps. None where there
    is no such clock.
    """
    if _frozen_at is not None:
        moment_ms = (_frozen_at - EPOCH) // timedelta(milliseconds=1)
        return "frozen", moment_ms if _frozen_steady_ms is None else _frozen_steady_ms
    boot = _boot()
    return (boot, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000) if boot else None


@lru_cache(maxsize=1)
def _boot() -> str:
    if not hasattr(time, "CLOCK_BOOTTIME") or not BOOT_ID.exists():
        return ""
    return BOOT_ID.read_text().strip()[:8]


@contextmanager
def frozen(at: datetime, *, steady_ms: int | None = None) -> Iterator[None]:
    """Hold the clock at `at` (aware) for the length of a test; the steady one follows it."""
    global _frozen_at, _frozen_steady_ms
    if at.tzinfo is None:
        raise ValueError("a frozen moment must be aware")
    before = _frozen_at, _frozen_steady_ms
    _frozen_at, _frozen_steady_ms = at.astimezone(UTC), steady_ms
    try:
        yield
    finally:
        _frozen_at, _frozen_steady_ms = before
