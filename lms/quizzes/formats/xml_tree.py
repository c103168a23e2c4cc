"""XML from strangers: no document types, no entities, not too deep and not too many elements."""

from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from flask_babel import gettext as _

from lms.quizzes.formats.parsed import Unreadable

MAX_DEPTH = 120
MAX_ELEMENTS = 400_000


class TooMuch(Exception):
    """The file nests too deeply or holds too many elements."""


class BoundedBuilder(TreeBuilder):
    """A tree builder that stops before a hostile file fills the memory."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.count = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Count an element that begins."""
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise TooMuch
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        """Note that it has ended."""
        self.depth -= 1
        return super().end(tag)


def parse_xml(data: bytes) -> Element:
    """The root element. Raises Unreadable."""
    parser = DefusedXMLParser(target=BoundedBuilder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise Unreadable(_("文件里有不安全的 XML 声明，没有导入。")) from error
    except TooMuch as error:
        raise Unreadable(_("文件嵌套太深或内容太多，没有导入。")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(_("文件不是完整的 XML，读不下去。")) from error
    return root


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
