"""From a name and an article to an address: what a citation leads to, for this reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from lms.db import db
from lms.library.models import Citation, Document, Relation, WorkName
from lms.library.queries import PageOfText, Target, find_existing_anchors, find_targets
from lms.library.runs import Span
from lms.members.policy import Actor
from lms.members.scope import visible_to
from lms.web.i18n import format_day

RELATIONS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Link:
    """Where a citation leads, and the document that is there."""

    href: str
    target: Target


def links_on(document: Document, page: PageOfText, *, member: Actor) -> dict[int, list[Span]]:
    """The links of a page by paragraph; what leads nowhere that the person may see is left out."""
    if not page.paragraphs:
        return {}
    first, last = page.paragraphs[0].position, page.paragraphs[-1].position
    rows = db.session.scalars(
        select(Citation).where(
            Citation.document_id == document.id,
            Citation.paragraph_position.between(first, last),
        )
    ).all()
    own = Target(document.id, document.title, document.page_count)
    targets = find_targets([row.name_key for row in rows], member=member) | {"": [own]}
    resolved = resolve([(row.name_key, row.target_article) for row in rows], targets)
    spans: dict[int, list[Span]] = {}
    for row in rows:
        link = resolved.get((row.name_key, row.target_article))
        if link:
            span = Span(row.start, row.end, href=link.href, hint=_hint(document, link))
            spans.setdefault(row.paragraph_position, []).append(span)
    return spans


def _hint(document: Document, link: Link) -> str:
    """Said of links to an edition that is younger than the text that cites."""
    written, issued = document.issued_on, link.target.issued_on
    if not written or not issued or issued <= written:
        return ""
    return _("现行版本（%(day)s），引用时的条文可能不同", day=format_day(issued))


def resolve(
    wanted: Iterable[tuple[str, str]], targets: Mapping[str, Sequence[Target]]
) -> dict[tuple[str, str], Link]:
    """The link of each (name, article) that exists; an article that does not gives none."""
    wanted = list(wanted)
    pages = find_existing_anchors(
        [
            (target.document_id, article)
            for name, article in wanted
            if article
            for target in targets.get(name, ())
        ]
    )
    found: dict[tuple[str, str], Link] = {}
    for name, article in wanted:
        for target in targets.get(name, ()):
            page = pages.get((target.document_id, article))
            if page is not None or not article:
                found[name, article] = Link(place_url(target, article, page or 1), target)
                break
    return found


def place_url(target: Target, anchor: str, page: int) -> str:
    """The address of a place in a document, or of the document itself."""
    return url_for(
        "library.show",
        document_id=target.document_id,
        page=page if anchor and target.page_count > 1 else None,
        at=anchor or None,
        _anchor=anchor or None,
    )


@dataclass(frozen=True, slots=True)
class RelationView:
    """How another text stands to this one, with its address where the person may see it."""

    kind: str
    is_reverse: bool  # the other text states it
    title: str
    href: str


def list_related(document: Document, *, member: Actor) -> list[RelationView]:
    """What the card says of other works, and what their cards say of this one."""
    query = select(Relation).where(Relation.document_id == document.id).order_by(Relation.id)
    own = db.session.scalars(query).all()
    targets = find_targets([one.target_key for one in own], member=member)
    related = [
        RelationView(
            one.kind,
            False,
            one.target_title,
            place_url(targets[one.target_key][0], "", 1) if targets.get(one.target_key) else "",
        )
        for one in own
    ]
    return related + _stated_elsewhere(document, member)


def _stated_elsewhere(document: Document, member: Actor) -> list[RelationView]:
    names = select(WorkName.name_key).where(WorkName.work_id == document.work_id)
    query = (
        select(Relation.kind, Document.id, Document.title)
        .join(Document, Document.id == Relation.document_id)
        .where(
            Relation.target_key.in_(names),
            Document.is_current,
            Document.work_id != document.work_id,
            visible_to(member, Document),
        )
        .order_by(Relation.kind, Document.issued_on.desc(), Document.id)
        .limit(RELATIONS_SHOWN)
    )
    return [
        RelationView(kind, True, title, url_for("library.show", document_id=document_id))
        for kind, document_id, title in db.session.execute(query)
    ]
