"""Filters and their numbers: from texts that people choose to codes of the index and back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select

from lms.db import db
from lms.search.engine import FACETS, Found, code_of
from lms.search.models import SearchDocument
from lms.search.parsing import Query
from lms.search.sources import kind_labels
from lms.search.spelling import shortens
from lms.search.text import fold, letters

MOST_CHOICES = 12  # of a facet


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, with the number of documents behind it."""

    value: str
    label: Any
    count: int
    is_chosen: bool


def codes_of(chosen: Mapping[str, Collection[str]], query: Query) -> dict[str, set[int]]:
    """The filters as the index knows them, narrowed by the issuers that the query names."""
    codes = {
        name: {int(value) for value in values if value.isdecimal() and len(value) < 5}
        if name == "year"
        else {code_of(value) for value in values}
        for name, values in chosen.items()
        if name in FACETS
    }
    if query.issuers:
        named = {code_of(issuer) for issuer in _list_values("issuer") if _names(issuer, query)}
        codes["issuer"] = codes.get("issuer", named) & named
    return codes


def _names(issuer: str, query: Query) -> bool:
    folded = letters(fold(issuer))
    return all(part in folded or shortens(part, folded) for part in query.issuers)


def _list_values(facet: str) -> list[str]:
    column = getattr(SearchDocument, facet)
    return [value for value in db.session.scalars(select(column).distinct()) if value]


def read_facets(found: Found, chosen: Mapping[str, Collection[str]]) -> dict[str, Sequence[Choice]]:
    """The choices of every facet that has any."""
    return {
        facet: _choices(facet, found.counts.get(facet, {}), chosen.get(facet, ()))
        for facet in FACETS
    }


def _choices(facet: str, counts: Mapping[int, int], chosen: Collection[str]) -> list[Choice]:
    if not any(counts) and not chosen:
        return []
    labels = kind_labels() if facet == "kind" else {}
    by_value = {_value(facet, code): count for code, count in counts.items() if code}
    by_value = {value: by_value.get(value, 0) for value in (*by_value, *chosen) if value}
    choices = [
        Choice(value, labels.get(value, value), count, value in chosen)
        for value, count in by_value.items()
    ]
    if facet == "year":
        choices.sort(key=lambda choice: choice.value, reverse=True)
    else:
        choices.sort(key=lambda choice: (-choice.count, choice.value))
    return choices[:MOST_CHOICES]


def _value(facet: str, code: int) -> str:
    """What a code of the index stands for; "" while the index is ahead of the texts."""
    if facet == "year":
        return str(code)
    # A text always has the same code, so what was read once stays right.
    known: dict[int, str] = current_app.extensions.setdefault("search_codes", {})
    if code not in known:
        known.update((code_of(value), value) for value in _list_values(facet))
    return known.get(code, "")
