"""Writing Moodle XML, the other side of `moodle_xml`; files travel inside, in base64."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from lms.quizzes.definition import GAP_MARK, ONE, Definition, Gap, GapKind, Kind, plain_decimal
from lms.quizzes.formats.gift_writer import shared_weights
from lms.quizzes.formats.moodle_xml import ORDERING_RULES
from lms.quizzes.formats.parsed import ParsedQuestion

TYPES = {
    Kind.SINGLE: "multichoice",
    Kind.MULTIPLE: "multichoice",
    Kind.TRUE_FALSE: "truefalse",
    Kind.SHORT: "shortanswer",
    Kind.NUMERIC: "numerical",
    Kind.MATCHING: "matching",
    Kind.ORDERING: "ordering",
    Kind.ESSAY: "essay",
    Kind.CLOZE: "cloze",
    Kind.FILL_IN: "cloze",
}
ATTACHMENT = re.compile(r"attachment:([^\"'\s<>]+)")


class Writer:
    """Builds the elements of one file."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def text(self, parent: Element, name: str, text: str, *, is_html: bool) -> Element:
        """A text element with its format and the files it links to."""
        element = SubElement(parent, name, {"format": "html" if is_html else "plain_text"})
        names = [found for found in ATTACHMENT.findall(text) if found in self.files]
        for found in names:
            text = text.replace(f"attachment:{found}", f"@@PLUGINFILE@@/{found}")
        SubElement(element, "text").text = text
        for found in dict.fromkeys(names):
            entry = SubElement(element, "file", {"name": found, "path": "/", "encoding": "base64"})
            entry.text = base64.b64encode(self.files[found]).decode()
        return element

    def question(self, parent: Element, definition: Definition) -> None:
        """One question element."""
        element = SubElement(parent, "question", {"type": TYPES[definition.kind]})
        SubElement(SubElement(element, "name"), "text").text = definition.title
        html = definition.is_html
        text = definition.text
        for gap in definition.gaps:
            text = text.replace(GAP_MARK.format(key=gap.key), _cloze(gap))
        self.text(element, "questiontext", text, is_html=html)
        for name, content in (
            ("generalfeedback", definition.explanation),
            ("correctfeedback", definition.feedback_right),
            ("partiallycorrectfeedback", definition.feedback_partly),
            ("incorrectfeedback", definition.feedback_wrong),
        ):
            if content:
                self.text(element, name, content, is_html=html)
        SubElement(element, "defaultgrade").text = plain_decimal(definition.points)
        SubElement(element, "penalty").text = plain_decimal(definition.penalty_fraction)
        ADDERS[definition.kind](self, element, definition)

    def answer(
        self, parent: Element, text: str, share: Decimal, feedback: str, *, is_html: bool
    ) -> Element:
        """An answer with its weight."""
        element = self.text(parent, "answer", text, is_html=is_html)
        element.set("fraction", plain_decimal(share * 100))
        if feedback:
            self.text(element, "feedback", feedback, is_html=is_html)
        return element


def write_moodle_xml(
    questions: Sequence[ParsedQuestion], files: Mapping[str, bytes] | None = None
) -> bytes:
    """The questions as Moodle XML; passages are left out, because Moodle has none."""
    root = Element("quiz")
    writer = Writer(files or {})
    category: tuple[str, ...] | None = None
    for question in questions:
        if question.definition is None or question.definition.kind not in TYPES:
            continue
        if question.category != (category or ()):
            category = question.category
            parent = SubElement(SubElement(root, "question", {"type": "category"}), "category")
            names = (name.replace("/", "//") for name in category)
            SubElement(parent, "text").text = "/".join(("$course$", "top", *names))
        writer.question(root, question.definition)
        if question.tags:
            tags = SubElement(root[-1], "tags")
            for tag in question.tags:
                SubElement(SubElement(tags, "tag"), "text").text = tag
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _choice(writer: Writer, element: Element, definition: Definition) -> None:
    is_single = definition.kind == Kind.SINGLE
    SubElement(element, "single").text = "true" if is_single else "false"
    SubElement(element, "shuffleanswers").text = "1" if definition.shuffles else "0"
    weights = [option.weight for option in definition.options]
    if not is_single:
        weights = shared_weights(definition)
    for option, weight in zip(definition.options, weights, strict=True):
        writer.answer(element, option.text, weight, option.feedback, is_html=definition.is_html)


