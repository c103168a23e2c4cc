"""Cuts long texts into pages that a browser reads with ease, at headings where it can."""

from lms.library.lines import ParagraphKind
from lms.library.parse import Body, Section

WHOLE_CHARS = 60_000  # texts up to this length are one page
FULL_CHARS = 30_000  # a page is closed at the next heading from here on,
ENOUGH_CHARS = 12_000  # at the next top heading already from here on,
MOST_CHARS = 45_000  # and at the next paragraph from here on


def paginate(body: Body) -> tuple[list[int], list[int]]:
    """The page of each section and of each paragraph, counted from 1."""
    if body.chars <= WHOLE_CHARS:
        return [1] * len(body.sections), [1] * len(body.paragraphs)
    of_sections: list[int] = []
    of_paragraphs: list[int] = []
    page, chars = 1, 0
    paragraphs = iter(body.paragraphs)
    current = next(paragraphs, None)
    for section in body.sections:
        if _closes(section, chars):
            page, chars = page + 1, 0
        of_sections.append(page)
        while current is not None and current.section == section.position:
            if chars > MOST_CHARS and current.kind is ParagraphKind.PARAGRAPH:
                page, chars = page + 1, 0
            of_paragraphs.append(page)
            chars += len(current.text)
            current = next(paragraphs, None)
    return of_sections, of_paragraphs


def _closes(section: Section, chars: int) -> bool:
    """Whether a page with `chars` so far ends before this section."""
    if section.is_unit:
        return chars > MOST_CHARS
    return chars >= FULL_CHARS or (section.depth == 0 and chars >= ENOUGH_CHARS)
