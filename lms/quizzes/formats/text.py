"""Papers as people write them: numbered questions, options, lines 答案/解析, a key at the end."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from flask_babel import gettext as _

from lms.quizzes.formats.answers import BLANK, KIND_WORDS, read_letters, read_truth, squeeze
from lms.quizzes.formats.decoding import decode, lines_of
from lms.quizzes.formats.parsed import (
    MAX_QUESTIONS,
    ParsedFile,
    ParsedQuestion,
    Unreadable,
    collect,
    joined,
)
from lms.quizzes.formats.written import Written, understand

NUMBER = re.compile(r"^\s*(?:第\s*)?(\d{1,4})\s*(?:题\s*[.、．:：]?|[.、．:：)）])\s*(?!\d)")
BRACKET = re.compile(r"^\s*[（(]\s*(\d{1,4})\s*[)）]\s*")
OPTION = re.compile(r"(?:^|(?<=[\s\u3000;；]))([A-Z])\s*[.、．。:：)）]\s*")
HEADING = re.compile(
    r"^\s*(?:第\s*)?([一二三四五六七八九十]+)\s*(?:部分|大题)?\s*[、.．:：]\s*(\S.*)$"
)
LABELS = {
    "答案": "answer",
    "正确答案": "answer",
    "参考答案": "answer",
    "标准答案": "answer",
    "解析": "explanation",
    "答案解析": "explanation",
    "试题解析": "explanation",
    "难度": "difficulty",
    "难易度": "difficulty",
    "分值": "points",
    "分数": "points",
    "知识点": "category",
    "分类": "category",
    "标签": "tags",
    "题型": "kind",
    "出处": "source",
    "来源": "source",
    "评分规则": "rule",
    "漏选得分": "missed",
}
LABEL = re.compile(
    r"^\s*[【\[（(]?\s*("
    + "|".join(sorted(LABELS, key=len, reverse=True))
    + r")\s*[】\]）)]?\s*[:：]\s*(.*)$"
)
LABEL_IN_BRACKETS = re.compile(
    r"^\s*[【\[]\s*("
    + "|".join(sorted(LABELS, key=len, reverse=True))
    + r")\s*[】\]]\s*[:：]?\s*(.*)$"
)
KEY_TITLE = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+、)?\s*(?:参考答案|标准答案|答案)(?:及解析|与解析)?\s*[:：]?\s*$"
)
RANGE = re.compile(r"(\d{1,4})\s*[-–—~～至]\s*(\d{1,4})\s*[:：.、．]?\s*([A-Za-z√×对错\s,，]+)")
SINGLE = re.compile(
    r"(\d{1,4})\s*[.、．:：)）]\s*([^\d\s][^;；\n]*?)(?=(?:[\s;；,，]+\d{1,4}\s*[.、．:：)）])|[;；]|$)"
)
INLINE = re.compile(r"[（(]\s*([A-Za-z]{1,8}|[√×✓✗]|对|错|正确|错误)\s*[)）]")
MAX_LINES = 200_000


@dataclass(slots=True)
class Part:
    """A part of the paper under one heading; numbers may begin again in each."""

    kind: str = ""
    ordinal: str = ""  # 一, 二, ... as its heading says
    questions: dict[int, Written] = field(default_factory=dict)


def read_text(data: bytes) -> ParsedFile:
    """The questions of a plain text paper. Raises Unreadable."""
    return ParsedFile("text", collect(understand_lines(islice(lines_of(decode(data)), MAX_LINES))))


def understand_lines(lines: Iterable[str], *, is_html: bool = False) -> Iterator[ParsedQuestion]:
    """The questions in the lines of a paper."""
    reader = Reader(is_html)
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    yield from reader.finish()


class Reader:
    """Goes through a paper line by line and gathers what belongs to one question."""

    def __init__(self, is_html: bool) -> None:
        self.is_html = is_html
        self.parts = [Part()]
        self.current: Written | None = None
        self.at = "text"
        self.in_key = False
        self.may_be_key = False  # 参考答案 stood alone; the next line tells for how many
        self.key_part = 0
        self.count = 0

    def take(self, number: int, raw: str) -> None:
        """Understand one line."""
        line = raw.strip().strip("\u3000")
        if line and self.may_be_key:
            self.may_be_key = False
            self.in_key = bool(HEADING.match(line) or NUMBER.match(line) or RANGE.match(line))
        if not line:
            self._blank()
        elif KEY_TITLE.match(line):
            self._key_title(line)
        elif self.in_key:
            self._key_line(line)
        elif self._heading(line) or self._label(line):
            return
        else:
            self._body(number, line)

    def _blank(self) -> None:
        if self.at == "answer":
            self.at = "after"

    def _key_title(self, line: str) -> None:
        """参考答案 alone on a line: a key for all, unless one question still lacks its answer."""
        questions = [finished(each) for part in self.parts for each in part.questions.values()]
        lacking = [each for each in questions if not each.answer]
        if (
            self.current is not None
            and not self.current.answer
            and len(lacking) == 1 < len(questions)
        ):
            self.at = "answer"
            self.may_be_key = True
            return
        self.in_key = True
        self.current = None

    def _heading(self, line: str) -> bool:
        found = HEADING.match(line)
        if not found:
            return False
        words = squeeze(found[2])
        for name in sorted(KIND_WORDS, key=len, reverse=True):
            if words.startswith(name):
                self.parts.append(Part(name, found[1]))
                self.current = None
                return True
        return False

    def _label(self, line: str) -> bool:
        found = LABEL_IN_BRACKETS.match(line) or LABEL.match(line)
        if not found or self.current is None:
            return False
        name = LABELS[found[1]]
        if (
            name == "answer"
            and "解析" in found[2]
            and (inner := re.split(r"\s*[【\[]?解析[】\]]?\s*[:：]\s*", found[2], maxsplit=1))[1:]
        ):
            self._set("answer", inner[0])
            self._set("explanation", inner[1])
            return True
        self._set(name, found[2])
        return True

    def _set(self, name: str, text: str) -> None:
        assert self.current is not None
        setattr(self.current, name, text.strip())
        self.at = name

    def _body(self, number: int, line: str) -> None:
        start = NUMBER.match(line) or BRACKET.match(line)
        if start and self._begins(int(start[1])):
            self._begin(number, int(start[1]), line[start.end() :])
            return
        if self.current is None:
            return  # a title above the first question
        options = self._options(line)
        if options:
            self.current.options += options
            self.at = "option"
        elif self.at == "option":
            self.current.options[-1] = joined(self.current.options[-1], line)
        elif self.at in ("text", "answer", "explanation"):
            setattr(self.current, self.at, joined(getattr(self.current, self.at), line))

    def _begins(self, number: int) -> bool:
        """A number begins a question unless it counts steps inside an answer or explanation."""
        last = max(self.parts[-1].questions, default=0)
        return number == last + 1 or self.at not in ("answer", "explanation", "text") or last == 0

    def _begin(self, line_number: int, number: int, rest: str) -> None:
        self.count += 1
        if self.count > MAX_QUESTIONS:
            raise Unreadable(_("一次最多导入 %(count)d 道题。", count=MAX_QUESTIONS))
        part = self.parts[-1]
        if number in part.questions:
            self.parts.append(part := Part(part.kind, part.ordinal))
        text, options = self._split_options(rest)
        self.current = Written(
            place=_("第 %(line)d 行（第 %(number)d 题）", line=line_number, number=number),
            text=text,
            kind=part.kind,
            options=options,
            is_html=self.is_html,
        )
        part.questions[number] = self.current
        self.at = "option" if options else "text"

    def _split_options(self, text: str) -> tuple[str, list[str]]:
        found = re.search(r"(?:^|[\s\u3000])A\s*[.、．。:：)）]", text)
        if not found or not re.search(r"[\s\u3000]B\s*[.、．。:：)）]", text[found.end() :]):
            return text.strip(), []
        return text[: found.start()].strip(), self._options(text[found.start() :].strip())

    def _options(self, line: str) -> list[str]:
        """The options on one line, when their letters follow those that were there before."""
        already = len(self.current.options) if self.current else 0
        marks: list[re.Match[str]] = []
        spare = " \u3000；\t" + ("" if self.is_html else ";")
        for found in OPTION.finditer(line):
            if ord(found[1]) - 65 == already + len(marks):
                marks.append(found)
        if not marks or marks[0].start() != 0:
            return []
        ends = [mark.start() for mark in marks[1:]] + [len(line)]
        return [line[mark.end() : end].strip(spare) for mark, end in zip(marks, ends, strict=True)]

    def _key_line(self, line: str) -> None:
        """A line of the key: 1-5 ABCDA, or 1. A 2. B; a heading moves on to its part."""
        found = HEADING.match(line)
        if found:
            words = squeeze(found[2])
            for place, part in enumerate(self.parts):
                if part.ordinal == found[1] or (part.kind and words.startswith(part.kind)):
                    self.key_part = place
                    break
            line = re.sub(r"^[^\d]*", "", found[2], count=1)
        for first, last, answers in RANGE.findall(line):
            count = int(last) - int(first) + 1
            letters = re.split(r"[\s,，]+", answers.strip())
            if len(letters) != count:
                letters = re.findall(r"[A-Za-z√×对错]", answers)
            for number, answer in zip(range(int(first), int(last) + 1), letters, strict=False):
                self._answer(number, answer)
        for number, answer in SINGLE.findall(RANGE.sub(" ", line)):
            self._answer(int(number), answer.strip())

    def _answer(self, number: int, answer: str) -> None:
        places = list(range(self.key_part, len(self.parts))) + list(range(self.key_part))
        for place in places:
            question = self.parts[place].questions.get(number)
            if question is not None and not question.answer:
                question.answer = answer
                return

    def finish(self) -> Iterator[ParsedQuestion]:
        """All questions in the order of the paper."""
        for part in self.parts:
            for written in part.questions.values():
                yield understand(finished(written))


def finished(written: Written) -> Written:
    """The question with an answer that stands in its own text taken out: ……是（ A ）。"""
    if written.answer:
        return written
    found = list(INLINE.finditer(written.text))
    if not found:
        return written
    inner = found[-1][1]
    is_choice = bool(written.options) and bool(read_letters(inner))
    is_truth = not written.options and read_truth(inner) is not None
    if is_choice or is_truth:
        written.answer = inner
        start, end = found[-1].span()
        blank = "（　）" if is_choice else ""
        written.text = (written.text[:start] + blank + written.text[end:]).strip()
    return written


def looks_like_paper(text: str) -> bool:
    """Whether the text has numbered questions."""
    return bool(re.search(NUMBER.pattern, text, re.MULTILINE) or BLANK.search(text))
