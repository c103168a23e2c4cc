"""Compares two editions by paragraphs, and says where each place of one is in the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

ALIKE = 0.5  # paragraphs that share less are one removed and one added
MOST_PAIRS = 40_000  # of paragraphs tried against each other in one changed stretch
LONGEST_DETAIL = 4_000  # characters up to which the changed words are worked out


class Change(StrEnum):
    """What became of a paragraph."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of one edition: where it stands, what it is called, and its words."""

    anchor: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words that both have, or only the one that shows it."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One row of the comparison; a side that is None has nothing there."""

    change: Change
    old: Line | None
    new: Line | None
    old_pieces: tuple[Piece, ...] = ()
    new_pieces: tuple[Piece, ...] = ()


def compare(old: Sequence[Line], new: Sequence[Line]) -> list[Pair]:
    """The rows of a side-by-side view, in reading order.

    Paragraphs are matched by equal text first; within a changed stretch the same anchor, then the
    most alike text makes a pair.
    """
    matcher = SequenceMatcher(
        None, [line.text for line in old], [line.text for line in new], autojunk=False
    )
    rows: list[Pair] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            rows += [
                Pair(Change.SAME, one, two) for one, two in zip(old[a:b], new[c:d], strict=True)
            ]
        else:
            rows += _match_stretch(old[a:b], new[c:d])
    return rows


def _match_stretch(old: Sequence[Line], new: Sequence[Line]) -> list[Pair]:
    """Rows of a stretch in which no paragraph is the same on both sides."""
    partner = _partners(old, new)
    rows: list[Pair] = []
    done = 0
    for index, line in enumerate(old):
        place = partner.get(index)
        if place is None:
            rows.append(Pair(Change.REMOVED, line, None))
            continue
        rows += [Pair(Change.ADDED, None, one) for one in new[done:place]]
        rows.append(_changed(line, new[place]))
        done = place + 1
    return rows + [Pair(Change.ADDED, None, one) for one in new[done:]]


def _partners(old: Sequence[Line], new: Sequence[Line]) -> dict[int, int]:
    """For each old place the new one that continues it; both sides keep their order."""
    if len(old) * len(new) > MOST_PAIRS:
        return _by_anchor(old, new)
    found: dict[int, int] = {}
    start = 0
    for index, line in enumerate(old):
        best, score = -1, ALIKE
        for place in range(start, len(new)):
            alike = _alike(line.text, new[place].text)
            if line.anchor == new[place].anchor:
                alike += 0.1
            if alike > score:
                best, score = place, alike
        if best >= 0:
            found[index] = best
            start = best + 1
    return found


def _by_anchor(old: Sequence[Line], new: Sequence[Line]) -> dict[int, int]:
    places = {line.anchor: place for place, line in enumerate(new)}
    found: dict[int, int] = {}
    start = 0
    for index, line in enumerate(old):
        place = places.get(line.anchor, -1)
        if place >= start:
            found[index] = place
            start = place + 1
    return found


def _alike(one: str, two: str) -> float:
    """How alike two paragraphs are, from 0 to 1, judged by their pairs of characters."""
    if not one or not two:
        return 0.0
    a = {one[i : i + 2] for i in range(len(one) - 1)} or {one}
    b = {two[i : i + 2] for i in range(len(two) - 1)} or {two}
    return 2 * len(a & b) / (len(a) + len(b))


def _changed(old: Line, new: Line) -> Pair:
    if len(old.text) + len(new.text) > LONGEST_DETAIL:
        return Pair(Change.CHANGED, old, new, (Piece(old.text, True),), (Piece(new.text, True),))
    matcher = SequenceMatcher(None, old.text, new.text, autojunk=False)
    old_pieces: list[Piece] = []
    new_pieces: list[Piece] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        is_changed = tag != "equal"
        if a < b:
            old_pieces.append(Piece(old.text[a:b], is_changed))
        if c < d:
            new_pieces.append(Piece(new.text[c:d], is_changed))
    return Pair(Change.CHANGED, old, new, tuple(old_pieces), tuple(new_pieces))


def follow(rows: Sequence[Pair], anchor: str) -> str | None:
    """Where the old edition's place `anchor` is in the new one; None when it was removed."""
    for row in rows:
        if row.old is not None and row.old.anchor == anchor:
            return row.new.anchor if row.new else None
    return None
