"""What every importer gives: questions with their place in the file and what is wrong with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from lms.quizzes.checking import problems_of
from lms.quizzes.definition import Definition, map_texts

MAX_QUESTIONS = 20_000
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_TEXT_CHARS = 200_000  # of one text of a question


class Unreadable(Exception):
    """The file as a whole cannot be used; the message is one sentence for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question of a file: `place` says where it stands, such as 第 14 行."""

    place: str
    definition: Definition | None
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    difficulty: int = 3
    problems: tuple[str, ...] = ()  # any of them keeps the question out
    notes: tuple[str, ...] = ()  # what was left out or changed, worth knowing

    @property
    def is_good(self) -> bool:
        """Whether the question can be imported."""
        return self.definition is not None and not self.problems


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """All that a file holds; `attachments` are pictures and sounds by the name the texts use."""

    format: str
    questions: tuple[ParsedQuestion, ...]
    problems: tuple[str, ...] = ()
    attachments: dict[str, bytes] = field(default_factory=dict)

    @property
    def good(self) -> tuple[ParsedQuestion, ...]:
        """The questions that can be imported."""
        return tuple(question for question in self.questions if question.is_good)

    @property
    def bad(self) -> tuple[ParsedQuestion, ...]:
        """The questions that cannot."""
        return tuple(question for question in self.questions if not question.is_good)


def checked(question: ParsedQuestion) -> ParsedQuestion:
    """The question with the faults of its definition added to its problems."""
    if question.definition is None or question.problems:
        return question
    return ParsedQuestion(
        question.place,
        question.definition,
        question.category,
        question.tags,
        question.difficulty,
        tuple(problems_of(question.definition)),
        question.notes,
    )


def collect(questions: Iterable[ParsedQuestion]) -> tuple[ParsedQuestion, ...]:
    """All questions of a file, no more than may be imported at once. Raises Unreadable."""
    found: list[ParsedQuestion] = []
    for question in questions:
        if len(found) >= MAX_QUESTIONS:
            raise Unreadable(_("一次最多导入 %(count)d 道题。", count=MAX_QUESTIONS))
        found.append(_without_masses(question))
    return tuple(found)


def joined(before: str, line: str) -> str:
    """A text with one more line. Raises Unreadable when it has grown beyond measure."""
    if len(before) > MAX_TEXT_CHARS:
        raise Unreadable(_("题目的文字太长，最多 %(count)d 个字。", count=MAX_TEXT_CHARS))
    return f"{before}\n{line}" if before else line


def _without_masses(question: ParsedQuestion) -> ParsedQuestion:
    longest = 0

    def look(text: str) -> str:
        nonlocal longest
        longest = max(longest, len(text))
        return text

    if question.definition is not None:
        map_texts(question.definition, look)
    if longest <= MAX_TEXT_CHARS:
        return question
    problem = _("题目的文字太长，最多 %(count)d 个字。", count=MAX_TEXT_CHARS)
    return replace(question, definition=None, problems=(problem,), notes=())


def repeated(questions: Sequence[ParsedQuestion], names: Sequence[str]) -> dict[int, str]:
    """For each question equal to an earlier one of the same file, the place of that one.

    `names` are the digests of the definitions, empty where there is none.
    """
    seen: dict[str, str] = {}
    result: dict[int, str] = {}
    for index, (question, name) in enumerate(zip(questions, names, strict=True)):
        if name in seen:
            result[index] = seen[name]
        elif name:
            seen[name] = question.place
    return result
