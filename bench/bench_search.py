"""Search beside SQLite FTS5 and tantivy: the same tokens, the same steps, in one process and run.

    python -m bench.bench_search [--sizes 20000,200000] [--engines whoosh,fts5,tantivy]

Prints one JSON line for each size and engine. Times are milliseconds.
"""

import argparse
import json
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import rjieba

from bench.search_corpus import Text, read_corpus, repeat
from bench.search_index import ENGINES, Ids, Searcher, analyse, numbered
from bench.search_questions import HAN_RUN
from lms.search.engine import IndexDocument
from lms.search.entries import analyse_entry, analyse_title
from lms.search.parsing import Query, parse
from lms.search.snippets import make_snippet
from lms.search.text import fold, letters, short_title

EACH = 40  # queries of each of the five kinds
ROUNDS = 3  # warm rounds


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and its kind."""

    kind: str
    text: str


class Texts:
    """The texts in an SQLite file, as the product reads them for phrases and snippets."""

    def __init__(self, path: Path, texts: Sequence[Text]) -> None:
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, title, heading, body)")
        self.db.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", self._rows(texts))
        self.db.commit()

    def _rows(self, texts: Sequence[Text]) -> Iterator[tuple[int, str, str, str]]:
        for entry_id, place, text in numbered(texts):
            piece = text.pieces[place.piece - 1] if place.piece else None
            heading, body = (piece.heading, piece.text) if piece else ("", "")
            yield entry_id, text.title, heading, body

    def read(self, ids: Sequence[int]) -> list[tuple[int, str, str, str]]:
        """The rows with those ids."""
        marks = ",".join("?" * len(ids))
        return self.db.execute(f"SELECT * FROM t WHERE id IN ({marks})", list(ids)).fetchall()

    def read_letters(self, ids: Sequence[int]) -> dict[int, str]:
        """Title, heading and text as folded letters."""
        return {row[0]: "|".join(letters(fold(part)) for part in row[1:]) for row in self.read(ids)}


def take(texts: Sequence[Text], pieces: int, seed: int = 3) -> list[Text]:
    """Texts of at least that many pieces: some of the corpus, or all of it and altered copies."""
    whole = sum(len(text.pieces) + 1 for text in texts)
    if pieces >= whole:
        return list(repeat(list(texts), pieces))
    mixed = random.Random(seed).sample(list(texts), len(texts))
    taken: list[Text] = []
    count = 0
    for text in mixed:
        taken.append(text)
        count += len(text.pieces) + 1
        if count >= pieces:
            break
    return taken


def draw_queries(texts: Sequence[Text], seed: int = 5) -> list[Asked]:
    """A mixed set: common words, rare words, phrases, articles and titles."""
    rng = random.Random(seed)
    pieces = [(text, piece) for text in texts for piece in text.pieces]
    sample = rng.sample(pieces, min(len(pieces), 8000))
    frequency: Counter[str] = Counter()
    for _text, piece in sample:
        frequency.update(
            {word for word in rjieba.cut(piece.text) if len(word) > 1 and word.isalpha()}
        )
    ordered = [word for word, _count in frequency.most_common()]
    rare = [word for word, count in frequency.items() if 2 <= count <= 5]
    runs = [run for _text, piece in sample for run in HAN_RUN.findall(piece.text)]
    articles = [
        one for one in pieces if one[1].heading.startswith("第") and one[1].heading.endswith("条")
    ]
    makers: dict[str, Callable[[], str]] = {
        "common": lambda: " ".join(rng.sample(ordered[:300], rng.randint(1, 2))),
        "rare": lambda: " ".join(rng.sample(rare, rng.randint(1, 2))),
        "phrase": lambda: f'"{rng.choice(runs)[:8]}"',
        "article": lambda: article_of(*rng.choice(articles)),
        "title": lambda: short_title(rng.choice(texts).title),
    }
    asked = [Asked(kind, make()) for kind, make in makers.items() for _ in range(EACH)]
    rng.shuffle(asked)
    return asked


def article_of(text: Text, piece: object) -> str:
    """A short title with an article."""
    return f"{short_title(text.title)} {getattr(piece, 'heading', '')}"


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(times, n=100)
    return {f"p{p}": round(1000 * cuts[p - 1], 3) for p in (50, 95, 99)}


def ask_all(asked: Sequence[Asked], search: Callable[[Query], Sequence[int]]) -> list[float]:
    """The seconds that each query took, parsing and all."""
    times = []
    for one in asked:
        start = time.perf_counter()
        search(parse(one.text))
        times.append(time.perf_counter() - start)
    return times


def verified(engine: Searcher, texts: Texts) -> Callable[[Query], Sequence[int]]:
    """A rival's search with phrases checked on the texts, as the product checks them."""
    if engine.name == "whoosh":
        return engine.search

    def search(query: Query) -> Sequence[int]:
        found = engine.search(query)
        phrases = [word.text for word in query.words if word.is_phrase]
        if not phrases:
            return found
        held = texts.read_letters(found)
        return [i for i in found if all(phrase in held.get(i, "") for phrase in phrases)]

    return search


