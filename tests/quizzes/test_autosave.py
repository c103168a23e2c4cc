"""The short way of an autosave: the same answers as the view's, for what is plainly newer."""

from datetime import timedelta

import pytest
from flask import request, request_started
from sqlalchemy import update

from lms import clock
from lms.db import db
from lms.quizzes.actions import NewAnswer
from lms.quizzes.autosave import Save, save_batch
from lms.quizzes.models import Answer, Attempt
from tests.quizzes.samples import answer, make_paper
from tests.quizzes.test_taking import begin, fresh, save


@pytest.fixture
def seen(app):
    """The addresses that Flask has been asked for."""
    paths = []

    def note(_app, **_rest):
        paths.append(request.path)

    request_started.connect(note, app)
    yield paths
    request_started.disconnect(note, app)


@pytest.fixture
def paper_id(people, actor):
    return make_paper(actor("owner"), people.north).paper_id


def stored(attempt_id):
    db.session.rollback()
    rows = db.session.query(Answer).filter_by(attempt_id=attempt_id)
    found = {row.slot: (row.sequence, row.response, row.is_flagged) for row in rows}
    db.session.rollback()
    return found


def test_what_is_newer_is_kept_without_flask(client_of, paper_id, seen):
    client = client_of("learner")
    attempt_id = begin(client, paper_id)
    first = save(client, attempt_id, answer(1, 1, q1=["a"]), current=1).json
    seen.clear()
    reply = save(client, attempt_id, answer(1, 2, q1=["b"]), answer(2, 1, q2=["a", "c"]), current=2)
    again = save(client, attempt_id, answer(1, 3, q1=["c"]) | {"flagged": True}, current=1)
    assert seen == []
    assert reply.json["saved"] == [[1, 2], [2, 1]]
    assert reply.json.keys() == first.keys()
    assert 590 <= reply.json["remaining_seconds"] <= 600
    assert again.json["saved"] == [[1, 3]]
    found = stored(attempt_id)
    assert found[1] == (3, {"choice": "c"}, True)
    assert found[2][1] == {"choices": ["a", "c"]}


def test_an_overtaken_answer_is_told_so_by_the_view(client_of, paper_id, seen):
    client = client_of("learner")
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, answer(1, 5, q1=["b"]))
    seen.clear()
    reply = save(client, attempt_id, answer(1, 4, q1=["a"]), answer(2, 9, q2=["a"])).json
    assert len(seen) == 1
    assert [one["slot"] for one in reply["stale"]] == [1]
    assert reply["saved"] == [[2, 9]]
    seen.clear()
    assert save(client, attempt_id, answer(1, 5, q1=["b"])).json["saved"] == [[1, 5]]
    assert len(seen) == 1


def test_after_the_end_nothing_is_kept(client_of, paper_id):
    client = client_of("learner")
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, answer(1, 1, q1=["b"]))
    past = clock.now() - timedelta(minutes=5)
    db.session.execute(update(Attempt).where(Attempt.id == attempt_id).values(deadline_at=past))
    db.session.commit()
    reply = save(client, attempt_id, answer(1, 2, q1=["a"]))
    assert (reply.status_code, reply.json["error"]) == (409, "closed")
    assert stored(attempt_id)[1][0] == 1
    client.post(f"/quizzes/attempts/{attempt_id}/submit", data={})
    assert save(client, attempt_id, answer(1, 3, q1=["a"])).status_code == 409
    assert fresh(attempt_id).points == 0


def test_nobody_saves_for_another(client_of, paper_id):
    client, other = client_of("learner"), client_of("peer")
    attempt_id, own_id = begin(client, paper_id), begin(other, paper_id)
    save(client, attempt_id, answer(1, 1, q1=["b"]))
    save(other, own_id, answer(1, 1, q1=["b"]))
    assert save(other, attempt_id, answer(1, 2, q1=["a"])).status_code == 404
    assert stored(attempt_id)[1] == (1, {"choice": "b"}, False)


@pytest.mark.parametrize(
    "entry",
    [
        {"slot": 9, "sequence": 2, "fields": {}},
        {"slot": 1, "sequence": 2**60, "fields": {"q1": ["a"]}},
        {"slot": 1, "sequence": "x", "fields": {}},
        {"slot": 1, "sequence": 2, "fields": []},
    ],
)
def test_what_is_malformed_gets_the_views_sentence(client_of, paper_id, entry):
    client = client_of("learner")
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, answer(1, 1, q1=["b"]))
    reply = save(client, attempt_id, entry)
    assert 400 <= reply.status_code < 500
    assert "没有保存" in reply.json["message"]
    assert stored(attempt_id)[1][0] == 1


def test_answers_of_one_batch_are_kept_in_their_order(client_of, paper_id):
    attempt_id = begin(client_of("learner"), paper_id)

    def newer(sequence, choice):
        new = NewAnswer(1, sequence, {"choice": choice})
        return Save(attempt_id, (new,), None, clock.now(), timedelta(0))

    with db.engine.begin() as connection:
        kept = save_batch(connection, [newer(2, "b"), newer(3, "c"), newer(1, "a")])
    assert [bool(one) for one in kept] == [True, True, False]
    assert stored(attempt_id)[1] == (3, {"choice": "c"}, False)
    with db.engine.begin() as connection:
        assert save_batch(connection, [newer(3, "d")]) == [None]
    assert stored(attempt_id)[1] == (3, {"choice": "c"}, False)


def test_no_text_of_one_keeps_the_others_waiting(client_of, people, actor, seen):
    paper_id = make_paper(actor("owner"), people.north).paper_id
    client = client_of("learner")
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, answer(4, 1, **{"q4-g-1": ["a"]}))
    seen.clear()
    odd = "\0 \ud800 \U0001f600 ' \" \\ {}"
    reply = save(client, attempt_id, answer(4, 2, **{"q4-g-1": [odd]}))
    assert (reply.json["saved"], seen) == ([[4, 2]], [])
    assert stored(attempt_id)[4] == (2, {"gaps": {"1": odd}}, False)
