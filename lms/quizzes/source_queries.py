"""Looking for the place in the text library that a question comes from."""

from dataclasses import dataclass

from flask import url_for

from lms.members.policy import Actor
from lms.quizzes.sources import join_source
from lms.search.queries import Result, search
from lms.search.snippets import Snippet
from lms.search.sources import find_source

TEXTS = "text"  # the search source of the library
MOST = 8


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A place that may be chosen: what it is called, its lasting address, its words."""

    words: str
    address: str
    snippet: Snippet | None

    @property
    def stored(self) -> str:
        """What a question keeps of it."""
        return join_source(self.words, self.address)


def find_sources(text: str, *, member: Actor) -> list[FoundSource]:
    """Articles and paragraphs of the library that fit, as far as the person may see them.

    A text that was found by its title alone can be chosen as a whole.
    """
    texts = find_source(TEXTS)
    if texts is None or not text.strip():
        return []
    results = search(text, actor=member, filters={"kind": list(texts.kinds)}, limit=MOST).results
    return [found for result in results if result.source == TEXTS for found in _places(result)]


def _places(result: Result) -> list[FoundSource]:
    title = f"《{result.title.text}》"
    if not result.passages:
        address = url_for("library.show", document_id=result.subject_id)
        return [FoundSource(title, address, None)]
    return [
        FoundSource(
            f"{title}{passage.heading}",
            url_for("library.place", document_id=result.subject_id, anchor=passage.anchor),
            passage.snippet,
        )
        for passage in result.passages
    ]
