"""The YAML head of a text file, read as plain strings within narrow limits."""

import re
from collections.abc import Mapping
from datetime import date

import yaml

from lms.library.problems import Reason, Unreadable

HEAD = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
MOST_CHARS = 65_536
MOST_FIELDS = 60
MOST_VALUE_CHARS = 8_000


class _PlainLoader(yaml.SafeLoader):
    """Safe values only, and no aliases: they are how a small file grows large."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


def split(text: str) -> tuple[dict[str, str | list[str]], str]:
    """The head's fields and the text below it; a text without a head gives no fields.

    Values are strings or lists of strings; dates come as YYYY-MM-DD. Raises Unreadable with
    BROKEN_FRONT_MATTER.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match = HEAD.match(text[: MOST_CHARS + 8])
    if match is None:
        return {}, text
    try:
        loaded = yaml.load(match[1], Loader=_PlainLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unreadable(Reason.BROKEN_FRONT_MATTER) from None
    if loaded is None:
        return {}, text[match.end() :]
    if not isinstance(loaded, Mapping) or len(loaded) > MOST_FIELDS:
        raise Unreadable(Reason.BROKEN_FRONT_MATTER)
    return {str(key).strip().lower(): _plain(value) for key, value in loaded.items()}, text[
        match.end() :
    ]


def _plain(value: object) -> str | list[str]:
    if isinstance(value, (list, tuple)):
        return [_word(item) for item in value[:MOST_FIELDS] if item is not None]
    return _word(value)


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    return str(value).strip()[:MOST_VALUE_CHARS]
