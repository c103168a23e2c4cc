"""Members are told of grades that a regrade or a person changed, until they have looked."""

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
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.correction_models import Correction
from lms.quizzes.formats.written import Written, understand
from lms.quizzes.models import GradeRow, Showing
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from tests.factories import People
from tests.quizzes.samples import Made, answer, make_paper, right_answers
from tests.quizzes.test_taking import begin, fresh, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
KEY_IS_B = {
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


@pytest.fixture
def make(people: People, actor: Actors) -> Callable[..., Made]:
    def build(**settings: Any) -> Made:
        return make_paper(actor("owner"), people.north, **settings)

    return build


def take(client: FlaskClient, made: Made, first: str) -> int:
    attempt_id = begin(client, made.paper_id)
    save(client, attempt_id, *right_answers()[1:3], answer(1, q1=[first]))
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    return attempt_id


def correct_the_key(owner: FlaskClient, made: Made, reason: str = "原来的答案录错了") -> None:
    """The right answer to the first question is B after all."""
    changed = owner.post(f"/quizzes/questions/{made.question_ids[0]}", data=KEY_IS_B)
    assert changed.status_code == 302
    done = owner.post(f"/quizzes/papers/{made.paper_id}/regrade", data={"reason": reason})
    assert done.status_code == 302


def test_the_member_is_told_what_changed_and_why_until_they_have_looked(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, learner, peer = make(), client_of("learner"), client_of("peer")
    gained, lost = take(learner, made, "b"), take(peer, made, "a")
    assert (fresh(gained).points, fresh(lost).points) == (Decimal(4), Decimal(6))
    correct_the_key(client_of("owner"), made)
    assert (fresh(gained).points, fresh(lost).points) == (Decimal(6), Decimal(4))
    said = "第 1 题的答案更正后重新评分：得分从 4 分改为 6 分，由没有通过改为通过。"
    pages = ("/", "/quizzes/", f"/quizzes/attempts/{gained}/result")
    for path in (*pages, f"/quizzes/papers/{made.paper_id}"):
        page = learner.get(path).text
        assert said in page and "原因：原来的答案录错了" in page, path
    assert "得分从 6 分改为 4 分，由通过改为没有通过。" in peer.get("/").text
    correction_id = db.session.scalars(
        select(Correction.id).where(Correction.attempt_id == gained)
    ).one()
    db.session.rollback()
    seen = learner.post(f"/quizzes/corrections/{correction_id}/see")
    assert seen.location.endswith(f"/attempts/{gained}/result")
    for path in ("/", "/quizzes/"):
        assert said not in learner.get(path).text
    assert said in learner.get(seen.location).text  # it stays on record
    assert "得分从 6 分改为 4 分" in peer.get("/").text
    assert peer.post(f"/quizzes/corrections/{correction_id}/see").status_code == 404


def test_nobody_is_told_where_nothing_changed(
    client_of: Clients, make: Callable[..., Made]
) -> None:
    made, learner = make(), client_of("learner")
    take(learner, made, "c")
    correct_the_key(client_of("owner"), made)
    client_of("owner").post(f"/quizzes/papers/{made.paper_id}/regrade")
    assert db.session.scalar(select(func.count()).select_from(Correction)) == 0
    db.session.rollback()
    assert "更正" not in learner.get("/").text


@pytest.mark.parametrize("settings", [{"showing": Showing.NOTHING}, {"shows_after_close": True}])
def test_a_correction_tells_no_score_that_is_not_shown(
    client_of: Clients, make: Callable[..., Made], settings: dict[str, Any]
) -> None:
    closes_at = clock.now() + timedelta(hours=1)
    made, learner = make(closes_at=closes_at, **settings), client_of("learner")
    attempt_id = take(learner, made, "b")
    correct_the_key(client_of("owner"), made)
    pages = ("/", "/quizzes/", f"/quizzes/papers/{made.paper_id}")
    for path in (*pages, f"/quizzes/attempts/{attempt_id}/result"):
        assert "改为 6 分" not in learner.get(path).text, path
    assert "改为 6 分" in client_of("owner").get(f"/quizzes/attempts/{attempt_id}/result").text
    with clock.frozen(closes_at + timedelta(minutes=1)):
        shown = "改为 6 分" in learner.get("/").text
    assert shown is ("shows_after_close" in settings)


ESSAYS = ("谈谈三管三必须。", "谈谈你的岗位责任。")


def take_essays(client: FlaskClient, paper_id: int) -> int:
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, answer(1, q1=["管行业必须管安全。"]), answer(2, q2=["巡回检查。"]))
    client.post(f"/quizzes/attempts/{attempt_id}/submit")
    return attempt_id


def mark(owner: FlaskClient, attempt_id: int, slot: int, points: str) -> None:
    row = db.session.scalars(
        select(GradeRow).where(GradeRow.attempt_id == attempt_id, GradeRow.slot == slot)
    ).first()
    assert row is not None
    url = f"/quizzes/papers/{fresh(attempt_id).paper_id}/marking/{row.question_id}"
    db.session.rollback()
    form = {"attempt": attempt_id, "slot": slot, "at": 0, "points": points}
    assert owner.post(url, data=form).status_code == 302


@pytest.fixture
def make_essays(people: People, actor: Actors) -> Callable[..., int]:
    def build(**settings: Any) -> int:
        owner = actor("owner")
        bank = create_bank(code="essays", title="论述", unit_id=people.north, by=owner)
        paper = create_paper(title="论述考试", unit_id=people.north, by=owner, **settings)
        for number, text in enumerate(ESSAYS, 1):
            written = Written(str(number), kind="论述题", text=text, answer="略", points="10")
            definition = understand(written).definition
            assert definition is not None
            question = create_question(bank, definition, by=owner)
            add_questions_to(paper.sections[0], [question], points=Decimal(10))
        publish_paper(paper, by=owner)
        paper_id = paper.id
        db.session.commit()
        return paper_id

    return build


def test_the_member_is_told_when_the_last_essay_is_marked(
    client_of: Clients, make_essays: Callable[..., int]
) -> None:
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = take_essays(learner, make_essays())
    mark(owner, attempt_id, 1, "8")
    assert "评阅完成" not in learner.get("/").text
    mark(owner, attempt_id, 2, "6.5")
    for path in ("/", "/quizzes/"):
        assert "《论述考试》的答卷：评阅完成，得 14.5 分，通过。" in learner.get(path).text
    assert "评阅完成" not in client_of("peer").get("/").text
    correction_id = db.session.scalars(select(Correction.id)).one()
    db.session.rollback()
    seen = learner.post(f"/quizzes/corrections/{correction_id}/see")
    assert seen.location.endswith(f"/attempts/{attempt_id}/result")
    assert "评阅完成，得 14.5 分，通过。" in learner.get(seen.location).text
    assert "评阅完成" not in learner.get("/").text
    mark(owner, attempt_id, 2, "6.5")  # sent again: nothing new to tell
    assert "评阅完成" not in learner.get("/").text
    mark(owner, attempt_id, 2, "1")
    assert "评阅完成，得 9 分，没有通过。" in learner.get("/").text


@pytest.mark.parametrize("settings", [{"showing": Showing.NOTHING}, {"shows_after_close": True}])
def test_marks_tell_no_score_that_is_not_shown(
    client_of: Clients, make_essays: Callable[..., int], settings: dict[str, Any]
) -> None:
    closes_at = clock.now() + timedelta(hours=1)
    learner, owner = client_of("learner"), client_of("owner")
    attempt_id = take_essays(learner, make_essays(closes_at=closes_at, **settings))
    for slot in (1, 2):
        mark(owner, attempt_id, slot, "8")
    for path in ("/", "/quizzes/", f"/quizzes/attempts/{attempt_id}/result"):
        assert "得 16 分" not in learner.get(path).text, path
    with clock.frozen(closes_at + timedelta(minutes=1)):
        shown = "得 16 分" in learner.get("/").text
    assert shown is ("shows_after_close" in settings)
