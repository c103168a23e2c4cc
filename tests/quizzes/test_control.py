"""Invigilation, marking, regrading and analysis through HTTP."""

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
from lms.quizzes.actions import submit_attempt
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.formats.written import Written, understand
from lms.quizzes.models import Attempt, AttemptState, GradeRow, GradeSource, Paper, SubmittedBy
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from tests.factories import People
from tests.quizzes.samples import Made, make_paper, right_answers
from tests.quizzes.test_taking import answer, begin, fresh, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]


@pytest.fixture
def made(people: People, actor: Actors) -> Made:
    return make_paper(actor("owner"), people.north)


def test_the_invigilator_sees_extends_and_forces(client_of: Clients, made: Made) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = begin(learner, made.paper_id)
    save(learner, attempt_id, answer(1, q1=["a"]), current=2)
    page = owner.get(f"/quizzes/papers/{made.paper_id}/watch").text
    assert "1 / 4" in page and "第 2 题" in page
    before = fresh(attempt_id).deadline_at
    url = f"/quizzes/attempts/{attempt_id}/control"
    assert owner.post(f"{url}/extend", data={"minutes": "10"}).status_code == 302
    assert fresh(attempt_id).deadline_at - before == timedelta(minutes=10)
    assert owner.post(f"{url}/extend", data={"minutes": "-1"}).status_code == 422
    assert owner.post(f"{url}/force").status_code == 302
    attempt = fresh(attempt_id)
    assert (attempt.state, attempt.submitted_by) == (
        AttemptState.SUBMITTED,
        SubmittedBy.INVIGILATOR,
    )
    assert attempt.points == Decimal(2)
    assert owner.post(f"{url}/force").status_code == 409
    assert "监考延长了时间" in owner.get(f"/quizzes/attempts/{attempt_id}/events").text


def test_a_void_attempt_counts_for_nothing(client_of: Clients, made: Made) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = begin(learner, made.paper_id)
    url = f"/quizzes/attempts/{attempt_id}/control/void"
    assert owner.post(url, data={"reason": " "}).status_code == 422
    assert owner.post(url, data={"reason": "替考"}).status_code == 302
    assert fresh(attempt_id).state is AttemptState.VOID
    assert save(learner, attempt_id, answer(1, q1=["a"])).status_code == 409
    assert "替考" in learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert begin(learner, made.paper_id) != attempt_id


@pytest.mark.parametrize("path", ["watch", "analysis", "analysis.csv", "analysis.xlsx", "regrade"])
def test_only_for_those_who_may_change_the_paper(client_of: Clients, made: Made, path: str) -> None:
    url = f"/quizzes/papers/{made.paper_id}/{path}"
    assert client_of("owner").get(url).status_code == 200
    assert client_of("outsider").get(url).status_code == 404
    assert client_of("learner").get(url).status_code == 403


def test_regrading_adds_rows_once_and_keeps_the_old_version(client_of: Clients, made: Made) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = begin(learner, made.paper_id)
    save(learner, attempt_id, *right_answers()[1:], answer(1, q1=["b"]))
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert fresh(attempt_id).points == Decimal(6)
    form = {
        "text": "方针是什么？",
        "option-0": "甲",
        "option-1": "乙",
        "option-2": "丙",
        "right": "1",
        "points": "1",
        "difficulty": "3",
        "rule": "weighted",
        "fold_width": "1",
    }
    assert owner.post(f"/quizzes/questions/{made.question_ids[0]}", data=form).status_code == 302
    url = f"/quizzes/papers/{made.paper_id}/regrade"
    assert "李学员" in owner.get(url).text
    assert fresh(attempt_id).points == Decimal(6)
    assert owner.post(url).status_code == 302
    assert fresh(attempt_id).points == Decimal(8)
    count = select(func.count()).select_from(GradeRow)
    assert db.session.scalar(count) == 5
    db.session.rollback()
    owner.post(url)
    assert db.session.scalar(count) == 5
    db.session.rollback()
    assert "没有成绩会变" in owner.get(url).text
    assert "重新评分" in learner.get(f"/quizzes/attempts/{attempt_id}/result").text


@pytest.fixture
def essay(people: People, actor: Actors) -> int:
    owner = actor("owner")
    bank = create_bank(code="essays", title="论述", unit_id=people.north, by=owner)
    written = Written("1", kind="论述题", text="谈谈三管三必须。", answer="略", points="10")
    definition = understand(written).definition
    assert definition is not None
    question = create_question(bank, definition, by=owner)
    paper = create_paper(title="论述考试", unit_id=people.north, by=owner)
    add_questions_to(paper.sections[0], [question], points=Decimal(10))
    publish_paper(paper, by=owner)
    paper_id = paper.id
    db.session.commit()
    return paper_id


def test_essays_are_marked_without_names_and_survive_a_regrade(
    client_of: Clients, essay: int, people: People
) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = begin(learner, essay)
    save(learner, attempt_id, answer(1, q1=["管行业必须管安全。"]))
    learner.post(f"/quizzes/attempts/{attempt_id}/submit")
    assert fresh(attempt_id).is_pending
    assert "等待评阅" in learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    listed = owner.get("/quizzes/marking").text
    assert "谈谈三管三必须" in listed
    question_id = db.session.scalars(select(GradeRow.question_id)).one()
    db.session.rollback()
    url = f"/quizzes/papers/{essay}/marking/{question_id}"
    page = owner.get(url).text
    assert "管行业必须管安全" in page and "李学员" not in page
    form: dict[str, Any] = {"attempt": attempt_id, "slot": 1, "at": 0, "comment": "观点明确"}
    assert owner.post(url, data={**form, "points": "11"}).status_code == 422
    assert owner.post(url, data={**form, "points": "x"}).status_code == 422
    assert owner.post(url, data={**form, "points": "8.5"}).status_code == 302
    attempt = fresh(attempt_id)
    assert (attempt.points, attempt.is_pending, attempt.is_passed) == (Decimal("8.5"), False, True)
    assert owner.get(url).status_code == 302
    owner.post(f"/quizzes/papers/{essay}/regrade")
    assert fresh(attempt_id).points == Decimal("8.5")
    sources = db.session.scalars(select(GradeRow.source).order_by(GradeRow.id)).all()
    assert list(sources) == [GradeSource.MACHINE, GradeSource.PERSON]
    db.session.rollback()
    assert "观点明确" in learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    assert client_of("outsider").get("/quizzes/marking").status_code == 200


def test_two_submissions_at_once_grade_once(client_of: Clients, made: Made) -> None:
    attempt_id = begin(client_of("learner"), made.paper_id)
    attempt = fresh(attempt_id)
    now = clock.now()
    assert submit_attempt(attempt, how=SubmittedBy.MEMBER, at=now) is True
    assert submit_attempt(attempt, how=SubmittedBy.SERVER, at=now) is False
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(GradeRow)) == 4
    assert db.session.get_one(Attempt, attempt_id).submitted_by is SubmittedBy.MEMBER
    assert db.session.get_one(Paper, made.paper_id) is not None