def time_snippets(asked: Sequence[Asked], engine: Searcher, texts: Texts) -> float:
    """The median milliseconds for reading and marking the texts of ten hits."""
    times = []
    for one in asked:
        query = parse(one.text)
        found = engine.search(query)
        if len(found) < 10:
            continue
        start = time.perf_counter()
        for _id, _title, _heading, body in texts.read(found[:10]):
            make_snippet(body, query)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times), 3) if times else 0.0


def time_to_found(engine: Searcher, next_id: int) -> dict[str, float]:
    """Milliseconds from handing over one new entry to its commit, and of the search after it."""
    text = "独一无二的新增条文甲乙丙丁"
    document = IndexDocument(next_id, 1, 1)
    entry = analyse_entry(
        next_id, 1, document, analyse_title("新增文件"), heading="", text=text, is_head=False
    )
    query = parse(text)
    start = time.perf_counter()
    engine.append([entry])
    committed = time.perf_counter()
    assert engine.search(query)[:1] == [next_id], engine.name
    found = time.perf_counter()
    return {
        "commit": round(1000 * (committed - start), 1),
        "refresh": round(1000 * (found - committed), 1),
    }


def current_mb() -> float:
    """The memory that this process takes now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def run(
    name: str, ids: Ids, all_texts: Sequence[Text], asked: Sequence[Asked], folder: Path
) -> None:
    """Build one engine and measure it."""
    texts = Texts(folder / f"texts-{name}.db", all_texts)
    ids.read_letters = texts.read_letters  # type: ignore[method-assign]
    engine = ENGINES[name](folder, ids)
    before = current_mb()
    start = time.perf_counter()
    engine.add(analyse(all_texts))
    build = time.perf_counter() - start
    search = verified(engine, texts)
    cold = ask_all(asked, search)
    warm = [seconds for _ in range(ROUNDS) for seconds in ask_all(asked, search)]
    kinds = {
        kind: percentiles(
            [s for _ in range(2) for s in ask_all([a for a in asked if a.kind == kind], search)]
        )
        for kind in sorted({one.kind for one in asked})
    }
    figures = {
        "engine": name,
        "entries": ids.count,
        "build_seconds": round(build, 1),
        "size_mb": round(engine.size_bytes() / 2**20, 1),
        "memory_mb": round(current_mb() - before, 1),
        "cold": percentiles(cold),
        "warm": percentiles(warm),
        "snippets_of_10": time_snippets(asked, engine, texts),
        "new_entry": time_to_found(engine, ids.count + 1),
        "kinds_warm": kinds,
    }
    print(json.dumps(figures), flush=True)


def main() -> None:
    """Measure every engine at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="20000,200000")
    parser.add_argument("--engines", default="whoosh,fts5,tantivy")
    given = parser.parse_args()
    corpus = read_corpus()
    for size in map(int, given.sizes.split(",")):
        all_texts = take(corpus, size)
        asked = draw_queries(all_texts[: len(corpus)])
        for name in given.engines.split(","):
            with tempfile.TemporaryDirectory() as folder:
                run(name, Ids(all_texts), all_texts, asked, Path(folder))


if __name__ == "__main__":
    main()
