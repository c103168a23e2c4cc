"""Drawing a paper for one attempt: which questions, in which order, with which order of options.

Everything follows from the seed, so the same seed over the same bank draws the same paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random


@dataclass(frozen=True, slots=True)
class Fixed:
    """A question that everybody gets."""

    question_id: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Draw:
    """`count` questions out of `pool`, each worth `points`."""

    count: int
    pool: tuple[int, ...]
    points: Decimal


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the paper in the order in which it was built."""

    key: int
    entries: tuple[Fixed | Draw, ...]
    shuffles: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of a drawn paper."""

    section: int
    question_id: int
    points: Decimal


@dataclass(slots=True)
class _Demand:
    entry: Draw
    place: tuple[int, int]
    chosen: list[int] = field(default_factory=list)


class PoolTooSmall(ValueError):
    """A rule asks for more questions than there are; `missing` by (section, entry) place."""

    def __init__(self, missing: dict[tuple[int, int], int]) -> None:
        super().__init__("a pool is too small")
        self.missing = missing


def draw_paper(sections: Sequence[Section], seed: int) -> tuple[Drawn, ...]:
    """The questions in the order they are asked; none twice. Raises PoolTooSmall.

    Rules with few candidates choose first; where a later rule then finds too little, earlier
    choices give way along augmenting paths, so a paper that can be drawn is drawn.
    """
    random = Random(seed)
    chosen = _fill(sections, random)
    drawn: list[Drawn] = []
    for index, section in enumerate(sections):
        part: list[Drawn] = []
        for place, entry in enumerate(section.entries):
            ids = [entry.question_id] if isinstance(entry, Fixed) else chosen[index, place]
            part += [Drawn(section.key, question_id, entry.points) for question_id in ids]
        if section.shuffles:
            random.shuffle(part)
        drawn += part
    return tuple(drawn)


def missing_questions(sections: Sequence[Section]) -> dict[tuple[int, int], int]:
    """How many questions each rule lacks, by (index of section, index of entry); empty if none."""
    try:
        _fill(sections, Random(0))
    except PoolTooSmall as shortage:
        return shortage.missing
    return {}


def _fill(sections: Sequence[Section], random: Random) -> dict[tuple[int, int], list[int]]:
    taken: dict[int, _Demand | None] = {
        entry.question_id: None
        for section in sections
        for entry in section.entries
        if isinstance(entry, Fixed)
    }
    demands = [
        _Demand(entry, (index, place))
        for index, section in enumerate(sections)
        for place, entry in enumerate(section.entries)
        if isinstance(entry, Draw)
    ]
    missing = {}
    for demand in sorted(demands, key=lambda each: len(each.entry.pool)):
        _choose_free(demand, taken, random)
        while len(demand.chosen) < demand.entry.count:
            if not _augment(demand, taken, set()):
                missing[demand.place] = demand.entry.count - len(demand.chosen)
                break
    if missing:
        raise PoolTooSmall(missing)
    return {demand.place: demand.chosen for demand in demands}


def _choose_free(demand: _Demand, taken: dict[int, _Demand | None], random: Random) -> None:
    """Sample lazily: as long as most of the pool is free, only the sample is looked at."""
    pool, count = demand.entry.pool, demand.entry.count
    reach = min(len(pool), count + len(taken))
    for question_id in random.sample(pool, reach):
        if len(demand.chosen) == count:
            return
        if question_id not in taken:
            taken[question_id] = demand
            demand.chosen.append(question_id)


def _augment(demand: _Demand, taken: dict[int, _Demand | None], seen: set[int]) -> bool:
    """Take a question from another rule that can replace it with a free one."""
    for question_id in demand.entry.pool:
        if question_id in seen:
            continue
        seen.add(question_id)
        holder = taken.get(question_id)
        if question_id not in taken:
            taken[question_id] = demand
            demand.chosen.append(question_id)
            return True
        if holder is None or holder is demand:
            continue
        if _augment(holder, taken, seen):
            holder.chosen.remove(question_id)
            taken[question_id] = demand
            demand.chosen.append(question_id)
            return True
    return False


def shuffled(keys: Sequence[str], seed: int, slot: int | str) -> tuple[str, ...]:
    """The keys in the order that the attempt with this seed shows at this slot."""
    order = list(keys)
    Random(f"{seed}:{slot}").shuffle(order)
    return tuple(order)
