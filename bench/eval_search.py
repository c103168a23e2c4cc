"""How often the known paragraph is found: recall@1, recall@10 and MRR by kind of question.

    python -m bench.eval_search [--size 200000] [--each 140] [--seed 11] [--engines whoosh,fts5]
    python -m bench.eval_search --keep DIR             the rows and indexes of bench_search
    BENCH_POSTGRESQL_URL=postgresql://... python -m bench.eval_search --engines postgresql,fts5

Prints one JSON line for each engine, kind and figure.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench.lines import say
from bench.search_corpus import read_corpus, repeat
from bench.search_questions import Place, Question, draw
from bench.search_stage import (
    Searcher,
    folder_for,
    numbered,
    open_searcher,
    open_stage,
    postgresql_database,
)
from lms.db import db
from lms.search.parsing import parse

BENCH = "search"


def rank_of(question: Question, found: Sequence[int], places: dict[int, Place]) -> int:
    """The place of the first right answer, counted from 1; 0 when it is not among those found."""
    documents = {place.document for place in question.answers}
    for rank, entry_id in enumerate(found, 1):
        place = places.get(entry_id)  # None for what bench_search added to a kept index
        if place is None:
            continue
        if place in question.answers or (question.any_of_document and place.document in documents):
            return rank
    return 0


def evaluate(
    engine: Searcher,
    questions: Sequence[Question],
    places: dict[int, Place],
    facts: dict[str, Any],
    *,
    show_missed: bool,
) -> None:
    """Ask everything and print the figures."""
    ranks: dict[str, list[int]] = defaultdict(list)
    for question in questions:
        rank = rank_of(question, engine.search(parse(question.text)), places)
        ranks[question.kind].append(rank)
        ranks["all"].append(rank)
        if show_missed and rank != 1:
            sys.stderr.write(f"  missed ({rank}): {question.kind}: {question.text}\n")
    for kind, values in ranks.items():
        more = facts | {"engine": engine.name, "kind": kind, "questions": len(values)}
        more["mrr"] = sum(1 / rank for rank in values if rank) / len(values)
        first = sum(rank == 1 for rank in values) / len(values)
        ten = sum(1 <= rank <= 10 for rank in values) / len(values)
        is_whole = kind == "all" and engine.name in ("whoosh", "postgresql")
        say(BENCH, "recall@1", first, "share", at_least=0.97 if is_whole else None, **more)
        say(BENCH, "recall@10", ten, "share", at_least=0.99 if is_whole else None, **more)


def main() -> None:
    """Build the indexes, or take those that are kept, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200_000, help="entries")
    parser.add_argument("--each", type=int, default=140)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--engines", default="whoosh,fts5,tantivy", type=lambda s: s.split(","))
    parser.add_argument("--keep", default="", help="a folder for rows and indexes")
    parser.add_argument("--missed", action="store_true", help="print what was not found first")
    given = parser.parse_args()
    texts = read_corpus()
    questions = draw(texts, given.each, given.seed)
    all_texts = list(repeat(texts, given.size))
    places = dict(numbered(all_texts))
    url = os.environ.get("BENCH_POSTGRESQL_URL", "") if "postgresql" in given.engines else ""
    if url:
        url = postgresql_database(url, f"bench_search_{given.size}")
    with folder_for(given.keep, str(given.size)) as folder:
        stage = open_stage(folder, all_texts, postgresql_url=url)
        for name in given.engines:
            with stage.app.app_context():  # outside of requests, of which a page's cannot write
                searcher, _built = open_searcher(stage, name)
            with stage.app.test_request_context():
                facts = {"entries": stage.count, "seed": given.seed}
                evaluate(searcher, questions, places, facts, show_missed=given.missed)
                db.session.remove()
                db.engine.dispose()


if __name__ == "__main__":
    main()
