"""Cited by: texts, lessons and questions that name a work, for those who may see them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.courses.actions import add_lesson, create_course, publish_course
from lms.courses.queries import list_chapters
from lms.db import db
from lms.library.lesson import save_body
from lms.library.models import Document, Mention
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes.bank_actions import create_bank, create_question, set_question_state
from lms.quizzes.models import Question, QuestionState
from lms.search.indexer import refresh_document
from tests.factories import People
from tests.library.samples import make_document
from tests.quizzes.samples import make_definition

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
FIRE_LAW = """第一条 为了预防火灾，制定本法。

第二条 单位应当履行下列职责：

（一）落实责任制；

（二）组织演练。

单位应当每年检查一次。
"""


@pytest.fixture
def law(app: Flask, people: People) -> Document:
    return make_document(people.root, title="中华人民共和国消防法", text=FIRE_LAW)


@pytest.fixture
def lesson_id(people: People, law: Document) -> int:
    """A published text lesson of the north that cites the law twice."""
    course = create_course(title="消防课程", unit_id=people.north, by=None)
    lesson = add_lesson(list_chapters(course)[0], kind="text", title="职责")
    save_body(lesson, "<p>无关</p><p>《消防法》第二条第二款说每年检查，消防法第一条说目的。</p>")
    publish_course(course, by=None)
    db.session.commit()
    lesson_id = lesson.id
    refresh_document("lesson", lesson_id)
    return lesson_id


@pytest.fixture
def question_id(people: People, law: Document, actor: Actors) -> int:
    """A question of the north whose explanation cites an item of the law."""
    bank = create_bank(code="fire", title="消防题库", unit_id=people.north, by=None)
    definition = replace(make_definition(1), explanation="见《消防法》第二条第一款第（二）项")
    question = create_question(bank, definition, by=None)
    db.session.commit()
    question_id = question.id
    refresh_document("question", question_id)
    return question_id


def test_lessons_and_questions_that_cite_a_place_are_listed(
    client_of: Clients, law: Document, lesson_id: int, question_id: int, people: People
) -> None:
    make_document(people.root, title="示例演练办法", text="第一条 依照《消防法》第二条组织演练。")
    url = f"/library/{law.id}"
    cited = client_of("owner").get(f"{url}/cited?at=art2").text
    assert "引用第二条的内容" in cited
    assert "共 3 处来源" in cited
    assert f'href="/courses/lessons/{lesson_id}#t2"' in cited
    assert f'href="/quizzes/questions/{question_id}"' in cited
    assert "消防题库" in cited
    assert "示例演练办法" in cited
    paragraph = client_of("owner").get(f"{url}/cited?at=art2-p2").text
    assert "引用第二条第二款的内容" in paragraph
    assert "职责" in paragraph
    assert "消防题库" not in paragraph
    item = client_of("owner").get(f"{url}/cited?at=art2-p1-i2").text
    assert "引用第二条第一款第（二）项的内容" in item
    assert "消防题库" in item
    page = client_of("owner").get(url).text
    assert "3 处引用了这一条" in page
    assert f'href="{url}/cited?at=art2-p1-i2"' in page


def test_who_may_not_see_what_cites_does_not_learn_of_it(
    client_of: Clients, law: Document, lesson_id: int, question_id: int, people: People
) -> None:
    make_document(
        people.south, title="南方草稿", text="依照《消防法》第二条办。", state=ContentState.DRAFT
    )
    url = f"/library/{law.id}"
    learner = client_of("learner").get(f"{url}/cited").text
    assert "共 1 处来源" in learner
    assert "职责" in learner
    assert "1 处引用了这一条" in client_of("learner").get(url).text
    stranger = client_of("stranger").get(f"{url}/cited?at=art2").text
    assert "还没有内容引用它" in stranger
    assert "被引" not in client_of("stranger").get(url).text
    assert "南方草稿" in client_of("outsider").get(f"{url}/cited?at=art2").text


def test_mentions_follow_the_thing(
    law: Document, lesson_id: int, question_id: int, actor: Actors
) -> None:
    assert {row.source for row in db.session.query(Mention)} == {"lesson", "question"}
    before = db.session.query(Mention).filter_by(source="lesson").count()
    question = db.session.get_one(Question, question_id)
    set_question_state(question, QuestionState.RETIRED, by=actor("owner"))
    db.session.commit()
    refresh_document("question", question_id)
    assert {row.source for row in db.session.query(Mention)} == {"lesson"}
    refresh_document("lesson", lesson_id)
    assert db.session.query(Mention).count() == before


def test_a_title_that_cites_leads_to_the_thing_itself(
    client_of: Clients, law: Document, people: People
) -> None:
    course = create_course(title="《消防法》解读", unit_id=people.north, by=None)
    save_body(add_lesson(list_chapters(course)[0], kind="text", title="一"), "<p>正文</p>")
    publish_course(course, by=None)
    db.session.commit()
    course_id = course.id
    refresh_document("course", course_id)
    page = client_of("learner").get(f"/library/{law.id}/cited").text
    assert f'href="/courses/{course_id}"' in page
