"""Moodle XML: reading. Writing is in `moodle_xml_writer`, the cloze syntax in `cloze`."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element

from flask_babel import gettext as _

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Definition,
    Folding,
    Gap,
    GapKind,
    Item,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    Tolerance,
    Unit,
    key_letter,
)
from lms.quizzes.formats.answers import BadAnswer, true_false_options
from lms.quizzes.formats.cloze import read_cloze
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, checked, collect
from lms.quizzes.formats.xml_tree import child, children, parse_pieces, text_of

# question/type/ordering/question.php of Moodle: its grading types by number.
ORDERING_RULES = {
    "-1": Rule.ALL_OR_NOTHING,
    "0": Rule.POSITION,
    "1": Rule.NEXT,
    "2": Rule.NEXT,
    "3": Rule.NEIGHBOURS,
    "4": Rule.PAIRS,
    "5": Rule.LONGEST_SUBSET,
    "6": Rule.LONGEST_RUN,
    "7": Rule.POSITION,
}


@dataclass(slots=True)
class Files:
    """The files met so far, by a name that their contents make unique."""

    found: dict[str, bytes] = field(default_factory=dict)
    count: int = 0

    def text(self, element: Element | None) -> str:
        """The text of an element, its links to files turned into attachments."""
        if element is None:
            return ""
        text = text_of(child(element, "text"))
        for entry in children(element, "file"):
            name = entry.get("name") or "file"
            try:
                data = base64.b64decode(entry.text or "", validate=False)
            except (binascii.Error, ValueError) as error:
                raise BadAnswer(_("附件“%(name)s”已损坏。", name=name[:60])) from error
            self.count += 1
            unique = f"{hashlib.sha256(data).hexdigest()[:12]}-{name}"
            self.found[unique] = data
            path = (entry.get("path") or "/").lstrip("/")
            for link in (path + name, quoted(path + name)):
                text = text.replace(f"@@PLUGINFILE@@/{link}", f"attachment:{unique}")
        return text


def quoted(name: str) -> str:
    """The name as Moodle writes it inside links."""
    return name.replace("%", "%25").replace(" ", "%20")


def read_moodle_xml(data: bytes) -> ParsedFile:
    """The questions of a Moodle XML file with categories and files. Raises Unreadable."""
    files = Files()
    elements = parse_pieces(data, root="quiz", piece="question")
    questions = collect(_questions(elements, files))
    return ParsedFile("moodle-xml", questions, attachments=files.found)


def _questions(elements: Iterable[Element], files: Files) -> Iterator[ParsedQuestion]:
    category: tuple[str, ...] = ()
    number = 0
    for element in elements:
        name = element.get("type", "")
        if name == "category":
            category = _category(text_of(child(element, "category")))
            continue
        number += 1
        title = text_of(child(element, "name"))[:200]
        place = _("第 %(number)d 题", number=number)
        if name == "description":
            note = _("只是一段说明，没有题目，不导入。")
            yield ParsedQuestion(place, None, category, problems=(note,))
            continue
        reader = READERS.get(name)
        if reader is None:
            problem = _("这种题型（%(name)s）不能导入。", name=name[:30])
            yield ParsedQuestion(place, None, category, problems=(problem,))
            continue
        try:
            definition = reader(element, _common(element, files, title), files)
        except BadAnswer as error:
            yield ParsedQuestion(place, None, category, problems=(str(error),))
            continue
        tags = tuple(text_of(tag) for tag in element.iter("tag") if text_of(tag))
        yield checked(ParsedQuestion(place, definition, category, tags))


def _category(path: str) -> tuple[str, ...]:
    # Slashes inside a name are written twice.
    parts = [part.replace("\0", "/").strip() for part in path.replace("//", "\0").split("/")]
    return tuple(part for part in parts if part and part != "top" and not part.startswith("$"))


def decimal_in(element: Element | None, default: Decimal = ZERO) -> Decimal:
    """The number in an element; BadAnswer when there is something else."""
    text = text_of(element)
    if not text:
        return default
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise BadAnswer(_("“%(text)s”不是数。", text=text[:30])) from error
    if not value.is_finite() or abs(value) > Decimal("1e30"):
        raise BadAnswer(_("“%(text)s”不是数。", text=text[:30]))
    return value


def fraction_of(element: Element) -> Decimal:
    """The weight in the attribute `fraction`, which is a percentage."""
    try:
        value = Decimal(element.get("fraction") or "0") / 100
    except InvalidOperation as error:
        raise BadAnswer(_("得分比例不是数。")) from error
    return round(value, 7).normalize() if value else ZERO


def is_true(element: Element, name: str, default: bool = False) -> bool:
    """A flag written as 1, 0, true or false."""
    text = text_of(child(element, name)).casefold()
    return text in ("1", "true") if text else default


def _common(element: Element, files: Files, title: str) -> dict[str, Any]:
    text = child(element, "questiontext")
    kind = text.get("format", "html") if text is not None else "html"
    points = decimal_in(child(element, "defaultgrade"), ONE)
    return {
        "text": files.text(text),
        "is_html": kind not in ("plain_text", "plain"),
        "title": title,
        "points": round(points, 4).normalize() if points else ONE,
        "explanation": files.text(child(element, "generalfeedback")),
        "feedback_right": files.text(child(element, "correctfeedback")),
        "feedback_partly": files.text(child(element, "partiallycorrectfeedback")),
        "feedback_wrong": files.text(child(element, "incorrectfeedback")),
        "penalty_fraction": min(
            ONE, max(ZERO, round(decimal_in(child(element, "penalty")), 7).normalize() or ZERO)
        ),
    }


def _multichoice(element: Element, common: dict[str, Any], files: Files) -> Definition:
    options = tuple(
        Option(
            key_letter(index),
            files.text(answer),
            fraction_of(answer),
            files.text(child(answer, "feedback")),
        )
        for index, answer in enumerate(children(element, "answer"))
    )
    is_single = is_true(element, "single", True)
    negative = is_single and any(option.weight < 0 for option in options)
    return Definition(
        kind=Kind.SINGLE if is_single else Kind.MULTIPLE,
        rule=Rule.NEGATIVE if negative else Rule.WEIGHTED,
        options=options,
        shuffles=is_true(element, "shuffleanswers", True),
        **common,
    )


def _true_false(element: Element, common: dict[str, Any], files: Files) -> Definition:
    notes = {"true": "", "false": ""}
    truth = True
    for answer in children(element, "answer"):
        word = text_of(child(answer, "text")).casefold()
        if word in notes:
            notes[word] = files.text(child(answer, "feedback"))
            if fraction_of(answer) == 1:
                truth = word == "true"
    options = true_false_options(truth, (notes["true"], notes["false"]))
    return Definition(kind=Kind.TRUE_FALSE, rule=Rule.WEIGHTED, options=options, **common)


def _short(element: Element, common: dict[str, Any], files: Files) -> Definition:
    return Definition(
        kind=Kind.SHORT,
        rule=Rule.ACCEPTED,
        has_wildcards=True,
        folding=Folding(case=not is_true(element, "usecase")),
        accepted=tuple(
            Accepted(files.text(answer), fraction_of(answer), files.text(child(answer, "feedback")))
            for answer in children(element, "answer")
        ),
        **common,
    )


def _numerical(element: Element, common: dict[str, Any], files: Files) -> Definition:
    units = child(element, "units")
    return Definition(
        kind=Kind.NUMERIC,
        rule=Rule.ACCEPTED,
        numbers=tuple(
            Number(
                decimal_in(child(answer, "text")),
                decimal_in(child(answer, "tolerance")),
                Tolerance.ABSOLUTE,
                fraction_of(answer),
                files.text(child(answer, "feedback")),
            )
            for answer in children(element, "answer")
            if text_of(child(answer, "text")) != "*"
        ),
        units=tuple(
            Unit(text_of(child(unit, "unit_name")), decimal_in(child(unit, "multiplier"), ONE))
            for unit in (children(units, "unit") if units is not None else [])
        ),
        needs_unit=text_of(child(element, "unitgradingtype")) in ("1", "2"),
        **common,
    )


def _matching(element: Element, common: dict[str, Any], files: Files) -> Definition:
    stems: list[Stem] = []
    choices: list[Item] = []
    for sub in children(element, "subquestion"):
        answer = child(sub, "answer")
        right = text_of(child(sub if answer is None else answer, "text"))
        known = next((choice for choice in choices if choice.text == right), None)
        if known is None:
            known = Item(key_letter(len(choices)), right)
            choices.append(known)
        if left := files.text(sub):
            stems.append(Stem(str(len(stems) + 1), left, known.key))
    return Definition(
        kind=Kind.MATCHING,
        rule=Rule.PER_PART,
        stems=tuple(stems),
        choices=tuple(choices),
        shuffles=is_true(element, "shuffleanswers", True),
        **common,
    )


def _ordering(element: Element, common: dict[str, Any], files: Files) -> Definition:
    grading = text_of(child(element, "gradingtype"))
    answers = children(element, "answer")
    answers.sort(key=lambda answer: Decimal(answer.get("fraction") or "0"))
    return Definition(
        kind=Kind.ORDERING,
        rule=ORDERING_RULES.get(
            {"ALL_OR_NOTHING": "-1", "ABSOLUTE_POSITION": "0"}.get(grading, grading),
            Rule.POSITION,
        ),
        items=tuple(
            Item(str(place), files.text(answer)) for place, answer in enumerate(answers, 1)
        ),
        **common,
    )


def _essay(element: Element, common: dict[str, Any], files: Files) -> Definition:
    model = files.text(child(element, "graderinfo"))
    return Definition(
        kind=Kind.ESSAY,
        rule=Rule.PER_PART,
        accepted=(Accepted(model),) if model else (),
        allows_files=text_of(child(element, "attachments")) not in ("", "0"),
        **common,
    )


def _cloze(element: Element, common: dict[str, Any], files: Files) -> Definition:
    text, gaps = read_cloze(common.pop("text"))
    points = sum((gap.weight for gap in gaps), ZERO) or ONE
    return Definition(
        kind=Kind.CLOZE,
        rule=Rule.PER_PART,
        text=text,
        gaps=gaps,
        **{**common, "points": points},
    )


def _gap_select(element: Element, common: dict[str, Any], files: Files) -> Definition:
    """A text with [[1]]: the number names the option, the option's group the choices."""
    choices = [
        (text_of(child(option, "text")), text_of(child(option, "group")) or "1")
        for option in children(element, "selectoption", "dragbox")
    ]
    gaps: list[Gap] = []
    text = common.pop("text")
    pieces = text.split("[[")
    result = [pieces[0]]
    for piece in pieces[1:]:
        number, closing, rest = piece.partition("]]")
        if not closing or not number.isdecimal() or not 1 <= int(number) <= len(choices):
            raise BadAnswer(_("题干里的空 [[%(number)s]] 没有对应的选项。", number=number[:10]))
        right, group = choices[int(number) - 1]
        options = [choice for choice, own in choices if own == group]
        gaps.append(
            Gap(
                str(len(gaps) + 1),
                GapKind.CHOICE,
                options=tuple(
                    Option(key_letter(index), option, ONE if option == right else ZERO)
                    for index, option in enumerate(dict.fromkeys(options))
                ),
            )
        )
        result.append(f"[[{len(gaps)}]]{rest}")
    return Definition(
        kind=Kind.CLOZE, rule=Rule.PER_PART, text="".join(result), gaps=tuple(gaps), **common
    )


READERS: dict[str, Callable[[Element, dict[str, Any], Files], Definition]] = {
    "multichoice": _multichoice,
    "truefalse": _true_false,
    "shortanswer": _short,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ordering": _ordering,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
    "gapselect": _gap_select,
    "ddwtos": _gap_select,
}
