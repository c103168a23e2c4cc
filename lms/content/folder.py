"""Reading a content folder: what it holds, as plain values, and all that is wrong with it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from lms.content.questions import BadQuestion, question
from lms.quizzes.definition import Definition

FILE_KEYS = ("file", "captions")
MEDIA_KINDS = ("video", "audio", "document")


class Reason(StrEnum):
    """What can be wrong in a content folder."""

    NOT_YAML = "not_yaml"  # the file is not YAML, or not a mapping
    MISSING = "missing"  # a value that has to be there
    NO_SUCH_FILE = "no_such_file"
    OUTSIDE = "outside"  # a path leads out of the folder
    TWICE = "twice"  # a code that is taken already
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_PAPER = "unknown_paper"
    UNKNOWN_QUESTION = "unknown_question"
    BAD_QUESTION = "bad_question"
    BAD_NUMBER = "bad_number"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the file, the place in it and what is meant."""

    reason: Reason
    file: str
    place: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LessonEntry:
    """A lesson of a course file; `data` is what its kind's `load` is given."""

    code: str
    title: str
    kind: str
    is_required: bool
    data: dict[str, Any]
    digest: str  # of its data and its files


@dataclass(frozen=True, slots=True)
class ChapterEntry:
    """A chapter with its lessons."""

    title: str
    lessons: tuple[LessonEntry, ...]


@dataclass(frozen=True, slots=True)
class CourseEntry:
    """A course with its outline; `folder` is where the files of its lessons lie."""

    code: str
    title: str
    summary: str
    category: str
    chapters: tuple[ChapterEntry, ...]
    folder: Path
    cover: str  # a picture in the folder, empty for none
    digest: str

    @property
    def lessons(self) -> tuple[LessonEntry, ...]:
        """All lessons in order."""
        return tuple(lesson for chapter in self.chapters for lesson in chapter.lessons)


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A question of a bank; `key` is bank/code."""

    key: str
    definition: Definition
    digest: str


@dataclass(frozen=True, slots=True)
class BankEntry:
    """A bank with its questions."""

    code: str
    title: str
    questions: tuple[QuestionEntry, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class SectionEntry:
    """A part of a paper: questions by key, and the points of each."""

    title: str
    points: int
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperEntry:
    """A paper."""

    code: str
    title: str
    minutes: int
    pass_percent: int
    attempts: int
    is_listed: bool  # else it is taken inside its course only
    sections: tuple[SectionEntry, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A text of the library; its head is read by the library itself."""

    code: str
    path: Path
    digest: str


