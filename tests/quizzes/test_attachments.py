"""Files handed in with essays: while the test runs, for the taker, who marks, administrators."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.db import db
from lms.files.models import Blob
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.definition import Definition, Kind, Option, Rule
from lms.quizzes.file_models import AttemptFile
from lms.quizzes.handing import MOST_FILES, read_ids
from lms.quizzes.models import Answer, Attempt, GradeRow, Question
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from lms.quizzes.responses import read_response, write_fields
from tests.factories import People
from tests.quizzes.test_editor_files import uploaded
from tests.quizzes.test_taking import begin, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
ESSAY = Definition(kind=Kind.ESSAY, rule=Rule.PER_PART, text="论述", allows_files=True)
BARE = Definition(kind=Kind.ESSAY, rule=Rule.PER_PART, text="只写")
CASE = Definition(kind=Kind.MATERIAL, rule=Rule.PER_PART, text="材料", parts=(BARE, ESSAY))
REPORT = b"%PDF-1.4 report"


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("", []),
        ("12 15 12", ["12", "15"]),
        ("x -1 3", ["3"]),
        (" ".join(map(str, range(99))), None),
    ],
)
def test_ids_of_files_are_read_out_of_a_field(field: str, ids: list[str] | None) -> None:
    assert read_ids(field) == (ids if ids is not None else [str(n) for n in range(MOST_FILES)])


def test_files_are_part_of_the_answer_only_where_they_are_asked_for() -> None:
    fields = {"q1": ["写"], "q1-f": ["12 15"]}
    given = read_response(ESSAY, "q1", fields)
    assert given == {"text": "写", "files": ["12", "15"]}
    assert write_fields(ESSAY, "q1", given) == fields
    assert read_response(BARE, "q1", fields) == {"text": "写"}


@pytest.fixture
def attempt_id(client_of: Clients, actor: Actors, people: People) -> int:
    """An attempt of the learner: an essay with files, one without, a passage with both."""
    owner = actor("owner")
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=owner)
    questions = [create_question(bank, each, by=owner) for each in (ESSAY, BARE, CASE)]
    paper = create_paper(title="论述", unit_id=people.north, by=owner, time_limit_seconds=600)
    add_questions_to(paper.sections[0], questions, points=Decimal(10))
    publish_paper(paper, by=owner)
    paper_id = paper.id
    db.session.commit()
    return begin(client_of("learner"), paper_id)


@pytest.fixture
def hand_in(client_of: Clients, actor: Actors, attempt_id: int) -> Callable[..., Any]:
    """Upload a file for a field of the learner's attempt; the server's answer."""

    def send(field: str = "q1", name: str = "报告.pdf", data: bytes = REPORT) -> Any:
        token = uploaded(actor("learner"), data, name)
        url = f"/quizzes/attempts/{attempt_id}/files"
        return client_of("learner").post(url, json={"field": field, "token": token})

    return send


def test_a_file_is_handed_in_marked_and_seen_by_those_concerned(
    client_of: Clients, attempt_id: int, hand_in: Callable[..., Any]
) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    assert "添加附件" in learner.get(f"/quizzes/attempts/{attempt_id}").text
    file = hand_in().get_json()
    assert (file["name"], file["size_bytes"]) == ("报告.pdf", len(REPORT))
    fields = {"q1-f": [str(file["id"])]}
    saved = save(learner, attempt_id, {"slot": 1, "sequence": 1, "fields": fields})
    assert saved.status_code == 200, saved.text
    page = learner.get(f"/quizzes/attempts/{attempt_id}").text
    assert file["href"] in page and "报告.pdf" in page
    assert learner.post(f"/quizzes/attempts/{attempt_id}/submit").status_code == 302
    outcomes = select(GradeRow.slot, GradeRow.outcome).order_by(GradeRow.slot)
    assert dict(db.session.execute(outcomes).all())[1] == "pending"  # a file alone is an answer
    paper_id = db.session.scalars(select(Attempt.paper_id)).one()
    question_id = db.session.scalars(select(Question.id).order_by(Question.id)).first()
    marking = owner.get(f"/quizzes/papers/{paper_id}/marking/{question_id}").text
    assert file["href"] in marking and "报告.pdf" in marking and "添加附件" not in marking
    for client in (owner, learner):
        opened = client.get(file["href"], follow_redirects=True)
        assert opened.data == REPORT and "attachment" in opened.headers["Content-Disposition"]
    for number in ("peer", "outsider", "manager"):
        assert client_of(number).get(file["href"]).status_code == 404, number
    assert file["href"] in learner.get(f"/quizzes/attempts/{attempt_id}/result").text


def test_files_go_to_answers_that_ask_for_them_only(hand_in: Callable[..., Any]) -> None:
    assert hand_in("q3.2").status_code == 200
    for field in ("q2", "q3", "q3.1", "q9", "q1.1", "", "x"):
        assert hand_in(field).status_code == 422, field


def test_another_persons_attempt_takes_no_files(
    client_of: Clients, actor: Actors, attempt_id: int
) -> None:
    for number in ("peer", "owner"):
        token = uploaded(actor(number), REPORT, "x.pdf")
        url = f"/quizzes/attempts/{attempt_id}/files"
        answer = client_of(number).post(url, json={"field": "q1", "token": token})
        assert answer.status_code == 404
    token = uploaded(actor("peer"), REPORT, "x.pdf")
    url = f"/quizzes/attempts/{attempt_id}/files"
    stolen = client_of("learner").post(url, json={"field": "q1", "token": token})
    assert stolen.status_code == 404


def test_a_file_keeps_the_name_it_was_handed_in_with(
    actor: Actors, hand_in: Callable[..., Any]
) -> None:
    """The same bytes are stored once; the name that somebody else gave them stays with them."""
    hand_in(name="王五的检讨.pdf")
    assert hand_in(name="我的.pdf").get_json()["name"] == "我的.pdf"


def test_an_answer_shows_no_file_of_another(
    client_of: Clients, attempt_id: int, hand_in: Callable[..., Any]
) -> None:
    other = hand_in("q3.2", "案例.pdf").get_json()["id"]
    fields = {"q1-f": [f"{other} 999"]}
    learner = client_of("learner")
    save(learner, attempt_id, {"slot": 1, "sequence": 1, "fields": fields})
    assert db.session.get_one(Answer, (attempt_id, 1)).response["files"] == [str(other), "999"]
    assert "案例.pdf" not in learner.get(f"/quizzes/attempts/{attempt_id}").text


def test_a_file_is_taken_back_while_the_test_runs(
    client_of: Clients, attempt_id: int, hand_in: Callable[..., Any]
) -> None:
    learner = client_of("learner")
    file = hand_in().get_json()
    assert client_of("peer").post(f"{file['href']}/drop").status_code == 404
    assert client_of("owner").post(f"{file['href']}/drop").status_code == 404
    assert learner.post(f"{file['href']}/drop").status_code == 204
    assert learner.get(file["href"]).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(Blob)) == 0
    kept = hand_in().get_json()
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert learner.post(f"{kept['href']}/drop").status_code == 409
    assert hand_in().status_code == 409
    assert db.session.scalar(select(func.count()).select_from(AttemptFile)) == 1


def test_there_is_an_end_to_the_number_of_files(hand_in: Callable[..., Any]) -> None:
    for number in range(MOST_FILES):
        assert hand_in(data=b"%d" % number).status_code == 200
    assert hand_in().status_code == 409


def test_another_device_learns_of_the_files(
    client_of: Clients, attempt_id: int, hand_in: Callable[..., Any]
) -> None:
    hand_in()
    url = f"/quizzes/attempts/{attempt_id}/files"
    assert [file["name"] for file in client_of("learner").get(url).get_json()["files"]] == [
        "报告.pdf"
    ]
    assert client_of("owner").get(url).status_code == 404


def test_choices_are_read_as_before() -> None:
    """The options of other kinds do not mind a field for files."""
    choice = Definition(
        kind=Kind.SINGLE,
        rule=Rule.WEIGHTED,
        text="？",
        options=(Option("a", "甲", Decimal(1)), Option("b", "乙")),
    )
    assert read_response(choice, "q1", {"q1": ["a"], "q1-f": ["3"]}) == {"choice": "a"}
