"""A data folder of the product that holds the corpus, with the indexes of all engines beside it.

With a folder that is kept, rows and indexes are made once and used again by the next run.
"""

import json
import resource
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
from flask import Flask
from sqlalchemy import select

from bench.search_corpus import Text
from bench.search_questions import Place
from bench.search_rivals import TOP, Fts5, Tantivy
from config import Settings
from lms import create_app
from lms.db import db
from lms.members.actions import create_unit
from lms.search.actions import carry_out, plan_document
from lms.search.engine import Engine, Found, IndexEntry, Request, Scope
from lms.search.engines import get_engine
from lms.search.indexer import read_entries
from lms.search.models import SearchEntry
from lms.search.parsing import Query
from lms.search.queries import read_letters
from lms.search.sources import Document, Passage

AT_ONCE = 10_000  # entries handed over in one go while an index is built


class Searcher(Protocol):
    """An engine as the benchmarks use it."""

    name: str

    def add(self, entries: Iterable[IndexEntry]) -> None:
        """Build the index."""

    def append(self, entries: Iterable[IndexEntry]) -> None:
        """Add entries to the index that is there."""

    def search(self, query: Query) -> Sequence[int]:
        """Entry ids, best first."""

    def size_bytes(self) -> int:
        """The room that it takes."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The product on a data folder of its own; use it inside `app.test_request_context()`."""

    app: Flask
    folder: Path
    count: int  # entries

    @property
    def settings(self) -> Settings:
        """The settings of its application."""
        settings: Settings = self.app.config["SETTINGS"]
        return settings


class Product:
    """The engine of the application, whichever that is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.engine: Engine = get_engine()

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
        return self.engine.search(Request(query, Scope((1,)), read_letters))

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


def numbered(texts: Sequence[Text]) -> Iterator[tuple[int, Place]]:
    """Every entry's id and place: rows are written in this order into an empty database."""
    entry_id = 0
    for document, text in enumerate(texts):
        for piece in range(len(text.pieces) + 1):
            entry_id += 1
            yield entry_id, Place(document, piece)


@contextmanager
def folder_for(keep: str, name: str) -> Iterator[Path]:
    """A folder that is kept under `keep`, or else one that goes away at the end."""
    if keep:
        folder = Path(keep) / name
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def open_stage(folder: Path, texts: Sequence[Text], *, postgresql_url: str = "") -> Stage:
    """The product with the texts as its only documents; they are written unless they are there."""
    data = folder / ("postgresql" if postgresql_url else "data")
    data.mkdir(parents=True, exist_ok=True)
    secret = data / "secret_key"
    if not secret.exists():
        secret.write_text(secrets.token_hex(32))
    settings = Settings(
        data_dir=data,
        secret_key=secret.read_text(),
        database_url=postgresql_url or f"sqlite:///{data / 'xueshi.db'}",
        search_engine="postgresql" if postgresql_url else "whoosh",
        rate_limits=False,
        log_level="ERROR",
    )
    app = create_app(settings)
    whole = sum(len(text.pieces) + 1 for text in texts)
    with app.app_context():
        if not (data / "rows").exists():
            db.drop_all()
            db.create_all()
            _write_rows(texts)
            (data / "rows").write_text(str(whole))
    held = int((data / "rows").read_text())
    assert held == whole, f"{data} holds other texts: {held} entries instead of {whole}"
    return Stage(app, data, whole)


def _write_rows(texts: Sequence[Text]) -> None:
    unit_id = create_unit(name="示例集团", code="root", parent=None).id
    for number, text in enumerate(texts, 1):
        passages = [
            Passage(f"p{place}", piece.text, piece.heading)
            for place, piece in enumerate(text.pieces, 1)
        ]
        document = Document(
            id=number,
            kind=text.kind,
            title=text.title,
            endpoint="search.index",
            values={"q": text.title[:80]},
            owner_unit_id=unit_id,
            audience_unit_id=unit_id,
            passages=passages,
            issuer=text.issuer,
            dated_on=date.fromisoformat(text.date) if text.date else None,
            status=text.status,
        )
        for _step in carry_out(plan_document("bench", number, document)):
            pass
        if number % 50 == 0:
            db.session.commit()
            db.session.expunge_all()
    db.session.commit()


def open_searcher(stage: Stage, name: str) -> tuple[Searcher, dict[str, Any]]:
    """An engine with its index, and what building that took; built unless it is there."""
    note = stage.folder / f"built-{name}.json"
    searcher: Searcher
    if name == "fts5":
        searcher = Fts5(stage.folder, _documents())
    elif name == "tantivy":
        searcher = Tantivy(stage.folder, _documents())
    else:
        searcher = Product(name)
    if note.exists():
        return searcher, json.loads(note.read_text())
    before, cpu, start = current_mb(), time.process_time(), time.perf_counter()
    searcher.add(read_entries())
    figures = {
        "seconds": round(time.perf_counter() - start, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "memory_mb": round(current_mb() - before, 1),
        "size_mb": round(searcher.size_bytes() / 2**20, 1),
    }
    note.write_text(json.dumps(figures))
    return searcher, figures


def _documents() -> dict[int, int]:
    rows = db.session.execute(select(SearchEntry.id, SearchEntry.document_id))
    return dict(rows.tuples().all())


def current_mb() -> float:
    """The memory that this process takes now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def postgresql_database(url: str, name: str) -> str:
    """The address of a database of that name on the server of `url`, created unless it is there."""
    parts = urlsplit(url)
    plain = urlunsplit(parts._replace(scheme="postgresql"))
    with psycopg.connect(plain, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if found.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return urlunsplit(parts._replace(scheme="postgresql+psycopg", path=f"/{name}"))
