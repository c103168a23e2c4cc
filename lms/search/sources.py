"""The plug-in table of what is searchable: parts register how their things become documents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import get_locale


@dataclass(frozen=True, slots=True)
class Place:
    """From where in a passage's text a nearer link leads: the cue of a caption."""

    start: int  # offset in the text
    anchor: str  # instead of the passage's own
    label: str = ""  # likewise


@dataclass(frozen=True, slots=True)
class Passage:
    """One findable piece of a document: an article, a paragraph, a caption."""

    anchor: str  # stable within the document; becomes the #fragment of the link
    text: str  # plain text as people read it
    heading: str = ""  # such as 第二十条; found with more weight than the text
    label: str = ""  # a short mark before the text, such as 11:21
    values: Mapping[str, Any] = field(
        default_factory=dict
    )  # more values of the link, such as t=681
    places: Sequence[Place] = ()  # in the order of their offsets


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that hits are grouped under, with all its passages.

    A document is found by those whose unit lies at or below `audience_unit_id` once it is
    published, and by the administrators of `owner_unit_id`; without an audience only by these.
    """

    id: int  # in its source
    kind: str  # a key of the source's `kinds`: what people filter by
    title: str
    endpoint: str  # the page: url_for(endpoint, **values, **passage.values, _anchor=passage.anchor)
    values: Mapping[str, Any]
    owner_unit_id: int
    audience_unit_id: int | None
    is_published: bool = True
    passages: Sequence[Passage] = ()
    aliases: Sequence[str] = ()  # short names and further names that people ask for
    context: str = ""  # beside the title: the course of a lesson
    issuer: str = ""  # issuer or author
    number: str = ""  # document number, such as 示集安〔2025〕12 号
    dated_on: date | None = None
    status: str = ""  # as people read it: 现行有效, 已废止
    column: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One part's searchable things."""

    code: str  # such as "lesson"; stored in the outbox
    kinds: Mapping[str, Any]  # kind -> lazy text of the filter, such as {"course": _l("课程")}
    list_ids: Callable[[], Iterable[int]]  # all that should be findable
    # The documents of those ids that exist and should be findable; the others are forgotten.
    find_documents: Callable[[Sequence[int]], Iterable[Document]]
    # Whether people ask for the things by their titles; others are not suggested as one types.
    has_names: bool = True
    # Whether the page marks what it is given as the argument q.
    marks_words: bool = False


# Called with source, subject id and document (None: forgotten) in the transaction that stores it.
Reader = Callable[[str, int, Document | None], None]

_sources: dict[str, Source] = {}
_labels: dict[str, dict[str, str]] = {}  # of kinds, by language: each result says its kind
_readers: dict[Reader, None] = {}


def register(source: Source) -> None:
    """Add a source to the table; registering the same code again replaces it."""
    _sources[source.code] = source
    _labels.clear()


def add_reader(reader: Reader) -> None:
    """Let a part read along whatever search takes in, such as for what it cites."""
    _readers[reader] = None


def read_along(source: str, subject_id: int, document: Document | None) -> None:
    """Show a document that is being stored, or forgotten, to all readers."""
    for reader in _readers:
        reader(source, subject_id, document)


def find_source(code: str) -> Source | None:
    """The source of that code, or None when the part that knew it is gone."""
    return _sources.get(code)


def list_sources() -> list[Source]:
    """All sources in the order of their registration."""
    return list(_sources.values())


def list_nameless() -> list[str]:
    """The codes of the sources whose titles are no names."""
    return [source.code for source in _sources.values() if not source.has_names]


def kind_labels() -> dict[str, str]:
    """Every kind that people can filter by, with its text in the language of the page."""
    language = str(get_locale())
    if language not in _labels:
        kinds = (kind for source in _sources.values() for kind in source.kinds.items())
        _labels[language] = {kind: str(label) for kind, label in kinds}
    return _labels[language]
