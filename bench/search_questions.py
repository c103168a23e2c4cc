"""Questions with known answers, drawn from the corpus by a script and a seed, never by hand."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import rjieba
from opencc import OpenCC

from bench.search_corpus import Piece, Text
from lms.search.text import fold, letters, short_title

HAN_RUN = re.compile(r"[\u4e00-\u9fff]{6,}")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the corpus: its document's place and its own, 0 for the document itself."""

    document: int
    piece: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is typed, and which entries answer it."""

    kind: str
    text: str
    answers: frozenset[Place]
    any_of_document: bool = False  # any entry of the answer's document will do


@dataclass(frozen=True, slots=True)
class _Known:
    place: Place
    text: Text
    piece: Piece
    letters: str


def draw(texts: Sequence[Text], each: int, seed: int) -> list[Question]:
    """`each` questions of every kind about the first copies of the texts."""
    rng = random.Random(seed)
    known = [
        _Known(Place(d, p), text, piece, letters(fold(piece.heading + piece.text)))
        for d, text in enumerate(texts)
        for p, piece in enumerate(text.pieces, 1)
    ]
    makers: dict[str, Callable[[], Iterator[Question]]] = {
        "title": lambda: _titles(texts, rng),
        "article": lambda: _articles(texts, known, rng),
        "fragment": lambda: _fragments(known, rng, "fragment"),
        "two words": lambda: _two_words(known, rng),
        "traditional": lambda: _traditional(known, rng),
    }
    questions: list[Question] = []
    for maker in makers.values():
        found = maker()
        questions += [next(found) for _ in range(each)]
    return questions


def _titles(texts: Sequence[Text], rng: random.Random) -> Iterator[Question]:
    named: dict[str, set[Place]] = {}
    for d, text in enumerate(texts):
        named.setdefault(short_title(text.title), set()).add(Place(d, 0))
    while True:
        text = rng.choice(texts)
        asked = text.title.removeprefix("中华人民共和国")
        yield Question("title", asked, frozenset(named[short_title(text.title)]), True)


def _articles(
    texts: Sequence[Text], known: Sequence[_Known], rng: random.Random
) -> Iterator[Question]:
    named: dict[tuple[str, str], set[Place]] = {}
    articles = [
        one
        for one in known
        if re.fullmatch(r"第[零〇一二三四五六七八九十百千]+条", one.piece.heading)
    ]
    for one in articles:
        named.setdefault((short_title(one.text.title), one.piece.heading), set()).add(one.place)
    while True:
        one = rng.choice(articles)
        short = short_title(one.text.title)
        yield Question(
            "article", f"{short} {one.piece.heading}", frozenset(named[short, one.piece.heading])
        )


def _fragments(known: Sequence[_Known], rng: random.Random, kind: str) -> Iterator[Question]:
    while True:
        one = rng.choice(known)
        runs = HAN_RUN.findall(one.piece.text)
        if not runs:
            continue
        run = rng.choice(runs)
        size = min(len(run), rng.randint(6, 12))
        start = rng.randint(0, len(run) - size)
        asked = run[start : start + size]
        wanted = letters(fold(asked))
        answers = frozenset(other.place for other in known if wanted in other.letters)
        # A turn of phrase that stands in many places is no known item.
        if len(answers) <= 3:
            yield Question(kind, asked, answers)


def _traditional(known: Sequence[_Known], rng: random.Random) -> Iterator[Question]:
    convert = OpenCC("s2t").convert
    for question in _fragments(known, rng, "traditional"):
        yield Question("traditional", convert(question.text), question.answers)


def _two_words(known: Sequence[_Known], rng: random.Random) -> Iterator[Question]:
    """Two words of one passage that are rare in the corpus and seldom stand together."""
    sample = rng.sample(list(known), min(len(known), 20_000))
    frequency: Counter[str] = Counter()
    for one in sample:
        frequency.update({word for word in rjieba.cut(one.piece.text) if len(word) >= 2})
    while True:
        one = rng.choice(sample)
        words = {
            word
            for word in rjieba.cut(one.piece.text)
            if len(word) >= 2 and HAN_RUN.pattern and word.isalpha() and 2 <= frequency[word] <= 60
        }
        if len(words) < 2:
            continue
        asked = rng.sample(sorted(words), 2)
        wanted = [letters(fold(word)) for word in asked]
        answers = frozenset(
            other.place for other in known if all(word in other.letters for word in wanted)
        )
        if 1 <= len(answers) <= 3:
            yield Question("two words", " ".join(asked), answers)
