"""The plug-in table of lesson kinds: what a part tells courses about the lessons that it fills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lms.courses.completion import WHOLE
from lms.search.sources import Passage

if TYPE_CHECKING:
    from lms.courses.models import Lesson
    from lms.members.policy import Actor


class MeasureBasis(StrEnum):
    """By what the expected study time of a lesson is measured."""

    TEXT = "text"  # its number of characters
    MEDIA = "media"  # the server-measured duration
    NONE = "none"  # it has no study time of its own


@dataclass(frozen=True, slots=True)
class Measure:
    """How much there is to study in a lesson."""

    basis: str = MeasureBasis.NONE
    chars: int = 0
    duration_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LessonPage:
    """The fragment that shows the lesson inside courses/lesson.html, and what it needs.

    The fragment also sees `lesson`, `position` (the dict last given to record_progress, or {}),
    `fraction` (0 to 1) and `is_preview`.
    """

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the study clock accepted for one member and lesson."""

    counted_seconds: float  # total so far
    ranges: tuple[tuple[float, float], ...] = ()  # media seconds newly accepted
    position: float | None = None  # where the learner is now
    reached_end: bool = False  # the end of the text or media has been seen


def _nothing(lesson: "Lesson") -> None:
    """Kinds that need no room of their own do nothing when a lesson comes or goes."""


def _no_problems(lesson: "Lesson") -> list[str]:
    """A kind that is always ready to be published."""
    return []


def _no_passages(lesson: "Lesson") -> list[Passage]:
    """A kind whose lessons are found by their title alone."""
    return []


@dataclass(frozen=True, slots=True)
class LessonKind:
    """What courses needs to know of one kind of lesson. To add a kind, register one of these."""

    code: str  # stored in lesson.kind
    label: Any  # lazy text: what administrators call it
    icon: str  # name in the icon sprite
    measure: "Callable[[Lesson], Measure]"
    page: "Callable[[Lesson, Actor], LessonPage]"
    # studied(lesson, *, member_id, facts: StudyFacts, at: datetime) -> None;
    # it answers by calling courses.actions.record_progress.
    studied: "Callable[..., None]"
    edit_endpoint: str | None = None  # takes lesson_id; None: nothing beyond the title
    problems: "Callable[[Lesson], list[str]]" = _no_problems  # why it can't be published
    passages: "Callable[[Lesson], list[Passage]]" = _no_passages  # what search finds in a lesson
    after_create: "Callable[[Lesson], None]" = _nothing
    before_delete: "Callable[[Lesson], None]" = _nothing
    copy: "Callable[[Lesson, Lesson], None] | None" = None  # contents from the first to the second
    content: "Callable[[Lesson], dict[str, Any]] | None" = None  # as plain data, for folders
    # load(lesson, data, folder): fill the lesson from a content folder.
    load: "Callable[[Lesson, dict[str, Any], Path], None] | None" = None
    complete_at: Decimal = WHOLE  # the fraction that completes a lesson
    completes: Any = ""  # lazy sentence: what a learner does to complete it
    is_studied: bool = True  # the study clock runs on its page
    is_test: bool = False  # passing it is what a course's test asks for


_kinds: dict[str, LessonKind] = {}


def register(kind: LessonKind) -> None:
    """Add a kind to the table; registering the same code again replaces it."""
    _kinds[kind.code] = kind


def get(code: str) -> LessonKind:
    """The kind of that code; KeyError when no part has registered it."""
    return _kinds[code]


def find(code: str) -> LessonKind | None:
    """The kind of that code, or None when the part that knew it is gone."""
    return _kinds.get(code)


def list_kinds() -> list[LessonKind]:
    """All kinds in the order of their registration."""
    return list(_kinds.values())
