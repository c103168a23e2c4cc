"""The analysis of a paper: its page with charts and tables, and what is exported."""

import csv
import statistics as plain
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from openpyxl import load_workbook
from sqlalchemy import and_, event, select

from bench.quizzes_load import make_test
from bench.quizzes_takers import hand_in_many
from lms import clock
from lms.db import db
from lms.members.models import OrgUnit
from lms.members.policy import Actor
from lms.quizzes.analysis import analyse
from lms.quizzes.analysis_sheets import Sheet, csv_of, workbook_of
from lms.quizzes.bank_actions import revise_question
from lms.quizzes.definition import ONE, ZERO, Option
from lms.quizzes.marking import regrade
from lms.quizzes.models import Answer, Attempt, GradeRow, Paper, Question
from tests.factories import People, make_member
from tests.quizzes.samples import Made, answer, make_definition, make_paper, right_answers
from tests.quizzes.test_taking import begin, save

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
KEY_IS_B = (Option("a", "甲", ZERO), Option("b", "乙", ONE), Option("c", "丙", ZERO))


@pytest.fixture
def made(people: People, actor: Actors) -> Made:
    return make_paper(actor("owner"), people.north, shuffles_options=False)


def take(client: FlaskClient, paper_id: int, *answers: dict[str, object]) -> None:
    attempt_id = begin(client, paper_id)
    save(client, attempt_id, *answers)
    client.post(f"/quizzes/attempts/{attempt_id}/submit")


@pytest.fixture
def taken(client_of: Clients, people: People, made: Made) -> Made:
    """Twelve people: the better they are at the rest, the more choose B at the first question."""
    unit = db.session.get_one(OrgUnit, people.north_team)
    for place in range(12):
        make_member(f"m{place}", unit)
    db.session.commit()
    for place in range(12):
        first = answer(1, q1=["b" if place < 7 else "a"], seconds=["x"])
        rest = right_answers()[1:] if place < 6 else right_answers()[2:3]
        timed = [{**each, "seconds": 10 + place} for each in (first, *rest)]
        take(client_of(f"m{place}"), made.paper_id, *timed)
    return made


def test_each_member_counts_once_with_the_last_attempt(client_of: Clients, made: Made) -> None:
    take(client_of("learner"), made.paper_id)
    take(client_of("learner"), made.paper_id, *right_answers())
    take(client_of("peer"), made.paper_id, answer(1, q1=["b"]), answer(3, q3=["true"]))
    owner = client_of("owner")
    assert "共 2 人" in owner.get(f"/quizzes/papers/{made.paper_id}/analysis").text
    text = owner.get(f"/quizzes/papers/{made.paper_id}/analysis.csv").text
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))
    assert [(row["题目"], row["人数"], row["得分率"], row["区分度"]) for row in rows][:2] == [
        ("方针是什么？", "2", "0.5", "1.0"),
        ("哪些是权利？", "2", "0.5", "1.0"),
    ]


def test_the_figures_and_what_speaks_for_looking_again(taken: Made) -> None:
    found = analyse(db.session.get_one(Paper, taken.paper_id))
    first, second = found.questions[:2]
    assert found.takers == 12
    assert (first.facts.facility, second.facts.facility) == (pytest.approx(5 / 12), 0.5)
    assert first.facts.discrimination_index == pytest.approx(-2 / 3)
    assert [concern.value for concern in first.concerns] == ["key", "negative"]
    assert second.concerns == ()
    assert [(option.text, option.is_right, option.row.count) for option in first.choices] == [
        ("甲", True, 5),
        ("乙", False, 7),
        ("丙", False, 0),
    ]
    assert first.group_size == 3
    assert first.facts.seconds is not None and first.facts.seconds.middle == 15.5
    # The first question works against the others: without it the paper is more reliable.
    assert found.alpha is not None and first.alpha_without is not None
    assert first.alpha_without > found.alpha


