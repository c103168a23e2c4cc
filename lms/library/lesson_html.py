"""The HTML of text lessons: made safe when saved, given anchors and links when shown."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from lxml import etree, html
from markdown_it import MarkdownIt

from lms.library.citations import Reference
from lms.library.encodings import CONTROL

TAGS = {
    "p", "h2", "h3", "h4", "strong", "em", "u", "s", "ul", "ol", "li", "blockquote", "a", "img",
    "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "br", "hr", "pre", "code",
    "sup", "sub",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
RENAMED = {"h1": "h2", "h5": "h4", "h6": "h4", "b": "strong", "i": "em", "del": "s", "strike": "s"}
MOST_CHARS = 500_000
BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote", "td", "th", "pre", "figcaption")
_RENAME = re.compile(r"<(/?)(h1|h5|h6|b|i|del|strike)(?=[\s>/])", re.IGNORECASE)
_OWN_IMAGE = re.compile(r"\A(?:image:|(?:https?://[^/]+)?/library/lessons/\d+/images/)(\d{1,18})\Z")
_EMPTY = re.compile(r"<p>(?:\s|<br\s*/?>|&nbsp;)*</p>")


def sanitise(raw: str) -> str:
    """Safe HTML of what an editor or a file gave: no scripts, styles, foreign pictures or classes.

    Pictures of our own become image:<blob id>; headings begin at h2, the page has the h1.
    """
    plain = CONTROL.sub("", raw).replace("\x0c", " ")
    renamed = _RENAME.sub(lambda tag: f"<{tag[1]}{RENAMED[tag[2].lower()]}", plain)
    clean = nh3.clean(
        renamed,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_filter,
        clean_content_tags={"script", "style", "title", "template"},
        url_schemes={"http", "https", "mailto", "image"},
        link_rel="noopener noreferrer",
    )
    clean = CONTROL.sub("", clean)  # those that were written as references, too
    return _EMPTY.sub("", clean).strip()


def _filter(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        match = _OWN_IMAGE.match(value)
        return f"image:{match[1]}" if match else None
    if tag == "a" and name == "href" and value.startswith("image:"):
        return None
    return value


def renumber_images(raw: str, blobs: Sequence[int | None]) -> str:
    """HTML whose pictures image:0, image:1, … are these blobs; None drops the picture."""

    def named(match: re.Match[str]) -> str:
        number = int(match[1])
        blob_id = blobs[number] if number < len(blobs) else None
        return f'src="image:{blob_id}"' if blob_id else ""

    return re.sub(r'src="image:(\d{1,9})"', named, raw)


def image_ids(clean: str) -> set[int]:
    """The blobs that the HTML shows."""
    return {int(found) for found in re.findall(r'src="image:(\d+)"', clean)}


def from_markdown(text: str) -> str:
    """Safe HTML of a Markdown text."""
    return sanitise(MarkdownIt("commonmark").enable("table").render(text))


def from_plain(text: str) -> str:
    """HTML of what was typed without an editor: a blank line ends a paragraph."""
    if text.lstrip().startswith("<"):
        return sanitise(text)
    return from_markdown(text)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or heading of a lesson: what it can be found and linked by."""

    anchor: str
    heading: str
    text: str


def blocks_of(clean: str) -> list[Block]:
    """The lesson's paragraphs in order, each with the heading above it."""
    heading = ""
    found: list[Block] = []
    for element, anchor in _anchored(_tree(clean)):
        text = " ".join(element.text_content().split())
        if element.tag in ("h2", "h3", "h4"):
            heading = text[:120]
        if text:
            found.append(Block(anchor, heading if heading != text else "", text))
    return found


def count_chars(clean: str) -> int:
    """The number of characters that are read."""
    return len("".join(_tree(clean).text_content().split()))


def show(
    clean: str,
    *,
    image_url: Callable[[int], str],
    references: Callable[[str], list[Reference]],
    href: Callable[[Reference], str],
) -> str:
    """The HTML for the page: anchors on blocks, addresses of pictures, links on what is cited."""
    tree = _tree(clean)
    for element, anchor in _anchored(tree):
        element.set("id", anchor)
    for image in tree.iter("img"):
        source = image.get("src", "")
        image.set("alt", image.get("alt") or "")
        image.set("loading", "lazy")
        if source.startswith("image:"):
            image.set("src", image_url(int(source.removeprefix("image:"))))
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element.tag not in ("a", "pre", "code"):
            _link_texts(element, references, href)
    return _inner(tree)


def texts_of(clean: str) -> list[str]:
    """All pieces of text between tags."""
    return list(_tree(clean).itertext())


def _tree(clean: str) -> Any:
    return html.fragment_fromstring(clean or "<p></p>", create_parent="div")


def _anchored(tree: Any) -> list[tuple[Any, str]]:
    """Blocks without a block inside them, with their anchors."""
    blocks = [
        element
        for element in tree.iter(*BLOCKS)
        if not any(True for inner in element.iter(*BLOCKS) if inner is not element)
    ]
    return [(element, f"t{number}") for number, element in enumerate(blocks, start=1)]


def _link_texts(
    element: Any, references: Callable[[str], list[Reference]], href: Callable[[Reference], str]
) -> None:
    """Link the texts directly inside `element`; those of its children come with their turn."""
    if any(parent.tag == "a" for parent in element.iterancestors()):
        return
    for child in reversed(list(element)):
        if child.tail:
            pieces = _pieces(child.tail, references, href)
            if pieces:
                child.tail = pieces[0]
                place = element.index(child) + 1
                for offset, link in enumerate(pieces[1]):
                    element.insert(place + offset, link)
    if element.text:
        pieces = _pieces(element.text, references, href)
        if pieces:
            element.text = pieces[0]
            for offset, link in enumerate(pieces[1]):
                element.insert(offset, link)


def _pieces(
    text: str, references: Callable[[str], list[Reference]], href: Callable[[Reference], str]
) -> tuple[str, list[Any]] | None:
    """The text before the first link, and the links with the text after each."""
    linked = [(one, href(one)) for one in references(text)]
    linked = [(one, url) for one, url in linked if url]
    if not linked:
        return None
    links: list[Any] = []
    ends = [one.start for one, _url in linked[1:]] + [len(text)]
    for (one, url), end in zip(linked, ends, strict=True):
        link = etree.Element("a", href=url)
        link.text = text[one.start : one.end]
        link.tail = text[one.end : end]
        links.append(link)
    return text[: linked[0][0].start], links


def _inner(tree: Any) -> str:
    text = html.tostring(tree, encoding="unicode")
    return text.removeprefix("<div>").removesuffix("</div>")
