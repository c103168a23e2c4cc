"""How often people find what they look for by what they type: the queries of asked.txt.

    python -m bench.eval_asked [--keep DIR] [--missed]

They were written by hand, as people type: short names, articles, words beside a name, half
sentences. Some mean what no text says in these words, and are missed for good. Prints JSON lines.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.lines import say
from bench.search_corpus import read_corpus
from bench.search_stage import folder_for, open_searcher, open_stage
from lms.db import db
from lms.members.policy import Actor, Grant, Role
from lms.search.queries import Result
from lms.search.suggestions import search_as_meant

ASKED = Path(__file__).with_name("asked.txt")
TOP = 10
EVERYTHING = Actor(0, "", "", 0, "/0/", (Grant(Role.ADMINISTRATOR, "/"),))


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what is looked for by it: regular expressions, the second may be empty."""

    typed: str
    title: str
    passage: str

    def is_answered_by(self, result: Result) -> bool:
        """Whether it is the document, with the paragraph among its first two."""
        if not re.search(self.title, result.title.text):
            return False
        shown = (f"{each.heading} {each.snippet.text}" for each in result.passages[:2])
        return not self.passage or any(re.search(self.passage, text) for text in shown)


def read_asked() -> Iterator[Asked]:
    """The queries, in the order of the file."""
    for line in ASKED.read_text().splitlines():
        if not line.startswith("#"):
            typed, title, passage = (part.strip() for part in line.split("|"))
            yield Asked(typed, title, passage)


def rank_of(asked: Asked) -> int:
    """The place of the first right result, counted from 1; 0 when it is not on the first page."""
    results = search_as_meant(asked.typed, actor=EVERYTHING, limit=TOP).results
    right = (rank for rank, result in enumerate(results, 1) if asked.is_answered_by(result))
    return next(right, 0)


def main() -> None:
    """Build the index, or take the one that is kept, and ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", default="", help="a folder for rows and indexes")
    parser.add_argument("--missed", action="store_true", help="print what was not found first")
    given = parser.parse_args()
    with folder_for(given.keep, "asked") as folder:
        stage = open_stage(folder, read_corpus())
        with stage.app.test_request_context():
            open_searcher(stage, "whoosh")
            ranks = {asked.typed: rank_of(asked) for asked in read_asked()}
            db.session.remove()
            db.engine.dispose()
    for typed, rank in ranks.items():
        if given.missed and rank != 1:
            sys.stderr.write(f"  missed ({rank}): {typed}\n")
    facts = {"queries": len(ranks), "entries": stage.count}
    first, shown = sum(rank == 1 for rank in ranks.values()), sum(map(bool, ranks.values()))
    say("search", "as people type: right first", first / len(ranks), "share", **facts)
    say("search", "as people type: right in ten", shown / len(ranks), "share", **facts)


if __name__ == "__main__":
    main()
