"""The names of the documents that a person may see, kept until the index changes."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, select

from lms.db import db
from lms.members.policy import Actor
from lms.search.engine import Scope
from lms.search.engines import get_engine
from lms.search.models import SearchDocument
from lms.search.queries import scope_of, seen_by
from lms.search.sources import list_nameless

MOST_NAMED = 50_000  # documents whose names are compared
MOST_KEPT = 16  # scopes


@dataclass(frozen=True, slots=True)
class Names:
    """Folded names: all of them, and of each document the one that people say."""

    all: frozenset[str]
    spoken: frozenset[str]


class _Kept:
    """The names of one version of the index, by the units that they were read for."""

    def __init__(self, version: object) -> None:
        self.version = version
        self.units = frozenset(
            unit_id
            for column in (SearchDocument.audience_unit_id, SearchDocument.owner_unit_id)
            for unit_id in db.session.scalars(select(column).distinct())
        )
        self.names: OrderedDict[Any, Names] = OrderedDict()


def list_names(actor: Actor) -> Names:
    """The names of every document that the person may see.

    What search finds changes with the index, and so do these. Most units have no documents of
    their own, so that what people of many units see is alike.
    """
    scope = scope_of(actor)
    version = get_engine().version()
    if version is None:
        return _read_names(scope)
    kept: _Kept | None = current_app.extensions.get("search_names")
    if kept is None or kept.version != version:
        kept = current_app.extensions["search_names"] = _Kept(version)
    key = kept.units.intersection(scope.audiences), kept.units.intersection(scope.owners)
    names = kept.names.get(key)
    if names is None:
        names = kept.names[key] = _read_names(scope)
        if len(kept.names) > MOST_KEPT:
            kept.names.popitem(last=False)
    return names


def _read_names(scope: Scope) -> Names:
    query = select(SearchDocument.names).where(seen_by(scope), has_name())
    found = db.session.scalars(query.order_by(SearchDocument.id).limit(MOST_NAMED)).all()
    return Names(
        frozenset(name for several in found for name in several),
        # The last names are the shortest ways to say a title.
        frozenset(several[min(1, len(several) - 1)] for several in found if several),
    )


def has_name() -> ColumnElement[bool]:
    """The condition that people ask for a document by its title."""
    return SearchDocument.source.not_in(list_nameless())
