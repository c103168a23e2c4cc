"""Addresses: which ids may stand in them, and how a page gets its dozens of links quickly."""

from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from flask import Flask, has_request_context, request
from werkzeug.datastructures import iter_multi_items
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1
MOST_PATHS = 20_000
# What Flask leaves as it is in a query and in an anchor.
PLAIN_IN_QUERY = "!$'()*,/:;?@"
PLAIN_IN_ANCHOR = "%!#$&'()*+,/:;=?@"


class IdConverter(IntegerConverter):
    """An id; one that no database could hold is a page that does not exist."""

    def to_python(self, value: str) -> int:
        """The number; ValidationError, which routing turns into 404, when it is too large."""
        self.max = LARGEST_ID
        return int(super().to_python(value))


class LinkingFlask(Flask):
    """Flask, which keeps the paths that it has built: pages link to the same things all day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: dict[str, tuple[str, ...] | None] = {}
        self._paths: dict[tuple[Any, ...], str] = {}
        self.url_map.converters["int"] = IdConverter

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """What Flask's own gives; a path that was built before is only looked up."""
        names = self._names_in(endpoint)
        is_usual = not (_method or _scheme or _external) and has_request_context()
        if names is None or not is_usual or not values.keys() >= set(names):
            ways = {"_method": _method, "_scheme": _scheme, "_external": _external}
            return super().url_for(endpoint, _anchor=_anchor, **ways, **values)  # type: ignore[arg-type]
        inside = [values.pop(name) for name in names]
        key = (request.script_root, endpoint, *inside)
        path = self._paths.get(key)
        if path is None:
            path = super().url_for(endpoint, **dict(zip(names, inside, strict=True)))
            if len(self._paths) >= MOST_PATHS:
                self._paths.clear()
            self._paths[key] = path
        anchor = "" if _anchor is None else f"#{quote(_anchor, safe=PLAIN_IN_ANCHOR)}"
        return path + (_query(values) if values else "") + anchor

    def _names_in(self, endpoint: str) -> tuple[str, ...] | None:
        """The values that stand in the path; None where there is not just one plain rule."""
        if endpoint not in self._names:
            try:
                rules = list(self.url_map.iter_rules(endpoint))
            except KeyError:
                return None
            is_plain = len(rules) == 1 and not rules[0].defaults
            self._names[endpoint] = tuple(sorted(rules[0].arguments)) if is_plain else None
        return self._names[endpoint]


def _query(values: dict[str, Any]) -> str:
    pairs = [
        f"{quote_plus(name)}={_quoted(str(value))}"
        for name, value in iter_multi_items(values)
        if value is not None
    ]
    return "?" + "&".join(pairs) if pairs else ""


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    return quote_plus(value, safe=PLAIN_IN_QUERY)
