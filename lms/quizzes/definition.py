"""What a question is: plain frozen values that editors, importers, the grader and exporters share.

A definition is stored as JSON in an immutable question version; `to_json` and `from_json` are each
other's inverse, and `digest` names equal definitions alike.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

ONE = Decimal(1)
ZERO = Decimal(0)
GAP_MARK = "[[{key}]]"


class Kind(StrEnum):
    """The types of question."""

    SINGLE = "single"  # one option is chosen
    MULTIPLE = "multiple"  # several options are chosen
    TRUE_FALSE = "true_false"  # a statement is judged
    FILL_IN = "fill_in"  # text is written into blanks
    NUMERIC = "numeric"  # a number, perhaps with a unit
    SHORT = "short"  # a few words, compared with accepted answers
    MATCHING = "matching"  # each stem gets a choice
    ORDERING = "ordering"  # items are put in order
    CLOZE = "cloze"  # a text with gaps of mixed kinds
    ESSAY = "essay"  # free text, marked by a person
    MATERIAL = "material"  # a passage with questions of its own


class Rule(StrEnum):
    """How answers that are partly right are graded; each kind allows some of them."""

    ALL_OR_NOTHING = "all_or_nothing"  # full credit or none
    WEIGHTED = "weighted"  # the weights of what was chosen, summed and held within 0..1
    MISSED = "missed"  # a right subset earns a fixed part, any wrong choice nothing (漏选)
    SHARED = "shared"  # each right choice earns its share, any wrong choice nothing
    NEGATIVE = "negative"  # single choice whose wrong options may cost credit
    PER_PART = "per_part"  # each blank, stem or gap earns its own share
    POSITION = "position"  # ordering: items in their absolute place
    NEXT = "next"  # ordering: items followed by the right one, the last left out
    NEIGHBOURS = "neighbours"  # ordering: right predecessor and right successor
    PAIRS = "pairs"  # ordering: pairs that stand in the right relative order
    LONGEST_SUBSET = "longest_subset"  # ordering: longest subsequence in order
    LONGEST_RUN = "longest_run"  # ordering: longest run of direct neighbours
    ACCEPTED = "accepted"  # short answer: the best accepted answer
    KEYWORDS = "keywords"  # short answer: the keywords that occur


RULES: dict[Kind, tuple[Rule, ...]] = {
    Kind.SINGLE: (Rule.WEIGHTED, Rule.NEGATIVE),
    Kind.TRUE_FALSE: (Rule.WEIGHTED, Rule.NEGATIVE),
    Kind.MULTIPLE: (Rule.ALL_OR_NOTHING, Rule.MISSED, Rule.SHARED, Rule.WEIGHTED),
    Kind.FILL_IN: (Rule.PER_PART, Rule.ALL_OR_NOTHING),
    Kind.NUMERIC: (Rule.ACCEPTED,),
    Kind.SHORT: (Rule.ACCEPTED, Rule.KEYWORDS),
    Kind.MATCHING: (Rule.PER_PART, Rule.ALL_OR_NOTHING),
    Kind.ORDERING: (
        Rule.ALL_OR_NOTHING,
        Rule.POSITION,
        Rule.NEXT,
        Rule.NEIGHBOURS,
        Rule.PAIRS,
        Rule.LONGEST_SUBSET,
        Rule.LONGEST_RUN,
    ),
    Kind.CLOZE: (Rule.PER_PART, Rule.ALL_OR_NOTHING),
    Kind.ESSAY: (Rule.PER_PART,),
    Kind.MATERIAL: (Rule.PER_PART,),
}


class Tolerance(StrEnum):
    """How far a number may be off (the three of Moodle's numerical question)."""

    ABSOLUTE = "absolute"  # within value - t .. value + t
    RELATIVE = "relative"  # within value - t|value| .. value + t|value|
    GEOMETRIC = "geometric"  # within value / (1 + t) .. value * (1 + t)


class GapKind(StrEnum):
    """What is entered into a gap of a cloze text."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"  # one option
    CHOICES = "choices"  # several options; the shares of the right ones make the whole


@dataclass(frozen=True, slots=True)
class Folding:
    """Differences that comparing text overlooks; Unicode NFC is always applied."""

    width: bool = True  # full width and half width
    case: bool = True
    spaces: bool = True  # repeated spaces, and spaces at the ends
    punctuation: bool = True  # Chinese and Western punctuation
    traditional: bool = True  # traditional and simplified characters


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a choice; `weight` is the share of the credit, from -1 to 1."""

    key: str
    text: str
    weight: Decimal = ZERO
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted text; `*` stands for any characters where wildcards are on."""

    text: str
    fraction: Decimal = ONE
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """An accepted number with its tolerance."""

    value: Decimal
    tolerance: Decimal = ZERO
    mode: Tolerance = Tolerance.ABSOLUTE
    fraction: Decimal = ONE
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and how many of the base unit it is worth."""

    name: str
    factor: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Keyword:
    """Words of which one must occur, and the credit for it."""

    words: tuple[str, ...]
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Gap:
    """A blank in the text, marked `[[key]]` there; `weight` is relative to the other gaps."""

    key: str
    kind: GapKind = GapKind.TEXT
    weight: Decimal = ONE
    accepted: tuple[Accepted, ...] = ()
    numbers: tuple[Number, ...] = ()
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Stem:
    """The left side of a matching question and the key of the choice that belongs to it."""

    key: str
    text: str
    match: str


@dataclass(frozen=True, slots=True)
class Item:
    """A thing to choose or to put in order."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of a rubric: what is looked at and its share of the points."""

    text: str
    fraction: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A whole question; which fields matter depends on `kind`."""

    kind: Kind
    text: str
    is_html: bool = False  # else every text of it is plain
    title: str = ""
    points: Decimal = ONE
    rule: Rule
    missed_fraction: Decimal = Decimal("0.5")
    options: tuple[Option, ...] = ()
    shuffles: bool = True
    gaps: tuple[Gap, ...] = ()
    is_ordered: bool = True  # else the texts of a fill-in may be given in any order
    accepted: tuple[Accepted, ...] = ()
    has_wildcards: bool = False
    keywords: tuple[Keyword, ...] = ()
    numbers: tuple[Number, ...] = ()
    units: tuple[Unit, ...] = ()
    needs_unit: bool = False
    folding: Folding = field(default_factory=Folding)
    stems: tuple[Stem, ...] = ()
    choices: tuple[Item, ...] = ()
    items: tuple[Item, ...] = ()  # in the right order
    parts: tuple["Definition", ...] = ()
    rubric: tuple[Criterion, ...] = ()
    allows_files: bool = False
    penalty_fraction: Decimal = ZERO  # per repeated try, in practice
    explanation: str = ""
    feedback_right: str = ""
    feedback_partly: str = ""
    feedback_wrong: str = ""
    source: str = ""  # where it comes from: an address inside the text library


def default_rule(kind: Kind) -> Rule:
    """The rule a new question of `kind` begins with."""
    return RULES[kind][0]


def key_letter(index: int) -> str:
    """The key of the option at `index`: a, b, ... z, then a1, b1, ..."""
    rounds, rest = divmod(index, 26)
    return chr(97 + rest) + (str(rounds) if rounds else "")


_NESTED: dict[str, type] = {
    "options": Option,
    "accepted": Accepted,
    "numbers": Number,
    "units": Unit,
    "keywords": Keyword,
    "gaps": Gap,
    "stems": Stem,
    "choices": Item,
    "items": Item,
    "parts": Definition,
    "rubric": Criterion,
}
_ENUMS: dict[tuple[type, str], type[StrEnum]] = {
    (Definition, "kind"): Kind,
    (Definition, "rule"): Rule,
    (Gap, "kind"): GapKind,
    (Number, "mode"): Tolerance,
}
_DECIMALS = frozenset(
    (
        "points",
        "missed_fraction",
        "penalty_fraction",
        "weight",
        "fraction",
        "value",
        "tolerance",
        "factor",
    )
)


def _defaults(kind: type) -> dict[str, Any]:
    return {
        entry.name: entry.default_factory()
        if entry.default_factory is not MISSING
        else entry.default
        for entry in fields(kind)
    }


_DEFAULTS = {
    kind: _defaults(kind)
    for kind in (
        Definition,
        Option,
        Accepted,
        Number,
        Unit,
        Keyword,
        Gap,
        Stem,
        Item,
        Criterion,
        Folding,
    )
}


def to_json(value: Any) -> dict[str, Any]:
    """The definition (or a part of it) as JSON values; what equals its default is left out."""
    result: dict[str, Any] = {}
    for name, default in _DEFAULTS[type(value)].items():
        content = getattr(value, name)
        if content == default:
            continue
        if isinstance(content, Decimal):
            result[name] = plain_decimal(content)
        elif isinstance(content, tuple):
            result[name] = [
                entry if isinstance(entry, str) else to_json(entry) for entry in content
            ]
        elif isinstance(content, Folding):
            result[name] = to_json(content)
        else:
            result[name] = content
    return result


def from_json(data: dict[str, Any], kind: type[Any] = Definition) -> Any:
    """The value of class `kind` that `to_json` wrote; KeyError or ValueError on nonsense."""
    known = _DEFAULTS[kind]
    values: dict[str, Any] = {}
    for name, content in data.items():
        if name not in known:
            raise KeyError(name)
        if name == "folding":
            values[name] = from_json(content, Folding)
        elif name in _NESTED:
            values[name] = tuple(from_json(entry, _NESTED[name]) for entry in content)
        elif name == "words":
            values[name] = tuple(content)
        elif name in _DECIMALS:
            values[name] = Decimal(content)
        elif (kind, name) in _ENUMS:
            values[name] = _ENUMS[kind, name](content)
        else:
            values[name] = content
    return kind(**values)


def plain_decimal(value: Decimal) -> str:
    """The number without exponent and without needless zeros: 0.5, 10, -3."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def digest(definition: Definition) -> str:
    """A name that equal definitions share and others do not."""
    return digest_of_json(to_json(definition))


def digest_of_json(data: dict[str, Any]) -> str:
    """The same name, from what `to_json` gave."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_TEXTS: dict[type, tuple[str, ...]] = {
    Definition: (
        "text",
        "explanation",
        "feedback_right",
        "feedback_partly",
        "feedback_wrong",
    ),
    Option: ("text", "feedback"),
    Accepted: ("feedback",),
    Number: ("feedback",),
    Gap: (),
    Stem: ("text",),
    Item: ("text",),
    Criterion: ("text",),
}


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The definition with `change` applied to every text that is shown, not to other answers.

    The same object where nothing changes, as in nearly every question of a long list.
    """
    changes: dict[str, Any] = {}
    for name in _TEXTS[type(value)]:
        if (text := getattr(value, name)) and (changed := change(text)) != text:
            changes[name] = changed
    for name, kind in _NESTED.items():
        if kind in _TEXTS and (content := getattr(value, name, ())):
            entries = tuple(map_texts(entry, change) for entry in content)
            if any(new is not old for new, old in zip(entries, content, strict=True)):
                changes[name] = entries
    if isinstance(value, Definition) and value.kind == Kind.ESSAY and value.accepted:
        # The model answer of an essay is shown, not compared.
        changes["accepted"] = tuple(
            replace(entry, text=change(entry.text))
            for entry in changes.get("accepted", value.accepted)
        )
    return replace(value, **changes) if changes else value
