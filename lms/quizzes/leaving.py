"""How often the window of a test was left, counted fairly out of what the page reported."""

from collections.abc import Iterable
from datetime import datetime, timedelta

# A page that is loaded again, or a message that flashes up, takes the window away for a moment.
BRIEF = timedelta(seconds=3)


def count_leavings(events: Iterable[tuple[str, datetime]]) -> int:
    """How many times the window was left for longer than a moment, by the returns.

    `events` are ("left" or "returned", when) in their order; others are overlooked. Who has not
    returned yet is not counted: nobody answers from outside.
    """
    count, left_at = 0, None
    for kind, at in events:
        if kind == "left":
            left_at = left_at or at
        elif kind == "returned" and left_at is not None:
            count += at - left_at >= BRIEF
            left_at = None
    return count


def is_away(events: Iterable[tuple[str, datetime]]) -> bool:
    """Whether the last that was reported is that the window was left."""
    kinds = [kind for kind, _at in events if kind in ("left", "returned")]
    return bool(kinds) and kinds[-1] == "left"
