"""Reading programmes: loaders, and how each stands for a learner."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from lms.courses.catalogue_queries import CourseCard, course_cards
from lms.courses.completion import WHOLE, CourseStanding, LessonStanding, course_standing
from lms.courses.models import Course, Programme, ProgrammeCourse
from lms.db import db
from lms.errors import NotFound
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor, covers, may_content
from lms.members.scope import ContentState, check, content_facts, editable_by, visible_to


@dataclass(frozen=True, slots=True)
class ProgrammeCard:
    """A course in its place in a programme, as it stands for one learner."""

    place: ProgrammeCourse
    card: CourseCard


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """A programme with the courses that the learner may study, in order."""

    programme: Programme
    courses: tuple[ProgrammeCard, ...]
    standing: CourseStanding  # counted in courses

    @property
    def next_course(self) -> Course | None:
        """The first course that is not complete; None when all are."""
        return next((one.card.course for one in self.courses if not one.card.is_complete), None)


def get_programme(programme_id: int, *, member: Actor, action: Action = Action.VIEW) -> Programme:
    """The programme; raises NotFound or Forbidden as the policy says."""
    programme = db.session.get(Programme, programme_id)
    check(member, action, programme)
    if programme is None:
        raise NotFound(_("没有找到这个专题。"))
    return programme


def get_place(place_id: int, *, member: Actor) -> ProgrammeCourse:
    """A course's place in a programme that the person may change."""
    place = db.session.get(ProgrammeCourse, place_id)
    if place is None:
        raise NotFound(_("这门课程已经不在专题里了。"))
    get_programme(place.programme_id, member=member, action=Action.EDIT)
    return place


def may_edit_programme(programme: Programme, *, member: Actor) -> bool:
    """Whether the person may change the programme; pages ask it before they offer to."""
    return may_content(member, Action.EDIT, content_facts(programme))


def open_programmes(actor: Actor) -> Select[Programme]:
    """The published programmes meant for the person, what is due first before all else."""
    return (
        select(Programme)
        .where(visible_to(actor, Programme), Programme.state == ContentState.PUBLISHED)
        .order_by(Programme.due_on.is_(None), Programme.due_on, Programme.id.desc())
    )


def authored_programmes(actor: Actor) -> Select[Programme, int]:
    """The programmes that the person may change, with their number of courses."""
    count = (
        select(func.count())
        .where(ProgrammeCourse.programme_id == Programme.id)
        .correlate(Programme)
        .scalar_subquery()
    )
    query = select(Programme, count).where(editable_by(actor, Programme))
    return query.order_by(Programme.changed_at.desc(), Programme.id.desc())


def list_open_programmes(actor: Actor) -> list[ProgrammeView]:
    """All programmes meant for the person, as they stand."""
    return view_programmes(db.session.scalars(open_programmes(actor)).all(), member=actor)


def view_programmes(programmes: Sequence[Programme], *, member: Actor) -> list[ProgrammeView]:
    """The programmes as they stand for the learner; three queries however many there are."""
    query = (
        select(ProgrammeCourse, Course)
        .join(Course, Course.id == ProgrammeCourse.course_id)
        .where(
            ProgrammeCourse.programme_id.in_([one.id for one in programmes]),
            visible_to(member, Course),
            Course.state == ContentState.PUBLISHED,
        )
        .order_by(ProgrammeCourse.position, ProgrammeCourse.id)
    )
    pairs = [(place, course) for place, course in db.session.execute(query)]
    courses = list({course.id: course for _place, course in pairs}.values())
    cards = {card.course.id: card for card in course_cards(courses, member=member)}
    found: dict[int, list[ProgrammeCard]] = {one.id: [] for one in programmes}
    for place, course in pairs:
        found[place.programme_id].append(ProgrammeCard(place, cards[course.id]))
    return [
        ProgrammeView(one, tuple(found[one.id]), _standing(found[one.id])) for one in programmes
    ]


def _standing(courses: Sequence[ProgrammeCard]) -> CourseStanding:
    # The rule of lessons in a course, one level up.
    return course_standing(
        LessonStanding(
            one.place.is_required,
            WHOLE if one.card.is_complete else one.card.standing.fraction,
            one.card.is_complete,
        )
        for one in courses
    )


def is_course_required(course_id: int, unit_ids: Sequence[int]) -> bool:
    """Whether the course is required of the people of a unit, given with all units above it.

    It is when a published programme that is meant for one of them has it among its required ones.
    """
    query = (
        select(ProgrammeCourse.id)
        .join(Programme, Programme.id == ProgrammeCourse.programme_id)
        .where(
            ProgrammeCourse.course_id == course_id,
            ProgrammeCourse.is_required,
            Programme.state == ContentState.PUBLISHED,
            Programme.audience_unit_id.in_(unit_ids),
        )
    )
    return db.session.scalar(query.limit(1)) is not None


def list_places(programme: Programme) -> list[tuple[ProgrammeCourse, Course]]:
    """The courses of the programme in order, whatever their state: what its author sees."""
    query = (
        select(ProgrammeCourse, Course)
        .join(Course, Course.id == ProgrammeCourse.course_id)
        .where(ProgrammeCourse.programme_id == programme.id)
        .order_by(ProgrammeCourse.position, ProgrammeCourse.id)
    )
    return [(place, course) for place, course in db.session.execute(query)]


def list_addable(programme: Programme, *, member: Actor) -> Sequence[Course]:
    """The published courses that the author sees and that are not in the programme yet."""
    inside = select(ProgrammeCourse.course_id).where(ProgrammeCourse.programme_id == programme.id)
    query = select(Course).where(
        visible_to(member, Course),
        Course.state == ContentState.PUBLISHED,
        Course.id.not_in(inside),
    )
    return db.session.scalars(query.order_by(Course.title)).all()


def programme_problems(programme: Programme) -> list[str]:
    """Why the programme can't be published, in sentences; empty when it can."""
    places = list_places(programme)
    if not places:
        return [_("专题里还没有课程。")]
    units = [programme.audience_unit_id, *(course.audience_unit_id for _p, course in places)]
    query = select(OrgUnit.id, OrgUnit.path).where(OrgUnit.id.in_(units))
    paths = dict(db.session.execute(query).all())
    found = []
    for _place, course in places:
        if course.state != ContentState.PUBLISHED:
            found.append(_("《%(title)s》还没有发布。", title=course.title))
        elif not covers(paths[course.audience_unit_id], paths[programme.audience_unit_id]):
            found.append(_("《%(title)s》没有开放给专题的全部学员。", title=course.title))
    return found
