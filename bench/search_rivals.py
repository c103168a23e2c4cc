"""SQLite FTS5 and tantivy on the same tokens and by the same steps.

All terms first; then any term, when so few documents hold all of them that the product looks for
partial matches too.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import tantivy

from lms.search.engine import IndexEntry
from lms.search.parsing import Query
from lms.search.ranking import FEW_DOCUMENTS

TOP = 10
Documents = Mapping[int, int]  # entry to document


def required_terms(query: Query) -> list[tuple[str, bool]]:
    """The terms of a query, and whether each is a single character that begins tokens."""
    terms: dict[tuple[str, bool], None] = {}
    for word in query.words:
        if word.is_character:
            terms[(word.text, True)] = None
        else:
            terms |= dict.fromkeys((term, False) for term in word.terms)
    terms |= dict.fromkeys((article, False) for article in query.articles)
    return list(terms)


def spread(entry: IndexEntry) -> str:
    """An entry's tokens as a text, each as often as its weight says."""
    return " ".join(
        token for token, weight in entry.weights.items() for _ in range(max(1, round(weight)))
    )


def wants_any(query: Query, found: Sequence[int], documents: Documents) -> bool:
    """The rule by which the product decides on partial matches."""
    if len(found) >= TOP or len({documents.get(i, 0) for i in found}) >= FEW_DOCUMENTS:
        return False
    free = {term for word in query.words if not word.is_phrase for term in word.terms}
    has_phrases = any(word.is_phrase for word in query.words)
    return len(free) + len(query.articles) > (0 if has_phrases else 1)


class Fts5:
    """A contentless FTS5 table."""

    name = "fts5"

    def __init__(self, folder: Path, documents: Documents) -> None:
        self.documents = documents
        self.path = folder / "fts5.db"
        self.db = sqlite3.connect(self.path)
        self.db.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS t USING fts5(words, content='',"
            " tokenize=\"unicode61 remove_diacritics 0 tokenchars '-§_'\")"
        )

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Build the index, merged into one piece, in which it answers fastest."""
        self.append(entries)
        self.db.execute("INSERT INTO t(t) VALUES ('optimize')")
        self.db.commit()

    def append(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries to the index that is there, and commit."""
        rows = ((entry.id, spread(entry)) for entry in entries)
        self.db.executemany("INSERT INTO t(rowid, words) VALUES (?, ?)", rows)
        self.db.commit()

    def search(self, query: Query) -> list[int]:
        """Entry ids, best first."""
        terms = [f'"{term}"*' if prefix else f'"{term}"' for term, prefix in required_terms(query)]
        if not terms:
            return []
        found = self._run(" AND ".join(terms))
        if wants_any(query, found, self.documents):
            found += [i for i in self._run(" OR ".join(terms)) if i not in found]
        return found[:TOP]

    def _run(self, expression: str) -> list[int]:
        rows = self.db.execute(
            "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?", (expression, TOP)
        )
        return [row[0] for row in rows]

    def size_bytes(self) -> int:
        """The room that it takes."""
        return self.path.stat().st_size


class Tantivy:
    """A tantivy index with one text field."""

    name = "tantivy"

    def __init__(self, folder: Path, documents: Documents) -> None:
        self.documents = documents
        self.folder = folder / "tantivy"
        self.folder.mkdir(exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
        builder.add_integer_field("id", stored=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(self.folder))

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries and commit."""
        writer = self.index.writer(heap_size=128_000_000, num_threads=1)
        for entry in entries:
            writer.add_document(tantivy.Document(words=spread(entry), id=entry.id))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()

    def append(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries to the index that is there."""
        self.add(entries)

    def search(self, query: Query) -> list[int]:
        """Entry ids, best first."""
        searcher = self.index.searcher()
        terms = [self._term(term, prefix) for term, prefix in required_terms(query)]
        if not terms:
            return []
        found = self._run(searcher, terms, tantivy.Occur.Must)
        if wants_any(query, found, self.documents):
            more = self._run(searcher, terms, tantivy.Occur.Should)
            found += [i for i in more if i not in found]
        return found[:TOP]

    def _term(self, term: str, prefix: bool) -> tantivy.Query:
        if prefix:
            return tantivy.Query.regex_query(self.schema, "words", f"{term}.*")
        return tantivy.Query.term_query(self.schema, "words", term, index_option="freq")

    def _run(
        self, searcher: tantivy.Searcher, terms: list[tantivy.Query], occur: object
    ) -> list[int]:
        query = tantivy.Query.boolean_query([(occur, term) for term in terms])
        hits = searcher.search(query, limit=TOP, count=False).hits
        return [searcher.doc(address)["id"][0] for _score, address in hits]

    def size_bytes(self) -> int:
        """The room that it takes."""
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())
