"""The index follows the database, whatever happens to it."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from lms import clock
from lms.db import db
from lms.members.policy import Actor
from lms.search import actions, indexer, sources
from lms.search.engine import Engine, IndexBusy
from lms.search.engines import get_engine
from lms.search.indexer import refresh_document
from lms.search.jobs import compare, follow_changes
from lms.search.models import SearchChange, SearchEntry
from lms.search.postgresql_engine import PostgresqlEngine
from lms.search.queries import search
from lms.search.sources import Document, Source
from lms.search.whoosh_engine import WhooshEngine
from tests.search.conftest import Shelf


@pytest.fixture(params=["whoosh", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def learner(shelf: Shelf, actor: Callable[[str], Actor]) -> Actor:
    return actor("learner")


def titles(text: str, who: Actor) -> list[str]:
    return [result.title.text for result in search(text, actor=who).results]


def entry_ids() -> set[int]:
    return set(indexer.read_marks())


def test_unchanged_passages_keep_their_rows(shelf: Shelf) -> None:
    shelf.put("文件", "第一段文字", "第二段文字", "第三段文字")
    follow_changes()
    before = entry_ids()
    shelf.put("文件", "第一段文字", "改过的文字", "第三段文字", "第四段文字", document_id=1)
    follow_changes()
    after = entry_ids()
    assert len(before & after) == 3
    assert len(after - before) == 2
    assert indexer.check() == ([], [])


def test_a_change_of_audience_reaches_every_passage(
    shelf: Shelf, learner: Actor, actor: Callable[[str], Actor]
) -> None:
    shelf.put("文件", "第一段文字", "第二段文字")
    follow_changes()
    assert titles("文字", learner) == ["文件"]
    shelf.put("文件", "第一段文字", "第二段文字", document_id=1, audience=shelf.people.south)
    follow_changes()
    assert titles("文字", learner) == []
    assert titles("文字", actor("stranger")) == ["文件"]


def test_the_outbox_is_part_of_the_callers_transaction(shelf: Shelf, learner: Actor) -> None:
    shelf.put("文件", "第一段文字")
    follow_changes()
    assert db.session.scalar(select(func.count()).select_from(SearchChange)) == 0
    db.session.add(SearchChange(source="unknown", subject_id=1, changed_at=shelf_time()))
    db.session.rollback()
    assert indexer.follow() == 0


def shelf_time() -> datetime:
    return clock.now()


def test_an_unknown_source_is_forgotten(shelf: Shelf) -> None:
    db.session.add(SearchChange(source="gone", subject_id=1, changed_at=shelf_time()))
    db.session.commit()
    assert indexer.follow() == 1
    assert indexer.follow() == 0


@pytest.mark.parametrize("when", ["before the index", "after the index"])
def test_a_killed_indexer_is_made_up_for(
    shelf: Shelf, learner: Actor, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    shelf.put("旧文件", "不变的文字")
    follow_changes()
    shelf.put("新文件", "不变的文字")
    shelf.drop(1)
    with monkeypatch.context() as patch:
        name = "_compare" if when == "before the index" else "_forget_changes"
        patch.setattr(indexer, name, killed)
        with pytest.raises(KeyboardInterrupt):
            indexer.follow()
    db.session.rollback()
    follow_changes()
    assert titles("不变的文字", learner) == ["新文件"]
    assert indexer.repair()[0] == 0
    assert indexer.check() == ([], [])


def killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_database_that_was_put_back_is_noticed(shelf: Shelf, learner: Actor) -> None:
    shelf.put("文件", "今天的文字")
    follow_changes()
    entry = db.session.scalars(select(SearchEntry).where(SearchEntry.position == 1)).one()
    entry.text, entry.mark = "昨天的字句", 7
    db.session.commit()
    assert indexer.check() == ([entry.id], [entry.id])
    compare()
    assert titles("昨天的字句", learner) == ["文件"]
    assert indexer.check() == ([], [])


def test_searching_goes_on_during_a_rebuild_and_changes_are_not_lost(
    shelf: Shelf, learner: Actor
) -> None:
    shelf.put("文件", "学而时习之")
    follow_changes()
    seen = []

    def meanwhile(_done: int, _whole: int, _what: str) -> None:
        seen.append(titles("学而时习之", learner))
        shelf.put("新文件", "学而时习之")
        follow_changes()
        seen.append(sorted(titles("学而时习之", learner)))
        shelf.drop(1)
        follow_changes()

    indexer.rebuild_index(meanwhile)
    assert seen == [["文件"], ["文件", "新文件"]]
    assert titles("学而时习之", learner) == ["新文件"]
    assert indexer.check() == ([], [])


def test_a_second_indexer_waits_its_turn(shelf: Shelf, learner: Actor, app: Flask) -> None:
    shelf.put("文件", "学而时习之")
    config = app.config["SETTINGS"]
    other: Engine = PostgresqlEngine()
    if config.search_engine == "whoosh":
        other = WhooshEngine(config.data_dir / "search")
    with other.writing():
        assert indexer.follow() == 0
        with pytest.raises(IndexBusy), get_engine().writing():
            pass
        with pytest.raises(IndexBusy):
            indexer.rebuild_index(indexer.silent)
    assert indexer.follow() == 1
    assert titles("学而时习之", learner) == ["文件"]
    assert len(list((config.data_dir / "search").glob("index-*"))) <= 1


def test_a_large_document_is_stored_in_bounded_steps(
    shelf: Shelf, learner: Actor, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr(actions, "STEP_ROWS", 100)
    shelf.put("巨册", *[f"第{number}段文字" for number in range(1, 1_001)])
    sizes: list[int] = []

    def note(_session: object) -> None:
        sizes.append(db.session.query(SearchEntry).count())

    event.listen(db.session, "before_commit", note)
    refresh_document("shelf", 1)
    event.remove(db.session, "before_commit", note)
    steps = [after - before for before, after in pairwise([0, *sizes])]
    assert sum(steps) == 1_001
    assert max(steps) == 100


def test_storing_goes_on_where_it_was_cut_off_and_forgets_in_steps(
    shelf: Shelf, learner: Actor, monkeypatch: pytest.MonkeyPatch, follow_all: Callable[[], None]
) -> None:
    monkeypatch.setattr(actions, "STEP_ROWS", 100)
    shelf.put("巨册", *[f"第{number}段文字" for number in range(1, 501)])
    steps = actions.carry_out(actions.plan_document("shelf", 1, shelf.documents[1]))
    for _again in range(2):
        next(steps)
        db.session.commit()
    kept = set(db.session.scalars(select(SearchEntry.id)))
    assert len(kept) == 200
    follow_all()
    assert search("第500段", actor=learner).total == 1
    assert kept < set(db.session.scalars(select(SearchEntry.id)))
    shelf.drop(1)
    steps = actions.carry_out(actions.plan_document("shelf", 1, None))
    next(steps)
    db.session.commit()
    assert db.session.query(SearchEntry).count() == 401
    follow_all()
    assert db.session.query(SearchEntry).count() == 0
    assert search("第500段", actor=learner).total == 0


def test_what_two_have_stored_at_once_is_mended_by_the_next(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "STEP_ROWS", 100)
    shelf.put("巨册", *[f"第{number}段文字" for number in range(1, 301)])
    slow = actions.carry_out(actions.plan_document("shelf", 1, shelf.documents[1]))
    next(slow)
    db.session.commit()
    refresh_document("shelf", 1)
    for _step in slow:
        db.session.commit()
    assert db.session.query(SearchEntry).count() > 301
    refresh_document("shelf", 1)
    assert db.session.query(SearchEntry).count() == 301


def test_reading_a_source_locks_nobody_out(shelf: Shelf, app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite has one writer at a time")
    shelf.put("文件", "一段")
    path = db.engine.url.database
    found: list[int] = []

    def find(ids: Sequence[int]) -> list[Document]:
        db.session.execute(select(SearchChange)).all()
        with closing(sqlite3.connect(path, timeout=0)) as other:
            other.execute("INSERT INTO search_term (text, count, empty_count, last_at)"
                          " VALUES ('x', 1, 0, '2026-01-01')")  # fmt: skip
            other.commit()
        found.extend(ids)
        return []

    db.session.rollback()
    sources.register(Source("shelf", {}, list, find))
    refresh_document("shelf", 1)
    assert found == [1]
