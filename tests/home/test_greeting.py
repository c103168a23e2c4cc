"""The words of the desk: the hour's greeting, deadlines."""

from datetime import date

import pytest
from flask import Flask

from lms.home.greeting import DayPart, day_part
from lms.home.words import due_words, greeting


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (0, DayPart.NIGHT),
        (4, DayPart.NIGHT),
        (5, DayPart.MORNING),
        (9, DayPart.FORENOON),
        (11, DayPart.FORENOON),
        (12, DayPart.NOON),
        (14, DayPart.AFTERNOON),
        (17, DayPart.AFTERNOON),
        (18, DayPart.EVENING),
        (22, DayPart.NIGHT),
        (23, DayPart.NIGHT),
    ],
)
def test_each_hour_has_its_part_of_the_day(hour: int, part: DayPart) -> None:
    assert day_part(hour) is part


def test_every_hour_can_be_greeted(app: Flask) -> None:
    assert all("李建国" in greeting("李建国", hour) for hour in range(24))
    assert greeting("100% 的人", 15) == "100% 的人，下午好"


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (None, ("", "")),
        (date(2026, 11, 18), ("已过期 2 天", "bad")),
        (date(2026, 11, 20), ("今天截止", "bad")),
        (date(2026, 11, 22), ("还有 2 天", "bad")),
        (date(2026, 11, 30), ("11 月 30 日", "")),
    ],
)
def test_deadlines_in_words(app: Flask, due_on: date | None, words: tuple[str, str]) -> None:
    assert due_words(due_on, date(2026, 11, 20)) == words
