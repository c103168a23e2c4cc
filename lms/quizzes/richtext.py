"""Question texts as safe HTML: what may stand in them, and how they reach the page."""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from html import unescape

import nh3
from markupsafe import Markup, escape

from lms.quizzes.definition import Definition, map_texts

MATHML = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot"),
    *("mstyle", "mpadded", "mphantom", "msub", "msup", "msubsup", "munder", "mover"),
    *("munderover", "mmultiscripts", "mprescripts", "mtable", "mtr", "mtd", "semantics"),
}
TAGS = MATHML | {
    *("p", "br", "b", "strong", "i", "em", "u", "s", "sub", "sup", "span", "div", "hr", "a"),
    *("ul", "ol", "li", "blockquote", "pre", "code", "h3", "h4", "h5", "h6", "ruby", "rt", "rp"),
    *("img", "audio", "video", "source", "figure", "figcaption"),
    *("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "math": {"display"},
    "mo": {"stretchy", "fence"},
    "mtable": {"columnalign"},
    "mfrac": {"linethickness"},
}
SCHEMES = {"http", "https", "mailto", "file-id", "attachment"}
FOREIGN_SCHEMES = SCHEMES - {"file-id"}  # a file from outside knows no ids of ours
CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\ufffe\uffff]")
LONE = re.compile("[\ud800-\udfff]")
FILE = re.compile(r"file-id:(\d{1,18})")
# The signed address of a blob, as the editor shows it.
LINK = re.compile(r"(?:https?://[^/\"'\s]+)?/files/b/[^/\"'\s]+/(\d{1,18})/[^\"'\s<>]*")
GAP = re.compile(r"\[\[[^\[\]]{1,20}\]\]")
ANY_TAG = re.compile(r"<[^>]*>")


def clean_html(html: str, schemes: AbstractSet[str] = SCHEMES) -> str:
    """The HTML with everything removed that is not on the lists above."""
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=set(schemes))


def clean_foreign(html: str) -> str:
    """The same for HTML out of a file: what it calls a file of ours is none."""
    return clean_html(html, FOREIGN_SCHEMES)


def clean_plain(text: str) -> str:
    """The text without control characters, which no database and no XML carries."""
    return LONE.sub("", CONTROL.sub("", text))


def clean_definition(
    definition: Definition, clean: Callable[[str], str] = clean_html
) -> Definition:
    """The definition as it may be stored; each question of a passage by its own kind of text."""
    parts = tuple(clean_definition(part, clean) for part in definition.parts)
    bare = replace(definition, parts=()) if parts else definition
    alone: Definition = map_texts(bare, clean_plain)
    if alone.is_html:
        alone = map_texts(alone, clean)
    return replace(alone, parts=parts) if parts else alone


def unlinked(html: str) -> str:
    """The HTML with the addresses of stored files turned back into their ids."""
    return LINK.sub(r"file-id:\1", html)


def linked(html: str, address: Callable[[int], str]) -> str:
    """The HTML with the ids of stored files turned into addresses."""
    return FILE.sub(lambda found: str(escape(address(int(found[1])))), html)


def file_ids(definition: Definition) -> set[int]:
    """The stored files that the question shows."""
    found = {each for part in definition.parts for each in file_ids(part)}
    if not definition.is_html:
        return found

    def look(text: str) -> str:
        found.update(int(each) for each in FILE.findall(text))
        return text

    map_texts(replace(definition, parts=()), look)
    return found


def show(text: str, is_html: bool, address: Callable[[int], str]) -> Markup:
    """The text for a page; `address` gives the address of a stored file by its id."""
    if not is_html:
        return Markup(str(escape(text)).replace("\n", "<br>"))
    return Markup(linked(text, address))


def summary_of(definition: Definition) -> str:
    """The first words of the question as plain text."""
    return plain_of(definition.text, is_html=definition.is_html)[:200]


def plain_of(text: str, *, is_html: bool) -> str:
    """The text in one line without tags, a blank for every gap."""
    if is_html:
        text = unescape(ANY_TAG.sub(" ", text))
    return " ".join(GAP.sub("____", text).split())