def test_everybody_counts_however_many(app: Flask, people: People) -> None:
    paper_id = make_test(app, bank_size=4, drawn=4)
    hand_in_many(app, paper_id, 3_300)
    with app.app_context():
        found = analyse(db.session.get_one(Paper, paper_id))
        rows = db.session.execute(
            select(GradeRow.question_id, GradeRow.points, Answer.response, Answer.spent_seconds)
            .join(
                Answer,
                and_(Answer.attempt_id == GradeRow.attempt_id, Answer.slot == GradeRow.slot),
            )
            .order_by(GradeRow.attempt_id)
        ).all()
        totals = [
            float(points or 0) / 2
            for points in db.session.scalars(select(Attempt.points).order_by(Attempt.id))
        ]
    assert found.takers == len(totals) == 3_300
    assert found.mean_fraction == pytest.approx(plain.mean(totals) / 4)
    by_question = []
    for each in found.questions:
        mine = [row for row in rows if row.question_id == each.question_id]
        fractions = [float(row.points) / 2 for row in mine]
        by_question.append(fractions)
        rest = [total - own for total, own in zip(totals, fractions, strict=True)]
        assert each.facts.takers == 3_300
        assert each.facts.facility == pytest.approx(plain.mean(fractions))
        assert each.facts.point_biserial == pytest.approx(plain.correlation(fractions, rest))
        assert each.facts.seconds is not None
        assert each.facts.seconds.middle == plain.median(row.spent_seconds for row in mine)
        counts = Counter(row.response["choice"] for row in mine)
        assert {option.row.key: option.row.count for option in each.choices} == counts
        assert each.group_size == 891  # 27 %
    shares = sum(plain.variance(one) for one in by_question) / plain.variance(totals)
    assert found.alpha == pytest.approx(4 / 3 * (1 - shares))


def test_of_several_grades_of_an_answer_the_newest_counts(taken: Made, actor: Actors) -> None:
    before = analyse(db.session.get_one(Paper, taken.paper_id)).questions[0].facts
    question = db.session.get_one(Question, taken.question_ids[0])
    owner, key_is_b = actor("owner"), replace(make_definition(1), options=KEY_IS_B)
    revise_question(question, key_is_b, by=owner)
    assert regrade(db.session.get_one(Paper, taken.paper_id), by=owner, at=clock.now()) == 12
    db.session.commit()
    after = analyse(db.session.get_one(Paper, taken.paper_id)).questions[0].facts
    assert before.takers == after.takers == 12
    assert before.facility == pytest.approx(5 / 12)
    assert after.facility == pytest.approx(7 / 12)
    db.session.rollback()


def test_every_chart_has_its_table_and_says_what_it_is(client_of: Clients, taken: Made) -> None:
    page = client_of("owner").get(f"/quizzes/papers/{taken.paper_id}/analysis")
    tree = html.document_fromstring(page.text)
    charts = tree.xpath("//svg[contains(@class, 'quiz-chart')]")
    assert len(charts) == 4 + 3  # distribution, facility, discrimination, time; three with options
    assert all(chart.get("role") == "img" and chart.get("aria-label") for chart in charts)
    assert len(tree.xpath("//table")) == len(charts)
    assert "高分组选错项的多" in page.text
    assert not [each for each in tree.iter() if each.get("style")]


def test_the_workbook_and_the_csv_hold_what_the_page_shows(client_of: Clients, taken: Made) -> None:
    url = f"/quizzes/papers/{taken.paper_id}/analysis"
    owner = client_of("owner")
    answered = owner.get(f"{url}.xlsx")
    assert "attachment" in answered.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answered.data))
    assert book.sheetnames == ["概况", "各题", "各选项", "得分分布"]
    whole = {row[0]: row[1] for row in book["概况"].iter_rows(min_row=2, values_only=True)}
    assert (whole["人数"], whole["通过率"]) == (12, 0.5)
    assert [row[0] for row in book["各题"].iter_rows(min_row=2, values_only=True)] == [1, 2, 3, 4]
    for code, sheet in zip(("whole", "questions", "options", "scores"), book, strict=True):
        text = owner.get(f"{url}.csv?table={code}").text
        assert text.startswith("\ufeff")
        lines = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
        cells = [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        assert [[_plain(cell) for cell in line] for line in lines] == [
            [_plain(cell) for cell in line] for line in cells
        ]
    assert owner.get(f"{url}.csv?table=other").status_code == 404


def _plain(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_a_text_never_becomes_a_formula() -> None:
    sheet = Sheet("x", "表", ("题目",), (("=1+1",), ("@SUM(A1)",), ("－1",)))
    book = load_workbook(BytesIO(workbook_of([sheet])))
    assert [row[0].data_type for row in book["表"].iter_rows(min_row=2)] == ["s", "s", "s"]
    assert csv_of(sheet).splitlines()[1:] == ["'=1+1", "'@SUM(A1)", "'－1"]


def test_the_queries_do_not_grow_with_the_takers(app: Flask, taken: Made, people: People) -> None:
    paper = db.session.get_one(Paper, taken.paper_id)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    analyse(paper)
    assert len(statements) <= 4
