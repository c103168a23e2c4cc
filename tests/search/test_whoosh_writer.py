"""Segments that our writer lays down: read back by us and by Whoosh itself, merged, damaged."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.reading import SegmentReader

from lms.search import whoosh_engine, whoosh_index
from lms.search.arrays import norms_of, parts_of
from lms.search.engine import IndexDamaged, IndexDocument, IndexEntry, Request, Scope
from lms.search.parsing import parse
from lms.search.whoosh_engine import WhooshEngine
from lms.search.whoosh_index import WORDS, Segment
from lms.search.whoosh_snapshot import Snapshot

Rows = dict[int, dict[str, float]]


def entry(number: int, weights: dict[str, float]) -> IndexEntry:
    return IndexEntry(number, 1, IndexDocument(number, 1, 1), weights, max(1, len(weights)))


def build(root: Path, rows: Rows) -> WhooshEngine:
    engine = WhooshEngine(root)
    builder = engine.build()
    builder.add(entry(number, weights) for number, weights in rows.items())
    builder.swap([], [])
    return engine


def held(snapshot: Snapshot, token: str) -> dict[int, float]:
    """The entries that the index gives for a token, with what it adds to their scores."""
    found = snapshot.postings(token)
    if found is None:
        return {}
    pairs = zip(found.rows.tolist(), found.parts.tolist(), strict=True)
    rows = snapshot.rows
    return {int(rows.entry[row]): part for row, part in pairs if rows.document[row]}


def expected(snapshot: Snapshot, rows: Rows, token: str) -> dict[int, float]:
    """The same, worked out from the entries."""
    wanted = {number: weights[token] for number, weights in rows.items() if token in weights}
    lengths = np.array([max(1, len(rows[number])) for number in wanted], np.int32)
    weights = np.array(list(wanted.values()), np.float32)
    parts = parts_of(weights, norms_of(lengths, snapshot.mean))
    return dict(zip(wanted, parts.tolist(), strict=True))


def test_every_list_is_read_back_by_us_and_by_whoosh(tmp_path: Path) -> None:
    draw = random.Random(1)
    letters = [chr(draw.randrange(0x4E00, 0x9FFF)) + chr(0x4E00 + n % 40) for n in range(700)]
    rows: Rows = {
        number: {
            "共同": 1.0,
            "多次": float(draw.randint(1, 400)),
            **{draw.choice(letters): float(draw.randint(1, 3)) for _ in range(draw.randint(0, 9))},
        }
        for number in range(1, 9_001)
    }
    engine = build(tmp_path, rows)
    snapshot = engine.snapshot()
    index = whoosh_index.open_index(snapshot.folder)
    (given_segment,) = whoosh_index.read_toc(index).segments
    reader = SegmentReader(index.storage, whoosh_index.SCHEMA, given_segment)
    tokens = {token for weights in rows.values() for token in weights}
    assert {token.decode() for token in reader.lexicon(WORDS)} == tokens
    entries = reader.column_reader("entry")
    for token in tokens:
        wanted = {number: w[token] for number, w in rows.items() if token in w}
        matcher = reader.postings(WORDS, token.encode())
        by_whoosh = {}
        while matcher.is_active():
            by_whoosh[entries[matcher.id()]] = matcher.weight()
            matcher.next()
        assert by_whoosh == wanted
        ours, weights = snapshot.segments[0].term(WORDS, token)
        assert (
            dict(zip(snapshot.rows.entry[ours].tolist(), weights.tolist(), strict=True)) == wanted
        )
    assert all(snapshot.postings(f"{token}无") is None for token in tokens)
    reader.close()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_commits_removals_and_merges_keep_every_list(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    token = st.sampled_from(["甲乙", "乙丙", "丙丁", "丁", "art20"])
    weights = st.dictionaries(token, st.integers(1, 300).map(float), min_size=1)
    rows: Rows = {}
    engine = build(tmp_path_factory.mktemp("index"), rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whoosh_engine, "MANY_SEGMENTS", 4)
        for step in range(data.draw(st.integers(1, 9))):
            gone = data.draw(st.sets(st.sampled_from(sorted(rows)))) if rows else set()
            new = data.draw(st.lists(weights, max_size=5))
            added = dict(enumerate(new, 100 * step + 1))
            engine.apply(gone, [entry(number, w) for number, w in added.items()])
            rows = {n: w for n, w in rows.items() if n not in gone} | added
            if data.draw(st.booleans()):
                engine = WhooshEngine(engine.root)
            snapshot = engine.snapshot()
            assert engine.marks() == dict.fromkeys(rows, 1)
            for one in ("甲乙", "乙丙", "丙丁", "丁", "art20"):
                assert held(snapshot, one) == pytest.approx(expected(snapshot, rows, one))
            for char in "甲丁":
                found = snapshot.starting_with(char)
                ids = set() if found is None else set(snapshot.rows.entry[found.rows].tolist())
                holders = {n for n, w in rows.items() if any(t.startswith(char) for t in w)}
                assert ids & set(rows) == holders


def test_an_old_snapshot_goes_on_while_newer_ones_fill_the_cache(tmp_path: Path) -> None:
    engine = build(tmp_path, {1: {"甲乙": 1.0}})
    old = engine.snapshot()
    engine.apply([], [entry(2, {"甲乙": 1.0})])
    new = engine.snapshot()
    for _ in range(2):
        assert held(new, "甲乙").keys() == {1, 2}
        assert held(old, "甲乙").keys() == {1}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_damaged_a_search_says_so_or_answers(tmp_path: Path, seed: int) -> None:
    rows: Rows = {
        number: {
            "共同": 1.0,
            f"号{chr(0x4E00 + number % 50)}": 2.0,
            f"独{chr(0x5000 + number)}": 1.0,
        }
        for number in range(1, 400)
    }
    root = build(tmp_path, rows).root
    draw = random.Random(seed)
    files = sorted(path for path in root.glob("index-*/*") if path.stat().st_size)
    queries = [parse(text) for text in ("共同", "号\u4e07 共同", "独\u5021", "号", "不存在 共同")]
    for _ in range(60):
        path = draw.choice(files)
        whole = path.read_bytes()
        place = draw.randrange(len(whole))
        noise = bytes(draw.randrange(256) for _ in range(draw.choice((1, 4, 40))))
        path.write_bytes((whole[:place] + noise + whole[place + len(noise) :])[: len(whole)])
        engine = WhooshEngine(root)
        for query in queries:
            try:
                engine.search(Request(query, Scope((1,)), lambda ids: dict.fromkeys(ids, "")))
            except IndexDamaged:
                pass
        path.write_bytes(whole)
    assert WhooshEngine(root).search(Request(queries[2], Scope((1,)), lambda ids: {})).total == 1


@pytest.mark.parametrize("ending", ["pst", "toc"])
def test_not_one_byte_changes_unnoticed(tmp_path: Path, ending: str) -> None:
    root = build(
        tmp_path, {number: {"共同": float(number % 5 + 1)} for number in range(1, 60)}
    ).root
    (path,) = root.glob(f"index-*/*.{ending}")
    whole = path.read_bytes()
    for place in range(4, len(whole), 3):  # the first four only say what kind of file it is
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(IndexDamaged):
            WhooshEngine(root).search(Request(parse("共同"), Scope((1,)), lambda ids: {}))


def test_a_file_cut_short_under_a_running_search_is_noticed(tmp_path: Path) -> None:
    rows: Rows = {number: {"共同": 1.0, "其他": 1.0} for number in range(1, 400)}
    engine = build(tmp_path, rows)
    engine.snapshot()
    for path in engine.root.glob("index-*/*.pst"):
        with path.open("r+b") as file:
            file.truncate(10)
    with pytest.raises(IndexDamaged):
        engine.search(Request(parse("共同"), Scope((1,)), lambda ids: {}))


def test_a_segment_without_tokens_is_whole(tmp_path: Path) -> None:
    engine = build(tmp_path, {1: {}, 2: {}})
    assert engine.marks() == {1: 1, 2: 1}
    assert engine.snapshot().postings("甲乙") is None
    assert all(isinstance(one, Segment) for one in engine.snapshot().segments)
