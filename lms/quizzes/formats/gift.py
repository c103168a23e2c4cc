"""GIFT, Moodle's plain text format: reading. Writing is in `gift_writer`.

The syntax is that of question/format/gift in Moodle: questions stand apart by blank lines, answers
in braces, backslashes before the characters that mean something.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _
from markdown_it import MarkdownIt

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Definition,
    Item,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    key_letter,
)
from lms.quizzes.formats.answers import BadAnswer, read_tolerance, true_false_options
from lms.quizzes.formats.decoding import decode, lines_of
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, checked, collect

SPECIAL = "~=#{}:\\%->"
# Escaped characters wait in the private use area while the text is cut up.
HIDDEN = {character: chr(0xE000 + place) for place, character in enumerate(SPECIAL)}
SHOWN = {hidden: character for character, hidden in HIDDEN.items()}
SHOWN_TABLE = str.maketrans(SHOWN)
ESCAPED = re.compile(r"\\([~=#{}:\\%>n-])")
NAME = re.compile(r"^::(.*?)::", re.DOTALL)
FORMAT = re.compile(r"^\s*\[(html|markdown|moodle|plain)\]")
WEIGHT = re.compile(r"^%(-?\d+(?:\.\d+)?)%")
HTML = re.compile(r"<[a-zA-Z/][^<>]*>")
TAG = re.compile(r"\[tag:((?:\\\]|[^\]])+)\]")  # Moodle writes tags into comments
TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_markdown = MarkdownIt("commonmark", {"html": True})


def looks_like_gift(text: str) -> bool:
    """Whether the text has answers in braces."""
    return bool(re.search(r"\{[^{}]*[=~#TF][^{}]*\}", text)) or "$CATEGORY:" in text


def read_gift(data: bytes) -> ParsedFile:
    """The questions of a GIFT file. Raises Unreadable."""
    return ParsedFile("gift", collect(_questions(decode(data))))


def hide(text: str) -> str:
    """The text with escaped characters put out of the way."""
    return ESCAPED.sub(lambda found: "\n" if found[1] == "n" else HIDDEN[found[1]], text)


def show(text: str) -> str:
    """The text with the hidden characters back in their places, without spaces around."""
    return text.translate(SHOWN_TABLE).strip()


def _blocks(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Pieces between blank lines: number of the first line, text, tags named in a comment above."""
    current: list[str] = []
    tags: tuple[str, ...] = ()
    first, depth = 1, 0
    for number, line in enumerate(lines_of(text), 1):
        if line.lstrip().startswith("//"):
            found = [tag.replace("\\]", "]").strip() for tag in TAG.findall(line)]
            tags = tuple(dict.fromkeys((*tags, *found))) if not current else tags
            continue
        if line.strip() or depth > 0:
            if not current:
                first = number
            current.append(line)
            hidden = hide(line)
            depth = max(0, depth + hidden.count("{") - hidden.count("}"))
            if current and line.lstrip().startswith("$CATEGORY:"):
                yield first, "\n".join(current), ()
                current, depth = [], 0
        elif current:
            yield first, "\n".join(current), tags
            current, tags = [], ()
    if current:
        yield first, "\n".join(current), tags


def _questions(text: str) -> Iterator[ParsedQuestion]:
    category: tuple[str, ...] = ()
    for first, block, tags in _blocks(text):
        if block.lstrip().startswith("$CATEGORY:"):
            path = block.split(":", 1)[1].strip()
            parts = [part.strip() for part in path.split("/")]
            category = tuple(
                part for part in parts if part and part != "top" and not part.startswith("$")
            )
            continue
        place = _("第 %(number)d 行", number=first)
        try:
            definition, notes = _question(hide(block.strip()))
        except BadAnswer as error:
            yield ParsedQuestion(place, None, category, tags, problems=(str(error),))
            continue
        yield checked(ParsedQuestion(place, definition, category, tags, notes=notes))


def _question(text: str) -> tuple[Definition, tuple[str, ...]]:
    name = NAME.match(text)
    title = show(name[1]) if name else ""
    text = text[name.end() :] if name else text
    found = FORMAT.match(text)
    kind = found[1] if found else ""
    text = text[found.end() :] if found else text
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise BadAnswer(_("没有写在花括号里的答案。"))
    before, answer, after = text[:start], text[start + 1 : end], text[end + 1 :]
    stem = f"{before.rstrip()} _____ {after.lstrip()}".strip() if after.strip() else before
    if after.strip() and not after[0].isspace() and after.strip()[0] in ".。,，?？!！":
        stem = f"{before.rstrip()} _____{after.rstrip()}"
    answer, _mark, general = answer.partition("####")
    is_html = kind in ("html", "markdown") or (kind != "plain" and bool(HTML.search(show(text))))
    definition = _answered(show(stem), answer.strip(), bool(after.strip()))
    definition = replace(definition, title=title, is_html=is_html, explanation=show(general))
    if kind == "markdown":
        definition = replace(definition, text=_markdown.renderInline(show(stem)))
    elif is_html and kind != "html" and "\n" in definition.text:
        definition = replace(definition, text=definition.text.replace("\n", "<br>"))
    return definition, ()


