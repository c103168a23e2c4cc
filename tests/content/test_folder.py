"""Reading a content folder: ours is in order, and every fault is named with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config import ROOT
from lms.content.folder import ContentFolder, Reason, read_folder
from lms.quizzes.checking import problems_of
from lms.quizzes.definition import Kind

KINDS = frozenset(("text", "video", "audio", "gallery", "document", "test"))
COURSE = """
code: c
title: 课
chapters:
  - title: 章
    lessons:
      - {code: a, title: 一, kind: text, file: a.md}
      - {code: b, title: 二, kind: test, paper: p}
"""
BANK = """
code: b
title: 库
questions:
  - {code: q1, type: single, text: 问, options: [甲, 乙], answer: A}
"""
PAPER = "code: p\ntitle: 卷\nsections: [{title: '', points: 2, questions: [b/q1]}]\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., ContentFolder]:
    """Write a small folder with some files replaced, and read it."""

    def read(**files: str) -> ContentFolder:
        contents = {"course": COURSE, "bank": BANK, "paper": PAPER, "text": "正文"} | files
        for path, name in (
            ("courses/c/course.yaml", "course"),
            ("courses/c/a.md", "text"),
            ("banks/b.yaml", "bank"),
            ("papers/p.yaml", "paper"),
        ):
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(contents[name], "utf-8")
        return read_folder(tmp_path, lesson_kinds=KINDS)

    return read


def test_our_own_library_is_in_order() -> None:
    found = read_folder(ROOT / "content", lesson_kinds=KINDS)
    assert found.problems == []
    assert len(found.courses) == 4
    assert {lesson.kind for course in found.courses for lesson in course.lessons} == KINDS
    assert sum(len(bank.questions) for bank in found.banks) >= 30
    assert len(found.documents) == 3


def test_every_question_of_ours_can_be_asked_and_explains_itself(app: object) -> None:
    for bank in read_folder(ROOT / "content", lesson_kinds=KINDS).banks:
        for entry in bank.questions:
            assert problems_of(entry.definition) == [], entry.key
            assert entry.definition.explanation, entry.key


def test_no_file_of_ours_is_large() -> None:
    sizes = {p: p.stat().st_size for p in (ROOT / "content").rglob("*") if p.is_file()}
    assert max(sizes.values()) < 500_000


def test_a_folder_becomes_values(write: Callable[..., ContentFolder]) -> None:
    found = write()
    assert found.problems == []
    (course,) = found.courses
    assert [(lesson.code, lesson.is_required) for lesson in course.lessons] == [
        ("a", True),
        ("b", True),
    ]
    assert found.banks[0].questions[0].definition.kind is Kind.SINGLE
    assert found.papers[0].sections[0].questions == ("b/q1",)


def test_hashes_follow_the_files(write: Callable[..., ContentFolder]) -> None:
    first, same, other = write(), write(), write(text="别的正文")
    assert first.courses[0].digest == same.courses[0].digest
    assert first.courses[0].digest != other.courses[0].digest
    changed = [
        one.digest != two.digest
        for one, two in zip(first.courses[0].lessons, other.courses[0].lessons, strict=True)
    ]
    assert changed == [True, False]


@pytest.mark.parametrize(
    ("name", "old", "new", "reason", "detail"),
    [
        ("course", "title: 课", "title:", Reason.MISSING, "title"),
        ("course", "chapters:", "parts:", Reason.MISSING, "chapters"),
        ("course", "file: a.md", "file: x.md", Reason.NO_SUCH_FILE, "x.md"),
        ("course", "file: a.md", "file: ../../banks/b.yaml", Reason.OUTSIDE, "../../banks/b.yaml"),
        ("course", "title: 课", "title: 课\ncover: no.jpg", Reason.NO_SUCH_FILE, "no.jpg"),
        ("course", "kind: text", "kind: hologram", Reason.UNKNOWN_KIND, "hologram"),
        ("course", "paper: p", "paper: x", Reason.UNKNOWN_PAPER, "x"),
        ("course", "code: b,", "code: a,", Reason.TWICE, "a"),
        ("course", COURSE, "a: [", Reason.NOT_YAML, ""),
        ("course", COURSE, "- 1", Reason.NOT_YAML, ""),
        ("bank", "answer: A", "answer: C", Reason.BAD_QUESTION, "answer_is_no_option"),
        ("bank", "text: 问", "text: ''", Reason.BAD_QUESTION, "no_text"),
        ("bank", "type: single", "type: riddle", Reason.BAD_QUESTION, "unknown_type"),
        ("bank", "answer: A", "answer: AB", Reason.BAD_QUESTION, "one_answer_wanted"),
        ("bank", "[甲, 乙]", "[甲]", Reason.BAD_QUESTION, "too_few_options"),
        ("paper", "b/q1", "b/q9", Reason.UNKNOWN_QUESTION, "b/q9"),
        ("paper", "points: 2", "points: -2", Reason.BAD_NUMBER, "-2"),
    ],
)
def test_faults_are_named(
    write: Callable[..., ContentFolder],
    name: str,
    old: str,
    new: str,
    reason: Reason,
    detail: str,
) -> None:
    sources = {"course": COURSE, "bank": BANK, "paper": PAPER}
    problems = write(**{name: sources[name].replace(old, new)}).problems
    assert (reason, detail) in [(problem.reason, problem.detail) for problem in problems]


def test_blanks_and_their_answers_must_match(write: Callable[..., ContentFolder]) -> None:
    line = "  - {code: q2, type: blank, text: '[[1]] 与 [[2]]', answer: [甲]}\n"
    problems = write(bank=BANK + line).problems
    assert [problem.detail for problem in problems] == ["one_answer_for_each_blank"]
    line = "  - {code: q2, type: true_false, text: 问, answer: 对}\n"
    problems = write(bank=BANK + line).problems
    assert [problem.detail for problem in problems] == ["answer_is_not_true_or_false"]
