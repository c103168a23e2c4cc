"""A contest through HTTP: setting it up, taking part for one's team, the live board."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from lms import clock
from lms.db import db
from lms.members.actions import move_member
from lms.members.models import OrgUnit
from lms.members.policy import Actor
from lms.quizzes.contest_models import Contest, ContestEntry
from lms.quizzes.contest_queries import find_board, tallies_of
from lms.quizzes.models import Attempt, AttemptState, Paper, Showing
from lms.quizzes.paper_actions import hash_paper_password
from tests.factories import People, make_member
from tests.quizzes.samples import Made, answer, make_paper, right_answers
from tests.quizzes.test_taking import fresh, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
ZONE = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def made(people: People, actor: Actors) -> Made:
    return make_paper(actor("chief"), people.root, is_listed=False, showing=Showing.SCORE)


@pytest.fixture
def contest(client_of: Clients, people: People, made: Made) -> Callable[..., int]:
    """Set up and publish a contest of the two branches through the pages; its id."""

    def build(*, publish: bool = True, **fields: Any) -> int:
        now, chief = clock.now(), client_of("chief")
        form = {
            "title": "安全知识竞赛",
            "paper_id": made.paper_id,
            "audience_unit_id": people.root,
            "opens_at": local(now - timedelta(minutes=10)),
            "closes_at": local(now + timedelta(minutes=5)),
            "score_rule": "best",
            "best_count": "2",
            "board_audience": "teams",
            **fields,
        }
        response = chief.post("/quizzes/contests/new", data=form)
        assert response.status_code == 302, response.text
        contest_id = int(response.location.split("/")[-2])
        url = f"/quizzes/contests/{contest_id}"
        assert "至少要有两个参赛队" in chief.get(f"{url}/edit").text
        chief.post(f"{url}/teams", data={"unit_id": people.root, "what": "children"})
        if publish:
            assert chief.post(f"{url}/control/publish").status_code == 302
        return contest_id

    return build


def enter(client: FlaskClient, contest_id: int) -> int:
    response = client.post(f"/quizzes/contests/{contest_id}/enter")
    assert response.status_code == 302, response.text
    return int(response.location.rsplit("/", 1)[1])


def take(client: FlaskClient, contest_id: int, *answers: dict[str, object]) -> int:
    attempt_id = enter(client, contest_id)
    save(client, attempt_id, *answers)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    return attempt_id


def test_teams_play_and_the_board_says_who_leads(
    client_of: Clients, contest: Callable[..., int], people: People
) -> None:
    contest_id = contest()
    url = f"/quizzes/contests/{contest_id}"
    learner, peer, stranger = client_of("learner"), client_of("peer"), client_of("stranger")
    assert "安全知识竞赛" in learner.get("/quizzes/contests").text
    page = learner.get(url).text
    assert "北方支部" in page and "开始作答" in page  # the team is the branch above their unit
    take(learner, contest_id, *right_answers())
    take(peer, contest_id, answer(1, q1=["a"]))
    take(stranger, contest_id, *right_answers()[:3])
    assert learner.get(f"{url}/board").status_code == 404
    client_of("chief").post(f"{url}/control/board-on")
    board = learner.get(f"{url}/board").text
    assert board.index("北方支部") < board.index("南方支部")
    with db.session.no_autoflush:
        places = find_board(db.session.get_one(Contest, contest_id), at=clock.now())
    # North: (8 + 2) / 2. South: one taker of 6, the second place is nobody's: 6 / 2.
    assert [(place.name, place.rank, place.score) for place in places] == [
        ("北方支部", 1, Decimal(5)),
        ("南方支部", 2, Decimal(3)),
    ]
    assert (places[0].finished, places[0].members) == (2, 5)
    db.session.rollback()
    live = learner.get(f"{url}/board/live").json
    assert "北方支部" in live["html"]
    assert 0 < live["remaining_seconds"] <= 300
    assert "你已交卷" in learner.get(url).text
    client_of("chief").post(f"{url}/control/board-off")
    assert learner.get(f"{url}/board/live").status_code == 404
    assert client_of("chief").get(f"{url}/board").status_code == 200


def test_the_attempt_ends_with_the_contest_and_counts_once(
    client_of: Clients, contest: Callable[..., int]
) -> None:
    contest_id, learner = contest(), client_of("learner")
    attempt_id = enter(learner, contest_id)
    assert enter(learner, contest_id) == attempt_id
    attempt = fresh(attempt_id)
    closes_at = db.session.get_one(Contest, contest_id).closes_at
    assert attempt.deadline_at == closes_at  # the paper alone would allow ten minutes
    db.session.rollback()
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert enter(learner, contest_id) == attempt_id
    db.session.get_one(Attempt, attempt_id).state = AttemptState.VOID
    db.session.commit()
    assert enter(learner, contest_id) != attempt_id


def test_an_attempt_outside_of_the_contest_does_not_count(
    client_of: Clients, contest: Callable[..., int], made: Made
) -> None:
    contest_id, learner = contest(), client_of("learner")
    response = learner.post(f"/quizzes/papers/{made.paper_id}/start")
    attempt_id = int(response.location.rsplit("/", 1)[1])
    refused = learner.post(f"/quizzes/contests/{contest_id}/enter")
    assert refused.status_code == 409 and "请先交卷" in refused.text
    save(learner, attempt_id, *right_answers())
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert tallies_of(db.session.get_one(Contest, contest_id)) == {}
    db.session.rollback()
    assert enter(learner, contest_id) != attempt_id


def test_the_window_and_the_teams_are_kept(
    client_of: Clients, contest: Callable[..., int], people: People
) -> None:
    now = clock.now()
    later = contest(opens_at=local(now + timedelta(minutes=3)))
    refused = client_of("learner").post(f"/quizzes/contests/{later}/enter")
    assert refused.status_code == 403
    running = contest()
    with clock.frozen(now + timedelta(minutes=6)):
        assert client_of("learner").post(f"/quizzes/contests/{running}/enter").status_code == 410
    operator = client_of("operator")  # belongs to the root, which is no team
    assert "没有参加" in operator.get(f"/quizzes/contests/{running}").text
    assert operator.post(f"/quizzes/contests/{running}/enter").status_code == 403


def test_who_moves_away_stays_in_the_team_they_began_for(
    client_of: Clients, contest: Callable[..., int], people: People, actor: Actors
) -> None:
    contest_id, learner, operator = contest(), client_of("learner"), actor("operator")
    take(learner, contest_id, *right_answers())
    move_member(people.learner, unit=db.session.get_one(OrgUnit, people.south), by=operator)
    db.session.commit()
    entry = db.session.get_one(ContestEntry, (contest_id, people.learner))
    assert entry.unit_id == people.north
    db.session.rollback()
    assert "北方支部" in learner.get(f"/quizzes/contests/{contest_id}").text


@pytest.mark.parametrize(
    ("audience", "number", "status"),
    [
        ("teams", "learner", 200),
        ("teams", "operator", 404),
        ("audience", "operator", 200),
    ],
)
def test_to_whom_the_board_is_shown(
    client_of: Clients, contest: Callable[..., int], audience: str, number: str, status: int
) -> None:
    contest_id = contest(board_audience=audience)
    client_of("chief").post(f"/quizzes/contests/{contest_id}/control/board-on")
    page = client_of(number).get(f"/quizzes/contests/{contest_id}/board")
    assert page.status_code == status


def test_a_papers_password_is_asked_for_before_one_begins(
    client_of: Clients, contest: Callable[..., int], made: Made
) -> None:
    paper = db.session.get_one(Paper, made.paper_id)
    paper.password_hash = hash_paper_password("开门见山")
    db.session.commit()
    contest_id, learner = contest(), client_of("learner")
    url = f"/quizzes/contests/{contest_id}"
    assert "参赛的人开始作答时要输入" in client_of("chief").get(f"{url}/edit").text
    assert 'name="password"' in learner.get(url).text
    for typed in ({}, {"password": "不知道"}):
        refused = learner.post(f"{url}/enter", data=typed)
        assert refused.status_code == 403 and "口令不对" in refused.text
    assert db.session.scalars(select(ContestEntry)).all() == []
    db.session.rollback()
    begun = learner.post(f"{url}/enter", data={"password": "开门见山"})
    assert begun.status_code == 302
    # Going on needs none; beginning again does.
    assert 'name="password"' not in learner.get(url).text
    attempt_id = enter(learner, contest_id)
    assert begun.location.endswith(f"/{attempt_id}")
    db.session.get_one(Attempt, attempt_id).state = AttemptState.VOID
    db.session.commit()
    assert learner.post(f"{url}/enter").status_code == 403


def test_a_draft_is_for_its_administrators_only(
    client_of: Clients, contest: Callable[..., int]
) -> None:
    contest_id = contest(publish=False)
    url = f"/quizzes/contests/{contest_id}"
    assert client_of("learner").get(url).status_code == 404
    assert client_of("learner").post(f"{url}/enter").status_code == 404
    assert client_of("outsider").get(f"{url}/edit").status_code == 404
    assert client_of("chief").get(f"{url}/edit").status_code == 200
    assert "安全知识竞赛" not in client_of("learner").get("/quizzes/contests").text


def test_others_cannot_change_it(client_of: Clients, contest: Callable[..., int]) -> None:
    contest_id = contest()
    url = f"/quizzes/contests/{contest_id}"
    assert client_of("owner").get(f"{url}/edit").status_code == 403
    assert client_of("owner").post(f"{url}/control/board-on").status_code == 403
    assert client_of("learner").post(f"{url}/control/board-on").status_code == 403


def test_what_has_begun_stays_as_it_is(
    client_of: Clients, contest: Callable[..., int], people: People, made: Made, actor: Actors
) -> None:
    contest_id, chief = contest(), client_of("chief")
    url = f"/quizzes/contests/{contest_id}"
    enter(client_of("learner"), contest_id)
    gone = chief.post(f"{url}/teams", data={"unit_id": people.north, "what": "remove"})
    assert gone.status_code == 409
    last = chief.post(f"{url}/teams", data={"unit_id": people.south, "what": "remove"})
    assert last.status_code == 422 and "至少要有两个参赛队" in last.text
    other = make_paper(actor("chief"), people.root)
    found = db.session.get_one(Contest, contest_id)
    form = {
        "title": "换个名字",
        "paper_id": found.paper_id,
        "audience_unit_id": people.root,
        "opens_at": local(found.opens_at),
        "closes_at": local(found.closes_at + timedelta(minutes=30)),
        "score_rule": "takers",
        "best_count": "2",
        "board_audience": "teams",
    }
    db.session.rollback()
    assert chief.post(f"{url}/edit", data={**form, "paper_id": other.paper_id}).status_code == 409
    backwards = {**form, "closes_at": form["opens_at"]}
    assert chief.post(f"{url}/edit", data=backwards).status_code == 422
    assert chief.post(f"{url}/edit", data=form).status_code == 302
    assert "换个名字" in chief.get(f"{url}/edit").text


def test_the_board_is_one_grouped_query_however_many_watch(
    app: Flask, contest: Callable[..., int], people: People, client_of: Clients
) -> None:
    contest_id = contest()
    unit = db.session.get_one(OrgUnit, people.south)
    for number in range(6):
        make_member(f"s{number}", unit)
    db.session.commit()
    for number in range(6):
        take(client_of(f"s{number}"), contest_id, *right_answers()[: number % 4 + 1])
    found = db.session.get_one(Contest, contest_id)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    now = clock.now() + timedelta(hours=1)
    for tick in range(0, 200, 10):
        find_board(found, at=now + timedelta(milliseconds=tick))
    assert len([text for text in statements if "contest_entry" in text]) == 1
    assert len(statements) == 3  # the teams, the tallies, their people
    places = find_board(found, at=now + timedelta(seconds=3))
    assert len(statements) == 5  # their people are counted once a minute
    south = next(place for place in places if place.unit_id == people.south)
    totals = db.session.scalars(
        select(Attempt.points)
        .join(ContestEntry, ContestEntry.attempt_id == Attempt.id)
        .where(ContestEntry.unit_id == people.south)
    ).all()
    best = sorted((points or Decimal(0) for points in totals), reverse=True)[:2]
    assert south.score == sum(best, Decimal(0)) / 2
    db.session.rollback()
