"""What the index is told of a passage: its tokens with their weights."""

from collections import Counter
from dataclasses import dataclass

from lms.search.engine import IndexDocument, IndexEntry
from lms.search.ranking import heading_token
from lms.search.text import article_tokens, exact_names, fold, tokens

TITLE_WEIGHT = 1.0  # of the document's title, in each of its entries
HEADING_WEIGHT = 2.0
HEAD_TITLE_WEIGHT = 3.0  # of the title in the entry of the document itself
MOST_CHARS = 200_000  # of one passage; what lies beyond is not found


@dataclass(frozen=True, slots=True)
class Titled:
    """A document's title, analysed once for all its entries."""

    tokens: tuple[str, ...]
    names: tuple[str, ...]


def analyse_title(title: str, aliases: tuple[str, ...] = ()) -> Titled:
    """The title's tokens, those of its aliases, and the exact names."""
    found = dict.fromkeys(token for name in (title, *aliases) for token in tokens(fold(name)))
    return Titled(tuple(found), tuple(exact_names(title, aliases)))


def analyse_entry(
    entry_id: int,
    mark: int,
    document: IndexDocument,
    titled: Titled,
    *,
    heading: str,
    text: str,
    is_head: bool,
) -> IndexEntry:
    """The entry as the index takes it."""
    folded_heading = fold(heading)
    words = tokens(fold(text[:MOST_CHARS]))
    weights: Counter[str] = Counter()
    weights.update(words)
    for token in tokens(folded_heading):
        weights[token] += HEADING_WEIGHT  # type: ignore[assignment]
    for token in titled.tokens:
        weights[token] += HEAD_TITLE_WEIGHT if is_head else TITLE_WEIGHT  # type: ignore[assignment]
    for article in article_tokens(folded_heading):
        weights[heading_token(article)] = 1
    return IndexEntry(
        id=entry_id,
        mark=mark,
        document=document,
        weights=weights,
        length=len(words) + len(titled.tokens),
        names=titled.names if is_head else (),
        title_tokens=titled.tokens if is_head else (),
    )