def _answered(stem: str, answer: str, has_tail: bool) -> Definition:
    if not answer:
        return Definition(kind=Kind.ESSAY, text=stem, rule=Rule.PER_PART)
    word, *feedback = answer.split("#")
    if word.strip().upper() in TRUTH:
        return _true_false(stem, TRUTH[word.strip().upper()], [show(each) for each in feedback])
    if answer.startswith("#"):
        return _numeric(stem, answer[1:])
    entries = _entries(answer)
    if not entries:
        raise BadAnswer(_("看不懂花括号里的答案。"))
    if all(sign == "=" for sign, _weight, _text, _note in entries):
        if all("->" in text for _sign, _weight, text, _note in entries):
            return _matching(stem, [text for _sign, _weight, text, _note in entries])
        return _short(stem, entries)
    return _choice(stem, entries)


MOST_ENTRIES = 1_000
Entry = tuple[str, Decimal | None, str, str]


def _entries(answer: str) -> list[Entry]:
    """(sign, weight or None, text, feedback) for each answer in the braces; text still hidden."""
    entries: list[Entry] = []
    for found in re.finditer(r"([=~])([^=~]*)", answer):
        body = found[2].strip()
        weight = WEIGHT.match(body)
        body = body[weight.end() :] if weight else body
        text, _hash, note = body.partition("#")
        number = Decimal(weight[1]) / 100 if weight else None
        if len(entries) >= MOST_ENTRIES:
            raise BadAnswer(_("看不懂花括号里的答案。"))
        entries.append((found[1], number, text.strip(), show(note)))
    return entries


def _true_false(stem: str, is_true: bool, feedback: list[str]) -> Definition:
    wrong, right = [*feedback, "", ""][:2]
    notes = (right, wrong) if is_true else (wrong, right)
    return Definition(
        kind=Kind.TRUE_FALSE,
        text=stem,
        rule=Rule.WEIGHTED,
        options=true_false_options(is_true, notes),
    )


def _numeric(stem: str, answer: str) -> Definition:
    entries: list[Entry] = _entries(answer) or [
        ("=", None, answer.partition("#")[0].strip(), show(answer.partition("#")[2]))
    ]
    numbers: list[Number] = []
    for _sign, weight, text, note in entries:
        plain = show(text)
        value, _colon, tolerance = plain.partition(":")
        written = f"{value}±{tolerance}" if tolerance else value
        numbers.append(read_tolerance(written, weight if weight is not None else ONE, note))
    return Definition(kind=Kind.NUMERIC, text=stem, rule=Rule.ACCEPTED, numbers=tuple(numbers))


def _matching(stem: str, pairs: list[str]) -> Definition:
    stems: list[Stem] = []
    choices: list[Item] = []
    for pair in pairs:
        left, right = (show(side) for side in pair.split("->", 1))
        known = next((choice for choice in choices if choice.text == right), None)
        if known is None:
            known = Item(key_letter(len(choices)), right)
            choices.append(known)
        if left:
            stems.append(Stem(str(len(stems) + 1), left, known.key))
    return Definition(
        kind=Kind.MATCHING,
        text=stem,
        rule=Rule.PER_PART,
        stems=tuple(stems),
        choices=tuple(choices),
    )


def _short(stem: str, entries: list[Entry]) -> Definition:
    return Definition(
        kind=Kind.SHORT,
        text=stem,
        rule=Rule.ACCEPTED,
        has_wildcards=True,
        accepted=tuple(
            Accepted(show(text), weight if weight is not None else ONE, note)
            for _sign, weight, text, note in entries
        ),
    )


def _choice(stem: str, entries: list[Entry]) -> Definition:
    """One right answer where a = stands, else several that share the credit, as in Moodle."""
    is_single = any(sign == "=" for sign, _weight, _text, _note in entries)
    options = []
    for index, (sign, weight, text, note) in enumerate(entries):
        found = FORMAT.match(text)
        shown = show(text[found.end() :] if found else text)
        fallback = ONE if sign == "=" else ZERO
        options.append(
            Option(key_letter(index), shown, fallback if weight is None else weight, note)
        )
    has_negative = any(option.weight < 0 for option in options)
    rule = Rule.NEGATIVE if is_single and has_negative else Rule.WEIGHTED
    kind = Kind.SINGLE if is_single else Kind.MULTIPLE
    return Definition(kind=kind, text=stem, rule=rule, options=tuple(options))
