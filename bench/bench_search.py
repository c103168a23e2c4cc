"""Search beside SQLite FTS5 and tantivy: the same tokens, the same steps, in one process and run.

    python -m bench.bench_search                       20,000 and 200,000 entries, and the pages
    python -m bench.bench_search --keep DIR            rows and indexes are made once and used again
    python -m bench.bench_search --sizes 200000 --only queries
    BENCH_POSTGRESQL_URL=postgresql://... python -m bench.bench_search --engines postgresql

Prints one JSON line a case. The engines take turns, query set by query set, so that what else the
machine does burdens them alike; the product filters by what may be seen, counts facets and groups
by document besides.
"""

import argparse
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.lines import say
from bench.search_asked import Asked, draw_queries, take
from bench.search_corpus import Text, read_corpus
from bench.search_pages import measure_pages
from bench.search_stage import (
    Product,
    Searcher,
    Stage,
    current_mb,
    folder_for,
    open_searcher,
    open_stage,
    postgresql_database,
)
from lms.db import db
from lms.search.engine import IndexDocument
from lms.search.entries import analyse_entry, analyse_title
from lms.search.parsing import Query, parse
from lms.search.queries import read_letters
from lms.search.snippets import make_snippet

BENCH = "search"
RIVALS = ("fts5", "tantivy")
NEW_ENTRIES = 5
Search = Callable[[Query], Sequence[int]]
# Aims as multiples of a rival's figure, by the number of entries: rival, percentile, at most.
AIMS = {
    20_000: (("fts5", 50, 1.3), ("fts5", 95, 0.6)),
    200_000: (("fts5", 50, 0.6), ("fts5", 95, 0.4), ("tantivy", 95, 8.0)),
}


def ask_all(asked: Sequence[Asked], search: Search) -> list[float]:
    """The milliseconds that each query took, parsing and all."""
    times = []
    for one in asked:
        start = time.perf_counter()
        search(parse(one.text))
        times.append(1000 * (time.perf_counter() - start))
    db.session.rollback()
    return times


def verified(searcher: Searcher) -> Search:
    """A rival's search with phrases checked on the texts, as the product checks them."""
    if isinstance(searcher, Product):
        return searcher.search

    def search(query: Query) -> Sequence[int]:
        found = searcher.search(query)
        phrases = [word.text for word in query.words if word.is_phrase]
        if not phrases:
            return found
        held = read_letters(found)
        return [i for i in found if all(phrase in held.get(i, "") for phrase in phrases)]

    return search


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    cuts = statistics.quantiles(times, n=100)
    return {f"p{p}": cuts[p - 1] for p in (50, 95, 99)}


def measure_queries(
    searchers: dict[str, Searcher], asked: Sequence[Asked], rounds: int, facts: dict[str, Any]
) -> None:
    """Cold, warm and by kind; the engines take turns, and so do their places."""
    ways = {name: verified(searcher) for name, searcher in searchers.items()}
    for name, search in ways.items():
        before = current_mb()
        cold = percentiles(ask_all(asked, search))
        facts_here = facts | {"engine": name, "memory_mb": current_mb() - before}
        say(BENCH, "cold query", cold["p50"], "ms p50", **facts_here, **cold)
    times: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for _round in range(rounds):
        for name in order:
            times[name] += ask_all(asked, ways[name])
        order.append(order.pop(0))
    warm = {name: percentiles(found) for name, found in times.items()}
    kinds = [one.kind for one in asked] * rounds
    for name, found in times.items():
        say(BENCH, "warm query", warm[name]["p50"], "ms p50", **facts, engine=name, **warm[name])
        for kind in sorted(set(kinds)):
            some = [took for took, one in zip(found, kinds, strict=True) if one == kind]
            of_kind = percentiles(some)
            facts_here = facts | {"engine": name, "kind": kind}
            say(BENCH, "warm query of a kind", of_kind["p50"], "ms p50", **facts_here, **of_kind)
    _compare(warm, facts)


def _compare(warm: dict[str, dict[str, float]], facts: dict[str, Any]) -> None:
    size = min(AIMS, key=lambda count: abs(count - int(facts["entries"])))
    for name in warm.keys() - set(RIVALS):
        for rival, p, at_most in AIMS[size]:
            if rival in warm:
                ratio = warm[name][f"p{p}"] / warm[rival][f"p{p}"]
                aim = at_most if name == "whoosh" else None
                case = f"p{p} beside {rival}"
                say(BENCH, case, ratio, "ratio", at_most=aim, **facts, engine=name)


