"""The recognised structure of a text as somebody checks it before it is saved."""

from collections import Counter
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
    """What was recognised: counts by kind, the first sections, and what was odd."""

    counts: dict[str, int]
    rows: tuple[OutlineRow, ...]
    left_out: int
    paragraphs: int
    chars: int
    problems: tuple[Problem, ...]


def outline_of(reading: Reading) -> Outline:
    """Parse and sum up; raises Unreadable."""
    body = parse(reading.text, is_markdown=reading.is_markdown)
    counts = Counter(section.kind.value for section in body.sections)
    per_section = Counter(paragraph.section for paragraph in body.paragraphs)
    first: dict[int, str] = {}
    for paragraph in body.paragraphs:
        first.setdefault(paragraph.section, paragraph.text[:EXCERPT_CHARS])
    rows = tuple(
        OutlineRow(section, first.get(section.position, ""), per_section[section.position])
        for section in body.sections[:SHOWN]
    )
    return Outline(
        dict(counts),
        rows,
        max(0, len(body.sections) - SHOWN),
        len(body.paragraphs),
        body.chars,
        (*reading.fields.problems, *body.problems),
    )
