"""Where a question comes from: words, and an address inside the text library."""

import re
from dataclasses import dataclass

ADDRESS = re.compile(r"(?:^|\s)(/(?![/\\])[^\s<>\"']*)$")


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is shown; `href` is empty when it is words only."""

    words: str = ""
    href: str = ""


def split_source(text: str) -> Source:
    """The words and the address of a stored source; only addresses of our own are links."""
    found = ADDRESS.search(text.strip())
    if found is None:
        return Source(text.strip())
    return Source(text.strip()[: found.start()].strip(), found[1])


def join_source(words: str, address: str) -> str:
    """The source as it is stored."""
    return " ".join(part for part in (words.strip(), "".join(address.split())) if part)
