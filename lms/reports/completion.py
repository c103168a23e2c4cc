"""How far the people of a unit are: counts by status, branches compared, who needs attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from lms.study.requirements import Status

ZERO = Decimal(0)


class Standing(Protocol):
    """What is looked at of one person."""

    @property
    def unit_path(self) -> str: ...
    @property
    def credit(self) -> Decimal: ...
    @property
    def status(self) -> Status: ...
    @property
    def exemption(self) -> str: ...
    @property
    def fraction(self) -> float: ...
    @property
    def has_query(self) -> bool: ...


Person = TypeVar("Person", bound=Standing)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as the overview needs it."""

    id: int
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a group of people; only those of whom something is asked can have completed it."""

    people: int = 0
    met: int = 0
    on_track: int = 0
    behind: int = 0
    exempt: int = 0
    credit: Decimal = ZERO

    @property
    def obliged(self) -> int:
        """Of how many something is asked."""
        return self.people - self.exempt

    @property
    def met_fraction(self) -> float:
        """The share of the obliged who have met the requirement; a whole where nobody is."""
        return self.met / self.obliged if self.obliged else 1.0

    @property
    def average(self) -> Decimal:
        """Credit hours a head."""
        return self.credit / self.people if self.people else ZERO


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit directly below, with everybody in its subtree; or the unit's own people."""

    place: Place
    tally: Tally
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Overview(Generic[Person]):
    """Everything that the page about a unit says."""

    tally: Tally
    branches: tuple[Branch, ...]
    attention: tuple[Person, ...]  # behind, the furthest first; those who ask; the excused


def tally(people: Sequence[Standing]) -> Tally:
    """Count a group."""
    counts = dict.fromkeys(Status, 0)
    for person in people:
        counts[person.status] += 1
    return Tally(
        people=len(people),
        met=counts[Status.MET],
        on_track=counts[Status.ON_TRACK],
        behind=counts[Status.BEHIND],
        exempt=counts[Status.EXEMPT],
        credit=sum((person.credit for person in people), ZERO),
    )


def overview(people: Sequence[Person], *, at: Place, below: Sequence[Place]) -> Overview[Person]:
    """The people of `at` and everything below it, gathered by the units directly `below`."""
    groups: dict[str, list[Person]] = {place.path: [] for place in (at, *below)}
    for person in people:
        groups[_branch_path(at.path, person.unit_path)].append(person)
    branches = [
        Branch(place, tally(groups[place.path]), is_own=place is at)
        for place in (*below, at)
        if groups[place.path]
    ]
    branches.sort(key=lambda branch: (-branch.tally.met_fraction, -branch.tally.average))
    behind = [person for person in people if person.status is Status.BEHIND]
    behind.sort(key=lambda person: (person.fraction, person.unit_path))
    others = [person for person in people if person.status is not Status.BEHIND]
    asking = [person for person in others if person.has_query]
    excused = [p for p in others if p.status is Status.EXEMPT and p.exemption and not p.has_query]
    return Overview(tally(people), tuple(branches), (*behind, *asking, *excused))


class UnitSums:
    """Tallies of every unit of a subtree, its own people and all below, gathered as people pass."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._counts = {path: dict.fromkeys(Status, 0) for path in paths}
        self._credit = dict.fromkeys(paths, ZERO)

    def add(self, person: Standing) -> None:
        """Count the person in their unit and in all above it."""
        path = person.unit_path
        while path in self._counts:
            self._counts[path][person.status] += 1
            self._credit[path] += person.credit
            path = path[: path.rstrip("/").rindex("/") + 1]

    def tally(self, path: str) -> Tally:
        """What the unit and everything below it came to."""
        counts = self._counts[path]
        return Tally(
            people=sum(counts.values()),
            met=counts[Status.MET],
            on_track=counts[Status.ON_TRACK],
            behind=counts[Status.BEHIND],
            exempt=counts[Status.EXEMPT],
            credit=self._credit[path],
        )


def _branch_path(at_path: str, unit_path: str) -> str:
    """The path of the unit directly below `at_path` on the way to `unit_path`, or `at_path`."""
    rest = unit_path[len(at_path) :]
    return at_path + rest[: rest.index("/") + 1] if rest else at_path
