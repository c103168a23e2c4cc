"""Which part of the day it is, for the greeting."""

from enum import StrEnum


class DayPart(StrEnum):
    """Parts of the day as people greet in them."""

    NIGHT = "night"  # 22:00 to 5:00
    MORNING = "morning"  # to 9:00
    FORENOON = "forenoon"  # to 12:00
    NOON = "noon"  # to 14:00
    AFTERNOON = "afternoon"  # to 18:00
    EVENING = "evening"  # to 22:00


ENDS = (
    (5, DayPart.NIGHT),
    (9, DayPart.MORNING),
    (12, DayPart.FORENOON),
    (14, DayPart.NOON),
    (18, DayPart.AFTERNOON),
    (22, DayPart.EVENING),
    (24, DayPart.NIGHT),
)


def day_part(hour: int) -> DayPart:
    """The part of the day that `hour` (0 to 23) lies in."""
    return next(part for end, part in ENDS if hour < end)
