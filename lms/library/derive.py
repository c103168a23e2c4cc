"""Reads from a text how it stands to others: what it implements, what it amends."""

import re
from collections.abc import Iterable

from lms.library.fields import RelationKind
from lms.library.titles import name_key

LOOK_AT = 3  # paragraphs; the purpose stands at the beginning
MOST = 6
_BASED_ON = re.compile(
    r"(?:根据|依据|依照|按照)(《[^。；]{2,200}?)(?:，|,)?(?:结合[^。；]{1,60}，)?(?:特)?制定(?:本|了?以下)"
)
_BOOK = re.compile(r"《([^《》]{2,80})》")
_ASIDE = re.compile(r"[（(]以下(?:简称|称)[^（()）]{1,40}[）)]")
_AMENDMENT = re.compile(r"(.{2,60})修正案(?:[（(][^（()）]{1,12}[）)])?\Z")
_DECISION = re.compile(r"关于修改[〈<《]?(.{2,60}?)[〉>》]?(?:的决定|部分条款的决定|等)")


def derive_relations(title: str, paragraphs: Iterable[str]) -> list[tuple[RelationKind, str]]:
    """The relations that title and beginning state in so many words, each once."""
    found: list[tuple[RelationKind, str]] = []
    for pattern in (_AMENDMENT, _DECISION):
        if match := pattern.search(title):
            found.append((RelationKind.AMENDS, match[1]))
    for text in paragraphs:
        if match := _BASED_ON.search(text):
            books = _BOOK.findall(_ASIDE.sub("", match[1]))
            found += [(RelationKind.IMPLEMENTS, book) for book in books]
            break
    own = name_key(title)
    once = {(kind, name_key(book)): book for kind, book in reversed(found) if name_key(book) != own}
    return [(kind, book) for (kind, _key), book in reversed(once.items())][:MOST]
