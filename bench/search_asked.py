"""What is asked in bench_search: a mixed set of queries, drawn from the corpus by a script."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import rjieba

from bench.search_corpus import Piece, Text, repeat
from bench.search_questions import HAN_RUN
from lms.search.text import short_title

EACH = 40  # queries of each of the five kinds


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and its kind."""

    kind: str
    text: str


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


def draw_queries(texts: Sequence[Text], seed: int) -> list[Asked]:
    """A mixed set: common words, rare words, phrases, articles and titles."""
    rng = random.Random(seed)
    pieces = [(text, piece) for text in texts for piece in text.pieces]
    sample = rng.sample(pieces, min(len(pieces), 8000))
    frequency: Counter[str] = Counter()
    for _text, piece in sample:
        frequency.update(
            {word for word in rjieba.cut(piece.text) if len(word) > 1 and word.isalpha()}
        )
    ordered = sorted(frequency, key=lambda word: (-frequency[word], word))
    rare = sorted(word for word, count in frequency.items() if 2 <= count <= 5)
    runs = [run for _text, piece in sample for run in HAN_RUN.findall(piece.text)]
    articles = [
        one for one in pieces if one[1].heading.startswith("第") and one[1].heading.endswith("条")
    ]
    makers: dict[str, Callable[[], str]] = {
        "common": lambda: " ".join(rng.sample(ordered[:300], rng.randint(1, 2))),
        "rare": lambda: " ".join(rng.sample(rare, rng.randint(1, 2))),
        "phrase": lambda: f'"{rng.choice(runs)[:8]}"',
        "article": lambda: _article_of(*rng.choice(articles)),
        "title": lambda: short_title(rng.choice(texts).title),
    }
    asked = [Asked(kind, make()) for kind, make in makers.items() for _ in range(EACH)]
    rng.shuffle(asked)
    return asked


def _article_of(text: Text, piece: Piece) -> str:
    return f"{short_title(text.title)} {piece.heading}"
