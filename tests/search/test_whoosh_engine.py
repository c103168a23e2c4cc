"""The Whoosh index on disk: damage, killed writers, many commits."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from lms.clock import frozen
from lms.jobs.queries import find_latest_job
from lms.jobs.worker import run_pending
from lms.members.policy import Actor
from lms.search import indexer, whoosh_engine
from lms.search.engine import IndexDamaged
from lms.search.engines import get_engine
from lms.search.jobs import compare, follow_changes, tidy
from lms.search.queries import search
from lms.search.whoosh_engine import WhooshEngine
from tests.search.conftest import Shelf


@pytest.fixture
def learner(shelf: Shelf, actor: Callable[[str], Actor]) -> Actor:
    return actor("learner")


def titles(text: str, who: Actor) -> list[str]:
    return [result.title.text for result in search(text, actor=who).results]


def damage_folder(root: Path) -> None:
    shutil.rmtree(root)


def damage_pointer(root: Path) -> None:
    (root / "current").unlink()


def damage_toc(root: Path) -> None:
    for path in root.glob("index-*/*.toc"):
        path.write_bytes(b"broken")


def damage_terms(root: Path) -> None:
    for path in root.glob("index-*/*.trm"):
        path.write_bytes(path.read_bytes()[:7])


def damage_postings(root: Path) -> None:
    for path in root.glob("index-*/*.pst"):
        path.write_bytes(b"\xff" * path.stat().st_size)


def damage_columns(root: Path) -> None:
    for path in root.glob("index-*/*.document.col"):
        path.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        damage_folder,
        damage_pointer,
        damage_toc,
        damage_terms,
        damage_postings,
        damage_columns,
    ],
)
def test_a_damaged_index_heals_and_search_goes_on(
    shelf: Shelf, learner: Actor, app: Flask, damage: Callable[[Path], None]
) -> None:
    shelf.put("文件", *["学而时习之"] * 20)
    follow_changes()
    root = app.config["SETTINGS"].data_dir / "search"
    damage(root)
    app.extensions["search_engines"].clear()
    found = search("学而时习之", actor=learner)
    assert [result.title.text for result in found.results] == ["文件"]
    assert found.is_degraded
    follow_changes()
    compare()
    healed = search("学而时习之", actor=learner)
    assert not healed.is_degraded
    assert [result.title.text for result in healed.results] == ["文件"]
    assert indexer.check() == ([], [])


KILLED = """
import os, sys
from pathlib import Path
from lms.search.engine import IndexDocument, IndexEntry
from lms.search.whoosh_engine import WhooshEngine

def entries():
    for number in range(50_000):
        if number == 20:
            print("writing", flush=True)
        yield IndexEntry(1000 + number, 1, IndexDocument(1, 1, 1), {"学而": 1.0}, 2)

WhooshEngine(Path(sys.argv[1])).apply([], entries())
"""


@pytest.mark.slow
def test_kill_9_in_mid_write_loses_and_blocks_nothing(
    shelf: Shelf, learner: Actor, app: Flask
) -> None:
    shelf.put("文件", "学而时习之")
    follow_changes()
    root = app.config["SETTINGS"].data_dir / "search"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    assert titles("学而时习之", learner) == ["文件"]
    shelf.put("新文件", "学而时习之")
    follow_changes()
    assert sorted(titles("学而时习之", learner)) == ["文件", "新文件"]
    assert indexer.check() == ([], [])


def test_many_small_commits_are_merged(
    shelf: Shelf, learner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whoosh_engine, "MANY_SEGMENTS", 6)
    for number in range(1, 15):
        shelf.put(f"文件{number}", f"共同的文字 专有{number}号")
        follow_changes()
    shelf.drop(3)
    follow_changes()
    engine = get_engine()
    assert isinstance(engine, WhooshEngine)
    assert len(engine.snapshot().segments) <= 6
    assert search("共同的文字", actor=learner).total == 13
    assert titles("专有14号", learner)[0] == "文件14"
    assert titles('"专有3号"', learner) == []
    assert indexer.check() == ([], [])


def test_a_scattered_index_is_built_again_at_night(
    shelf: Shelf, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whoosh_engine, "MANY_SEGMENTS", 1)
    monkeypatch.setattr(whoosh_engine, "MOST_MERGED", 0)
    for number in range(3):
        shelf.put(f"文件{number}", "共同的文字")
        follow_changes()
    with frozen(datetime(2026, 3, 1, 4, 0, tzinfo=UTC)):
        tidy()
    assert find_latest_job("search") is None
    with frozen(datetime(2026, 3, 1, 19, 0, tzinfo=UTC)):
        tidy()
        tidy()
        assert run_pending(app) == 1
    engine = get_engine()
    assert isinstance(engine, WhooshEngine)
    assert len(engine.snapshot().segments) == 1
    assert indexer.check() == ([], [])


def test_without_an_index_nothing_else_can_be_asked(app: Flask, tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "none")
    with pytest.raises(IndexDamaged):
        engine.check_files()
    with pytest.raises(IndexDamaged):
        engine.marks()
