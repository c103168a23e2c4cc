"""How often the known paragraph is found: recall@1, recall@10 and MRR by kind of question.

    python -m bench.eval_search [--pieces 200000] [--each 140] [--seed 11] [--engines whoosh,fts5]

Prints one JSON line for each engine and kind.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench.search_corpus import Text, read_corpus, repeat
from bench.search_index import ENGINES, Ids, Searcher, analyse
from bench.search_questions import Place, Question, draw
from lms.search.parsing import parse


def rank_of(question: Question, found: Sequence[int], places: dict[int, Place]) -> int:
    """The place of the first right answer, counted from 1; 0 when it is not among those found."""
    documents = {place.document for place in question.answers}
    for rank, entry_id in enumerate(found, 1):
        place = places[entry_id]
        if place in question.answers or (question.any_of_document and place.document in documents):
            return rank
    return 0


def evaluate(
    engine: Searcher,
    questions: Sequence[Question],
    places: dict[int, Place],
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
            print(f"  missed ({rank}): {question.kind}: {question.text}")
    for kind, values in ranks.items():
        figures = {
            "recall@1": sum(rank == 1 for rank in values) / len(values),
            "recall@10": sum(1 <= rank <= 10 for rank in values) / len(values),
            "mrr": sum(1 / rank for rank in values if rank) / len(values),
        }
        rounded = {key: round(value, 4) for key, value in figures.items()}
        print(
            json.dumps({"engine": engine.name, "kind": kind, "questions": len(values), **rounded})
        )


def main() -> None:
    """Build the indexes and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=200_000)
    parser.add_argument("--each", type=int, default=140)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--engines", default="whoosh,fts5,tantivy")
    parser.add_argument("--missed", action="store_true", help="print what was not found first")
    given = parser.parse_args()
    texts: list[Text] = read_corpus()
    questions = draw(texts, given.each, given.seed)
    all_texts = list(repeat(texts, given.pieces))
    ids = Ids(all_texts)
    print(json.dumps({"entries": ids.count, "documents": len(all_texts), "seed": given.seed}))
    with tempfile.TemporaryDirectory() as folder:
        for name in given.engines.split(","):
            engine = ENGINES[name](Path(folder), ids)
            engine.add(analyse(all_texts))
            evaluate(engine, questions, ids.places, show_missed=given.missed)


if __name__ == "__main__":
    main()
