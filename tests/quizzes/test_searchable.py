"""Questions are found by those who keep their bank, and by nobody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import revise_question, set_question_state
from lms.quizzes.definition import Definition, Kind, Option, Rule
from lms.quizzes.models import Paper, Question, QuestionState
from lms.quizzes.paper_actions import change_paper, withdraw_paper
from lms.quizzes.searchable import text_of
from lms.search.queries import search
from lms.search.suggestions import suggest
from tests.factories import People
from tests.quizzes.samples import make_definition, make_paper

Actors = Callable[[str], Actor]


@pytest.fixture
def made(people: People, index: Callable[[], None], actor: Actors) -> list[int]:
    """The questions of a paper of the north that is published for all of it."""
    ids = make_paper(actor("owner"), people.north).question_ids
    index()
    return ids


def found(text: str, who: Actor) -> list[int]:
    return [one.subject_id for one in search(text, actor=who).results if one.kind == "question"]


@pytest.mark.parametrize("who", ["owner", "colleague", "chief"])
def test_authors_of_the_bank_find_questions_by_text_options_and_explanation(
    made: list[int], actor: Actors, who: str
) -> None:
    person = actor(who)
    assert found("第一责任人", person) == [made[2]]
    assert found("哪些是权利 怠工", person) == [made[1]]
    assert found("怠工", person) == [made[1]]
    assert found("title:方针", person) == [made[0]]
    results = search("怠工", actor=person)
    assert results.results[0].context == "安全题库"
    (passage,) = results.results[0].passages
    assert passage.snippet.text.splitlines() == ["知情", "建议", "拒绝", "怠工"]


@pytest.mark.parametrize("who", ["learner", "manager", "operator", "outsider", "stranger"])
def test_nobody_else_finds_them_or_counts_them(made: list[int], actor: Actors, who: str) -> None:
    results = search("第一责任人", actor=actor(who))
    assert [one.kind for one in results.results if one.kind == "question"] == []
    assert all(choice.value != "question" for choice in results.facets.get("kind", ()))


def test_the_page_links_to_the_editor_and_suggestions_leave_questions_out(
    made: list[int], client_of: Callable[[str], FlaskClient], actor: Actors
) -> None:
    page = client_of("owner").get("/search?q=怠工").text
    assert f'href="/quizzes/questions/{made[1]}"' in page
    assert "试题" in page
    assert suggest("哪些是权利", actor=actor("owner")).titles == []


def test_a_revised_question_is_found_anew_and_a_retired_one_no_more(
    made: list[int], index: Callable[[], None], actor: Actors
) -> None:
    owner = actor("owner")
    revise_question(db.session.get_one(Question, made[2]), make_definition(1), by=owner)
    set_question_state(db.session.get_one(Question, made[1]), QuestionState.RETIRED, by=owner)
    db.session.commit()
    index()
    assert found("第一责任人", owner) == []
    assert sorted(found("方针", owner)) == [made[0], made[2]]
    assert found("怠工", owner) == []


def test_a_test_is_found_by_its_audience_once_it_is_published(
    people: People, index: Callable[[], None], actor: Actors
) -> None:
    made = make_paper(actor("owner"), people.north, instructions="请在安静的地方作答")

    def who_finds() -> list[str]:
        index()
        db.session.rollback()
        names = ("learner", "stranger", "owner", "outsider")
        return [who for who in names if search("安全测试", actor=actor(who)).total]

    assert who_finds() == ["learner", "owner"]
    (passage,) = search("安静的地方", actor=actor("learner")).results[0].passages
    assert passage.link.values == {"paper_id": made.paper_id}
    change_paper(db.session.get_one(Paper, made.paper_id), by=None, is_listed=False)
    db.session.commit()
    assert who_finds() == ["owner"]
    change_paper(db.session.get_one(Paper, made.paper_id), by=None, is_listed=True)
    withdraw_paper(db.session.get_one(Paper, made.paper_id), by=None)
    db.session.commit()
    assert who_finds() == ["owner"]


def test_formatted_texts_are_plain_and_each_is_said_once() -> None:
    html = replace(
        make_definition(1),
        is_html=True,
        text="<p>甲 &lt; 乙<br>对吗</p>",
        explanation="<b>因为</b>丙",
        options=(Option("a", "<i>因为</i>丙"), Option("b", "丁")),
    )
    plain = replace(make_definition(3), text="5<6，7>6 对吗？" + "长" * 200)
    whole = Definition(kind=Kind.MATERIAL, text="材料", rule=Rule.PER_PART, parts=(html, plain))
    assert text_of(html).splitlines() == ["因为 丙", "丁"]
    assert text_of(whole).splitlines()[:3] == ["甲 < 乙 对吗", "因为 丙", "丁"]
    assert text_of(whole).splitlines()[-1] == plain.text
