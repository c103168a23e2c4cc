"""The overview of a unit: everybody is counted once, in the branch that they belong to."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lms.reports.completion import Place, overview, tally
from lms.study.requirements import Status

AT = Place(1, "总支", "/1/")
BELOW = (Place(2, "甲", "/1/2/"), Place(3, "乙", "/1/3/"), Place(22, "丙", "/1/22/"))
PATHS = ("/1/", "/1/2/", "/1/2/7/", "/1/3/", "/1/22/", "/1/22/9/4/")


@dataclass(frozen=True)
class Someone:
    unit_path: str = "/1/"
    credit: Decimal = Decimal(0)
    status: Status = Status.BEHIND
    exemption: str = ""
    fraction: float = 0.0
    has_query: bool = False


everybody = st.lists(
    st.builds(
        Someone,
        unit_path=st.sampled_from(PATHS),
        credit=st.decimals(0, 200, places=4),
        status=st.sampled_from(Status),
        exemption=st.sampled_from(("", "sick")),
        fraction=st.floats(0, 1),
        has_query=st.booleans(),
    ),
    max_size=40,
)


@given(everybody)
def test_everybody_is_in_exactly_one_branch(people: list[Someone]) -> None:
    seen = overview(people, at=AT, below=BELOW)
    assert sum(branch.tally.people for branch in seen.branches) == len(people) == seen.tally.people
    for name in ("met", "on_track", "behind", "exempt", "credit"):
        parts = [getattr(branch.tally, name) for branch in seen.branches]
        assert sum(parts) == getattr(seen.tally, name)
    for branch in seen.branches:
        own = [
            p
            for p in people
            if (
                p.unit_path == "/1/" if branch.is_own else p.unit_path.startswith(branch.place.path)
            )
        ]
        assert branch.tally == tally(own)


@given(everybody)
def test_branches_stand_by_completion(people: list[Someone]) -> None:
    shares = [b.tally.met_fraction for b in overview(people, at=AT, below=BELOW).branches]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)


@given(everybody)
def test_who_is_behind_needs_attention_first(people: list[Someone]) -> None:
    attention = overview(people, at=AT, below=BELOW).attention
    behind = [p for p in people if p.status is Status.BEHIND]
    assert [p.status for p in attention[: len(behind)]] == [Status.BEHIND] * len(behind)
    assert [p.fraction for p in attention[: len(behind)]] == sorted(p.fraction for p in behind)
    rest = attention[len(behind) :]
    assert all(p.has_query or (p.status is Status.EXEMPT and p.exemption) for p in rest)
    assert {id(p) for p in people if p.has_query} <= {id(p) for p in attention}
    assert len({id(p) for p in attention}) == len(attention)


def test_nobody_is_asked_for_anything() -> None:
    seen = overview([Someone(status=Status.EXEMPT)], at=AT, below=())
    assert seen.tally.met_fraction == 1.0
    assert seen.tally.obliged == 0
    assert overview([], at=AT, below=BELOW).branches == ()