def measure_snippets(searchers: dict[str, Searcher], asked: Sequence[Asked], stage: Stage) -> None:
    """Reading and marking the texts of ten hits, from the database that the product uses."""
    search = searchers["whoosh"].search
    hits = [(query, list(search(query))[:10]) for query in (parse(one.text) for one in asked)]
    connection = sqlite3.connect(stage.folder / "xueshi.db")
    whole: list[float] = []
    marking: list[float] = []
    worked: list[float] = []
    for _warm in range(2):
        for figures in (whole, marking, worked):
            figures.clear()  # the first round only warms
        for query, ids in hits:
            if len(ids) < 10:
                continue
            start, cpu = time.perf_counter(), time.thread_time()
            marks = ",".join("?" * len(ids))
            rows = connection.execute(f"SELECT text FROM search_entry WHERE id IN ({marks})", ids)
            texts = [row[0] for row in rows]
            read = time.perf_counter()
            for text in texts:
                make_snippet(text, query)
            end = time.perf_counter()
            whole.append(1000 * (end - start))
            marking.append(1000 * (end - read))
            worked.append(1000 * (time.thread_time() - cpu))
    connection.close()
    facts: dict[str, Any] = {"entries": stage.count, "p95": percentiles(whole)["p95"]}
    facts["marking_alone"] = statistics.median(marking)
    facts["cpu_ms"] = statistics.median(worked)
    say(BENCH, "snippets of 10 hits", statistics.median(whole), "ms p50", at_most=0.5, **facts)


def measure_refresh(searcher: Searcher, entries: int) -> None:
    """From handing over one new entry to its commit, and the first search after that."""
    commits, searches = [], []
    for number in range(NEW_ENTRIES):
        # Of the first document, with letters that no text has together and no run has had before.
        entry_id = time.time_ns() // 1000
        text = "".join(random.choices("鼂龘靐齉爩鱻麤籱灪吁鸞讟", k=12))
        document = IndexDocument(1, 1, 1)
        titled = analyse_title("新增")
        entry = analyse_entry(
            entry_id, 1, document, titled, heading="", text=text, is_head=False
        )  # fmt: skip
        query = parse(text)
        start = time.perf_counter()
        searcher.append([entry])
        committed = time.perf_counter()
        found = searcher.search(query)
        assert list(found[:1]) == [entry_id], (searcher.name, number)
        searches.append(1000 * (time.perf_counter() - committed))
        commits.append(1000 * (committed - start))
    facts: dict[str, Any] = {"engine": searcher.name, "entries": entries, "slowest": max(searches)}
    facts["commit"] = statistics.median(commits)
    aim = 30 if searcher.name == "whoosh" else None
    say(BENCH, "refresh", statistics.median(searches), "ms p50", at_most=aim, **facts)


def measure_engines(stage: Stage, texts: Sequence[Text], chosen: argparse.Namespace) -> None:
    """All cases inside one process."""
    names = [name for name in chosen.engines if name in (stage.settings.search_engine, *RIVALS)]
    searchers: dict[str, Searcher] = {}
    with stage.app.app_context():  # outside of requests, of which a page's cannot write
        for name in names:
            searchers[name], built = open_searcher(stage, name)
            built = dict(built)
            facts = {"engine": name, "entries": stage.count}
            say(BENCH, "build", built.pop("seconds"), "s", **facts, **built)
    with stage.app.test_request_context():
        asked = draw_queries(texts, chosen.seed)
        facts = {"entries": stage.count, "seed": chosen.seed}
        if chosen.only in ("", "queries"):
            measure_queries(searchers, asked, chosen.rounds, facts)
        if chosen.only in ("", "snippets") and "whoosh" in searchers:
            measure_snippets(searchers, asked, stage)
        if chosen.only in ("", "refresh"):
            for searcher in searchers.values():
                measure_refresh(searcher, stage.count)
        db.session.remove()
        db.engine.dispose()


def measure(size: int, chosen: argparse.Namespace) -> None:
    """Everything at one size."""
    corpus = read_corpus()
    texts = take(corpus, size)
    url = os.environ.get("BENCH_POSTGRESQL_URL", "") if "postgresql" in chosen.engines else ""
    if url:
        url = postgresql_database(url, f"bench_search_{size}")
    with folder_for(chosen.keep, str(size)) as folder:
        stage = open_stage(folder, texts, postgresql_url=url)
        measure_engines(stage, texts[: len(corpus)], chosen)
        if chosen.only in ("", "pages"):
            queries = draw_queries(texts[: len(corpus)], chosen.seed)
            measure_pages(stage, [one.text for one in queries], chosen.seconds)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="20000,200000", help="numbers of entries")
    parser.add_argument("--engines", default="whoosh,fts5,tantivy", type=lambda s: s.split(","))
    parser.add_argument(
        "--only", default="", choices=["", "queries", "snippets", "refresh", "pages"]
    )
    parser.add_argument("--keep", default="", help="a folder for rows and indexes")
    parser.add_argument("--rounds", type=int, default=4, help="warm rounds of 200 queries")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one run of requests")
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    for size in map(int, chosen.sizes.split(",")):
        measure(size, chosen)


if __name__ == "__main__":
    main()
