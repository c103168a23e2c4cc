"""Attendees pasted from a spreadsheet: rows out of text, people out of rows, and what is wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Problem(StrEnum):
    """Why a row can't be taken as it is."""

    UNKNOWN = "unknown"  # nobody here has that number or name
    AMBIGUOUS = "ambiguous"  # several people have that name
    MISMATCH = "mismatch"  # number and name belong to different people
    TWICE = "twice"  # the same person as in a row above


@dataclass(frozen=True, slots=True)
class Row:
    """One pasted line, cut into cells."""

    line: int
    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be on the list."""

    id: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that names nobody for certain."""

    row: Row
    problem: Problem


@dataclass(frozen=True, slots=True)
class Matched:
    """The people that the rows name, in their order, and the rows that fail."""

    people: tuple[Person, ...]
    bad: tuple[Bad, ...] = field(default=())


HEADINGS = {"工号", "编号", "姓名", "学号", "number", "name", "序号", "单位", "部门", "签名"}
_CELL = re.compile(r"[\t,，;；、|]+|\s{2,}")
MOST_ROWS = 5000


def read_rows(text: str) -> list[Row]:
    """The lines with something on them; a heading and pure row numbers are left out."""
    rows = []
    for line, written in enumerate(text.splitlines(), start=1):
        cells = tuple(cell.strip() for cell in _CELL.split(written) if cell.strip())
        if not cells or all(cell.lower() in HEADINGS for cell in cells):
            continue
        rows.append(Row(line, written.strip(), cells))
    return rows


def join(*lists: str) -> str:
    """Lists one after the other, as one."""
    return "\n".join(part.rstrip() for part in lists if part.strip())


def match(rows: Sequence[Row], known: Iterable[Person]) -> Matched:
    """Find the person that each row names by number, by name, or by both."""
    by_number: dict[str, Person] = {}
    by_name: dict[str, list[Person]] = {}
    for person in known:
        by_number[person.number.lower()] = person
        by_name.setdefault(person.name, []).append(person)
    people: dict[int, Person] = {}
    bad: list[Bad] = []
    for row in rows:
        found = _match_row(row, by_number, by_name)
        if isinstance(found, Problem):
            bad.append(Bad(row, found))
        elif found.id in people:
            bad.append(Bad(row, Problem.TWICE))
        else:
            people[found.id] = found
    return Matched(tuple(people.values()), tuple(bad))


def _match_row(
    row: Row, by_number: Mapping[str, Person], by_name: Mapping[str, list[Person]]
) -> Person | Problem:
    numbered = [by_number[cell.lower()] for cell in row.cells if cell.lower() in by_number]
    names = [cell for cell in row.cells if cell in by_name]
    if numbered:
        person = numbered[-1]  # a row number may look like a number, the real one stands after it
        if names and person.name not in names:
            return Problem.MISMATCH
        return person
    if not names:
        return Problem.UNKNOWN
    named = by_name[names[0]]
    return named[0] if len(named) == 1 else Problem.AMBIGUOUS
