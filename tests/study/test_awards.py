"""Credit that waits for a course's test, and what counts for the required part."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from lms import clock
from lms.courses import programme_actions
from lms.courses.actions import add_lesson, change_lesson, delete_lesson
from lms.courses.models import Lesson, ProgrammeCourse
from lms.courses.queries import list_chapters
from lms.db import db
from lms.members.scope import ContentState
from lms.study import actions, jobs, proofs
from lms.study.credit import PRESETS, to_data
from lms.study.models import EntryKind, StudyEntry, StudyItem, StudyRule
from lms.study.months import Month
from lms.study.queries import list_member_months, month_summary, today
from tests.quizzes.samples import make_paper, right_answers
from tests.study.lessons import course_of

LENGTH = Decimal("0.2222")  # a clip of ten minutes, 45 minutes being one hour


@pytest.fixture
def rules(people, time):
    """Completion and test, from the beginning."""
    with clock.frozen(time.at):
        actions.rules_on(today())
        db.session.execute(update(StudyRule).values(data=to_data(PRESETS["completion_test"])))
        db.session.commit()


@pytest.fixture
def test_of(people, material, actor):
    """Add a test with a paper to the course; gives the lesson and the paper."""

    def add(*, is_required=True):
        made = make_paper(actor("owner"), people.north, is_listed=False)
        lesson = add_lesson(
            list_chapters(course_of(material))[0],
            kind="test",
            title="讲后测试",
            is_required=is_required,
        )
        lesson.settings = {"paper_id": made.paper_id}
        ids = lesson.id, made.paper_id
        db.session.commit()
        return ids

    return add


@pytest.fixture
def watch(material, window, time):
    """Watch the clip to its end."""

    def run(number="learner"):
        page = window(number, material.clip)
        page.beat()
        for at in range(40):
            page.beat(15, ranges=[[at * 15, at * 15 + 15]])
        page.beat(0, at_end=True, state="left")
        time.pass_(700)
        with clock.frozen(time.at):
            jobs.close_silent()
        db.session.rollback()

    return run


@pytest.fixture
def take(client_of, time):
    """Take the test inside its lesson and give the right answers."""

    def run(lesson_id, paper_id, answers=None, number="learner"):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            began = client.post(f"/quizzes/papers/{paper_id}/start", data={"lesson_id": lesson_id})
            assert began.status_code == 302, began.text
            given = right_answers() if answers is None else answers
            client.post(f"{began.location}/answers", json={"answers": given})
            assert client.post(f"{began.location}/submit").status_code == 302
        db.session.rollback()

    return run


def entries(kind, member_id=None):
    query = select(StudyEntry).where(StudyEntry.kind == kind).order_by(StudyEntry.id)
    if member_id is not None:
        query = query.where(StudyEntry.member_id == member_id)
    return db.session.scalars(query).all()


def page(client_of, time, address, number="learner"):
    db.session.rollback()
    with clock.frozen(time.at):
        return client_of(number).get(address).text


def test_what_is_finished_waits_for_the_test_of_its_course(
    people, rules, material, test_of, watch, take, time, client_of
):
    lesson_id, paper_id = test_of()
    watch()
    assert entries(EntryKind.COMPLETION) == []
    shown = page(client_of, time, "/study/")
    assert "等待通过测试" in shown and "安全保障义务" in shown and "0.22 学时" in shown
    assert "等待通过测试" in page(client_of, time, f"/study/members/{people.learner}", "manager")
    take(lesson_id, paper_id, answers=[])
    assert entries(EntryKind.COMPLETION) == []
    time.pass_(2 * 86_400)
    take(lesson_id, paper_id)
    (done,) = entries(EntryKind.COMPLETION)
    with clock.frozen(time.at):
        assert (done.credit, done.day_on) == (LENGTH, today())
        assert (done.subject_kind, done.subject_id) == ("lesson", material.clip)
    assert [entry.credit for entry in entries(EntryKind.TEST)] == [Decimal("0.5")]
    assert "等待通过测试" not in page(client_of, time, "/study/")
    take(lesson_id, paper_id)
    assert len(entries(EntryKind.COMPLETION)) == 1
    assert list(proofs.verify()) == []


def test_who_has_passed_before_waits_for_nothing(rules, material, test_of, watch, take):
    take(*test_of())
    watch()
    assert [entry.credit for entry in entries(EntryKind.COMPLETION)] == [LENGTH]


@pytest.mark.parametrize("has_test", [False, True])
def test_a_course_without_a_required_test_makes_nobody_wait(rules, test_of, watch, has_test):
    if has_test:
        test_of(is_required=False)
    watch()
    assert [entry.credit for entry in entries(EntryKind.COMPLETION)] == [LENGTH]


@pytest.mark.parametrize("how", ["deleted", "elective"])
def test_what_waits_is_given_when_the_test_is_taken_out(rules, test_of, watch, time, how):
    lesson_id, _paper_id = test_of()
    watch()
    with clock.frozen(time.at):
        assert jobs.give_ready() == 0
        lesson = db.session.get_one(Lesson, lesson_id)
        if how == "deleted":
            delete_lesson(lesson, by=None)
        else:
            change_lesson(lesson, title=lesson.title, is_required=False)
        db.session.commit()
        assert jobs.give_ready() == 1
        assert jobs.give_ready() == 0
    assert [entry.credit for entry in entries(EntryKind.COMPLETION)] == [LENGTH]


def test_the_rules_of_the_day_on_which_it_was_finished_decide(
    rules, test_of, watch, take, time, people
):
    lesson_id, paper_id = test_of()
    watch()
    with clock.frozen(time.at):
        first = db.session.scalars(select(StudyRule.id)).one()
        db.session.add(
            StudyRule(
                name="按时间",
                data=to_data(PRESETS["time"]),
                effective_on=today(),
                created_at=clock.now(),
            )
        )
        db.session.commit()
    take(lesson_id, paper_id)
    (done,) = entries(EntryKind.COMPLETION)
    assert (done.credit, done.rule_id) == (LENGTH, first)
    db.session.expire_all()
    query = select(StudyItem.waits_rule_id).where(StudyItem.member_id == people.learner)
    assert set(db.session.scalars(query)) == {None}


@pytest.fixture
def programme(people, material):
    """A programme of the whole organisation that asks for the course."""
    made = programme_actions.create_programme(
        title="必修", unit_id=people.root, audience_unit_id=people.north, by=None
    )
    programme_actions.add_course(made, course_of(material))
    made.state = ContentState.PUBLISHED
    db.session.commit()
    return made


def required_of(people, time):
    with clock.frozen(time.at):
        found = month_summary(people.learner, Month(2026, 11)).standing
    db.session.rollback()
    return found.required_credit, found.elective_credit


def studied(window, material, time):
    open_page = window("learner", material.text)
    open_page.beat()
    open_page.beat(45)
    return open_page


def end(open_page, time):
    open_page.beat(0, state="left")
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    db.session.rollback()


def test_a_course_required_of_the_unit_counts_for_the_required_part(
    people, material, programme, window, time, actor, client_of
):
    open_page = studied(window, material, time)
    assert required_of(people, time) == (Decimal("0.0166"), 0)  # what is open counts as well
    end(open_page, time)
    assert required_of(people, time) == (Decimal("0.0166"), 0)
    actions.adjust(
        member_id=people.learner,
        day=time.at.date(),
        title="补记",
        credit=Decimal("0.5"),
        reason="纸质签到",
        by=actor("manager"),
    )
    db.session.commit()
    assert required_of(people, time) == (Decimal("0.0166"), Decimal("0.5"))
    assert "其中选修" in page(client_of, time, "/study/")
    assert "0.02 / 0.5" in page(client_of, time, "/study/unit", "manager")
    manager = actor("manager")
    with clock.frozen(time.at):
        months = list_member_months(manager, f"/{people.root}/", Month(2026, 11))
    (mine,) = [one for one in months if one.member_id == people.learner]
    assert (mine.required_credit, mine.elective_credit) == (Decimal("0.0166"), Decimal("0.5"))


@pytest.mark.parametrize("change", ["draft", "elective course", "elective lesson", "elsewhere"])
def test_everything_else_is_elective(people, material, programme, window, time, change):
    if change == "draft":
        programme.state = ContentState.DRAFT
    elif change == "elective course":
        place = db.session.scalars(select(ProgrammeCourse)).one()
        programme_actions.set_required(place, is_required=False)
    elif change == "elective lesson":
        lesson = db.session.get_one(Lesson, material.text)
        change_lesson(lesson, title=lesson.title, is_required=False)
    else:
        programme.audience_unit_id = people.south
    db.session.commit()
    end(studied(window, material, time), time)
    assert required_of(people, time) == (0, Decimal("0.0166"))


def test_a_test_counts_like_the_lesson_in_which_it_is_taken(
    people, rules, programme, test_of, watch, take, time
):
    lesson_id, paper_id = test_of()
    watch()
    take(lesson_id, paper_id)
    assert required_of(people, time) == (LENGTH + Decimal("0.5"), 0)
