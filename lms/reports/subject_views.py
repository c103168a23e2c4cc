"""Pages about courses and tests: how many have finished, and who."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import Select

from lms.courses.models import Course
from lms.members.policy import Actor
from lms.members.session import current_actor
from lms.quizzes.models import Paper
from lms.reports import subject_queries, words
from lms.reports.queries import count_people, get_unit_choices
from lms.reports.subject_queries import SubjectLine
from lms.reports.views import PAGE_SIZE, bp, chosen_unit
from lms.web.pager import Page, paginate


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report can be about, and how its people are read."""

    code: str
    model: type[Course] | type[Paper]
    list_lines: Callable[[Actor, str], list[SubjectLine]]
    people: Callable[[Actor, str, int], Select[Any]]
    to_person: Callable[[Any], Any]


COURSE = Subject(
    "course",
    Course,
    subject_queries.list_courses,
    subject_queries.course_people,
    subject_queries.to_course_person,
)
TEST = Subject(
    "test",
    Paper,
    subject_queries.list_tests,
    subject_queries.test_people,
    subject_queries.to_test_person,
)


@bp.get("/courses")
def courses() -> str:
    return show_lines(COURSE)


@bp.get("/tests")
def tests() -> str:
    return show_lines(TEST)


@bp.get("/courses/<int:course_id>")
def course(course_id: int) -> str:
    return show_people(COURSE, course_id)


@bp.get("/tests/<int:paper_id>")
def test(paper_id: int) -> str:
    return show_people(TEST, paper_id)


def show_lines(subject: Subject) -> str:
    """The page of all courses or all tests."""
    actor = current_actor()
    unit = chosen_unit(actor)
    return render_template(
        "reports/subjects.html",
        kind=subject.code,
        unit=unit,
        lines=subject.list_lines(actor, unit.path),
        people=count_people(actor, unit.path),
        choices=get_unit_choices(actor, unit),
        words=words,
    )


def show_people(subject: Subject, subject_id: int) -> str:
    """The page of one course or test: the people of the unit, a page at a time."""
    actor = current_actor()
    unit = chosen_unit(actor)
    title = subject_queries.get_title(actor, subject.model, subject_id)
    query = subject.people(actor, unit.path, subject_id)
    page = paginate(query, size=PAGE_SIZE, scalars=False)
    people = [subject.to_person(row) for row in page.items]
    return render_template(
        f"reports/{subject.code}.html",
        title=title,
        subject_id=subject_id,
        unit=unit,
        page=Page(people, page.number, page.size, page.total),
        choices=get_unit_choices(actor, unit),
        words=words,
    )
