"""Text to document: sections with articles, paragraphs and items, each with a stable anchor.

Anchors say what a lawyer would say: art5-p2-i3 is item （三） of the second paragraph of 第五条,
art133-1 is 第一百三十三条之一, ch2-sec1 the first 节 of the second 章. Headings without a number
are counted (h7), numbered points outside articles are pt3, annexes open a namespace of their own.
"""

from dataclasses import dataclass, field

from lms.library.cleaning import clean, drop_contents
from lms.library.lines import (
    Mark,
    ParagraphKind,
    SectionKind,
    read_item,
    read_mark,
    split_articles,
    take_title,
)
from lms.library.problems import Problem, Reason, Unreadable

MOST_CHARS = 20_000_000
MOST_PARAGRAPHS = 200_000
LONG_PARAGRAPH_CHARS = 8_000
LONG_TEXT_CHARS = 20_000
MOST_PROBLEMS = 200
LONGEST_QUOTE_LINES = 40
EXCERPT_CHARS = 40
TITLE_CHARS = 200

RANKS = {
    SectionKind.OPENING: 90,
    SectionKind.ANNEX: 5,
    SectionKind.PART: 10,
    SectionKind.SUBPART: 20,
    SectionKind.CHAPTER: 30,
    SectionKind.SECTION: 40,
    SectionKind.HEADING: 50,
    SectionKind.ARTICLE: 90,
    SectionKind.POINT: 90,
}
PREFIXES = {
    SectionKind.PART: "part",
    SectionKind.SUBPART: "sub",
    SectionKind.CHAPTER: "ch",
    SectionKind.SECTION: "sec",
    SectionKind.ANNEX: "annex",
}
UNITS = (SectionKind.ARTICLE, SectionKind.POINT, SectionKind.OPENING)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, article or point; `parent` is the position of the section around it."""

    position: int
    kind: SectionKind
    label: str
    title: str
    anchor: str
    depth: int
    parent: int | None
    level: int = 0

    @property
    def is_unit(self) -> bool:
        """Whether it is cited and found by itself, rather than being a heading over others."""
        return self.kind in UNITS

    @property
    def heading(self) -> str:
        """Label and title in one line, as they are printed."""
        return f"{self.label} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph or item, in the section at `section`."""

    position: int
    section: int
    kind: ParagraphKind
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The recognised structure of one text, in reading order."""

    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    problems: tuple[Problem, ...]
    chars: int

    def count(self, kind: SectionKind) -> int:
        """How many sections of a kind there are."""
        return sum(section.kind is kind for section in self.sections)


def parse(text: str, *, is_markdown: bool = False) -> Body:
    """Recognise the structure of `text`, which has no front matter any more.

    Raises Unreadable with EMPTY, TOO_MANY_CHARS or TOO_MANY_PARAGRAPHS. Time and memory are linear
    in the length of the text.
    """
    if len(text) > MOST_CHARS:
        raise Unreadable(Reason.TOO_MANY_CHARS, limit=MOST_CHARS, found=len(text))
    lines = drop_contents(clean(text, is_markdown=is_markdown))
    if not lines:
        raise Unreadable(Reason.EMPTY)
    if len(lines) > MOST_PARAGRAPHS:
        raise Unreadable(Reason.TOO_MANY_PARAGRAPHS, limit=MOST_PARAGRAPHS, found=len(lines))
    builder = _Builder()
    for number, line in enumerate(lines, start=1):
        for piece in split_articles(line):
            builder.take(number, piece)
    return builder.finish()


@dataclass(slots=True)
class _Builder:
    """Takes the lines in order and keeps what is open: headings, article, list, quotation."""

    sections: list[Section] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stack: list[Section] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    headings: int = 0
    chars: int = 0
    last_article: tuple[int, ...] = ()
    last_point: int = 0
    in_quote: int = 0  # lines since a quotation was left open; 0: none is
    # Within the open section: paragraphs so far, and the item that subitems belong to.
    count: int = 0
    item: str = ""

    def take(self, number: int, line: str) -> None:
        """Place one line."""
        if "\ufffd" in line:
            self.report(Reason.LOST_CHARACTERS, number, line)
        mark = read_mark(line)
        if mark is not None and self.accepts(mark):
            self.open(mark, number)
        else:
            self.add(line.lstrip("#").strip() if line.startswith("#") else line, number)
        self.follow_quote(line)

    def accepts(self, mark: Mark) -> bool:
        """Whether the mark opens a section here, given what came before."""
        if mark.level:
            return True
        if mark.kind is SectionKind.ARTICLE:
            follows = self.is_next_article(mark.number)
            return follows if (self.in_quote or not mark.is_certain) else True
        if mark.kind is SectionKind.POINT:
            inside = bool(self.stack) and self.stack[-1].kind is SectionKind.ARTICLE
            follows = self.last_point > 0 and mark.number[0] == self.last_point + 1
            return not inside and (follows or (mark.number[0] == 1 and not self.in_quote))
        return not self.in_quote

    def is_next_article(self, number: tuple[int, ...]) -> bool:
        """Whether an article of that number may follow the last one."""
        if not self.last_article:
            return number == (1,)
        main, second = (*self.last_article, 0)[:2]
        return number in ((main + 1,), (main, second + 1))

    def follow_quote(self, line: str) -> None:
        """Remember whether the line leaves a quotation open: its articles are not ours."""
        opened, closed = line.rfind("“"), line.rfind("”")
        if opened == closed:  # neither mark
            self.in_quote += bool(self.in_quote)
        else:
            self.in_quote = int(opened > closed)
        if self.in_quote > LONGEST_QUOTE_LINES:
            self.in_quote = 0

    def open(self, mark: Mark, number: int) -> None:
        """Open the section that `mark` names, and put the rest of the line where it belongs."""
        self.in_quote = 0
        self.check(mark, number)
        while self.stack and not self.holds(self.stack[-1], mark):
            self.stack.pop()
        title, text = self.split_rest(mark)
        section = Section(
            position=len(self.sections),
            kind=mark.kind,
            label=mark.label,
            title=title[:TITLE_CHARS],
            anchor=self.unique(self.section_anchor(mark)),
            depth=len(self.stack),
            parent=self.stack[-1].position if self.stack else None,
            level=mark.level,
        )
        self.push(section)
        self.chars += len(section.label) + len(section.title)
        if text:
            self.add(text, number)

    def split_rest(self, mark: Mark) -> tuple[str, str]:
        """What of the rest is the section's title and what is its first paragraph."""
        if mark.kind is SectionKind.ARTICLE:
            return take_title(mark.rest)
        if mark.kind is SectionKind.POINT:
            is_title = len(mark.rest) <= EXCERPT_CHARS and not mark.rest.endswith(
                ("。", "；", "：", ":", "，", "”")
            )
            return (mark.rest, "") if is_title else ("", mark.rest)
        return mark.rest, ""

    def push(self, section: Section) -> None:
        """Make `section` the open one."""
        self.sections.append(section)
        self.stack.append(section)
        self.count, self.item = 0, ""

    def check(self, mark: Mark, number: int) -> None:
        """Report gaps and steps back, and keep the counters of articles and points."""
        excerpt = f"{mark.label} {mark.rest}"
        if mark.kind is SectionKind.ARTICLE:
            if self.last_article and mark.number <= self.last_article:
                self.report(Reason.ARTICLE_ORDER, number, excerpt)
            elif self.last_article and not self.is_next_article(mark.number):
                self.report(Reason.ARTICLE_GAP, number, excerpt)
            self.last_article = mark.number
        elif mark.kind is SectionKind.POINT:
            self.last_point = mark.number[0]
        else:
            self.last_point = 0
            if not mark.label and not mark.rest:
                self.report(Reason.EMPTY_HEADING, number, "#")
            if mark.kind is SectionKind.ANNEX:
                self.last_article = ()

    @staticmethod
    def holds(outer: Section, mark: Mark) -> bool:
        """Whether the open section `outer` can contain what `mark` opens."""
        if outer.is_unit:
            return False
        if SectionKind.HEADING in (outer.kind, mark.kind) and outer.level and mark.level:
            return outer.level < mark.level
        return RANKS[outer.kind] < RANKS[mark.kind]

    def section_anchor(self, mark: Mark) -> str:
        """The anchor that the section's number gives it, within its annex or part."""
        digits = "-".join(map(str, mark.number))
        annex = next((s.anchor for s in self.stack if s.kind is SectionKind.ANNEX), "")
        if mark.kind is SectionKind.ARTICLE:
            return f"{annex}-art{digits}".lstrip("-")
        if mark.kind is SectionKind.POINT:
            outer = self.stack[-1].anchor if self.stack else ""
            return f"{outer}-pt{digits}".lstrip("-")
        if mark.kind in PREFIXES:
            outer = self.stack[-1].anchor if self.stack else ""
            return f"{outer}-{PREFIXES[mark.kind]}{digits}".lstrip("-")
        self.headings += 1
        return f"h{self.headings}"

    def unique(self, anchor: str) -> str:
        """`anchor`, or with _2, _3, … when the text uses the same number again."""
        seen = self.anchors.get(anchor, 0) + 1
        self.anchors[anchor] = seen
        return anchor if seen == 1 else self.unique(f"{anchor}_{seen}")

    def add(self, text: str, number: int) -> None:
        """Add a paragraph to the open section; before any heading that is the opening."""
        if not text:
            return
        if not self.stack:
            self.push(Section(0, SectionKind.OPENING, "", "", self.unique("top"), 0, None))
        if len(text) > LONG_PARAGRAPH_CHARS:
            self.report(Reason.LONG_PARAGRAPH, number, text)
        section = self.stack[-1]
        kind, anchor = self.place(section.anchor, text)
        self.paragraphs.append(
            Paragraph(len(self.paragraphs), section.position, kind, self.unique(anchor), text)
        )
        self.chars += len(text)

    def place(self, outer: str, text: str) -> tuple[ParagraphKind, str]:
        """The kind and anchor of a paragraph in the section with the anchor `outer`."""
        item = None if self.in_quote else read_item(text)
        if item is None:
            self.count += 1
            self.item = ""
            return ParagraphKind.PARAGRAPH, f"{outer}-p{self.count}"
        kind, number = item
        base = f"{outer}-p{max(self.count, 1)}"
        if kind is ParagraphKind.SUBITEM and self.item:
            return kind, f"{self.item}-s{number}"
        if kind is ParagraphKind.ITEM:
            self.item = f"{base}-i{number}"
        return ParagraphKind.ITEM, f"{base}-i{number}"

    def report(self, reason: Reason, number: int, excerpt: str) -> None:
        """Keep a problem, up to a bound."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(reason, number, excerpt[:EXCERPT_CHARS]))

    def finish(self) -> Body:
        """The whole, with what can only be said at the end."""
        if not self.paragraphs:
            raise Unreadable(Reason.EMPTY)
        if len(self.sections) < 2 and self.chars > LONG_TEXT_CHARS:
            self.report(Reason.NO_STRUCTURE, 0, "")
        return Body(tuple(self.sections), tuple(self.paragraphs), tuple(self.problems), self.chars)
