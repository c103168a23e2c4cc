"""Periods: what is written in an address is what is meant, and nothing else is taken."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.reports.periods import Period, Span
from lms.study.months import Month

months = st.builds(Month, st.integers(1950, 2100), st.integers(1, 12))
periods = st.builds(Period.of, st.sampled_from(Span), months)


@given(periods)
def test_writing_and_reading_agree(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(periods, st.integers(-20, 20))
def test_periods_follow_one_another(period: Period, steps: int) -> None:
    moved = period.plus(steps)
    assert moved.plus(-steps) == period
    assert (period.plus(1).first_on - period.last_on).days == 1
    assert period.months == period.first.until(period.last)


@pytest.mark.parametrize(
    "text",
    ["", "2026-00", "2026-13", "2026-Q0", "2026-Q5", "26-11", "2026-1", "2026-11-01", "٢٠٢٦"],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Period.parse(text)


def test_a_quarter_has_three_months() -> None:
    period = Period.parse("2026-Q4")
    assert [str(month) for month in period.months] == ["2026-10", "2026-11", "2026-12"]
    assert period.last_on == date(2026, 12, 31)
    assert period.begun_by(date(2026, 10, 1))
    assert not period.begun_by(date(2026, 9, 30))
    assert not Period.parse("1999").begun_by(date(2026, 1, 1))
