"""Where a question comes from: looked up in the library, chosen, and jumped to after grading."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from lms.db import db
from lms.library.models import Document
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.models import Attempt, Question
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from lms.quizzes.sources import Source, join_source, split_source
from tests.factories import People
from tests.library.samples import make_document

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
LAW = """第一条 为了预防火灾，制定本法。

第二条 主要负责人对消防安全全面负责。
"""


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", Source()),
        ("《消防法》第二条", Source("《消防法》第二条")),
        ("/library/at/3/art2", Source("", "/library/at/3/art2")),
        ("《消防法》第二条 /library/at/3/art2", Source("《消防法》第二条", "/library/at/3/art2")),
        ("见 //evil.example/x", Source("见 //evil.example/x")),
        ("javascript:alert(1)", Source("javascript:alert(1)")),
    ],
)
def test_words_and_address_of_a_source(text: str, source: Source) -> None:
    assert split_source(text) == source
    assert join_source(source.words, source.href) == text


@pytest.fixture
def law(people: People, index: Callable[[], None]) -> int:
    """A law of the north, findable."""
    document: Document = make_document(people.north, title="中华人民共和国消防法", text=LAW)
    document_id = document.id
    db.session.commit()
    index()
    return document_id


@pytest.fixture
def bank_id(actor: Actors, people: People) -> int:
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=actor("owner"))
    db.session.commit()
    return bank.id


def places(fragment: str) -> dict[str, str]:
    """The places offered: what they are called, and their addresses."""
    choices = html.fragment_fromstring(fragment, create_parent="div").xpath(".//input")
    return {choice.get("data-words"): choice.get("data-address") for choice in choices}


def test_an_article_is_found_by_its_number_and_by_its_words(client_of: Clients, law: int) -> None:
    client = client_of("owner")
    for typed in ("消防法 第二条", "主要负责人 全面负责"):
        found = places(client.get(f"/quizzes/sources?q={typed}").get_json()["html"])
        assert found["《中华人民共和国消防法》第二条"] == f"/library/at/{law}/art2", typed
    nothing = client.get("/quizzes/sources?q=航天飞机").get_json()["html"]
    assert places(nothing) == {} and "没有找到" in nothing


def test_only_texts_that_the_author_may_see_are_offered(client_of: Clients, law: int) -> None:
    found = client_of("outsider").get("/quizzes/sources?q=消防法 第二条").get_json()["html"]
    assert places(found) == {}
    assert client_of("learner").get("/quizzes/sources?q=消防法").status_code == 403


def test_the_place_is_chosen_without_scripts_too(
    client_of: Clients, law: int, bank_id: int
) -> None:
    client = client_of("owner")
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    form = {"text": "主要负责人全面负责。", "answer": "true", "points": "1"}
    page = client.post(url, data={**form, "sought": "消防法 第二条", "find": "1"})
    assert page.status_code == 200 and "主要负责人全面负责。" in page.text
    choice = html.document_fromstring(page.text).xpath("//input[@name='source_pick']")[0]
    assert client.post(url, data={**form, "source_pick": choice.get("value")}).status_code == 302
    question = db.session.scalars(select(Question)).one()
    kept = newest_version(question).definition["source"]
    assert kept == f"《中华人民共和国消防法》第二条 /library/at/{law}/art2"


def test_after_grading_the_member_jumps_to_the_article(
    client_of: Clients, actor: Actors, people: People, law: int, bank_id: int
) -> None:
    form = {
        "text": "主要负责人全面负责。",
        "answer": "true",
        "points": "1",
        "source": "《消防法》第二条",
        "source_address": f"/library/at/{law}/art2",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    client_of("owner").post(url, data=form)
    owner = actor("owner")
    paper = create_paper(title="测试", unit_id=people.north, by=owner)
    add_questions_to(paper.sections[0], db.session.scalars(select(Question)), points=1)  # type: ignore[arg-type]
    publish_paper(paper, by=owner)
    db.session.commit()
    learner = client_of("learner")
    learner.post(f"/quizzes/papers/{paper.id}/start")
    attempt_id = db.session.scalars(select(Attempt.id)).one()
    assert "消防法" not in learner.get(f"/quizzes/attempts/{attempt_id}").text
    learner.post(f"/quizzes/attempts/{attempt_id}/submit", data={"s1": "1", "q1": "false"})
    page = learner.get(f"/quizzes/attempts/{attempt_id}/result").text
    link = html.document_fromstring(page).xpath("//*[@class='q-source']/a")[0]
    assert "看原文：《消防法》第二条" in link.text_content()
    jump = learner.get(link.get("href"))
    assert jump.status_code == 302 and jump.location.endswith("#art2")
    assert 'id="art2"' in learner.get(jump.location).text