@dataclass(slots=True)
class ContentFolder:
    """All that a folder holds; nothing is brought in while there are problems."""

    courses: list[CourseEntry] = field(default_factory=list)
    banks: list[BankEntry] = field(default_factory=list)
    papers: list[PaperEntry] = field(default_factory=list)
    documents: list[DocumentEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_folder(root: Path, *, lesson_kinds: frozenset[str]) -> ContentFolder:
    """Read and check everything below `root`; files are read, nothing is written."""
    found = ContentFolder()
    reader = _Reader(root, found.problems, lesson_kinds)
    found.banks = list(_unique(reader, "banks/*.yaml", reader.bank))
    questions = {entry.key for bank in found.banks for entry in bank.questions}
    found.papers = list(_unique(reader, "papers/*.yaml", lambda f: reader.paper(f, questions)))
    papers = {paper.code for paper in found.papers}
    found.courses = list(
        _unique(reader, "courses/*/course.yaml", lambda f: reader.course(f, papers))
    )
    for path in sorted(root.glob("library/*.md")):
        found.documents.append(DocumentEntry(path.stem, path, digest_of(path.read_bytes())))
    return found


def digest_of(*parts: bytes | str) -> str:
    """One hash over several parts, each told apart from its neighbours."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def _unique(reader: "_Reader", pattern: str, read: Any) -> Iterator[Any]:
    codes: set[str] = set()
    for path in sorted(reader.root.glob(pattern)):
        entry = read(path)
        if entry is None:
            continue
        if entry.code in codes:
            reader.say(Reason.TWICE, path, "code", entry.code)
            continue
        codes.add(entry.code)
        yield entry


class _Reader:
    """Reads the files of one folder and notes what is wrong with them."""

    def __init__(self, root: Path, problems: list[Problem], lesson_kinds: frozenset[str]) -> None:
        self.root = root
        self.problems = problems
        self.lesson_kinds = lesson_kinds

    def say(self, reason: Reason, path: Path, place: str = "", detail: str = "") -> None:
        """Note a problem."""
        name = path.relative_to(self.root).as_posix()
        self.problems.append(Problem(reason, name, place, detail))

    def mapping(self, path: Path) -> dict[str, Any] | None:
        """The YAML mapping in a file with the texts that it must have."""
        try:
            data = yaml.safe_load(path.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            self.say(Reason.NOT_YAML, path, "" if line is None else str(line + 1))
            return None
        if not isinstance(data, dict):
            self.say(Reason.NOT_YAML, path)
            return None
        ok = [self.text(data, name, path, "") for name in ("code", "title")]
        return data if all(ok) else None

    def text(self, data: Mapping[str, Any], name: str, path: Path, place: str) -> str:
        """A text that must not be empty."""
        value = str(data.get(name) or "").strip()
        if not value:
            self.say(Reason.MISSING, path, place, name)
        return value

    def number(self, data: Mapping[str, Any], name: str, path: Path, usual: int) -> int:
        """A whole number that is not negative."""
        value = data.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.say(Reason.BAD_NUMBER, path, name, str(value))
            return usual
        return value

    def entries(self, data: Mapping[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
        """A list of mappings."""
        value = data.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(e, dict) for e in value):
            self.say(Reason.MISSING, path, "", name)
            return []
        return value

    def bank(self, path: Path) -> BankEntry | None:
        """A question bank."""
        data = self.mapping(path)
        if data is None:
            return None
        questions: dict[str, QuestionEntry] = {}
        for at, entry in enumerate(self.entries(data, "questions", path), 1):
            code = self.text(entry, "code", path, f"questions[{at}]")
            key = f"{data['code']}/{code}"
            if key in questions:
                self.say(Reason.TWICE, path, f"questions[{at}]", code)
            try:
                definition = question(entry)
            except BadQuestion as error:
                self.say(Reason.BAD_QUESTION, path, code or f"questions[{at}]", str(error))
                continue
            questions[key] = QuestionEntry(key, definition, digest_of(repr(definition)))
        digest = digest_of(data["title"], *(entry.digest for entry in questions.values()))
        return BankEntry(data["code"], data["title"], tuple(questions.values()), digest)

    def paper(self, path: Path, questions: set[str]) -> PaperEntry | None:
        """A paper."""
        data = self.mapping(path)
        if data is None:
            return None
        sections = []
        for at, entry in enumerate(self.entries(data, "sections", path), 1):
            keys = tuple(str(key) for key in entry.get("questions") or ())
            for key in keys:
                if key not in questions:
                    self.say(Reason.UNKNOWN_QUESTION, path, f"sections[{at}]", key)
            points = self.number(entry, "points", path, 1)
            sections.append(SectionEntry(str(entry.get("title") or ""), points, keys))
        return PaperEntry(
            code=data["code"],
            title=data["title"],
            minutes=self.number(data, "minutes", path, 0),
            pass_percent=min(100, self.number(data, "pass_percent", path, 60)),
            attempts=self.number(data, "attempts", path, 0),
            is_listed=data.get("listed", True) is not False,
            sections=tuple(sections),
            digest=digest_of(path.read_bytes()),
        )

    def course(self, path: Path, papers: set[str]) -> CourseEntry | None:
        """A course with its outline."""
        data = self.mapping(path)
        if data is None:
            return None
        codes: set[str] = set()
        chapters = []
        for at, chapter in enumerate(self.entries(data, "chapters", path), 1):
            title = self.text(chapter, "title", path, f"chapters[{at}]")
            entries = self.entries(chapter, "lessons", path)
            lessons = [self.lesson(entry, path, codes, papers) for entry in entries]
            chapters.append(ChapterEntry(title, tuple(le for le in lessons if le)))
        cover = str(data.get("cover") or "")
        picture = self.contents(cover, path, "cover") if cover else b""
        digest = digest_of(
            path.read_bytes(),
            picture,
            *(le.digest for chapter in chapters for le in chapter.lessons),
        )
        summary, category = str(data.get("summary") or ""), str(data.get("category") or "")
        return CourseEntry(
            data["code"],
            data["title"],
            summary,
            category,
            tuple(chapters),
            path.parent,
            cover,
            digest,
        )

    def lesson(
        self, entry: dict[str, Any], path: Path, codes: set[str], papers: set[str]
    ) -> LessonEntry | None:
        """A lesson of the course file at `path`."""
        code = self.text(entry, "code", path, "lessons")
        title = self.text(entry, "title", path, code)
        if code in codes:
            self.say(Reason.TWICE, path, "lessons", code)
        codes.add(code)
        kind = str(entry.get("kind") or "")
        if kind not in self.lesson_kinds:
            self.say(Reason.UNKNOWN_KIND, path, code, kind)
            return None
        if kind == "test" and entry.get("paper") not in papers:
            self.say(Reason.UNKNOWN_PAPER, path, code, str(entry.get("paper")))
        if kind in (*MEDIA_KINDS, "text"):
            self.text(entry, "file", path, code)
        own = ("code", "title", "kind", "required")
        data = {key: value for key, value in entry.items() if key not in own}
        parts = [yaml.safe_dump([kind, data], sort_keys=True)]
        contents = [self.contents(name, path, code) for name in files_of(data)]
        is_required = entry.get("required", True) is not False
        return LessonEntry(code, title, kind, is_required, data, digest_of(*parts, *contents))

    def contents(self, name: str, path: Path, place: str) -> bytes:
        """The bytes of a file that the course at `path` names."""
        target = (path.parent / name).resolve()
        if not target.is_relative_to(path.parent.resolve()):
            self.say(Reason.OUTSIDE, path, place, name)
        elif not target.is_file():
            self.say(Reason.NO_SUCH_FILE, path, place, name)
        else:
            return target.read_bytes()
        return b""


def files_of(data: Mapping[str, Any]) -> list[str]:
    """The files that a lesson names, in the order in which it names them."""
    names = [str(data[key]) for key in FILE_KEYS if data.get(key)]
    for picture in data.get("pictures") or ():
        if isinstance(picture, dict):
            names += [str(picture[key]) for key in FILE_KEYS if picture.get(key)]
    return names
