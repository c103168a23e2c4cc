"""The search corpus as documents and passages, at its own size or repeated with altered text."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
ARTICLE = re.compile(r"^(第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)[\s　]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """An article, or a paragraph where there are no articles."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """One document of the corpus."""

    title: str
    kind: str
    issuer: str
    date: str
    status: str
    pieces: tuple[Piece, ...]


def read_text(path: Path) -> Text:
    """One file of the corpus, cut into articles or paragraphs."""
    _start, head, body = path.read_text().split("---\n", 2)
    fields = dict(re.findall(r'^(\w+): "?(.*?)"?$', head, re.MULTILINE))
    pieces: list[Piece] = []
    section = ""
    for line in filter(None, map(str.strip, body.splitlines())):
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif match := ARTICLE.match(line):
            pieces.append(Piece(match[1], line[match.end() :]))
        elif pieces and pieces[-1].heading.startswith("第") and fields["kind"] == "policy":
            last = pieces[-1]
            pieces[-1] = Piece(last.heading, f"{last.text}\n{line}")
        else:
            pieces.append(Piece(section if fields["kind"] == "classic" else "", line))
    return Text(
        title=fields.get("title", path.stem),
        kind=fields.get("kind", "other"),
        issuer=fields.get("issuer", ""),
        date=fields.get("date", ""),
        status=fields.get("status", ""),
        pieces=tuple(pieces),
    )


def read_corpus(corpus: Path = CORPUS) -> list[Text]:
    """All documents of the corpus, in the order of their paths."""
    return [read_text(path) for path in sorted(corpus.glob("*/*.md"))]


def repeat(texts: list[Text], pieces: int, seed: int = 7) -> Iterator[Text]:
    """All the texts, then altered copies of them, until there are at least `pieces` pieces.

    In a copy one character in eight is exchanged for another of the same text, and the title gets
    a number, so that a copy is never the right answer to a question about the original.
    """
    yield from texts
    count = sum(len(text.pieces) + 1 for text in texts)
    draw = random.Random(seed)
    copy = 1
    while count < pieces:
        copy += 1
        for text in texts:
            if count >= pieces:
                return
            count += len(text.pieces) + 1
            yield _altered(text, copy, draw)


def _altered(text: Text, copy: int, draw: random.Random) -> Text:
    title = f"{text.title}（副本{copy}）"
    altered = tuple(Piece(piece.heading, _alter(piece.text, draw)) for piece in text.pieces)
    return Text(title, text.kind, text.issuer, text.date, text.status, altered)


def _alter(text: str, draw: random.Random) -> str:
    chars = list(text)
    for _ in range(len(chars) // 8 + 1):
        a, b = draw.randrange(len(chars)), draw.randrange(len(chars))
        chars[a], chars[b] = chars[b], chars[a]
    return "".join(chars)
