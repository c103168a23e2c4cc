"""XML from strangers: no document types, no entities, not too deep and not too many elements."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from flask_babel import gettext as _

from lms.quizzes.formats.parsed import Unreadable

MAX_DEPTH = 120
MAX_ELEMENTS = 200_000
MAX_CHARS = 12_000_000
CHUNK_BYTES = 65_536


class TooMuch(Exception):
    """The file nests too deeply or holds too many elements."""


class BoundedBuilder(TreeBuilder):
    """A tree builder that stops before a hostile file fills the memory.

    With `piece` each such child of the root is put aside whole and leaves the tree.
    """

    def __init__(self, piece: str = "") -> None:
        super().__init__()
        self.depth = self.count = self.chars = 0
        self.piece = piece
        self.root: Element | None = None
        self.pieces: list[Element] = []

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Count an element that begins."""
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise TooMuch
        element = super().start(tag, attrs)
        self.root = element if self.root is None else self.root
        return element

    def data(self, text: str) -> None:
        """Count text."""
        self.chars += len(text)
        if self.chars > MAX_CHARS:
            raise TooMuch
        super().data(text)

    def end(self, tag: str) -> Element:
        """Note that an element has ended."""
        self.depth -= 1
        element = super().end(tag)
        if self.depth == 1 and tag == self.piece and self.root is not None:
            self.root.remove(element)
            self.pieces.append(element)
            self.count = self.chars = 0
        return element


def parse_xml(data: bytes) -> Element:
    """The root element. Raises Unreadable."""
    builder = BoundedBuilder()
    for _piece in _fed(data, builder):
        pass
    assert builder.root is not None  # a file without any is refused as incomplete
    return builder.root


def parse_pieces(data: bytes, *, root: str, piece: str) -> Iterator[Element]:
    """The children `piece` of the root, one at a time, forgotten as they are taken.

    Raises Unreadable, also when the root is another.
    """
    builder = BoundedBuilder(piece)
    for element in _fed(data, builder):
        if builder.root is not None and builder.root.tag == root:
            yield element
    if builder.root is None or builder.root.tag != root:
        raise Unreadable(_("这不是 Moodle 的题目文件。"))


def _fed(data: bytes, builder: BoundedBuilder) -> Iterator[Element]:
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        for start in range(0, len(data), CHUNK_BYTES):
            parser.feed(data[start : start + CHUNK_BYTES])
            taken, builder.pieces = builder.pieces, []
            yield from taken
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable(_("文件里有不安全的 XML 声明，没有导入。")) from error
    except TooMuch as error:
        raise Unreadable(_("文件嵌套太深或内容太多，没有导入。")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(_("文件不是完整的 XML，读不下去。")) from error


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rsplit("}", 1)[-1]


def children(element: Element, *names: str) -> list[Element]:
    """The direct children with one of these local names."""
    return [child for child in element if local(child.tag) in names]


def child(element: Element, name: str) -> Element | None:
    """The first direct child of that local name."""
    return next(iter(children(element, name)), None)


def descendants(element: Element, *names: str) -> list[Element]:
    """All elements below with one of these local names, in document order."""
    return [each for each in element.iter() if local(each.tag) in names and each is not element]


def text_of(element: Element | None) -> str:
    """All text inside an element."""
    return "".join(element.itertext()).strip() if element is not None else ""
