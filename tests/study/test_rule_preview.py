"""A preview of rules says exactly what would have been posted: the same study, done under both."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from lms import clock
from lms.courses.actions import add_lesson, record_progress
from lms.courses.queries import list_chapters
from lms.db import db
from lms.study import actions, jobs
from lms.study.credit import PRESETS, CreditKind, Rules, to_data
from lms.study.models import StudyEntry, StudyRule
from lms.study.queries import today
from lms.study.rule_preview import preview
from tests.study.conftest import NOON
from tests.study.lessons import course_of

TIERS = ((Decimal(12), Decimal(1)), (Decimal(0), Decimal("0.4")))
RULES = {
    "slower": Rules(minutes_per_credit=60),
    "item cap": Rules(item_credit_cap=Decimal("0.3")),
    "day cap": Rules(day_credit_cap=Decimal("0.2")),
    "month cap": Rules(month_credit_cap=Decimal("0.45"), minutes_per_credit=30),
    "completion": replace(PRESETS["completion_test"], needs_test=False),
    "completion and test": PRESETS["completion_test"],
    "tiers": Rules(length_tiers=TIERS, earning=PRESETS["tiers"].earning),
    "tiers, capped": Rules(
        length_tiers=TIERS, earning=PRESETS["tiers"].earning, day_credit_cap=Decimal("0.5")
    ),
    "everything": Rules(
        minutes_per_credit=50,
        item_credit_cap=Decimal("0.25"),
        day_credit_cap=Decimal("0.3"),
        month_credit_cap=Decimal("0.4"),
        test_credit=Decimal(2),
    ),
    "fast readers": Rules(chars_per_minute=600),
    "fast readers who finish": Rules(chars_per_minute=600, earning=PRESETS["tiers"].earning),
    "short days": Rules(day_minutes_cap=9),
    "strict": Rules(text_factor=Decimal(1), media_factor=Decimal("0.5")),
}


# Between them these hold every setting of the others, so they alone are run each time.
QUICK = {"everything", "completion and test", "tiers, capped", "fast readers who finish"}
QUICK |= {"short days", "strict"}
# Where credit comes by time alone, it is all one whether the course has a test.
CASES = [
    pytest.param(name, test, marks=[] if (name in QUICK and test == "passed") else pytest.mark.slow)
    for name, rules in RULES.items()
    for test in ("passed", "no test", "not passed")
    if test == "passed" or rules.earning != Rules().earning
]


@pytest.fixture
def course_test(request, material):
    """The course has no test, one that is not passed, or one that is: the last unless said."""
    test = getattr(request, "param", "passed")
    if test == "no test":
        return None
    chapter = list_chapters(course_of(material))[0]
    lesson_id = add_lesson(chapter, kind="test", title="讲后测试").id
    db.session.commit()
    return lesson_id, test == "passed"


@pytest.fixture
def study(people, material, window, time, course_test):
    """Three days of one member: a text, a clip, both to the end, a passed test."""

    def run(number, member_id):
        time.at = NOON - timedelta(days=24)
        for day in range(3):
            time.at = NOON - timedelta(days=24 - day)
            page = window(number, material.text)
            page.beat()
            for _ in range(9):
                page.beat(31.7)
            page.beat(4, state="left")
            page = window(number, material.clip)
            page.beat()
            for at in range(12):
                start = (day * 12 + at) * 15
                page.beat(15, ranges=[[start, start + 15]])
            page.beat(7, at_end=day == 2, state="left")
            time.pass_(700)
            with clock.frozen(time.at):
                jobs.close_silent()
        time.pass_(86_400)
        with clock.frozen(time.at):
            if course_test and course_test[1]:
                record_progress(
                    member_id=member_id, lesson_id=course_test[0], fraction=Decimal(1), at=time.at
                )
            actions.record_test_passed(
                member_id=member_id, subject_kind="paper", subject_id=1, title="测试", at=time.at
            )
            db.session.commit()
        time.at = NOON

    return run


def hold(rules, time):
    """Let the rules hold from the beginning, which only a test may do."""
    with clock.frozen(time.at):
        actions.rules_on(date(2026, 11, 20))
        db.session.execute(update(StudyRule).values(data=to_data(rules)))
        db.session.commit()


def credit_of(member_id):
    kinds = (CreditKind.ONLINE, CreditKind.TEST)
    query = select(func.sum(StudyEntry.credit, type_=StudyEntry.credit.type)).where(
        StudyEntry.member_id == member_id, StudyEntry.counts_as.in_(kinds)
    )
    found = db.session.scalar(query)
    db.session.rollback()
    return found


def try_out(rules, time):
    with clock.frozen(time.at):
        found = preview(rules, today=today())
    db.session.rollback()
    return found


@pytest.mark.parametrize(("name", "course_test"), CASES, indirect=["course_test"])
def test_a_preview_is_what_would_have_been_posted(people, study, time, name):
    study("learner", people.learner)
    tried = try_out(RULES[name], time)
    assert (tried.members, tried.given) == (1, credit_of(people.learner))
    hold(RULES[name], time)
    study("peer", people.peer)
    assert tried.would_be == credit_of(people.peer)
    # Under the rules that held when somebody studied, they get what they were given.
    again = {name: credits for name, *credits in try_out(RULES[name], time).examples}
    assert again["彭学员"] == [tried.would_be, tried.would_be]


def test_what_was_credited_before_the_time_looked_at_fills_the_caps(people, study, time):
    study("learner", people.learner)
    with clock.frozen(time.at):
        rules = Rules(item_credit_cap=Decimal("0.3"), month_credit_cap=Decimal("0.5"))
        later = preview(rules, today=today(), days=23)
        whole = preview(rules, today=today(), days=90)
    assert whole.given > later.given > 0
    assert whole.capped_away > 0
    # The first day's credit stays what it was; what follows has only the rest of each cap.
    first = whole.given - later.given
    assert later.would_be <= Decimal("0.5") - first
    assert later.would_be < whole.would_be


def test_what_was_reversed_is_reversed_by_what_it_would_have_been(people, study, actor, time):
    study("learner", people.learner)
    with clock.frozen(time.at):
        query = select(StudyEntry).where(StudyEntry.seconds > 0).order_by(StudyEntry.id)
        entry = db.session.scalars(query).first()
        before = preview(RULES["slower"], today=today())
        actions.reverse(entry, reason="误计", by=actor("manager"))
        after = preview(RULES["slower"], today=today())
        share = RULES["slower"].for_online(entry.seconds)
        assert before.given - after.given == entry.credit
        assert before.would_be - after.would_be == share
    db.session.rollback()


def test_of_many_people_an_even_sample_is_tried(people, time, monkeypatch):
    monkeypatch.setattr("lms.study.rule_preview.MOST_MEMBERS", 2)
    for number, member_id in (("a", people.learner), ("b", people.peer), ("c", people.manager)):
        actions.record_test_passed(
            member_id=member_id, subject_kind="paper", subject_id=1, title=number, at=time.at
        )
    tried = try_out(Rules(test_credit=Decimal(1)), time)
    assert (tried.members, tried.tried, tried.would_be) == (3, 2, 2)
