"""Makes a text ready to be saved: everything slow is done here, before any transaction."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lms.library.citations import Setting, find_references, is_amending
from lms.library.derive import LOOK_AT, derive_relations
from lms.library.fields import Fields, RelationKind
from lms.library.lines import SectionKind
from lms.library.paging import paginate
from lms.library.parse import Body, parse
from lms.library.problems import Problem
from lms.library.reading import Reading
from lms.library.titles import base_name, names

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document on its way into the database: its card, rows without ids, and what was odd."""

    fields: Fields
    source_key: str
    digest: str
    fields_digest: str
    sections: tuple[Row, ...]
    paragraphs: tuple[Row, ...]
    citations: tuple[Row, ...]
    relations: tuple[tuple[RelationKind, str], ...]
    problems: tuple[Problem, ...]
    chars: int
    article_count: int
    page_count: int


def text_digest(reading: Reading) -> str:
    """What tells whether a text is the same as one that was saved."""
    marked = f"{int(reading.is_markdown)}\n{reading.text}"
    return hashlib.sha256(marked.encode("utf-8", "surrogatepass")).hexdigest()


def fields_digest(fields: Fields) -> str:
    """What tells whether a card is the same as one that was saved."""
    plain = {
        name: getattr(fields, name) for name in fields.__dataclass_fields__ if name != "problems"
    }
    return hashlib.sha256(json.dumps(plain, default=str, sort_keys=True).encode()).hexdigest()


def prepare(reading: Reading, *, source_key: str, known_names: Collection[str]) -> Prepared:
    """Parse the text and find what it cites; raises Unreadable.

    `known_names` are the keys of works that bare names such as 刑法第二十条 may mean.
    """
    body = parse(reading.text, is_markdown=reading.is_markdown)
    section_pages, paragraph_pages = paginate(body)
    return Prepared(
        fields=reading.fields,
        source_key=source_key,
        digest=text_digest(reading),
        fields_digest=fields_digest(reading.fields),
        sections=tuple(_section_rows(body, section_pages)),
        paragraphs=tuple(_paragraph_rows(body, paragraph_pages)),
        citations=tuple(_citation_rows(body, reading.fields.title, known_names)),
        relations=_relations(reading.fields, body),
        problems=(*reading.fields.problems, *body.problems),
        chars=body.chars,
        article_count=body.count(SectionKind.ARTICLE),
        page_count=max(paragraph_pages, default=1),
    )


def _relations(fields: Fields, body: Body) -> tuple[tuple[RelationKind, str], ...]:
    """What the card states, else what the text says of itself."""
    if fields.relations:
        return fields.relations
    return tuple(derive_relations(fields.title, (p.text for p in body.paragraphs[:LOOK_AT])))


def _section_rows(body: Body, pages: list[int]) -> list[Row]:
    return [
        {
            "position": section.position,
            "kind": section.kind,
            "label": section.label,
            "title": section.title,
            "anchor": section.anchor,
            "depth": section.depth,
            "parent_position": section.parent,
            "page": page,
        }
        for section, page in zip(body.sections, pages, strict=True)
    ]


def _paragraph_rows(body: Body, pages: list[int]) -> list[Row]:
    return [
        {
            "position": paragraph.position,
            "section_position": paragraph.section,
            "page": page,
            "kind": paragraph.kind,
            "anchor": paragraph.anchor,
            "text": paragraph.text,
        }
        for paragraph, page in zip(body.paragraphs, pages, strict=True)
    ]


def setting_of(title: str, anchors: Collection[str], known_names: Collection[str]) -> Setting:
    """What a reader of the text with that title and those sections knows."""
    whole = base_name(title)
    own = [name for name in names(title) if name != whole]
    return Setting(
        names=known_names,
        own_names=own,
        own_anchors=anchors,
        whole_name=whole,
        is_amending=is_amending(title),
    )


def _citation_rows(body: Body, title: str, known_names: Collection[str]) -> list[Row]:
    setting = setting_of(title, {section.anchor for section in body.sections}, known_names)
    return citation_rows({p.position: p.text for p in body.paragraphs}, setting)


def citation_rows(texts: Mapping[int, str], setting: Setting) -> list[Row]:
    """Rows of all citations in paragraphs, given by position."""
    return [
        {
            "paragraph_position": position,
            "start": reference.start,
            "end": reference.end,
            "name_key": reference.name,
            "target_anchor": reference.anchor,
            "target_article": reference.article,
        }
        for position, text in texts.items()
        if "第" in text or "《" in text
        for reference in find_references(text, setting)
    ]
