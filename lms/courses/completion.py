"""When a lesson and a course are complete, and how far they are: the rules, over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

NONE = Decimal(0)
WHOLE = Decimal(1)
STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class LessonStanding:
    """How one lesson stands for one learner."""

    is_required: bool
    fraction: Decimal = NONE
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """How a course stands for one learner; counts are of the lessons that decide completion."""

    fraction: Decimal
    is_complete: bool
    done_count: int
    needed_count: int


def raised(before: Decimal, reported: Decimal) -> Decimal:
    """The lesson's new fraction: within 0 to 1, four places rounded down, never below `before`."""
    held = min(max(reported, NONE), WHOLE).quantize(STEP, rounding=ROUND_DOWN)
    return max(before, held)


def completes_lesson(fraction: Decimal, complete_at: Decimal = WHOLE) -> bool:
    """Whether the fraction is enough, `complete_at` being what the kind of lesson asks for."""
    return fraction >= complete_at


def deciding(lessons: Iterable[LessonStanding]) -> list[LessonStanding]:
    """The lessons that decide completion: the required ones, or all when none is required."""
    all_lessons = list(lessons)
    return [lesson for lesson in all_lessons if lesson.is_required] or all_lessons


def course_standing(lessons: Iterable[LessonStanding]) -> CourseStanding:
    """How the course stands: complete when every deciding lesson is, never when there are none.

    The fraction is the mean over the deciding lessons, a completed lesson counting as a whole one.
    It is 1 exactly when the course is complete.
    """
    needed = deciding(lessons)
    if not needed:
        return CourseStanding(NONE, is_complete=False, done_count=0, needed_count=0)
    done = sum(lesson.is_complete for lesson in needed)
    total = sum((WHOLE if lesson.is_complete else lesson.fraction for lesson in needed), NONE)
    fraction = (total / len(needed)).quantize(STEP, rounding=ROUND_DOWN)
    is_complete = done == len(needed)
    return CourseStanding(
        fraction=fraction if is_complete else min(fraction, WHOLE - STEP),
        is_complete=is_complete,
        done_count=done,
        needed_count=len(needed),
    )


def open_count(lessons: Iterable[LessonStanding]) -> int:
    """How many lessons, from the first on, are open in a course that is studied in order.

    Everything up to and including the first required lesson that is not complete.
    """
    count = 0
    for lesson in lessons:
        count += 1
        if lesson.is_required and not lesson.is_complete:
            break
    return count
