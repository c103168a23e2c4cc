"""One page of a text as the reader shows it: paragraphs with links, hits and highlights."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from lms.db import db
from lms.library.citing import count_cited_places
from lms.library.lines import ParagraphKind, SectionKind
from lms.library.links import links_on
from lms.library.models import (
    Document,
    ReaderNote,
    Section,
)
from lms.library.queries import (
    PageOfText,
    list_headings,
    load_page,
)
from lms.library.runs import Run, Span, cut, hits_in, whole_words
from lms.members.policy import Actor
from lms.search.parsing import parse

GROUP_MARK = "·"
LEAST_GROUP = 3


@dataclass(frozen=True, slots=True)
class ParagraphView:
    """A paragraph as it is shown; `place` is what a quotation calls it."""

    anchor: str
    kind: ParagraphKind
    runs: list[Run]
    is_target: bool
    cited: int  # how many things cite this paragraph by its own number


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section that begins or goes on on this page."""

    kind: SectionKind
    anchor: str
    label: str
    title: str
    depth: int
    goes_on: bool  # it began on an earlier page
    is_target: bool
    cited: int  # how many things cite this article
    paragraphs: list[ParagraphView] = field(default_factory=list)

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading over others rather than an article or point."""
        return self.kind not in (SectionKind.ARTICLE, SectionKind.POINT, SectionKind.OPENING)

    @property
    def heading_level(self) -> int:
        """Which h element it is: h2 below the title, at most h5."""
        return min(self.depth + 2, 5)


@dataclass(frozen=True, slots=True)
class TocEntry:
    """A line of the table of contents."""

    anchor: str
    text: str
    depth: int
    page: int
    group: str = ""  # said once before the first of several headings that begin alike


@dataclass(frozen=True, slots=True)
class TextPage:
    """Everything that the middle of the reader shows."""

    number: int
    count: int
    sections: list[SectionView]
    hits: int
    target: str


def build_page(
    document: Document, number: int, *, member: Actor, typed: str = "", target: str = ""
) -> TextPage:
    """One page of the document with its links, the hits of what was typed, and own highlights."""
    page = load_page(document, number)
    spans = links_on(document, page, member=member)
    for note in _notes_on(document.id, page, member):
        place = _position_of(page, note.anchor)
        if place is not None:
            spans.setdefault(place, []).append(Span(note.start, note.end, note=note.id))
    hits = _hits_on(page, typed, target) if typed else {}
    cited = count_cited_places(document, member=member)
    sections = _section_views(document.id, page, cited, target)
    for paragraph in page.paragraphs:
        marked = [*spans.get(paragraph.position, []), *hits.get(paragraph.position, [])]
        sections[paragraph.section_position].paragraphs.append(
            ParagraphView(
                paragraph.anchor,
                paragraph.kind,
                cut(paragraph.text, marked),
                paragraph.anchor == target,
                cited.get(paragraph.anchor, 0),
            )
        )
    ordered = [sections[position] for position in sorted(sections)]
    count = sum(len(found) for found in hits.values())
    return TextPage(page.number, document.page_count, ordered, count, target)


def _hits_on(page: PageOfText, typed: str, target: str) -> dict[int, list[Span]]:
    """The hits by paragraph; where no word stands whole, its parts in the place asked for."""
    query = whole_words(typed)
    hits = {one.position: found for one in page.paragraphs if (found := hits_in(one.text, query))}
    if hits or not target:
        return hits
    sections = {one.position for one in page.sections if one.anchor == target}
    return {
        one.position: hits_in(one.text, parse(typed))
        for one in page.paragraphs
        if one.anchor == target or one.section_position in sections
    }


def _section_views(
    document_id: int, page: PageOfText, cited: Mapping[str, int], target: str
) -> dict[int, SectionView]:
    here = {section.position for section in page.sections}
    earlier = {paragraph.section_position for paragraph in page.paragraphs} - here
    rows = list(page.sections)
    if earlier:
        rows += db.session.scalars(
            select(Section).where(Section.document_id == document_id, Section.position.in_(earlier))
        ).all()
    return {
        section.position: SectionView(
            kind=section.kind,
            anchor=section.anchor,
            label=section.label,
            title=section.title,
            depth=section.depth,
            goes_on=section.position in earlier,
            is_target=section.anchor == target,
            cited=cited.get(section.anchor, 0),
        )
        for section in rows
    }


def _position_of(page: PageOfText, anchor: str) -> int | None:
    return next((p.position for p in page.paragraphs if p.anchor == anchor), None)


def _notes_on(document_id: int, page: PageOfText, member: Actor) -> Sequence[ReaderNote]:
    if not page.paragraphs:
        return []
    query = select(ReaderNote).where(
        ReaderNote.member_id == member.id, ReaderNote.document_id == document_id
    )
    return db.session.scalars(query.order_by(ReaderNote.id)).all()


def table_of_contents(document: Document) -> list[TocEntry]:
    """The headings of the whole document with the pages they are on.

    Headings such as 七十列传·刺客列传 are gathered under what several of them begin with.
    """
    headings = [one for one in list_headings(document.id) if one.label or one.title]
    begins = Counter(one.title.partition(GROUP_MARK)[0] for one in headings)
    entries: list[TocEntry] = []
    last = ""
    for section in headings:
        group, mark, rest = section.title.partition(GROUP_MARK)
        if not mark or not rest or section.label or begins[group] < LEAST_GROUP:
            group, rest = "", f"{section.label} {section.title}".strip()
        shown = group if group != last else ""
        entries.append(TocEntry(section.anchor, rest, section.depth, section.page, shown))
        last = group
    return entries
