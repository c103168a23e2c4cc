"""Help with asking: titles as one types, near names when nothing was found, similar passages."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import rjieba
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select

from lms.db import db
from lms.errors import NotFound
from lms.members.policy import Actor
from lms.search.engine import Request, Scope
from lms.search.meaning import (
    RULE,
    has_abbreviation,
    has_number,
    in_other_numerals,
    list_either,
    list_meant,
    list_named,
)
from lms.search.models import SearchDocument, SearchEntry
from lms.search.names import has_name, list_names
from lms.search.parsing import ARTICLE_FORM, Query, Word, parse
from lms.search.queries import (
    Answer,
    Result,
    Results,
    ask,
    look_up,
    read_answer,
    read_letters,
    read_result,
    read_results,
    scope_of,
    search,
    seen_by,
)
from lms.search.ranking import NAME_BONUS
from lms.search.spelling import abbreviates, list_near
from lms.search.terms import list_frequent
from lms.search.text import fold, letters

MOST_ASKED = 60  # characters that suggestions look at
MOST_TITLES = 8
MOST_ARTICLES = 3
MOST_SCATTERED = 20  # characters that are looked for one by one in titles
MOST_FREQUENT = 3
LEAST_FREQUENT = 5  # searches before others are offered a text
MOST_NEAR = 4
MOST_WORDS = 24  # of a passage that similar ones are looked for by
MOST_SIMILAR = 6
NAMED = NAME_BONUS / 10  # of a partial match, beyond what terms alone come to
LITTLE = 0.15  # share of the terms in what is shown rather than nothing
LEAST_SIMILAR = 0.15  # share of a passage's words that a similar one has


# An article that is still being typed: 第, 第二, 第二十条.
UNFINISHED = re.compile(r"第[零〇一二两三四五六七八九十百千0-9]{0,9}(?:条\S*)?$")


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is offered below the box."""

    titles: Sequence[Result]
    searches: Sequence[str]
    articles: Sequence[Result] = ()  # with the article that was asked for as their only passage


@dataclass(frozen=True, slots=True)
class Similar:
    """A passage and passages like it in other documents."""

    document: Result
    heading: str
    text: str
    results: Sequence[Result]


def suggest(text: str, *, actor: Actor) -> Suggestions:
    """Titles that the person may see and that fit what has been typed, and frequent searches."""
    asked = text[:MOST_ASKED].strip()
    if not letters(fold(asked)):
        return Suggestions([], [])
    frequent = list_frequent(asked, least=LEAST_FREQUENT, limit=MOST_FREQUENT)
    # What others search for is offered only where it finds something for this person too.
    useful = [one for one in frequent if look_up(one, actor=actor, limit=1).found.total]
    return Suggestions(_list_titles(asked, scope_of(actor)), useful, _list_articles(asked, actor))


def _list_articles(asked: str, actor: Actor) -> list[Result]:
    """The article that was typed in full, such as 安全生产法 第二十条, in the likeliest texts."""
    query = parse(asked)
    if not (query.wants_articles and query.words):
        return []
    found = search(asked, actor=actor, limit=MOST_ARTICLES).whole
    return [replace(one, passages=one.passages[:1]) for one in found if one.passages]


def _list_titles(asked: str, scope: Scope) -> list[Result]:
    folded = fold(asked)
    typed = letters(UNFINISHED.sub("", folded)) or letters(folded)
    parts = [part for word in folded.split() if (part := letters(UNFINISHED.sub("", word)))]
    fits = and_(*(_title_holds(part) for part in parts or [typed]))
    if typed.isascii():
        fits |= SearchDocument.pinyin.contains(typed, autoescape=True)
    rows = _read_titled(scope, fits)
    if len(rows) < MOST_TITLES and 1 < len(typed) <= MOST_SCATTERED and not typed.isascii():
        known = {row.id for row in rows}
        scattered = and_(*(_title_holds(char) for char in set(typed)))
        more = [row for row in _read_titled(scope, scattered) if _is_named(row, typed)]
        rows += [row for row in more if row.id not in known]

    def rank(row: SearchDocument) -> tuple[bool, bool, int, int]:
        begins = any(str(name).startswith(typed) for name in row.names)
        shortest = min((len(str(name)) for name in row.names), default=0)
        day = row.dated_on.toordinal() if row.dated_on else 0
        return not begins, typed not in row.folded_title, shortest, -day

    parsed = parse(asked)
    return [read_result(row, parsed) for row in sorted(rows, key=rank)[:MOST_TITLES]]


def _title_holds(part: str) -> ColumnElement[bool]:
    return SearchDocument.folded_title.contains(part, autoescape=True)


