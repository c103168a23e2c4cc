"""The short way of a beat: counted together with the others that arrive at the process.

Its ticket is signed and names its owner, so nothing is read to find out whose it is. Nor is the
clock read when this process has written it last: it is counted on the clock that is remembered,
and written only if the row still holds that one. A window that takes the clock needs to know the
person and goes on to the view.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Dialect, bindparam, select, update

from lms import clock
from lms.errors import Expired
from lms.given import GivenRows
from lms.given_change import GivenChange
from lms.study.beat_report import Foreign, Outdated, Report, Tickets, read_report
from lms.study.beats import SeatNeeded, columns, count, count_quietly
from lms.study.clock_state import Clock, load
from lms.study.models import StudyClock
from lms.study.months import to_ms
from lms.study.wire import Answer, Malformed
from lms.web.together import Together

MOST_REMEMBERED = 4_096
_table = StudyClock.__table__
_FILLED = ("state", "is_open", "beat_at", "open_on", "open_seconds", "open_kind", "open_subject_id")
# In the order of members, so that two processes never wait for each other in a ring.
_HOLD = (
    select(_table.c.member_id, _table.c.state)
    .where(_table.c.member_id.in_(bindparam("ids", expanding=True)))
    .order_by(_table.c.member_id)
    .with_for_update()
)
Known = tuple[str, Clock]


class BeatWay:
    """Answers the usual beat; see lms.web.short_ways."""

    path = re.compile("/study/beats")
    endpoint = "study.beat"

    def __init__(self, app: Flask) -> None:
        self.tickets = Tickets(app.config["SECRET_KEY"])
        counter = Counter()
        self.queue: Together[Report, Answer] = Together(
            app, counter.count_remembered, counter.count_held
        )

    def answer(
        self, values: Any, _found: re.Match[str], *, member_id: int, at: datetime
    ) -> dict[str, Any] | None:
        """Count the beat; None when the view has to see it."""
        try:
            report = read_report(
                values, self.tickets, member_id=member_id, at_ms=to_ms(at), steady=clock.steady()
            )
        except (Malformed, Foreign, Outdated):
            return None
        answer = self.queue.take(report)
        return None if answer is None else answer.to_json()


class Counter:
    """Counts beats in batches and remembers the clocks that it wrote, as text and as values.

    What is remembered may be wrong, as another process may have written since; then the row no
    longer holds it, nothing is written, and the clock is read.
    """

    def __init__(self) -> None:
        self._remembered: OrderedDict[int, Known] = OrderedDict()

    def count_remembered(
        self, connection: Connection, reports: Sequence[Report]
    ) -> list[Answer | None]:
        """Count beats of which only clocks change that are remembered; None for all others."""
        after: dict[int, Clock] = {}
        left: set[int] = set()
        answers: list[Answer | None] = []
        for report in reports:
            member_id = report.member_id
            before = after.get(member_id) or self._clock_of(member_id)
            counted = None
            if before is not None and member_id not in left:
                counted = count_quietly(report, before)
            if counted is None:
                left.add(member_id)  # what else the member sent waits for this one
                answers.append(None)
            else:
                after[member_id] = counted[0]
                answers.append(counted[1])
        known = {member_id: self._remembered[member_id] for member_id in after}
        written = self._write(connection, known, after)
        return [
            answer if report.member_id in written else None
            for report, answer in zip(reports, answers, strict=True)
        ]

    def count_held(self, connection: Connection, reports: Sequence[Report]) -> list[Answer | None]:
        """Count beats on clocks that are read and held; None where the view has to see them."""
        rows = connection.execute(_HOLD, {"ids": list({report.member_id for report in reports})})
        known = {row.member_id: (row.state, load(row.state)) for row in rows}
        after: dict[int, Clock] = {}
        answers: list[Answer | None] = []
        for report in reports:
            answers.append(None)
            if report.member_id not in known:
                continue
            before = after.get(report.member_id) or known[report.member_id][1]
            try:
                clock, answers[-1] = count(report, before, actor=None)
            except (SeatNeeded, Expired):
                continue
            if clock is not before:
                after[report.member_id] = clock
        self._write(connection, known, after)
        return answers

    def _clock_of(self, member_id: int) -> Clock | None:
        found = self._remembered.get(member_id)
        return found[1] if found else None

    def _write(
        self, connection: Connection, known: Mapping[int, Known], after: Mapping[int, Clock]
    ) -> set[int]:
        """Write clocks whose rows still hold what is known of them; whose they are."""
        if not after:
            return set()
        rows = {member_id: columns(clock) for member_id, clock in sorted(after.items())}
        given = (
            row | {"member_id": member_id, "known": known[member_id][0]}
            for member_id, row in rows.items()
        )
        changed = _change(connection.dialect).run(connection, given)
        written = {member_id for (member_id,) in changed}
        for member_id, row in rows.items():
            self._remembered.pop(member_id, None)
            if member_id in written:
                self._remembered[member_id] = (row["state"], after[member_id])
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return written


@lru_cache
def _change(dialect: Dialect) -> GivenChange:
    """Writes many clocks at once, each over the one that is known, and returns whose it wrote."""
    filled = {name: _table.c[name] for name in _FILLED}
    given = GivenRows(dialect, {"member_id": _table.c.member_id, "known": _table.c.state, **filled})
    statement = (
        update(_table)
        .where(_table.c.member_id == given.c.member_id, _table.c.state == given.c.known)
        .values({name: given.c[name] for name in _FILLED})
        .returning(_table.c.member_id)
    )
    return GivenChange(given, statement, dialect)
