"""The table of what jobs can do: each part marks its handlers, the worker looks them up by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class LeaseLost(Exception):
    """Another worker has taken the job over, or it was cancelled; stop without a trace."""


class JobContext(Protocol):
    """What a running handler may ask of the worker."""

    job_id: int

    def progress(self, fraction: float, text: str = "") -> None:
        """Store how far the job is, 0 to 1, in a short transaction of its own."""

    def check(self) -> None:
        """Raise LeaseLost when the job is no longer this worker's."""


@dataclass(frozen=True, slots=True)
class Task:
    """A handler and how often it is tried."""

    name: str
    run: Callable[..., None]
    tries: int


@dataclass(frozen=True, slots=True)
class Periodic:
    """A function that every so many seconds runs once, whatever the number of workers."""

    name: str
    run: Callable[[], Any]
    seconds: float


tasks: dict[str, Task] = {}
periodics: dict[str, Periodic] = {}


def task(name: str, *, tries: int = 3) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark `run(context, **arguments)` as the handler of jobs called `name`."""

    def mark(run: Callable[..., None]) -> Callable[..., None]:
        tasks[name] = Task(name, run, tries)
        return run

    return mark


def every(*, seconds: float, name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Mark a function of no arguments to be run every `seconds` by one worker at a time."""

    def mark(run: Callable[[], Any]) -> Callable[[], Any]:
        periodics[name] = Periodic(name, run, seconds)
        return run

    return mark
