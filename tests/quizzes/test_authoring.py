"""Banks, editor, import and papers through HTTP, by an administrator and by those who may not."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select

from lms.courses.actions import add_lesson, create_course
from lms.courses.models import Chapter, LessonProgress
from lms.courses.queries import publishing_problems
from lms.db import db
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.definition import Kind, from_json
from lms.quizzes.models import Bank, Paper, Question, QuestionState, QuestionVersion
from tests.factories import People
from tests.quizzes.samples import make_paper, right_answers

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]


@pytest.fixture
def bank_id(client_of: Clients, people: People) -> int:
    form = {"title": "安全题库", "code": "safety", "unit_id": people.north}
    response = client_of("owner").post("/quizzes/banks/new", data=form)
    assert response.status_code == 302, response.text
    return db.session.scalars(select(Bank.id)).one()


EDITED = {
    "single": {
        "text": "方针？",
        "option-0": "甲",
        "option-1": "乙",
        "option-2": "",
        "right": "1",
    },
    "multiple": {
        "text": "权利？",
        "option-0": "甲",
        "option-1": "乙",
        "right": ["0", "1"],
        "rule": "missed",
        "missed_percent": "30",
    },
    "true_false": {"text": "对不对？", "answer": "false"},
    "fill_in": {
        "text": "应当____向____报告",
        "answer": "立即\n[2]负责人|领导:50%",
        "any_order": "1",
    },
    "cloze": {
        "text": "____ ____ ____",
        "answer": "文本：长江|扬子江\n数值：6300±100\n选择：*对|错",
    },
    "numeric": {"text": "多长？", "number-0": "1500±5", "extra": "m=1\nkm=1000"},
    "short": {"text": "谁？", "accepted-0": "马克思*", "accepted-1": "恩格斯", "share-1": "50"},
    "matching": {"text": "配对", "answer": "中国 -> 北京\n日本 -> 东京\n -> 河内"},
    "ordering": {"text": "排序", "answer": "第一\n第二\n第三"},
    "essay": {"text": "论述", "model": "略", "extra": "论点：60%\n论据：40%"},
}


@pytest.mark.parametrize("kind", EDITED)
def test_a_question_of_each_kind_is_written_and_written_again(
    client_of: Clients, bank_id: int, kind: str
) -> None:
    client = client_of("owner")
    url = f"/quizzes/banks/{bank_id}/questions/new/{kind}"
    assert client.get(url).status_code == 200
    form = {
        "points": "2",
        "difficulty": "4",
        "tags": "安全 重点",
        "category": "法律/总则",
        **EDITED[kind],
    }
    response = client.post(url, data=form)
    assert response.status_code == 302, response.text
    question = db.session.scalars(select(Question)).one()
    assert (question.kind, question.difficulty) == (Kind(kind), 4)
    page = client.get(f"/quizzes/questions/{question.id}")
    assert page.status_code == 200
    before = newest_version(question).definition
    again = client.post(
        f"/quizzes/questions/{question.id}", data={**form, "text": form["text"] + "（改）"}
    )
    assert again.status_code == 302, again.text
    db.session.expire_all()
    versions = db.session.scalars(select(QuestionVersion).order_by(QuestionVersion.number)).all()
    assert [version.number for version in versions] == [1, 2]
    assert versions[0].definition == before  # the old version is untouched
    assert from_json(versions[1].definition).points == Decimal(2)


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("single", {"text": "？", "option-0": "甲", "option-1": "乙"}, "没有标出正确答案"),
        ("single", {"text": "？", "option-0": "甲", "right": "0"}, "至少要有两个选项"),
        ("fill_in", {"text": "____和____", "answer": "一个"}, "题干有 2 个空，答案给了 1 个"),
        ("numeric", {"text": "？", "number-0": "很多"}, "不是数值"),
        ("true_false", {"text": "？"}, "没有选正确还是错误"),
        ("essay", {"text": "？", "extra": "论点：60%"}, "比例之和"),
        ("short", {"text": "", "accepted-0": "甲"}, "题干是空的"),
    ],
)
def test_the_editor_says_what_is_wrong_and_keeps_the_rest(
    client_of: Clients, bank_id: int, kind: str, form: dict[str, str], sentence: str
) -> None:
    url = f"/quizzes/banks/{bank_id}/questions/new/{kind}"
    response = client_of("owner").post(url, data={"points": "1", "difficulty": "3", **form})
    assert response.status_code == 422
    assert sentence in response.text
    assert db.session.scalar(select(func.count()).select_from(Question)) == 0


def workbook(*rows: tuple[object, ...]) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


HEAD = ("题型", "题干", "选项A", "选项B", "选项C", "答案", "解析", "难度")


def test_nothing_is_imported_before_it_is_confirmed(client_of: Clients, bank_id: int) -> None:
    client = client_of("owner")
    file = workbook(
        HEAD,
        ("单选题", "一", "甲", "乙", "丙", "b", "因为", "易"),
        ("多选题", "二", "甲", "乙", "丙", "CA", "", ""),
        ("判断题", "三", "", "", "", "√", "", ""),
        ("填空题", "四____", "", "", "", "甲|乙", "", ""),
        ("单选题", "五", "甲", "乙", "", "C", "", ""),
        ("单选题", "一", "甲", "乙", "丙", "b", "因为", "易"),
    )
    response = client.post(f"/quizzes/banks/{bank_id}/import", data={"file": (file, "题.xlsx")})
    assert response.status_code == 302, response.text
    page = client.get(response.location).text
    assert "第 6 行" in page and "答案是 C，但只有 2 个选项。" in page
    assert "与第 2 行相同" in page
    count = select(func.count()).select_from(Question)
    assert db.session.scalar(count) == 0
    db.session.rollback()
    done = client.post(response.location + "/confirm")
    assert done.status_code == 302
    assert db.session.scalar(count) == 4
    db.session.rollback()
    assert client.post(response.location + "/confirm").status_code == 409
    assert db.session.scalar(count) == 4


def test_a_file_that_is_none_gets_one_sentence(client_of: Clients, bank_id: int) -> None:
    client = client_of("owner")
    url = f"/quizzes/banks/{bank_id}/import"
    assert client.get(url).status_code == 200
    assert client.post(url, data={}).status_code == 422
    broken = client.post(url, data={"file": (BytesIO(b"PK\x03\x04nonsense"), "x.xlsx")})
    assert broken.status_code == 422
    assert "文件已损坏，打不开" in broken.text
    assert 'name="file"' in broken.text  # beside the form


def test_the_template_imports_itself(client_of: Clients, bank_id: int) -> None:
    client = client_of("owner")
    data = client.get("/quizzes/template.xlsx").data
    url = f"/quizzes/banks/{bank_id}/import"
    response = client.post(url, data={"file": (BytesIO(data), "模板.xlsx")})
    client.post(response.location + "/confirm")
    kinds = [
        question.kind for question in db.session.scalars(select(Question).order_by(Question.id))
    ]
    assert kinds == [Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE, Kind.FILL_IN]


def test_a_paper_is_built_and_published(client_of: Clients, actor: Actors, people: People) -> None:
    made = make_paper(actor("owner"), people.north)
    client = client_of("owner")
    form = {
        "title": "季度考试",
        "audience_unit_id": people.north,
        "minutes": "30",
        "pass_percent": "60",
        "method": "best",
        "showing": "explanations",
        "marking": "plain",
        "grace_seconds": "10",
        "is_listed": "y",
    }
    assert client.get("/quizzes/papers/new").status_code == 200
    assert client.post("/quizzes/papers/new", data={**form, "title": ""}).status_code == 422
    edit = client.post("/quizzes/papers/new", data=form).location
    paper_id = int(edit.split("/")[-2])
    section_id = db.session.get(Paper, paper_id).sections[0].id
    db.session.rollback()
    assert client.post(f"/quizzes/papers/{paper_id}/publish").status_code == 422
    assert client.get(f"/quizzes/sections/{section_id}/pick").status_code == 200
    chosen = {"question": made.question_ids[:2], "points": "2.5"}
    client.post(f"/quizzes/sections/{section_id}/pick", data=chosen)
    rule = {
        "bank_id": made.bank_id,
        "count": "3",
        "points": "1",
        "category_id": "0",
        "kind": "",
        "difficulty_from": "1",
        "difficulty_to": "5",
    }
    assert client.get(f"/quizzes/sections/{section_id}/draw").status_code == 200
    client.post(f"/quizzes/sections/{section_id}/draw", data=rule)
    page = client.get(edit).text
    assert "还缺 1 题" in page and "5 题，共 8 分" in page
    assert client.post(f"/quizzes/papers/{paper_id}/publish").status_code == 422
    paper = db.session.get(Paper, paper_id)
    entry = paper.sections[0].entries[0]
    db.session.rollback()
    client.post(f"/quizzes/entries/{entry.id}/down")
    client.post(f"/quizzes/entries/{entry.id}/points", data={"points": "3"})
    client.post(f"/quizzes/entries/{entry.id}/remove")
    assert client.post(f"/quizzes/papers/{paper_id}/publish").status_code == 302
    db.session.expire_all()
    assert db.session.get(Paper, paper_id).state is ContentState.PUBLISHED
    db.session.rollback()
    begun = client_of("learner").post(f"/quizzes/papers/{paper_id}/start")
    assert begun.status_code == 302
    assert client.post(f"/quizzes/sections/{section_id}/pick", data=chosen).status_code == 409
    assert client.get(f"/quizzes/papers/{paper_id}/settings").status_code == 200
    assert client.post(f"/quizzes/papers/{paper_id}/settings", data=form).status_code == 302
    assert client.post(f"/quizzes/papers/{paper_id}/withdraw").status_code == 302
    assert client.get("/quizzes/papers").status_code == 200


@pytest.mark.parametrize(
    ("number", "status"), [("owner", 200), ("colleague", 200), ("outsider", 404), ("learner", 403)]
)
def test_only_administrators_of_the_unit_write(
    client_of: Clients, actor: Actors, people: People, number: str, status: int
) -> None:
    made = make_paper(actor("owner"), people.north)
    client = client_of(number)
    for url in (
        f"/quizzes/banks/{made.bank_id}",
        f"/quizzes/questions/{made.question_ids[0]}",
        f"/quizzes/papers/{made.paper_id}/edit",
        f"/quizzes/banks/{made.bank_id}/import",
    ):
        assert client.get(url).status_code == status, url
    listed = client.get("/quizzes/banks")
    assert ("安全题库" in listed.text) is (status == 200)


def test_retired_questions_are_not_drawn(client_of: Clients, actor: Actors, people: People) -> None:
    made = make_paper(actor("owner"), people.north, publish=False)
    client = client_of("owner")
    url = f"/quizzes/questions/{made.question_ids[0]}/state"
    assert client.post(url, data={"state": "retired"}).status_code == 302
    assert db.session.get(Question, made.question_ids[0]).state is QuestionState.RETIRED
    db.session.rollback()
    assert client.post(f"/quizzes/papers/{made.paper_id}/publish").status_code == 422


def test_a_test_inside_a_course_is_completed_by_passing(
    client_of: Clients, actor: Actors, people: People
) -> None:
    owner = actor("owner")
    made = make_paper(owner, people.north, is_listed=False)
    course = create_course(
        title="安全课",
        code="safety",
        unit_id=people.north,
        audience_unit_id=people.north,
        by=owner,
    )
    chapter = db.session.scalars(select(Chapter).where(Chapter.course_id == course.id)).one()
    lesson = add_lesson(chapter, kind="test", title="讲后测试")
    course_id, lesson_id = course.id, lesson.id
    assert publishing_problems(course)
    db.session.commit()
    client = client_of("owner")
    edit = f"/quizzes/lessons/{lesson_id}/edit"
    assert client.get(edit).status_code == 200
    assert client.post(edit, data={"paper_id": made.paper_id}).status_code == 302
    assert client.post(f"/courses/{course_id}/publish").status_code == 302
    learner = client_of("learner")
    assert "安全测试" not in learner.get("/quizzes/").text
    assert "开始考试" in learner.get(f"/courses/lessons/{lesson_id}").text
    start = learner.post(
        f"/quizzes/papers/{made.paper_id}/start", data={"lesson_id": str(lesson_id)}
    )
    learner.post(start.location + "/answers", json={"answers": right_answers()})
    learner.post(start.location + "/submit")
    progress = db.session.scalars(select(LessonProgress)).one()
    assert progress.completed_at is not None
    assert "回到课程" in learner.get(start.location + "/result").text
