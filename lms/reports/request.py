"""What an export is asked for: who, which people, over which time, about which thing."""

from collections.abc import Callable
from dataclasses import dataclass

from lms.members.policy import Actor
from lms.reports.completion import Place
from lms.reports.periods import Period

Progress = Callable[[int], None]  # called now and then with the number of rows written


@dataclass(frozen=True, slots=True)
class Request:
    """A report of the people of `unit` and below, for somebody who may see them."""

    actor: Actor
    unit: Place
    period: Period
    subject_id: int | None = None  # the course or paper, where the report is about one
    progress: Progress = lambda done: None
