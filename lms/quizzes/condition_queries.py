"""Courses and programmes whose learners may take a paper: what is asked, and who fulfils it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import bindparam, select

from lms.courses.models import Course, CourseProgress, Programme, ProgrammeCourse
from lms.courses.programme_queries import view_programmes
from lms.db import db
from lms.errors import NotFound
from lms.members.policy import Action, Actor
from lms.members.scope import ContentState, visible_to
from lms.quizzes.models import Paper, PaperCondition
from lms.quizzes.paper_queries import get_paper

_CONDITIONS = (
    select(PaperCondition)
    .where(PaperCondition.paper_id.in_(bindparam("ids", expanding=True)))
    .order_by(PaperCondition.id)
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A course or programme that a paper may be kept to; `value` is course:5 or programme:2."""

    value: str
    title: str


def get_condition(condition_id: int, *, member: Actor) -> tuple[Paper, PaperCondition]:
    """A condition and its paper, which must be the person's to edit."""
    condition = db.session.get(PaperCondition, condition_id)
    if condition is None:
        raise NotFound(_("没有找到这个条件，它可能已被移走。"))
    return get_paper(condition.paper_id, member=member, action=Action.EDIT), condition


def list_conditions(paper: Paper) -> list[tuple[PaperCondition, str]]:
    """The conditions of a paper with the titles of what they name."""
    query = (
        select(PaperCondition, Course.title, Programme.title)
        .outerjoin(Course, Course.id == PaperCondition.course_id)
        .outerjoin(Programme, Programme.id == PaperCondition.programme_id)
        .where(PaperCondition.paper_id == paper.id)
        .order_by(PaperCondition.id)
    )
    return [(row, course or programme) for row, course, programme in db.session.execute(query)]


def list_choices(member: Actor) -> tuple[list[Choice], list[Choice]]:
    """The published courses and programmes that the author sees."""
    courses = select(Course.id, Course.title).where(
        visible_to(member, Course), Course.state == ContentState.PUBLISHED
    )
    programmes = select(Programme.id, Programme.title).where(
        visible_to(member, Programme), Programme.state == ContentState.PUBLISHED
    )
    return (
        [Choice(f"course:{key}", title) for key, title in _titled(courses, Course)],
        [Choice(f"programme:{key}", title) for key, title in _titled(programmes, Programme)],
    )


def _titled(query: object, model: type[Course] | type[Programme]) -> Iterable[tuple[int, str]]:
    return db.session.execute(query.order_by(model.title)).all()  # type: ignore[attr-defined, no-any-return]


def unmet_conditions(papers: Sequence[Paper], *, member: Actor) -> dict[int, str]:
    """For each paper that the member may not take yet, what they would have to do first."""
    by_paper: dict[int, list[PaperCondition]] = {}
    ids = [paper.id for paper in papers]
    for row in db.session.scalars(_CONDITIONS, {"ids": ids}):
        by_paper.setdefault(row.paper_id, []).append(row)
    if not by_paper:
        return {}
    fulfilled = _Fulfilled([row for rows in by_paper.values() for row in rows], member)
    return {
        paper_id: _sentence(rows, member)
        for paper_id, rows in by_paper.items()
        if not any(fulfilled.by(row) for row in rows)
    }


class _Fulfilled:
    """What one member has begun and completed of all that the conditions name."""

    def __init__(self, rows: Sequence[PaperCondition], member: Actor) -> None:
        programmes = {row.programme_id for row in rows if row.programme_id}
        inside = db.session.execute(
            select(ProgrammeCourse.programme_id, ProgrammeCourse.course_id).where(
                ProgrammeCourse.programme_id.in_(programmes)
            )
        ).all()
        courses = {row.course_id for row in rows if row.course_id} | {pair[1] for pair in inside}
        progress = dict(
            db.session.execute(
                select(CourseProgress.course_id, CourseProgress.completed_at).where(
                    CourseProgress.member_id == member.id, CourseProgress.course_id.in_(courses)
                )
            ).all()
        )
        self.begun = set(progress)
        self.completed = {course for course, at in progress.items() if at is not None}
        self.begun_programmes = {key for key, course in inside if course in self.begun}
        self.completed_programmes = _completed(
            {row.programme_id for row in rows if row.programme_id and row.needs_completion},
            member,
        )

    def by(self, row: PaperCondition) -> bool:
        """Whether the member fulfils the condition."""
        if row.course_id:
            return row.course_id in (self.completed if row.needs_completion else self.begun)
        known = self.completed_programmes if row.needs_completion else self.begun_programmes
        return row.programme_id in known


def _completed(programme_ids: set[int], member: Actor) -> set[int]:
    if not programme_ids:
        return set()
    programmes = db.session.scalars(select(Programme).where(Programme.id.in_(programme_ids))).all()
    views = view_programmes(programmes, member=member)
    return {view.programme.id for view in views if view.standing.is_complete}


def _sentence(rows: Sequence[PaperCondition], member: Actor) -> str:
    """What would open the paper, naming only what the member may see."""
    courses = dict(
        db.session.execute(
            select(Course.id, Course.title).where(
                Course.id.in_([row.course_id for row in rows]),
                visible_to(member, Course),
            )
        ).all()
    )
    programmes = dict(
        db.session.execute(
            select(Programme.id, Programme.title).where(
                Programme.id.in_([row.programme_id for row in rows]),
                visible_to(member, Programme),
            )
        ).all()
    )
    titles = [
        (courses.get(row.course_id) or programmes.get(row.programme_id), row.needs_completion)
        for row in rows
    ]
    ways = [
        _("学完《%(title)s》", title=title) if whole else _("开始学习《%(title)s》", title=title)
        for title, whole in titles
        if title
    ]
    if not ways:
        return _("这场考试只对指定课程或专题的学员开放。")
    return _("先%(ways)s，就可以参加。", ways=_("，或者").join(ways))
