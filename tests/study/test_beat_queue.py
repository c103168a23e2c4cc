"""Group commit: many threads, one transaction, nobody answered before it."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from lms import clock
from lms.courses.models import LessonProgress
from lms.db import db
from lms.given_change import GivenChange
from lms.members.queries import find_actor_by_number
from lms.study import beats
from lms.study.clock_state import load
from lms.study.models import StudyClock
from lms.web.together import Together

NUMBERS = ("learner", "peer", "owner", "colleague", "manager", "chief")


@pytest.fixture
def tickets(app, material, time):
    """An open session of each member whose first beat has been taken."""
    found = {}
    with clock.frozen(time.at), app.test_request_context("/", method="POST"):
        for number in NUMBERS:
            actor = find_actor_by_number(number)
            opened = beats.open_session("lesson", material.text, actor=actor, at=time.at)
            values = {"session": opened.token, "sequence": 1}
            beats.take_beat(values, actor=actor, at=time.at)
            found[actor.id] = opened.token
        db.session.commit()
    time.pass_(15)
    return found


def report(tickets, member_id, time, sequence=2):
    values = {"session": tickets[member_id], "sequence": sequence, "active_seconds": 15}
    with clock.frozen(time.at):
        return beats.read(values, member_id=member_id, at=time.at)


def queue_of(app) -> Together:
    ways = app.extensions["short_ways"].ways
    return next(way for way in ways if way.endpoint == "study.beat").queue


def together(app, queue, reports):
    """Let every report be taken by a thread of its own, all of them in one batch."""
    answers = {}
    first, *others = reports

    def take(one):
        answers[one.member_id] = queue.take(one)

    queue._is_led = True  # somebody is at it: the others gather
    threads = [threading.Thread(target=take, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    while len(queue._waiting) < len(others):
        threading.Event().wait(0.01)
    queue._is_led = False
    # As in the web server, no thread has an application context of its own.
    threads.append(threading.Thread(target=take, args=(first,)))
    threads[-1].start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return answers


def counted(member_id):
    db.session.rollback()
    state = db.session.get_one(StudyClock, member_id).state
    db.session.rollback()
    return load(state).item_counted_ms / 1000


def test_beats_that_arrive_together_are_committed_once(app, tickets, time):
    commits = []
    listener = commits.append
    event.listen(db.engine, "commit", listener)
    try:
        reports = [report(tickets, member_id, time) for member_id in tickets]
        answers = together(app, queue_of(app), reports)
    finally:
        event.remove(db.engine, "commit", listener)
    assert {answer.counted_seconds for answer in answers.values()} == {15}
    # One of the clocks that were remembered, here of none, and one of the clocks that were read.
    assert len(commits) == (1 if db.engine.dialect.name == "postgresql" else 2) < len(reports)
    assert all(counted(member_id) == 15 for member_id in tickets)


def test_one_bad_beat_does_not_spoil_the_others(app, tickets, time):
    ids = list(tickets)
    with app.test_request_context("/", method="POST"):
        row = db.session.get_one(StudyClock, ids[0])
        row.state = '{"forgotten":99}'
        db.session.commit()
    reports = [report(tickets, member_id, time) for member_id in ids]
    answers = together(app, queue_of(app), reports)
    assert answers.pop(ids[0]) is None
    assert {answer.counted_seconds for answer in answers.values()} == {15}


def test_a_failed_transaction_answers_nobody(app, tickets, time):
    queue = queue_of(app)
    ids = list(tickets)

    def refuse(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE study_clock"):
            raise OperationalError(statement, {}, Exception("disk full"))

    reports = [report(tickets, member_id, time) for member_id in ids]
    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        assert set(together(app, queue, reports).values()) == {None}
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
    assert {counted(member_id) for member_id in ids} == {0}
    assert queue._is_led is False and queue._waiting == []
    assert {answer.counted_seconds for answer in together(app, queue, reports).values()} == {15}


def test_a_window_that_takes_the_clock_is_taken_alone(app, tickets, time):
    time.pass_(700)
    one = report(tickets, next(iter(tickets)), time)
    with app.test_request_context("/study/beats", method="POST"):
        beats.close_clock(one.member_id, at=time.at)
        db.session.commit()
    assert queue_of(app).take(one) is None
    assert db.session.scalars(select(StudyClock.member_id)).all()


@contextmanager
def statements():
    """What is asked of the database meanwhile."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement.split(maxsplit=1)[0])

    def run_at_once(change, *given):
        seen.append(change._text.split(maxsplit=1)[0])
        return run(change, *given)

    run = GivenChange._run_at_once
    event.listen(db.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GivenChange, "_run_at_once", run_at_once)
        yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_clock_that_is_remembered_is_not_read(app, tickets, time):
    queue = queue_of(app)
    together(app, queue, [report(tickets, member_id, time) for member_id in tickets])
    time.pass_(15)
    reports = [report(tickets, member_id, time, sequence=3) for member_id in tickets]
    with statements() as seen:
        answers = together(app, queue, reports)
    assert [one for one in seen if one != "BEGIN"] == ["UPDATE"]
    assert {answer.counted_seconds for answer in answers.values()} == {30}
    assert {counted(member_id) for member_id in tickets} == {30}
    beat_at = db.session.scalars(select(StudyClock.beat_at)).all()
    assert set(beat_at) == {time.at}


