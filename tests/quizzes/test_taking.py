"""Taking a test through HTTP: the server's clock, answers that survive, one submission."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms import clock
from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.jobs import submit_overdue
from lms.quizzes.models import (
    Answer,
    Attempt,
    AttemptEvent,
    AttemptState,
    GradeRow,
    Method,
    Showing,
    SubmittedBy,
)
from lms.quizzes.paper_actions import hash_paper_password
from lms.quizzes.paper_queries import get_paper
from lms.quizzes.participation_actions import allow_more
from lms.study.models import StudyEntry
from tests.factories import People
from tests.quizzes.samples import RIGHT, Made, answer, make_paper, right_answers

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]


@pytest.fixture
def make(people: People, actor: Actors) -> Callable[..., Made]:
    def build(**settings: Any) -> Made:
        return make_paper(actor("owner"), people.north, **settings)

    return build


def begin(client: FlaskClient, paper_id: int, **form: str) -> int:
    response = client.post(f"/quizzes/papers/{paper_id}/start", data=form)
    assert response.status_code == 302, response.text
    return int(response.location.rsplit("/", 1)[1])


def save(client: FlaskClient, attempt_id: int, *answers: dict[str, object], **more: object) -> Any:
    return client.post(
        f"/quizzes/attempts/{attempt_id}/answers", json={"answers": list(answers), **more}
    )


def fresh(attempt_id: int) -> Attempt:
    db.session.expire_all()
    db.session.rollback()
    attempt = db.session.get(Attempt, attempt_id)
    assert attempt is not None
    return attempt


def test_the_whole_way(client_of: Clients, make: Callable[..., Made]) -> None:
    made, client = make(), client_of("learner")
    assert "安全测试" in client.get("/quizzes/").text
    page = client.get(f"/quizzes/papers/{made.paper_id}").text
    assert "开始考试" in page and "4 题，共 8 分" in page and "10 分钟" in page
    attempt_id = begin(client, made.paper_id)
    page = client.get(f"/quizzes/attempts/{attempt_id}").text
    assert "方针是什么" in page
    assert "第三条" not in page  # no explanation before the end
    reply = save(client, attempt_id, *right_answers(), current=4)
    assert reply.json["saved"] == [[1, 1], [2, 1], [3, 1], [4, 1]]
    assert 590 <= reply.json["remaining_seconds"] <= 600
    done = client.post(f"/quizzes/attempts/{attempt_id}/submit", data={})
    assert done.location.endswith(f"/attempts/{attempt_id}/result")
    attempt = fresh(attempt_id)
    assert (attempt.points, attempt.max_points, attempt.is_passed) == (Decimal(8), Decimal(8), True)
    result = client.get(done.location).text
    assert "通过" in result and "第三条" in result


def test_a_pass_reaches_the_ledger_once(
    client_of: Clients, make: Callable[..., Made], people: People
) -> None:
    made, client = make(), client_of("learner")
    for _time in range(2):
        attempt_id = begin(client, made.paper_id)
        save(client, attempt_id, *right_answers())
        client.post(f"/quizzes/attempts/{attempt_id}/submit")
    entries = db.session.scalars(select(StudyEntry).where(StudyEntry.member_id == people.learner))
    assert [entry.subject_id for entry in entries] == [made.paper_id]


def test_submitting_twice_is_submitting_once(client_of: Clients, make: Callable[..., Made]) -> None:
    made, client = make(), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    save(client, attempt_id, answer(1, q1=["a"]))
    for _time in range(3):
        assert client.post(f"/quizzes/attempts/{attempt_id}/submit").status_code == 302
    assert fresh(attempt_id).points == Decimal(2)
    assert db.session.scalar(select(func.count()).select_from(GradeRow)) == 4


def test_an_older_answer_never_replaces_a_newer_one(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, client = make(), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    save(client, attempt_id, answer(1, 5, q1=["b"]))
    reply = save(client, attempt_id, answer(1, 4, q1=["a"]))
    assert reply.json["saved"] == []
    assert reply.json["stale"] == [
        {"slot": 1, "sequence": 5, "flagged": False, "fields": {"q1": ["b"]}}
    ]
    again = save(client, attempt_id, answer(1, 5, q1=["b"]))  # the reply had got lost
    assert again.json["saved"] == [[1, 5]]
    assert db.session.get(Answer, (attempt_id, 1)).response == {"choice": "b"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answers": "x"},
        {"answers": [{}]},
        {"answers": [{"slot": 99, "sequence": 1, "fields": {}}]},
        {"answers": [{"slot": 1, "sequence": -1, "fields": {}}]},
        {"answers": [{"slot": 1, "sequence": 2**31, "fields": {}}]},
        {"answers": [{"slot": 1, "sequence": 1, "fields": []}]},
        [],
    ],
)
def test_nonsense_is_refused_and_saves_nothing(
    client_of: Clients, make: Callable[..., Made], body: Any
) -> None:
    made, client = make(), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    reply = client.post(f"/quizzes/attempts/{attempt_id}/answers", json=body)
    assert reply.status_code == 422
    assert reply.json["message"]
    assert db.session.scalar(select(func.count()).select_from(Answer)) == 0


def test_the_server_owns_the_clock(client_of: Clients, make: Callable[..., Made]) -> None:
    made, client = make(grace_seconds=10), client_of("learner")
    start = clock.now()
    attempt_id = begin(client, made.paper_id)
    with clock.frozen(start + timedelta(seconds=605)):
        assert save(client, attempt_id, answer(1, q1=["a"])).status_code == 200
        submit_overdue()
        assert fresh(attempt_id).state is AttemptState.OPEN
    with clock.frozen(start + timedelta(seconds=620)):
        late = save(client, attempt_id, answer(2, q2=["a", "b", "c"]))
        assert (late.status_code, late.json["error"]) == (409, "closed")
        assert "正在交卷" in client.get(f"/quizzes/attempts/{attempt_id}/result").text
        submit_overdue()
        submit_overdue()
    attempt = fresh(attempt_id)
    assert (attempt.state, attempt.submitted_by) == (AttemptState.SUBMITTED, SubmittedBy.SERVER)
    assert attempt.points == Decimal(2)


def test_answers_that_come_with_a_late_submission_do_not_count(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, client = make(), client_of("learner")
    start = clock.now()
    attempt_id = begin(client, made.paper_id)
    save(client, attempt_id, answer(1, q1=["a"]))
    with clock.frozen(start + timedelta(seconds=700)):
        form = {**RIGHT, "s1": "9", "s2": "9", "s3": "9", "s4": "9"}
        client.post(f"/quizzes/attempts/{attempt_id}/submit", data=form)
    assert fresh(attempt_id).points == Decimal(2)


def test_without_script_the_form_carries_the_answers(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, client = make(), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    form = {**RIGHT, "s1": "1", "s2": "1", "s3": "1", "s4": "1", "f3": "1"}
    saved = client.post(f"/quizzes/attempts/{attempt_id}/answers", data=form)
    assert saved.status_code == 302
    page = client.get(f"/quizzes/attempts/{attempt_id}").text
    assert page.count("checked") == 6  # one, three, one, and the flag
    form = {**RIGHT, "q1": ["b"], "s1": "2", "s2": "2", "s3": "2", "s4": "2"}
    client.post(f"/quizzes/attempts/{attempt_id}/submit", data=form)
    assert fresh(attempt_id).points == Decimal(6)


def test_starting_again_goes_on_with_the_open_attempt(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, client = make(), client_of("learner")
    assert begin(client, made.paper_id) == begin(client, made.paper_id)


def test_attempts_are_limited_and_can_be_granted(
    client_of: Clients, make: Callable[..., Made], actor: Actors, people: People
) -> None:
    made, client = make(attempts_allowed=1), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    refused = client.post(f"/quizzes/papers/{made.paper_id}/start")
    assert refused.status_code == 409
    assert "用完" in refused.text
    paper = get_paper(made.paper_id, member=actor("owner"))
    allow_more(paper, member_id=people.learner, attempts=1, seconds=300, by=None)
    db.session.commit()
    second = fresh(begin(client, made.paper_id))
    assert (second.deadline_at - second.started_at).total_seconds() == 900


def test_the_window_is_kept(client_of: Clients, make: Callable[..., Made]) -> None:
    now = clock.now()
    later = make(opens_at=now + timedelta(hours=1))
    over = make(closes_at=now - timedelta(hours=1))
    closing = make(closes_at=now + timedelta(seconds=60))
    client = client_of("learner")
    assert client.post(f"/quizzes/papers/{later.paper_id}/start").status_code == 403
    assert client.post(f"/quizzes/papers/{over.paper_id}/start").status_code == 410
    attempt = fresh(begin(client, closing.paper_id))
    assert (attempt.deadline_at - now).total_seconds() == pytest.approx(60, abs=1)


def test_password_and_network(client_of: Clients, make: Callable[..., Made]) -> None:
    client = client_of("learner")
    secret = make(password_hash=hash_paper_password("芝麻开门"))
    assert client.post(f"/quizzes/papers/{secret.paper_id}/start").status_code == 403
    begin(client, secret.paper_id, password="芝麻开门")
    elsewhere = make(networks=["10.9.0.0/16"])
    refused = client.post(f"/quizzes/papers/{elsewhere.paper_id}/start")
    assert refused.status_code == 403
    begin(client, make(networks=["127.0.0.0/8"]).paper_id)


@pytest.mark.parametrize(
    ("number", "path", "status"),
    [
        ("peer", "/quizzes/attempts/{}", 404),
        ("peer", "/quizzes/attempts/{}/result", 404),
        ("outsider", "/quizzes/attempts/{}/result", 404),
        ("stranger", "/quizzes/papers/1", 404),
        ("owner", "/quizzes/attempts/{}/result", 200),
    ],
)
def test_others_do_not_see_an_attempt(
    client_of: Clients, make: Callable[..., Made], number: str, path: str, status: int
) -> None:
    made, client = make(), client_of("learner")
    attempt_id = begin(client, made.paper_id)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert client_of(number).get(path.format(attempt_id)).status_code == status


def test_nobody_answers_for_another(client_of: Clients, make: Callable[..., Made]) -> None:
    attempt_id = begin(client_of("learner"), make().paper_id)
    for number in ("peer", "owner"):
        assert save(client_of(number), attempt_id, answer(1, q1=["a"])).status_code == 404


@pytest.mark.parametrize(
    ("showing", "seen", "hidden"),
    [
        (Showing.NOTHING, "已交卷", "及格线"),
        (Showing.SCORE, "及格线", "方针是什么"),
        (Showing.ANSWERS, "方针是什么", "第三条"),
    ],
)
def test_what_is_shown_afterwards(
    client_of: Clients, make: Callable[..., Made], showing: Showing, seen: str, hidden: str
) -> None:
    client = client_of("learner")
    attempt_id = begin(client, make(showing=showing).paper_id)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    page = client.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert seen in page and hidden not in page


def test_results_wait_for_the_close(client_of: Clients, make: Callable[..., Made]) -> None:
    client, now = client_of("learner"), clock.now()
    made = make(closes_at=now + timedelta(hours=1), shows_after_close=True)
    attempt_id = begin(client, made.paper_id)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert "公布" in client.get(f"/quizzes/attempts/{attempt_id}/result").text
    with clock.frozen(now + timedelta(hours=2)):
        assert "方针是什么" in client.get(f"/quizzes/attempts/{attempt_id}/result").text


def test_the_average_can_count(client_of: Clients, make: Callable[..., Made]) -> None:
    client, made = client_of("learner"), make(method=Method.AVERAGE)
    for answers in ([], right_answers()):
        attempt_id = begin(client, made.paper_id)
        save(client, attempt_id, *answers)
        client.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert "4 分" in client.get("/quizzes/").text


def test_leaving_the_window_is_only_noted(client_of: Clients, make: Callable[..., Made]) -> None:
    client = client_of("learner")
    attempt_id = begin(client, make().paper_id)
    url = f"/quizzes/attempts/{attempt_id}/note"
    said = client.post(url, json={"kind": "left"})
    assert (said.status_code, said.get_json()["submitted"]) == (200, False)
    assert client.post(url, json={"kind": "x"}).status_code == 400
    assert [event.kind for event in db.session.scalars(select(AttemptEvent))] == ["left"]
    assert fresh(attempt_id).state is AttemptState.OPEN


def test_wrong_questions_can_be_practised(client_of: Clients, make: Callable[..., Made]) -> None:
    client, made = client_of("learner"), make()
    attempt_id = begin(client, made.paper_id)
    save(client, attempt_id, *right_answers()[1:], answer(1, q1=["b"]))
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert "方针是什么" in client.get("/quizzes/wrong").text
    url = f"/quizzes/wrong/{made.question_ids[0]}"
    assert "第三条" not in client.get(url).text
    assert "第三条" in client.post(url, data={"q1": "c"}).text
    client.post(url, data={"q1": "a"})
    assert "已经掌握" in client.post(url, data={"q1": "a"}).text
    assert client.get(url).status_code == 404
    assert client_of("peer").get(url).status_code == 404
