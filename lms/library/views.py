"""The library as everybody reads it: the list, the reader, what cites what, own notes."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from lms.courses.models import CHARS_PER_MINUTE
from lms.files.delivery import url_for_blob
from lms.library import reader
from lms.library.citing import list_citing_others, list_citing_texts
from lms.library.fields import DocumentStatus, WorkKind
from lms.library.hits import count_hits
from lms.library.links import list_related
from lms.library.models import Document
from lms.library.queries import (
    Filter,
    count_facets,
    documents,
    find_nearest_anchor,
    find_page_of,
    find_place_name,
    get_attachment,
    get_document,
    list_attachments,
    list_editions,
    may_edit,
)
from lms.library.side_by_side import compare_documents, find_successor
from lms.library.words import (
    KIND_LABELS,
    RELATION_LABELS,
    REVERSE_LABELS,
    SECTION_LABELS,
    STATUS_LABELS,
    STATUS_TONES,
    remark,
)
from lms.members.policy import Role
from lms.members.scope import ContentState
from lms.members.session import current_actor
from lms.web.pager import paginate

bp = Blueprint("library", __name__, template_folder="templates", url_prefix="/library")

CITING_SHOWN = 6
MOST_TYPED = 200


@bp.context_processor
def words() -> dict[str, Any]:
    """The words that all pages of this part use."""
    return {
        "KIND_LABELS": KIND_LABELS,
        "STATUS_LABELS": STATUS_LABELS,
        "STATUS_TONES": STATUS_TONES,
        "RELATION_LABELS": RELATION_LABELS,
        "REVERSE_LABELS": REVERSE_LABELS,
        "section_labels": SECTION_LABELS,
        "remark": remark,
        "reading_minutes": reading_minutes,
    }


def reading_minutes(chars: int) -> int:
    """About how long a text takes to read, in whole minutes."""
    return max(1, round(chars / CHARS_PER_MINUTE))


def take_bytes(file: FileStorage, most: int) -> bytes:
    """The content of an uploaded file, one byte more than `most` when it is larger."""
    with file.stream:
        return file.read(most + 1)


def wanted_filter() -> Filter:
    """What the address narrows the list to; nonsense narrows nothing."""
    args = request.args
    year = args.get("year", "")
    return Filter(
        text=args.get("title", "").strip()[:60],
        kind=args.get("kind", "") if args.get("kind") in set(WorkKind) else "",
        level=args.get("level", "")[:40],
        status=args.get("status", "") if args.get("status") in set(DocumentStatus) else "",
        issuer=args.get("issuer", "")[:200],
        topic=args.get("topic", "")[:80],
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
        sort=args.get("sort", "newest"),
    )


@bp.get("/")
def index() -> str:
    actor = current_actor()
    wanted = wanted_filter()
    page = paginate(documents(actor, wanted), size=24)
    facets = count_facets(actor, wanted)
    return render_template(
        "library/index.html",
        page=page,
        wanted=wanted,
        facets=facets,
        is_author=actor.has(Role.ADMINISTRATOR),
    )


@bp.get("/<int:document_id>")
def show(document_id: int) -> str | Response:
    actor = current_actor()
    document = get_document(document_id, member=actor)
    target = find_nearest_anchor(document.id, request.args.get("at", "")[:80])
    typed = request.args.get("q", "").strip()[:MOST_TYPED]
    number = find_page_of(document.id, target) if target else None
    page = reader.build_page(
        document,
        number or _asked_page(),
        member=actor,
        typed=typed,
        target=target or "",
    )
    editions = list_editions(document, member=actor)
    return render_template(
        "library/document.html",
        document=document,
        page=page,
        typed=typed,
        contents=reader.table_of_contents(document),
        editions=editions,
        newer=_newer(document, editions),
        texts=list_citing_texts(document, member=actor, most=CITING_SHOWN),
        others=list_citing_others(document, member=actor, most=CITING_SHOWN),
        relations=list_related(document, member=actor),
        attachments=list_attachments(document.id),
        is_studied=document.state == ContentState.PUBLISHED,
        may_edit=may_edit(document, member=actor),
    )


def _asked_page() -> int:
    text = request.args.get("page", "1")
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _newer(document: Document, editions: Any) -> Document | None:
    """The edition that a reader of an old one is pointed to."""
    if document.is_current:
        return None
    return next((one for one in editions if one.is_current and one.id != document.id), None)


@bp.get("/<int:document_id>/hits")
def hits(document_id: int) -> Response:
    """For the reader's script: on which pages of the text what was searched for stands."""
    document = get_document(document_id, member=current_actor())
    typed = request.args.get("q", "").strip()[:MOST_TYPED]
    found = count_hits(document, typed, page=_asked_page())
    pages = [
        {
            "page": one.page,
            "count": one.count,
            "url": url_for("library.show", document_id=document.id, page=one.page, q=typed),
        }
        for one in found.pages
    ]
    return jsonify(pages=pages, is_whole=found.is_whole)


@bp.get("/<int:document_id>/cited")
def cited(document_id: int) -> str:
    actor = current_actor()
    document = get_document(document_id, member=actor)
    anchor = request.args.get("at", "")[:80]
    return render_template(
        "library/cited.html",
        document=document,
        place=find_place_name(document.id, anchor) if anchor else "",
        texts=list_citing_texts(document, member=actor, anchor=anchor),
        others=list_citing_others(document, member=actor, anchor=anchor),
    )


@bp.get("/at/<int:document_id>/<anchor>")
def place(document_id: int, anchor: str) -> Response:
    """A lasting link to a place: leads to the page that it is on today."""
    document = get_document(document_id, member=current_actor())
    target = find_nearest_anchor(document.id, anchor[:80])
    return redirect(url_for("library.show", document_id=document.id, at=target, _anchor=target))


@bp.get("/<int:document_id>/compare/<int:other_id>")
def compare(document_id: int, other_id: int) -> str:
    """Two editions side by side, the older one on the left."""
    actor = current_actor()
    pair = [get_document(one, member=actor) for one in (document_id, other_id)]
    old, new = sorted(pair, key=lambda one: (str(one.issued_on or ""), one.revision, one.id))
    comparison = compare_documents(old, new)
    return render_template("library/compare.html", old=old, new=new, comparison=comparison)


@bp.get("/<int:document_id>/in/<int:other_id>")
def follow_place(document_id: int, other_id: int) -> Response:
    """The same place in another edition; what was taken out leads to the comparison."""
    actor = current_actor()
    old = get_document(document_id, member=actor)
    new = get_document(other_id, member=actor)
    anchor = find_nearest_anchor(old.id, request.args.get("at", "")[:80])
    if anchor is None:
        return redirect(url_for("library.show", document_id=new.id))
    found = find_successor(old, new, anchor)
    if found is None:
        flash(_("这一处在另一个版本里没有对应的内容，下面是两个版本的对照。"), "info")
        return redirect(url_for("library.compare", document_id=old.id, other_id=new.id))
    return redirect(url_for("library.show", document_id=new.id, at=found, _anchor=found))


@bp.get("/attachments/<int:attachment_id>")
def attachment(attachment_id: int) -> Response:
    actor = current_actor()
    blob, title = get_attachment(attachment_id, member=actor)
    return redirect(url_for_blob(blob, actor, name=title, download=True))
