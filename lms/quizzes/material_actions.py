"""The questions of a passage: added, changed, moved and taken out. No commits.

Each change is a new version of the whole; the points of the questions make those of the passage.
"""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _

from lms.errors import Conflict, NotFound
from lms.members.policy import Actor
from lms.quizzes.bank_actions import revise_question
from lms.quizzes.bank_queries import definitions_of, newest_version
from lms.quizzes.definition import ONE, ZERO, Definition, Kind
from lms.quizzes.models import Question


def passage_of(question: Question) -> Definition:
    """The newest version of a passage; NotFound for questions of other kinds."""
    if question.kind != Kind.MATERIAL:
        raise NotFound(_("这道题不是材料题。"))
    version = newest_version(question)
    return definitions_of({version.id: version.digest})[version.id]


def part_of(question: Question, number: int) -> Definition:
    """The question with this number, counted from 1."""
    parts = passage_of(question).parts
    if not 1 <= number <= len(parts):
        raise NotFound(_("没有找到这个小题，它可能已被移走。"))
    return parts[number - 1]


def check_version(question: Question, number: str) -> None:
    """Raise Conflict when the page that was sent shows an older version."""
    if number and number != str(question.version_number):
        raise Conflict(_("这道题刚刚被别人改过。请退回上一页，复制你的内容，刷新后再改。"))


def add_part(question: Question, part: Definition, *, by: Actor) -> None:
    """A new question at the end of the passage."""
    _set_parts(question, [*passage_of(question).parts, part], by=by)


def change_part(question: Question, number: int, part: Definition, *, by: Actor) -> None:
    """Write the question anew."""
    part_of(question, number)
    parts = list(passage_of(question).parts)
    parts[number - 1] = part
    _set_parts(question, parts, by=by)


def move_part(question: Question, number: int, *, step: int, by: Actor) -> None:
    """One place up (-1) or down (+1); nothing beyond the ends."""
    part = part_of(question, number)
    parts = list(passage_of(question).parts)
    place = number - 1 + step
    if not 0 <= place < len(parts):
        return
    parts.pop(number - 1)
    parts.insert(place, part)
    _set_parts(question, parts, by=by)


def remove_part(question: Question, number: int, *, by: Actor) -> None:
    """Take the question out; a passage that is in use keeps at least one."""
    part_of(question, number)
    parts = list(passage_of(question).parts)
    parts.pop(number - 1)
    _set_parts(question, parts, by=by)


def _set_parts(question: Question, parts: Sequence[Definition], *, by: Actor) -> None:
    whole = sum((part.points for part in parts), ZERO) or ONE
    changed = replace(passage_of(question), parts=tuple(parts), points=whole)
    revise_question(question, changed, by=by)
