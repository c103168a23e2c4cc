"""QTI 2.1, 2.2 and 3.0: the text of an item, its declarations and its files.

Version 3.0 writes qti-choice-interaction and response-identifier where 2.x writes
choiceInteraction and responseIdentifier; both are read under the 2.x names.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from html import escape
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from flask_babel import gettext as _

from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.formats.archive import read_member
from lms.quizzes.formats.parsed import Unreadable
from lms.quizzes.formats.xml_tree import local
from lms.quizzes.richtext import TAGS

INLINE = ("textEntryInteraction", "inlineChoiceInteraction")
BLOCKS = (
    "choiceInteraction",
    "orderInteraction",
    "associateInteraction",
    "matchInteraction",
    "gapMatchInteraction",
    "extendedTextInteraction",
    "hottextInteraction",
)
HIDDEN = (
    "feedbackInline",
    "feedbackBlock",
    "modalFeedback",
    "rubricBlock",
    "templateInline",
    "prompt",
)
WRAPPED = re.compile(r"^<(p|div)>(.*)</\1>$", re.DOTALL)
BREAK = re.compile(r"<br\s*/?>")
FILE_LIMIT = 20 * 1024 * 1024


@dataclass(slots=True)
class Resources:
    """The files of a package that items refer to; they become attachments."""

    archive: ZipFile | None
    folder: str
    found: dict[str, bytes] = field(default_factory=dict)

    def address(self, link: str) -> str:
        """The attachment for a link, or the link itself when the package has no such file."""
        if self.archive is None or re.match(r"^[a-z]+:", link):
            return link
        target = str(PurePosixPath(self.folder) / link) if self.folder != "." else link
        if (
            target not in self.archive.namelist()
            or self.archive.getinfo(target).file_size > FILE_LIMIT
        ):
            return link
        try:
            data = read_member(self.archive, target)
        except Unreadable:
            return link
        name = f"{hashlib.sha256(data).hexdigest()[:12]}-{PurePosixPath(target).name}"
        self.found[name] = data
        return f"attachment:{name}"

    def links(self, html: str) -> str:
        """The HTML with its src attributes turned into attachments."""
        return re.sub(
            r'src="([^"]*)"', lambda found: f'src="{escape(self.address(found[1]))}"', html
        )


@dataclass(slots=True)
class Declared:
    """A response declaration: what is right, and what single values are worth."""

    cardinality: str
    base_type: str
    right: list[str]
    mapping: dict[str, Decimal]


@dataclass(slots=True)
class Body:
    """The item's text with gap marks, and the interactions met on the way."""

    resources: Resources
    html: str = ""
    inline: list[Element] = field(default_factory=list)
    blocks: list[Element] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def name_of(element: Element) -> str:
    """The element's name as version 2 writes it."""
    name = local(element.tag)
    if name.startswith("qti-"):
        head, *rest = name[4:].split("-")
        return head + "".join(part.capitalize() for part in rest)
    return name


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute under its name in version 2 or 3."""
    kebab = re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), name)
    return element.get(name) or element.get(kebab) or default


def inside(element: Element, *names: str) -> list[Element]:
    """The elements below with one of these names."""
    return [each for each in element.iter() if name_of(each) in names and each is not element]


def declaration(element: Element) -> Declared:
    """A response declaration. Raises BadAnswer."""
    right = [
        (value.text or "").strip()
        for answer in inside(element, "correctResponse")
        for value in inside(answer, "value")
    ]
    mapping = {}
    for entry in inside(element, "mapEntry"):
        try:
            value = Decimal(attribute(entry, "mappedValue", "0"))
        except InvalidOperation as error:
            raise BadAnswer(_("得分比例不是数。")) from error
        mapping[attribute(entry, "mapKey")] = value
    return Declared(
        attribute(element, "cardinality"), attribute(element, "baseType"), right, mapping
    )


def serialize(element: Element, body: Body, *, mark: Callable[[Element], str] | None = None) -> str:
    """The inner HTML of an element; interactions go into `body`, inline ones leave a gap mark."""
    pieces = [escape(element.text or "", quote=False)]
    for each in element:
        pieces.append(_piece(each, body, mark))
        pieces.append(escape(each.tail or "", quote=False))
    return re.sub(r"[ \t\r\n]+", " ", "".join(pieces))


def _piece(each: Element, body: Body, mark: Callable[[Element], str] | None) -> str:
    name = name_of(each)
    if mark is not None and name in ("gap", "hottext"):
        return mark(each)
    if name in INLINE:
        body.inline.append(each)
        return f"[[{len(body.inline)}]]"
    if name in BLOCKS:
        body.blocks.append(each)
        return ""
    if name.endswith("Interaction"):
        body.unknown.append(name)
        return ""
    if name in HIDDEN:
        return ""
    inner = serialize(each, body, mark=mark)
    if name not in TAGS:
        return inner
    attributes = ""
    for key, value in each.attrib.items():
        key = local(key)
        if key in ("src", "data"):
            attributes += f' src="{escape(body.resources.address(value))}"'
        elif key in ("alt", "width", "height", "colspan", "rowspan", "href"):
            attributes += f' {key}="{escape(value)}"'
    return (
        f"<{name}{attributes}>"
        if name in ("br", "img", "hr")
        else f"<{name}{attributes}>{inner}</{name}>"
    )
