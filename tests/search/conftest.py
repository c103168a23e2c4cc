"""A search of its own for every test: an empty index folder and a source that tests fill."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from lms.db import db
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number
from lms.search import sources
from lms.search.indexer import follow, rebuild_index, silent
from lms.search.outbox import note_changed
from lms.search.queries import search
from lms.search.sources import Document, Passage, Source
from tests.factories import People

SAFETY = "中华人民共和国安全生产法"
RESPONSIBLE = "生产经营单位的主要负责人是本单位安全生产第一责任人，对本单位的安全生产工作全面负责。"


class Shelf:
    """Documents kept in memory that stand in for a part's own."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.documents: dict[int, Document] = {}

    def put(
        self,
        title: str,
        *passages: str | tuple[str, str],
        document_id: int = 0,
        kind: str = "policy",
        audience: int | None = -1,
        owner: int = 0,
        is_published: bool = True,
        aliases: tuple[str, ...] = (),
        issuer: str = "",
        dated_on: date | None = None,
        status: str = "",
    ) -> int:
        """Put a document there and note the change; passages are texts or (heading, text)."""
        document_id = document_id or len(self.documents) + 1
        pairs = [("", given) if isinstance(given, str) else given for given in passages]
        self.documents[document_id] = Document(
            id=document_id,
            kind=kind,
            title=title,
            endpoint="search.index",
            values={"q": f"document-{document_id}"},
            owner_unit_id=owner or self.people.root,
            audience_unit_id=self.people.root if audience == -1 else audience,
            is_published=is_published,
            passages=[
                Passage(anchor=f"p{place}", heading=heading, text=text)
                for place, (heading, text) in enumerate(pairs, 1)
            ],
            aliases=aliases,
            issuer=issuer,
            dated_on=dated_on,
            status=status,
        )
        self.note(document_id)
        return document_id

    def drop(self, document_id: int) -> None:
        """Take a document away and note the change."""
        del self.documents[document_id]
        self.note(document_id)

    def note(self, document_id: int) -> None:
        """Note a change, committed."""
        note_changed("shelf", document_id)
        db.session.commit()


@pytest.fixture
def engine_name() -> str:
    """The engine under test; tests of ranking and visibility run on each."""
    return "whoosh"


@pytest.fixture
def shelf(
    app: Flask,
    people: People,
    settings_with: Callable[..., Settings],
    tmp_path: Path,
    engine_name: str,
) -> Iterator[Shelf]:
    """An empty shelf beside a new, empty index."""
    if engine_name == "postgresql" and db.engine.dialect.name != "postgresql":
        pytest.skip("needs TEST_DATABASE_URL to name a PostgreSQL database")
    settings_with(data_dir=tmp_path, search_engine=engine_name)
    app.extensions.pop("search_tally", None)
    shelf = Shelf(people)
    before = dict(sources._sources)
    sources._sources.clear()
    sources.register(
        Source(
            code="shelf",
            kinds={"policy": "法规", "classic": "原著", "course": "课程"},
            list_ids=lambda: list(shelf.documents),
            find_documents=lambda ids: [
                shelf.documents[document_id]
                for document_id in ids
                if document_id in shelf.documents
            ],
        )
    )
    rebuild_index(silent)
    yield shelf
    sources._sources.clear()
    for source in before.values():
        sources.register(source)
    for name in ("search_engines", "search_tally"):
        app.extensions.pop(name, None)


@pytest.fixture
def follow_all() -> Callable[[], None]:
    """Bring every noted change into the index."""

    def run() -> None:
        while follow():
            pass

    return run


@pytest.fixture
def library(shelf: Shelf, follow_all: Callable[[], None]) -> Shelf:
    """A law and its rules, a classic, a policy."""
    shelf.put(
        SAFETY,
        ("第五条", RESPONSIBLE),
        ("第二十条", "生产经营单位应当具备本法和有关法律规定的安全生产条件。"),
        ("第二十一条", "违反本法第二十条规定的，生产经营单位的主要负责人承担责任。"),
        issuer="全国人民代表大会常务委员会",
        dated_on=date(2021, 6, 10),
        status="现行有效",
    )
    shelf.put(
        "中华人民共和国安全生产法实施条例",
        ("第二十条", "安全生产条件的审查依照安全生产法第二十条进行。"),
        issuer="国务院",
        dated_on=date(2023, 1, 1),
    )
    shelf.put(
        "论语",
        ("学而篇", "子曰：学而时习之，不亦说乎？有朋自远方来，不亦乐乎？"),
        ("学而篇", "巧言令色，鲜矣仁！"),
        kind="classic",
        issuer="孔子",
    )
    shelf.put("煤矿安全规程", "煤矿企业的主要负责人对安全生产负责。GB18030 标准。", kind="policy")
    follow_all()
    return shelf


def find_learner() -> Actor:
    """A member of the north team."""
    found = find_actor_by_number("learner")
    assert found is not None
    return found


def titles(text: str, who: Actor, **more: object) -> list[str]:
    """The titles that a search finds, in their order."""
    return [result.title.text for result in search(text, actor=who, **more).results]  # type: ignore[arg-type]
