"""What a team of a contest has reached, and its place among the others: pure rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

PLACES = Decimal("0.0001")


class ScoreRule(StrEnum):
    """How the scores of its people become the score of a team."""

    BEST = "best"  # the average of its best N; a place that nobody fills counts as nothing
    TAKERS = "takers"  # the average of all who have handed in
    MEMBERS = "members"  # the average of all its people; who has not handed in counts as nothing


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of one team; `points` are those that its rule counts."""

    unit_id: int
    started: int
    finished: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the board; no rank and no score before anybody of the team has handed in."""

    unit_id: int
    name: str
    rank: int | None
    score: Decimal | None
    started: int
    finished: int
    members: int


def score_of(tally: Tally, rule: ScoreRule, *, best_count: int, members: int) -> Decimal | None:
    """The score of a team in points of the paper, half up to four places; None without takers."""
    if not tally.finished:
        return None
    whole = {
        ScoreRule.BEST: best_count,
        ScoreRule.TAKERS: tally.finished,
        # Somebody who has moved away since is no longer counted among the people of the team.
        ScoreRule.MEMBERS: max(members, tally.finished),
    }[rule]
    return (tally.points / whole).quantize(PLACES, ROUND_HALF_UP)


def board_of(
    teams: Iterable[tuple[int, str]],
    tallies: Mapping[int, Tally],
    members: Mapping[int, int],
    rule: ScoreRule,
    best_count: int,
) -> tuple[Place, ...]:
    """The teams, best first; equal scores share a place and the next place is left out: 1 2 2 4."""
    scored = []
    for unit_id, name in teams:
        tally = tallies.get(unit_id, Tally(unit_id, 0, 0, Decimal(0)))
        count = members.get(unit_id, 0)
        score = score_of(tally, rule, best_count=best_count, members=count)
        scored.append((score, name, tally, count))
    order = sorted(scored, key=lambda each: (each[0] is None, -(each[0] or 0), each[1]))
    scores = [each[0] for each in order]
    return tuple(
        Place(
            tally.unit_id,
            name,
            None if score is None else 1 + scores.index(score),
            score,
            tally.started,
            tally.finished,
            count,
        )
        for score, name, tally, count in order
    )


def nearest_team(unit_ids: Sequence[int], teams: Iterable[int]) -> int | None:
    """The team of somebody in the last of `unit_ids` (root first): that unit or the next above."""
    known = set(teams)
    return next((unit_id for unit_id in reversed(unit_ids) if unit_id in known), None)
