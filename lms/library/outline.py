"""The recognised structure of a text as somebody checks it before it is saved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lms.library.parse import Section, parse
from lms.library.problems import Problem
from lms.library.reading import Reading

SHOWN = 600
EXCERPT_CHARS = 60


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A section with the beginning of its text and the number of its paragraphs."""

    section: Section
    excerpt: str
    paragraphs: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What was recognised: counts by kind, some of the sections, and what was odd."""

    counts: dict[str, int]
    rows: tuple[OutlineRow, ...]
    left_out: int
    paragraphs: int
    chars: int
    problems: tuple[Problem, ...]


def outline_of(reading: Reading, *, titles: Sequence[str] = (), part: int = 0) -> Outline:
    """Parse and sum up; raises Unreadable.

    With the titles of the parts of a long text, the rows are the sections of that part.
    """
    body = parse(reading.text, is_markdown=reading.is_markdown)
    counts = Counter(section.kind.value for section in body.sections)
    per_section = Counter(paragraph.section for paragraph in body.paragraphs)
    first: dict[int, str] = {}
    for paragraph in body.paragraphs:
        first.setdefault(paragraph.section, paragraph.text[:EXCERPT_CHARS])
    begin, end = _sections_of_part(body.sections, titles, part)
    rows = tuple(
        OutlineRow(section, first.get(section.position, ""), per_section[section.position])
        for section in body.sections[begin : min(end, begin + SHOWN)]
    )
    return Outline(
        dict(counts),
        rows,
        max(0, end - begin - SHOWN),
        len(body.paragraphs),
        body.chars,
        (*reading.fields.problems, *body.problems),
    )


def _sections_of_part(
    sections: Sequence[Section], titles: Sequence[str], part: int
) -> tuple[int, int]:
    """Where the sections of a part begin and end: at its title, searched for in order."""
    starts: list[int] = []
    place = 0
    for title in titles:
        found = (n for n in range(place, len(sections)) if _is_titled(sections[n], title))
        place = next(found, place)
        starts.append(place if starts else 0)
    bounds = [*starts, len(sections)] if starts else [0, len(sections)]
    return bounds[part], max(bounds[part], bounds[part + 1])


def _is_titled(section: Section, title: str) -> bool:
    return not section.is_unit and section.heading[: len(title)] == title