def _is_named(row: SearchDocument, typed: str) -> bool:
    """Whether a name holds what was typed, marks and spaces aside, or is abbreviated by it."""
    return any(typed in str(name) or abbreviates(typed, str(name)) for name in row.names)


def _read_titled(scope: Scope, fits: ColumnElement[bool]) -> list[SearchDocument]:
    query = select(SearchDocument).where(seen_by(scope), has_name(), fits)
    return list(db.session.scalars(query.order_by(func.length(SearchDocument.title)).limit(60)))


def search_as_meant(text: str, *, actor: Actor, **asked: Any) -> Results:
    """Search; where nothing holds all that was typed, for what a name in it stands for.

    So too where texts hold an abbreviation, or a name with a number behind it: what is called so
    is meant, not what speaks of it. Where there is nothing at all, even what holds little of it is
    better than an empty page; near names are offered beside it.
    """
    answer = look_up(text, actor=actor, **asked)
    if answer.query.is_empty or answer.is_degraded:
        return read_answer(answer)
    if answer.found.total:
        results = _by_name(answer, actor, asked) or read_answer(answer)
        return replace(results, near=_in_other_numerals(answer.query, actor, asked))
    names, meant = list_names(actor), ""
    for one in list_meant(answer.query, names.all):
        other = look_up(one, actor=actor, **asked)
        if other.found.total:
            return replace(read_answer(other), meant=one)
        if not meant and _is_named_so(other):
            answer, meant = other, one
    if either := list_either(answer.query, names.all):
        first = [search(one, actor=actor, **asked).results[:1] for one in either]
        shown = [one for several in first for one in several]
        return replace(read_answer(answer), results=shown, total=len(shown), near=either)
    near = _list_near(answer.query, names.spoken)
    if not answer.found.documents:
        answer = look_up(text, actor=actor, least_coverage=LITTLE, **asked)
    return replace(read_answer(answer), meant=meant, near=near)


def _by_name(answer: Answer, actor: Actor, asked: dict[str, Any]) -> Results | None:
    """What is called by an abbreviation or has the number behind its name; None for none."""
    # Where a text is called so already, nothing else is meant.
    is_short = has_abbreviation(answer.query) and not _is_named_so(answer)
    if not is_short and not has_number(answer.query):
        return None
    for one in list_named(answer.query, list_names(actor).all):
        other = look_up(one, actor=actor, **asked)
        if other.found.total:
            return replace(read_answer(other), meant=one)
    return None


def _in_other_numerals(query: Query, actor: Actor, asked: dict[str, Any]) -> list[str]:
    """The same search with its numerals written in the other way, where that finds something."""
    other = in_other_numerals(query)
    return [other] if other and look_up(other, actor=actor, **asked).found.total else []


def _is_named_so(answer: Answer) -> bool:
    """Whether the best document is called what was asked for."""
    best = answer.found.documents[:1]
    return bool(best) and best[0].score >= NAMED


def _list_near(query: Query, names: Collection[str]) -> list[str]:
    """Near names, with the articles that were asked for."""
    typed = "".join(word.text for word in query.words)
    articles = "".join(f" {form}" for form in ARTICLE_FORM.findall(query.typed))
    ruling = [name for name in names if articles and RULE.search(name)]  # no course has articles
    near = list_near(typed, ruling, MOST_NEAR) or list_near(typed, names, MOST_NEAR)
    near = [one for one in near if one.name != typed]
    return [f"{one.name}{articles}" for one in near]


def get_similar(entry_id: int, *, actor: Actor) -> Similar:
    """Passages of other documents that are like this one; NotFound for what may not be seen."""
    scope = scope_of(actor)
    row = db.session.execute(
        select(SearchDocument, SearchEntry)
        .join(SearchEntry, SearchEntry.document_id == SearchDocument.id)
        .where(SearchEntry.id == entry_id, seen_by(scope))
    ).first()
    if row is None:
        raise NotFound(_("没有找到这段文字，它可能已被修改。"))
    document, entry = row
    query = Query(typed="", words=tuple(_typical_words(entry.text)))
    request = Request(
        query,
        scope,
        read_letters,
        limit=MOST_SIMILAR + 1,
        entries_each=2,
        least_coverage=LEAST_SIMILAR,
    )
    found, _is_degraded = ask(request)
    results = [
        result
        for result in read_results(found, query)
        if result.document_id != document.id and result.passages
    ]
    shown = read_result(document, query)
    return Similar(shown, entry.heading, entry.text, results[:MOST_SIMILAR])


def _typical_words(text: str) -> list[Word]:
    """The longest different words of a passage; short ones are in every text."""
    found = dict.fromkeys(word for word in rjieba.cut(fold(text[:2000])) if len(word) > 1)
    words = [word for name in sorted(found, key=len, reverse=True) for word in parse(name).words]
    return words[:MOST_WORDS]
