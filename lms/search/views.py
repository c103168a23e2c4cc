"""Pages of the search part."""

from flask import Blueprint, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.members.session import current_actor
from lms.search.engine import FACETS, Sort
from lms.search.queries import Result
from lms.search.suggestions import get_similar, search_as_meant, suggest
from lms.search.terms import list_empty, note_search, write_searches
from lms.web.pager import page_number

bp = Blueprint("search", __name__, template_folder="templates", url_prefix="/search")
MOST_VALUES = 10


@bp.get("", strict_slashes=False)
def index() -> str:
    """The search page."""
    text = request.args.get("q", "").strip()
    filters = {facet: request.args.getlist(facet)[:MOST_VALUES] for facet in FACETS}
    wanted = request.args.get("sort", "")
    sort = Sort(wanted) if wanted in list(Sort) else Sort.RELEVANCE
    actor = current_actor()
    results = search_as_meant(text, actor=actor, filters=filters, sort=sort, page=page_number())
    if not results.query.is_empty and not any(filters.values()):
        note_search(text, is_empty=not results.total)

    def narrowed(facet: str, value: str) -> str:
        """The address of this search with one facet changed."""
        kept = {name: chosen for name, chosen in filters.items() if name != facet}
        order = {"sort": sort.value} if sort is Sort.DATE else {}
        return url_for("search.index", q=text, **order, **kept, **{facet: value or None})

    return render_template(
        "search/index.html", text=text, results=results, sort=sort, narrowed=narrowed
    )


@bp.get("/suggest")
def suggestions() -> Response:
    """Titles and searches that fit what has been typed so far."""
    found = suggest(request.args.get("q", ""), actor=current_actor())
    searches = [
        {"title": text, "kind": _("常搜"), "url": url_for("search.index", q=text)}
        for text in found.searches
    ]
    articles = [
        {"title": f"{one.title.text} {one.passages[0].heading}", "kind": _facts(one),
         "url": one.passages[0].link.url}
        for one in found.articles
    ]  # fmt: skip
    titles = [
        {"title": one.title.text, "kind": _facts(one), "url": one.link.url} for one in found.titles
    ]
    return jsonify(items=[*articles, *searches, *titles])


def _facts(result: Result) -> str:
    """What tells a suggestion from others of the same title: its course, or its year."""
    year = result.dated_on.year if result.dated_on else ""
    return " · ".join(str(one) for one in (result.kind_label, result.context or year) if one)


@bp.get("/similar/<int:entry_id>")
def similar(entry_id: int) -> str:
    """Passages of other documents that are like one passage."""
    found = get_similar(entry_id, actor=current_actor())
    return render_template("search/similar.html", similar=found)


@bp.get("/empty")
def empty() -> str:
    """For administrators: what was searched for in vain."""
    write_searches()
    return render_template("search/empty.html", terms=list_empty())
