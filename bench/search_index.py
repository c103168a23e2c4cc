"""The corpus as index entries, and every engine behind one small interface for the benchmarks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from bench.search_corpus import Text
from bench.search_questions import Place
from bench.search_rivals import TOP, Fts5, Tantivy
from lms.search.engine import Found, IndexDocument, IndexEntry, Request, Scope, code_of
from lms.search.entries import analyse_entry, analyse_title
from lms.search.parsing import Query
from lms.search.text import fold, letters
from lms.search.whoosh_engine import WhooshEngine


class Ids:
    """Entry ids of a list of texts, with their places and texts."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.places: dict[int, Place] = {}
        self.texts: dict[int, tuple[str, str, str]] = {}
        for entry_id, place, text in numbered(texts):
            self.places[entry_id] = place
            piece = text.pieces[place.piece - 1] if place.piece else None
            heading, body = (piece.heading, piece.text) if piece else ("", "")
            self.texts[entry_id] = (text.title, heading, body)

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.places)

    def read_letters(self, ids: Sequence[int]) -> dict[int, str]:
        """What the database answers in the product."""
        return {i: "|".join(letters(fold(part)) for part in self.texts[i]) for i in ids}


def numbered(texts: Sequence[Text]) -> Iterator[tuple[int, Place, Text]]:
    """Every entry's id and place."""
    entry_id = 0
    for document, text in enumerate(texts):
        for piece in range(len(text.pieces) + 1):
            entry_id += 1
            yield entry_id, Place(document, piece), text


def analyse(texts: Sequence[Text]) -> Iterator[IndexEntry]:
    """The texts as the indexer would analyse them."""
    entry_id = 0
    for number, text in enumerate(texts, 1):
        titled = analyse_title(text.title)
        day = int(text.date.replace("-", "") or 0) if text.date else 0
        document = IndexDocument(
            number, 1, 1, day, code_of(text.kind), code_of(text.issuer), day // 10_000,
            code_of(text.status),
        )  # fmt: skip
        for place in range(len(text.pieces) + 1):
            entry_id += 1
            piece = text.pieces[place - 1] if place else None
            yield analyse_entry(
                entry_id,
                1,
                document,
                titled,
                heading=piece.heading if piece else "",
                text=piece.text if piece else text.issuer,
                is_head=piece is None,
            )


class Searcher(Protocol):
    """What the benchmarks ask of an engine."""

    name: str

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Build the index."""

    def append(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries to the index that is there."""

    def search(self, query: Query) -> Sequence[int]:
        """Entry ids, best first."""

    def size_bytes(self) -> int:
        """The room that it takes."""


class Whoosh:
    """The product's embedded engine."""

    name = "whoosh"

    def __init__(self, folder: Path, ids: Ids) -> None:
        self.engine = WhooshEngine(folder / "whoosh")
        self.ids = ids

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Build the index."""
        builder = self.engine.build()
        builder.add(entries)
        builder.swap([], [])

    def append(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries to the index that is there."""
        self.engine.apply([], entries)

    def ask(self, query: Query) -> Found:
        """A page of results as the product asks for it."""
        return self.engine.search(Request(query, Scope((1,)), self.ids.read_letters))

    def search(self, query: Query) -> list[int]:
        """Entry ids, best first."""
        return flat(self.ask(query))

    def size_bytes(self) -> int:
        """The room that it takes."""
        return self.engine.size_bytes()


def flat(found: Found) -> list[int]:
    """The entries of a page in the order in which they are shown, whole matches before partial."""
    whole = [
        (-score, i) for hits in found.documents if not hits.is_partial for i, score in hits.entries
    ]
    part = [(-score, i) for hits in found.documents if hits.is_partial for i, score in hits.entries]
    return [entry_id for _score, entry_id in [*sorted(whole), *sorted(part)]][:TOP]


ENGINES: dict[str, Callable[[Path, Ids], Searcher]] = {
    "whoosh": Whoosh,
    "fts5": lambda folder, _ids: Fts5(folder),
    "tantivy": lambda folder, _ids: Tantivy(folder),
}
