"""Files handed in with an essay: what a response says of them, what a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_FILES = 10  # for one answer


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that was handed in; `field` names the answer's field on the page."""

    id: int
    field: str
    name: str
    size_bytes: int
    href: str


@dataclass(frozen=True, slots=True)
class Handing:
    """The files of an attempt, and the address that takes more; without one none are taken."""

    url: str = ""
    files: tuple[HandedIn, ...] = ()

    def of(self, field: str, response: Mapping[str, Any]) -> tuple[HandedIn, ...]:
        """The files of one answer; ids that name no file of it mean nothing."""
        named = response.get("files")
        named = named if isinstance(named, list) else []
        return tuple(file for file in self.files if file.field == field and str(file.id) in named)


NO_FILES = Handing()


def read_ids(text: str) -> list[str]:
    """The ids in a field such as "12 15"."""
    ids = [each for each in text.split() if each.isdecimal() and len(each) < 19]
    return list(dict.fromkeys(ids))[:MOST_FILES]
