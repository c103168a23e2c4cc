"""Exports about one course or one test: one line for everybody of a subtree."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select

from lms.courses.models import Course
from lms.members.policy import Actor
from lms.quizzes.models import Paper
from lms.reports.columns import Column, Row, Sheet, Type
from lms.reports.queries import CHUNK, find_unit_names
from lms.reports.request import Request
from lms.reports.subject_queries import (
    CoursePerson,
    TestPerson,
    course_people,
    get_title,
    stream,
    test_people,
    to_course_person,
    to_test_person,
)
from lms.reports.words import exported_note, result_label
from lms.study.months import day_at
from lms.web.settings import settings

HUNDREDTH = Decimal("0.01")


def check_course(actor: Actor, subject_id: int | None) -> None:
    """Raise NotFound for a course that the person does not see."""
    get_title(actor, Course, subject_id)


def check_test(actor: Actor, subject_id: int | None) -> None:
    """Raise NotFound for a test that the person does not see."""
    get_title(actor, Paper, subject_id)


def course_sheets(wanted: Request) -> Iterator[Sheet]:
    """How far everybody of the subtree is in the course."""
    title = get_title(wanted.actor, Course, wanted.subject_id)
    query = course_people(wanted.actor, wanted.unit.path, wanted.subject_id or 0)
    yield Sheet(
        name=_("课程进度"),
        headline=_("%(unit)s《%(title)s》学习进度", unit=wanted.unit.name, title=title),
        notes=(exported_note(wanted.actor),),
        columns=(
            *_person_columns(),
            Column(_("进度"), Type.SHARE),
            Column(_("完成日期"), Type.DAY, width=12),
            Column(_("最近学习"), Type.DAY, width=12),
        ),
        rows=_rows(wanted, query, lambda row: _course_cells(to_course_person(row))),
    )


def _course_cells(one: CoursePerson) -> Row:
    share = one.fraction.quantize(HUNDREDTH, ROUND_DOWN)
    return one.unit_path, one.number, one.name, share, _day(one.completed_at), _day(one.seen_at)


def test_sheets(wanted: Request) -> Iterator[Sheet]:
    """What everybody of the subtree has reached in the test."""
    title = get_title(wanted.actor, Paper, wanted.subject_id)
    query = test_people(wanted.actor, wanted.unit.path, wanted.subject_id or 0)
    yield Sheet(
        name=_("考试成绩"),
        headline=_("%(unit)s《%(title)s》考试成绩", unit=wanted.unit.name, title=title),
        notes=(exported_note(wanted.actor),),
        columns=(
            *_person_columns(),
            Column(_("考试次数"), Type.COUNT, is_summed=True),
            Column(_("最好成绩"), Type.SHARE),
            Column(_("结果"), width=10),
            Column(_("最近交卷"), Type.DAY, width=12),
        ),
        rows=_rows(wanted, query, lambda row: _test_cells(to_test_person(row))),
    )


def _test_cells(one: TestPerson) -> Row:
    best = None if one.best is None else one.best.quantize(HUNDREDTH, ROUND_DOWN)
    result = result_label(one)
    return one.unit_path, one.number, one.name, one.attempts, best, result, _day(one.submitted_at)


def _rows(wanted: Request, query: Select[Any], cells: Callable[[Any], Row]) -> Iterator[Row]:
    """The lines; `cells` gives the unit's path, number and name first, then the rest."""
    names, done = find_unit_names(wanted.unit.path), 0
    for part in stream(query, CHUNK):
        for row in part:
            path, number, name, *rest = cells(row)
            yield (number, name, names[str(path)], *rest)
        done += len(part)
        wanted.progress(done)


def _day(moment: datetime | None) -> date | None:
    return day_at(moment, settings().zone) if moment else None


def _person_columns() -> tuple[Column, ...]:
    return (
        Column(_("编号"), width=12),
        Column(_("姓名"), width=10),
        Column(_("单位"), width=32),
    )


test_sheets.__test__ = False  # type: ignore[attr-defined]
