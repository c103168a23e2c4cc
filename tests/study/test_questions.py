"""Questions about one stretch of a record: asked, seen by the manager, granted within its worth."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.study import jobs, proofs
from lms.study.models import EntryKind, StudyEntry
from lms.study.offline_models import QueryState, StudyQuery


@pytest.fixture
def entry_id(people, material, window, time):
    """A line with a counted stretch, four hidden minutes and a counted stretch again."""
    page = window("learner", material.text)
    page.beat()
    page.beat(45, state="hidden")
    for _ in range(6):
        page.beat(40, state="hidden", active_seconds=0)
    page.beat(0, active_seconds=0)
    page.beat(45, state="left")
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    found = db.session.scalars(select(StudyEntry.id)).one()
    db.session.rollback()
    return found


@pytest.fixture
def pages(client_of, time):
    """Fetch pages as somebody at the time of the tests."""

    def fetch(address, data=None, number="learner"):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            return client.get(address) if data is None else client.post(address, data=data)

    return fetch


def questions():
    db.session.rollback()
    return db.session.scalars(select(StudyQuery).order_by(StudyQuery.id)).all()


def test_a_question_is_about_one_stretch_and_the_manager_sees_it(entry_id, pages):
    page = pages("/study/").text
    link = re.search(rf'href="([^"]+line={entry_id}&amp;stretch=2[^"]*)"', page)
    assert link, page
    opened = pages(link[1].replace("&amp;", "&")).text
    assert '<option value="2" selected>' in opened
    assert "12:00–12:04 页面在后台" in opened
    ask = f"/study/entries/{entry_id}/ask"
    assert pages(ask, {"text": "我在看纸质材料", "stretch": "2"}).status_code == 302
    waiting = pages("/study/waiting", number="manager").text
    assert "页面在后台" in waiting and "12:00–12:04，4 分" in waiting
    assert "全部补记是 0.09 学时" in waiting
    assert f"line={entry_id}" in waiting
    assert '<option value="2"' not in pages(f"/study/?line={entry_id}").text
    assert [query.stretch for query in questions()] == [2]


def test_each_stretch_is_asked_about_once_at_a_time(entry_id, pages):
    ask = f"/study/entries/{entry_id}/ask"
    assert pages(ask, {"text": "这一段呢", "stretch": "2"}).status_code == 302
    assert pages(ask, {"text": "再问", "stretch": "2"}).status_code == 409
    assert pages(ask, {"text": "整条", "stretch": "0"}).status_code == 302
    assert pages(ask, {"text": "整条"}).status_code == 409
    for wrong in ("4", "9999", "-1", "two"):
        assert pages(ask, {"text": "哪一段", "stretch": wrong}).status_code == 422, wrong
    assert len(questions()) == 2


def test_a_stretch_is_granted_up_to_what_it_would_have_earned(entry_id, pages):
    ask = f"/study/entries/{entry_id}/ask"
    pages(ask, {"text": "我在看纸质材料", "stretch": "2"})
    (query,) = questions()
    answer = f"/study/queries/{query.id}"
    given = {"answer": "核对过", "credit": "0.10"}
    assert pages(answer, given, number="manager").status_code == 422
    assert questions()[0].state is QueryState.WAITING
    assert pages(answer, given | {"credit": "0.09"}, number="manager").status_code == 302
    (query,) = questions()
    assert query.state is QueryState.GRANTED
    adjustment = db.session.get_one(StudyEntry, query.adjustment_id)
    line = db.session.get_one(StudyEntry, entry_id)
    assert (adjustment.kind, adjustment.credit) == (EntryKind.ADJUSTMENT, Decimal("0.09"))
    assert adjustment.reason == "核对过"
    assert (adjustment.day_on, adjustment.is_required) == (line.day_on, line.is_required)
    assert list(proofs.verify()) == []
    page = pages(f"/study/?line={entry_id}").text
    assert "疑问已采纳" in page and "补记 0.09 学时" in page
    # What was answered may be asked about again.
    assert pages(ask, {"text": "还是不对", "stretch": "2"}).status_code == 302
