"""The manager's pages: figures of the subtree, links that lead on, and refusals."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from lms.db import db
from lms.study.models import StudyEntry
from lms.study.offline_models import StudyQuery
from tests.factories import People
from tests.reports.conftest import NOW


def figures(page: str) -> list[str]:
    """The four large figures."""
    tree = html.document_fromstring(page)
    return [
        " ".join(e.text_content().split())
        for e in tree.xpath("//*[contains(@class, 'report-figures')]//*[contains(@class, 'big')]")
    ]


def test_the_page_counts_the_subtree(
    asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "8")
    earn(asked.peer, "5.5")
    earn(asked.stranger, "8")
    earn(asked.learner, "4", day=date(2026, 10, 3))
    page = client_of("manager").get("/reports/").text
    assert figures(page) == ["1 / 5 人", "1", "3", "2.7"]
    assert "北方支部及下属 1 个单位，2026 年 11 月，截至 11 月 20 日" in page
    assert "比上月同期多 1.9" in page
    assert "南方" not in page
    assert "沈学员" not in page


def test_a_unit_below_is_one_click_away(
    asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "8")
    client = client_of("manager")
    tree = html.document_fromstring(client.get("/reports/").text)
    links = {
        a.text_content().strip(): a.get("href")
        for a in tree.xpath("//table[contains(@class, 'report-branches')]//a")
    }
    assert list(links) == ["北方一组", "北方支部本级"]
    below = client.get(links["北方一组"]).text
    assert figures(below)[0] == "1 / 2 人"
    own = client.get(links["北方支部本级"]).text
    assert "马经理" in own
    assert "李学员" not in own


def test_the_chief_sees_everybody(asked: People, client_of: Callable[[str], FlaskClient]) -> None:
    page = client_of("chief").get("/reports/").text
    assert figures(page)[0] == "0 / 10 人"
    assert "南方支部" in page


@pytest.mark.parametrize("path", ["/reports/", "/reports/people", "/reports/print"])
def test_foreign_and_unknown_units_are_not_found(
    path: str, asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("manager")
    for unit in (asked.south, asked.root, 999_999, "north", "-1", "٣", "9" * 30):
        answer = client.get(path, query_string={"unit": unit})
        assert answer.status_code == 404
        assert "没有找到这个单位" in answer.text
        assert "南方" not in answer.text


@pytest.mark.parametrize("period", ["2026-13", "2026-12", "1999-01", "202611", "2026-Q5", "'"])
def test_other_periods_are_not_found(
    period: str, asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    answer = client_of("manager").get("/reports/", query_string={"period": period})
    assert answer.status_code == 404
    assert "没有这个月份" in answer.text


@pytest.mark.parametrize("number", ["learner", "outsider", "operator"])
def test_only_managers_come_in(
    number: str, asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    assert client_of(number).get("/reports/").status_code == 403


def test_people_are_listed_by_status(
    asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "8")
    client = client_of("manager")
    behind = client.get("/reports/people?status=behind").text
    assert "彭学员" in behind
    assert "李学员" not in behind
    met = client.get("/reports/people?status=met").text
    assert "李学员" in met
    assert "彭学员" not in met
    assert "彭学员" in client.get("/reports/people?status=nonsense&page=99").text


def test_a_month_without_people_says_so(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("manager").get("/reports/?period=2024-01").text
    assert "这里还没有学员" in page


@pytest.mark.parametrize("period", ["2026-11", "2026-10", "2026-Q4", "2026", "2025"])
def test_pages_of_all_periods_are_in_order(
    period: str, asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "8", day=date(2026, 10, 3))
    client = client_of("chief")
    for path in ("/reports/", "/reports/people", "/reports/print"):
        assert client.get(path, query_string={"period": period}).status_code == 200


def test_the_last_twelve_months_are_drawn(
    asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "10", day=date(2026, 10, 3))
    earn(asked.stranger, "40", day=date(2026, 10, 3))
    page = client_of("manager").get("/reports/").text
    assert "2026 年 10 月：人均 2.0 学时" in page
    assert "2025 年 12 月：人均 0.0 学时" in page
    assert "近十二个月" not in client_of("south-manager").get("/reports/?period=2025-09").text


def test_the_units_own_people_are_counted_alone(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("manager").get(f"/reports/people?unit={asked.north}&own=1").text
    assert "全部 3" in page
    assert "own=1" in page


def test_who_asks_about_their_record_is_shown(
    asked: People, earn: Callable[..., None], client_of: Callable[[str], FlaskClient]
) -> None:
    earn(asked.learner, "8")
    earn(asked.stranger, "8")
    for entry in db.session.scalars(select(StudyEntry)):
        question = {"member_id": entry.member_id, "entry_id": entry.id, "text": "少了十分钟"}
        db.session.add(StudyQuery(**question, asked_at=NOW))
    db.session.commit()
    tree = html.document_fromstring(client_of("manager").get("/reports/").text)
    rows = tree.xpath("//table[contains(@class, 'report-attention')]/tbody/tr")
    texts = [" ".join(row.text_content().split()) for row in rows]
    assert texts[-1] == "李学员 北方一组 8.0/8 有疑问 已完成"
    assert "沈学员" not in " ".join(texts)
