"""The outline of a course as plain ids: order, numbers, neighbours, moves that lose nothing."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")

DIGITS = "零一二三四五六七八九"
PLACES = ((1000, "千"), (100, "百"), (10, "十"))


class OutlineChanged(ValueError):
    """A wanted order does not name exactly the chapters and lessons that there are."""


@dataclass(frozen=True, slots=True)
class OutlineChapter:
    """A chapter and its lessons in order, all by id."""

    id: int
    lesson_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The chapters of a course in order."""

    chapters: tuple[OutlineChapter, ...] = ()

    @property
    def lesson_ids(self) -> tuple[int, ...]:
        """All lessons in the order in which they are studied."""
        return tuple(lesson_id for chapter in self.chapters for lesson_id in chapter.lesson_ids)

    def number_of(self, lesson_id: int) -> int:
        """The lesson's number, counted from 1 through all chapters; ValueError when not here."""
        return self.lesson_ids.index(lesson_id) + 1

    def neighbours(self, lesson_id: int) -> tuple[int | None, int | None]:
        """The lessons before and after, None at either end; ValueError when not here."""
        lessons = self.lesson_ids
        place = lessons.index(lesson_id)
        before = lessons[place - 1] if place else None
        after = lessons[place + 1] if place + 1 < len(lessons) else None
        return before, after

    def resume_at(self, done: Container[int], last_id: int | None = None) -> int | None:
        """Where a learner goes on: the last lesson if unfinished, else the next unfinished one.

        The search goes from the last lesson to the end and then from the start, so that a lesson
        that was skipped is found too. When all are done it is the first; None without lessons.
        """
        lessons = self.lesson_ids
        start = lessons.index(last_id) if last_id in lessons else 0
        ahead = lessons[start:] + lessons[:start]
        return next(
            (lesson_id for lesson_id in ahead if lesson_id not in done), (*lessons, None)[0]
        )

    def with_chapter_moved(self, chapter_id: int, step: int) -> "Outline":
        """The outline with the chapter one place up (-1) or down (+1); the same at the ends."""
        ids = [chapter.id for chapter in self.chapters]
        return Outline(tuple(shifted(self.chapters, ids.index(chapter_id), step)))

    def with_lesson_moved(self, lesson_id: int, step: int) -> "Outline":
        """The outline with the lesson one place up (-1) or down (+1).

        At the edge of its chapter a lesson moves over into the neighbouring chapter.
        """
        place = next(
            i for i, chapter in enumerate(self.chapters) if lesson_id in chapter.lesson_ids
        )
        home = self.chapters[place]
        inside = shifted(home.lesson_ids, home.lesson_ids.index(lesson_id), step)
        chapters = list(self.chapters)
        chapters[place] = OutlineChapter(home.id, tuple(inside))
        if tuple(inside) == home.lesson_ids and 0 <= place + step < len(chapters):
            rest = tuple(other for other in home.lesson_ids if other != lesson_id)
            target = chapters[place + step]
            joined = (
                (lesson_id, *target.lesson_ids) if step > 0 else (*target.lesson_ids, lesson_id)
            )
            chapters[place] = OutlineChapter(home.id, rest)
            chapters[place + step] = OutlineChapter(target.id, joined)
        return Outline(tuple(chapters))

    def rearranged(self, wanted: "Outline") -> "Outline":
        """`wanted`, when it holds exactly this outline's chapters and lessons, each once.

        Raises OutlineChanged otherwise: somebody has added or removed something meanwhile.
        """
        same_chapters = sorted(c.id for c in self.chapters) == sorted(c.id for c in wanted.chapters)
        if not same_chapters or sorted(self.lesson_ids) != sorted(wanted.lesson_ids):
            raise OutlineChanged("the wanted order is not of this outline")
        return wanted


def shifted(items: Sequence[Item], place: int, step: int) -> list[Item]:
    """The items with the one at `place` moved by `step`; unchanged when that leaves the list."""
    moved = list(items)
    target = place + step
    if 0 <= target < len(moved):
        moved.insert(target, moved.pop(place))
    return moved


def chinese_number(number: int) -> str:
    """A whole number from 0 to 9999 in Chinese, as in 第二十条; larger ones stay in digits."""
    if not 0 <= number < 10_000:
        return str(number)
    text, gap = "", False
    for size, name in PLACES:
        digit, number = divmod(number, size)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
        gap = not digit
    if number or not text:
        text += ("零" if gap and text else "") + DIGITS[number]
    return text.removeprefix("一") if text.startswith("一十") else text