def test_a_lost_connection_answers_nobody_and_is_replaced(app, tickets, time):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    queue, ids = queue_of(app), list(tickets)
    together(app, queue, [report(tickets, member_id, time) for member_id in ids])
    lost = queue._kept.connection.dbapi_connection.info.backend_pid
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:lost)"), {"lost": lost})
    in_pool = db.engine.pool.checkedout()
    time.pass_(15)
    reports = [report(tickets, member_id, time, sequence=3) for member_id in ids]
    assert set(together(app, queue, reports).values()) == {None}
    assert db.engine.pool.checkedout() == in_pool - 1
    assert {counted(member_id) for member_id in ids} == {15}
    answers = together(app, queue, reports)
    assert {answer.counted_seconds for answer in answers.values()} == {30}


def test_what_another_process_wrote_is_counted_on(app, tickets, time):
    queue, ids = queue_of(app), list(tickets)
    together(app, queue, [report(tickets, member_id, time) for member_id in ids])
    time.pass_(10)
    with app.test_request_context("/study/beats", method="POST"):
        actor = find_actor_by_number(NUMBERS[0])
        # Nothing of these ten seconds counts, which only the row knows.
        values = {"session": tickets[ids[0]], "sequence": 3, "active_seconds": 0}
        with clock.frozen(time.at):
            beats.take_beat(values, actor=actor, at=time.at)
        db.session.commit()
    time.pass_(5)
    reports = [report(tickets, member_id, time, sequence=4) for member_id in ids]
    answers = together(app, queue, reports)
    expected = dict.fromkeys(ids, 30) | {ids[0]: 20}
    assert {one: answer.counted_seconds for one, answer in answers.items()} == expected
    assert {member_id: counted(member_id) for member_id in ids} == expected
    repeated = queue.take(report(tickets, ids[0], time, sequence=4))
    assert (repeated.reason, repeated.counted_seconds) == ("repeated", 20)


def test_progress_is_handed_down_in_the_same_transaction(app, tickets, time):
    queue, member_id = queue_of(app), next(iter(tickets))
    for sequence in range(2, 8):
        queue.take(report(tickets, member_id, time, sequence))
        time.pass_(15)
    assert counted(member_id) == 90
    progress = select(LessonProgress.seen_at).where(LessonProgress.member_id == member_id)
    told_at = db.session.scalars(progress).one()
    assert (time.at - told_at).total_seconds() == 45  # when a minute had been counted


def test_beats_of_one_member_in_one_batch_keep_their_order(app, tickets, time):
    member_id = next(iter(tickets))
    queue = queue_of(app)
    queue.take(report(tickets, member_id, time))
    time.pass_(10)
    first = report(tickets, member_id, time, sequence=3)
    time.pass_(5)
    second = report(tickets, member_id, time, sequence=4)
    with app.test_request_context("/study/beats", method="POST"):
        answers = queue._quick(db.session.connection(), [first, second])
        db.session.commit()
    assert [answer.counted_seconds for answer in answers] == [25, 30]
    assert counted(member_id) == 30