def _true_false(writer: Writer, element: Element, definition: Definition) -> None:
    for option in definition.options:
        writer.answer(
            element, option.key, option.weight, option.feedback, is_html=definition.is_html
        )


def _short(writer: Writer, element: Element, definition: Definition) -> None:
    SubElement(element, "usecase").text = "0" if definition.folding.case else "1"
    for entry in definition.accepted:
        writer.answer(
            element, entry.text, entry.fraction, entry.feedback, is_html=definition.is_html
        )


def _numeric(writer: Writer, element: Element, definition: Definition) -> None:
    for number in definition.numbers:
        answer = writer.answer(
            element,
            plain_decimal(number.value),
            number.fraction,
            number.feedback,
            is_html=definition.is_html,
        )
        SubElement(answer, "tolerance").text = plain_decimal(number.tolerance)
    if definition.units:
        units = SubElement(element, "units")
        for unit in definition.units:
            entry = SubElement(units, "unit")
            SubElement(entry, "multiplier").text = plain_decimal(unit.factor)
            SubElement(entry, "unit_name").text = unit.name
    SubElement(element, "unitgradingtype").text = "1" if definition.needs_unit else "0"


def _matching(writer: Writer, element: Element, definition: Definition) -> None:
    texts = {choice.key: choice.text for choice in definition.choices}
    SubElement(element, "shuffleanswers").text = "1" if definition.shuffles else "0"
    used = {stem.match for stem in definition.stems}
    pairs = [(stem.text, texts.get(stem.match, "")) for stem in definition.stems]
    pairs += [("", choice.text) for choice in definition.choices if choice.key not in used]
    for left, right in pairs:
        sub = writer.text(element, "subquestion", left, is_html=definition.is_html)
        SubElement(SubElement(sub, "answer"), "text").text = right


def _ordering(writer: Writer, element: Element, definition: Definition) -> None:
    numbers = {rule: number for number, rule in reversed(ORDERING_RULES.items())}
    SubElement(element, "gradingtype").text = numbers.get(definition.rule, "-1")
    for place, item in enumerate(definition.items, 1):
        answer = writer.text(element, "answer", item.text, is_html=definition.is_html)
        answer.set("fraction", str(place))


def _essay(writer: Writer, element: Element, definition: Definition) -> None:
    SubElement(element, "attachments").text = "-1" if definition.allows_files else "0"
    if definition.accepted:
        writer.text(element, "graderinfo", definition.accepted[0].text, is_html=definition.is_html)


def _nothing(writer: Writer, element: Element, definition: Definition) -> None:
    """The answers of a cloze stand in its text."""


def _escape(text: str) -> str:
    return re.sub(r"([}~#\\=%])", r"\\\1", text)


def _cloze(gap: Gap) -> str:
    def entry(share: Decimal, text: str, feedback: str) -> str:
        sign = "=" if share == 1 else f"%{plain_decimal(share * 100)}%"
        return f"{sign}{_escape(text)}" + (f"#{_escape(feedback)}" if feedback else "")

    if gap.kind == GapKind.TEXT:
        name, entries = (
            "SHORTANSWER",
            [entry(each.fraction, each.text, each.feedback) for each in gap.accepted],
        )
    elif gap.kind == GapKind.NUMBER:
        name, entries = (
            "NUMERICAL",
            [
                entry(
                    each.fraction,
                    f"{plain_decimal(each.value)}:{plain_decimal(each.tolerance)}",
                    each.feedback,
                )
                for each in gap.numbers
            ],
        )
    elif gap.kind == GapKind.CHOICES:
        # Every share is written, so that Moodle takes them as they are.
        name, entries = (
            "MULTIRESPONSE",
            [
                f"%{plain_decimal(each.weight * 100)}%{entry(ONE, each.text, each.feedback)[1:]}"
                for each in gap.options
            ],
        )
    else:
        name, entries = (
            "MULTICHOICE",
            [entry(each.weight, each.text, each.feedback) for each in gap.options],
        )
    return f"{{{plain_decimal(gap.weight)}:{name}:{'~'.join(entries)}}}"


ADDERS: dict[Kind, Callable[[Writer, Element, Definition], None]] = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.TRUE_FALSE: _true_false,
    Kind.SHORT: _short,
    Kind.NUMERIC: _numeric,
    Kind.MATCHING: _matching,
    Kind.ORDERING: _ordering,
    Kind.ESSAY: _essay,
    Kind.CLOZE: _nothing,
    Kind.FILL_IN: _nothing,
}
