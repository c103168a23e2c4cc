"""What stands in the fields of the question editor, read out of its form."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lms.quizzes.definition import RULES, Kind, Tolerance
from lms.quizzes.rich import Rich, simplified
from lms.quizzes.richtext import clean_html, unlinked
from lms.quizzes.sources import Source, split_source

FOLDS = ("width", "case", "spaces", "punctuation", "traditional")
FEEDBACKS = ("feedback_right", "feedback_partly", "feedback_wrong")
MOST_ROWS = 60
EMPTY = Rich()
UNSIZED = re.compile(r' (?:width|height)="(?:auto)?"')  # what the editor says of each picture
KEY = re.compile(r"[^\s<>\"'&]{1,40}")

Fields = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class OptionRow:
    """A line of the option table."""

    text: Rich = EMPTY
    is_right: bool = False
    percent: str = ""
    feedback: Rich = EMPTY
    key: str = ""  # stays with the option, so that answers given before still mean it


@dataclass(slots=True)
class NumberRow:
    """An accepted number; a relative or geometric tolerance is written in percent."""

    value: str = ""
    tolerance: str = ""
    mode: str = Tolerance.ABSOLUTE.value
    percent: str = ""
    feedback: Rich = EMPTY


@dataclass(slots=True)
class AnswerRow:
    """An accepted text."""

    text: str = ""
    percent: str = ""
    feedback: Rich = EMPTY


@dataclass(slots=True)
class Draft:
    """What stands in the editor's fields."""

    kind: Kind
    text: Rich = EMPTY
    title: str = ""
    points: str = "1"
    rule: str = ""
    missed_percent: str = "50"
    wrong_percent: str = ""  # what the wrong verdict on a statement earns
    penalty_percent: str = "0"
    options: list[OptionRow] = field(default_factory=list)
    numbers: list[NumberRow] = field(default_factory=list)
    accepted: list[AnswerRow] = field(default_factory=list)
    shuffles: bool = True
    answer: str = ""  # true or false; blanks, pairs or items one to a line
    lines_are_html: bool = False
    model: Rich = EMPTY  # the model answer of an essay
    extra: str = ""  # units, keywords, a rubric
    needs_unit: bool = False
    is_ordered: bool = True
    has_wildcards: bool = False
    allows_files: bool = False
    folding: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FOLDS, True))
    feedback: dict[str, Rich] = field(default_factory=lambda: dict.fromkeys(FEEDBACKS, EMPTY))
    explanation: Rich = EMPTY
    source: str = ""  # in words
    source_address: str = ""

    def texts(self) -> Iterator[Rich]:
        """All texts that may be HTML."""
        yield from (self.text, self.explanation, self.model, *self.feedback.values())
        for option in self.options:
            yield from (option.text, option.feedback)
        yield from (row.feedback for row in (*self.numbers, *self.accepted))
        if self.lines_are_html:
            yield Rich(self.answer, is_html=True)

    def add_rows(self) -> None:
        """Make room for more answers."""
        if self.kind in (Kind.SINGLE, Kind.MULTIPLE):
            self.options += [OptionRow(), OptionRow()]
        elif self.kind == Kind.NUMERIC:
            self.numbers.append(NumberRow())
        elif self.kind == Kind.SHORT:
            self.accepted += [AnswerRow(), AnswerRow()]


def new_draft(kind: Kind) -> Draft:
    """The editor before anything was written."""
    draft = Draft(kind, rule=RULES[kind][0].value, has_wildcards=kind == Kind.SHORT)
    draft.options = [OptionRow() for _number in range(2 if kind == Kind.TRUE_FALSE else 4)]
    draft.numbers, draft.accepted = [NumberRow()], [AnswerRow(), AnswerRow()]
    return draft


def draft_from_fields(kind: Kind, fields: Fields) -> Draft:
    """The draft in the fields of the editor's form; its HTML is safe to be shown again."""
    reader = _Reader(fields)
    typed = Source(reader.one("source"), reader.one("source_address"))
    source = split_source(reader.one("source_pick")) if "source_pick" in fields else typed
    return Draft(
        kind=kind,
        text=reader.rich("text"),
        title=reader.one("title"),
        points=reader.one("points", "1"),
        rule=reader.one("rule"),
        missed_percent=reader.one("missed_percent", "50"),
        wrong_percent=reader.one("wrong_percent"),
        penalty_percent=reader.one("penalty_percent", "0"),
        options=reader.options(2 if kind == Kind.TRUE_FALSE else 0),
        numbers=reader.numbers(),
        accepted=reader.accepted(),
        shuffles="shuffles" in fields,
        answer=reader.one("answer"),
        lines_are_html=reader.one("lines_format") == "html",
        model=reader.rich("model"),
        extra=reader.one("extra"),
        needs_unit="needs_unit" in fields,
        is_ordered="any_order" not in fields,
        has_wildcards="has_wildcards" in fields,
        allows_files="allows_files" in fields,
        folding={name: f"fold_{name}" in fields for name in FOLDS},
        feedback={name: reader.rich(name) for name in FEEDBACKS},
        explanation=reader.rich("explanation"),
        source=source.words,
        source_address=source.href,
    )


class _Reader:
    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    def one(self, name: str, default: str = "") -> str:
        return (self.fields.get(name) or [default])[0].replace("\r\n", "\n")

    def rich(self, name: str) -> Rich:
        text = self.one(name)
        if self.one(f"{name}_format") != "html":
            return Rich(text)
        return simplified(Rich(clean_html(unlinked(UNSIZED.sub("", text))), is_html=True))

    def count(self, name: str, least: int = 0) -> range:
        pattern = re.compile(rf"{name}-(\d{{1,2}})")
        found = [int(match[1]) for each in self.fields if (match := pattern.fullmatch(each))]
        return range(min(max(least, *found, -1) + 1 if found else least, MOST_ROWS))

    def options(self, least: int) -> list[OptionRow]:
        right = self.fields.get("right") or []
        rows = [
            OptionRow(
                self.rich(f"option-{n}"),
                str(n) in right,
                self.one(f"percent-{n}"),
                self.rich(f"feedback-{n}"),
                self.one(f"key-{n}"),
            )
            for n in self.count("option", least)
        ]
        keys = Counter(row.key for row in rows)
        for row in rows:
            if keys[row.key] > 1 or not KEY.fullmatch(row.key):
                row.key = ""
        return rows

    def numbers(self) -> list[NumberRow]:
        return [
            NumberRow(
                self.one(f"number-{n}"),
                self.one(f"tolerance-{n}"),
                self.one(f"mode-{n}", Tolerance.ABSOLUTE.value),
                self.one(f"share-{n}"),
                self.rich(f"note-{n}"),
            )
            for n in self.count("number")
        ]

    def accepted(self) -> list[AnswerRow]:
        return [
            AnswerRow(self.one(f"accepted-{n}"), self.one(f"share-{n}"), self.rich(f"note-{n}"))
            for n in self.count("accepted")
        ]
