"""Standing over several months: the sums of the months, and a status that fits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.reports.period_standing import combine
from lms.study.credit import CreditKind
from lms.study.requirements import Status

ZERO = Decimal(0)


@dataclass(frozen=True)
class OneMonth:
    member_id: int = 1
    credit: Decimal = ZERO
    required: Decimal = Decimal(8)
    status: Status = Status.BEHIND
    carried: Decimal = ZERO
    correction: Decimal = ZERO
    seconds: int = 0
    unit_name: str = "甲"
    number: str = "1"
    name: str = "某"
    unit_id: int = 1
    unit_path: str = "/1/"
    exemption: str = ""
    by_kind: Mapping[CreditKind, Decimal] = field(default_factory=dict)


lists = st.lists(
    st.lists(
        st.builds(
            OneMonth,
            member_id=st.integers(1, 6),
            credit=st.decimals(0, 20, places=2),
            required=st.decimals(0, 10, places=1),
            seconds=st.integers(0, 9999),
        ),
        max_size=6,
        unique_by=lambda one: one.member_id,
    ),
    min_size=2,
    max_size=4,
)


@given(lists)
def test_sums_are_kept(months: list[list[OneMonth]]) -> None:
    combined = combine(months, is_over=True)
    assert {one.member_id for one in combined} == {one.member_id for m in months for one in m}
    assert len(combined) == len({one.member_id for one in combined})
    for name in ("credit", "required", "seconds"):
        expected = sum(getattr(one, name) for month in months for one in month)
        assert sum(getattr(one, name) for one in combined) == expected


@pytest.mark.parametrize(
    ("october", "november", "is_over", "status"),
    [
        (("4", Status.BEHIND), ("12", Status.MET), False, Status.MET),
        (("4", Status.BEHIND), ("8", Status.MET), False, Status.ON_TRACK),
        (("4", Status.BEHIND), ("8", Status.MET), True, Status.BEHIND),
        (("8", Status.MET), ("1", Status.BEHIND), False, Status.BEHIND),
        (("8", Status.MET), ("1", Status.ON_TRACK), False, Status.ON_TRACK),
    ],
)
def test_all_hours_together_decide(
    october: tuple[str, Status], november: tuple[str, Status], is_over: bool, status: Status
) -> None:
    months = [[OneMonth(credit=Decimal(c), status=s)] for c, s in (october, november)]
    assert combine(months, is_over=is_over)[0].status is status


def test_one_month_keeps_its_own_status_and_place() -> None:
    (one,) = combine([[OneMonth(status=Status.ON_TRACK, correction=Decimal("0.5"))]], is_over=True)
    assert one.status is Status.ON_TRACK
    assert (one.credit, one.correction) == (0, Decimal("0.5"))
    moved = [[OneMonth(unit_name="甲")], [OneMonth(unit_name="乙")]]
    assert combine(moved, is_over=True)[0].unit_name == "乙"


def test_who_is_asked_for_nothing_is_exempt() -> None:
    months = [[OneMonth(required=ZERO, exemption="sick")], [OneMonth(required=ZERO)]]
    (one,) = combine(months, is_over=False)
    assert (one.status, one.exemption, one.fraction) == (Status.EXEMPT, "sick", 1.0)
