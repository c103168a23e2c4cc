"""Points of the check-in kind: off by default, shown to nobody but the member when on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.db import db
from lms.study.months import Month
from lms.study.offline_actions import POINTS, is_on, switch
from lms.study.points import points_of

TODAY = date(2026, 11, 20)
NOVEMBER = Month(2026, 11)


@pytest.mark.parametrize(
    ("days", "points", "streak"),
    [
        ([], 0, 0),
        ([20], 1, 1),
        ([19], 1, 1),
        ([18], 1, 0),
        ([16, 18, 19, 20], 4, 3),
        ([17, 18, 19], 3, 3),
    ],
)
def test_a_streak_ends_today_or_yesterday(days, points, streak):
    found = points_of([date(2026, 11, day) for day in days], month=NOVEMBER, today=TODAY)
    assert (found.points, found.streak) == (points, streak)


@given(st.sets(st.integers(0, 80)))
def test_a_streak_is_never_longer_than_the_days_studied(back):
    days = {TODAY - timedelta(days=one) for one in back}
    found = points_of(days, month=NOVEMBER, today=TODAY)
    assert 0 <= found.streak <= len(days)
    assert found.points == sum(day.month == 11 for day in days)


@pytest.fixture
def pages(client_of, time):
    """Fetch a page as somebody at the time of the tests."""

    def fetch(address, number="learner"):
        db.session.rollback()
        with clock.frozen(time.at):
            return client_of(number).get(address).text

    return fetch


def test_points_are_shown_to_the_member_alone_and_only_when_on(
    people, material, window, pages, actor, time
):
    for _day in range(3):
        page = window("learner", material.text)
        page.beat()
        page.beat(30)
        page.beat(0, state="left")
        time.pass_(86_400)
    time.pass_(-86_400)
    assert not is_on(POINTS)
    assert "积分" not in pages("/study/")
    assert "不允许强制打卡" in pages("/study/rules", "operator")
    switch(POINTS, True, by=actor("operator"))
    db.session.commit()
    page = pages("/study/")
    assert "11 月有 3 天学习过，每天 1 分。" in page and "已连续 3 天" in page
    assert "10 月有 0 天学习过" in pages("/study/?month=2026-10")
    assert "积分" not in pages(f"/study/members/{people.learner}", "manager")
    assert "积分" not in pages("/study/unit", "manager")
