"""The short way of a beat: counted together with the others that arrive at the process.

Its ticket is signed and names its owner, so nothing is read to find out whose it is. A window that
takes the clock needs to know the person and goes on to the view.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Connection, bindparam, column, func, select, update

from lms import clock
from lms.errors import Expired
from lms.study.beat_report import Foreign, Outdated, Report, Tickets, read_report
from lms.study.beats import SeatNeeded, columns, count
from lms.study.clock_state import Clock, load
from lms.study.models import StudyClock
from lms.study.months import to_ms
from lms.study.wire import Answer, Malformed
from lms.web.together import Together

_table = StudyClock.__table__
_FILLED = ("state", "is_open", "beat_at", "open_on", "open_seconds", "open_kind", "open_subject_id")
# In the order of members, so that two processes never wait for each other in a ring.
_HOLD = (
    select(_table.c.member_id, _table.c.state)
    .where(_table.c.member_id.in_(bindparam("ids", expanding=True)))
    .order_by(_table.c.member_id)
    .with_for_update()
)
_CHANGE = (
    update(_table)
    .where(_table.c.member_id == bindparam("of_member"))
    .values({name: bindparam(name) for name in _FILLED})
)
# PostgreSQL changes all rows in one statement and one round trip, given as one value.
_COLUMNS = [_table.c.member_id, *(_table.c[name] for name in _FILLED)]
_NEW = (
    func.json_to_recordset(bindparam("rows", type_=JSON))
    .table_valued(*(column(one.name, one.type) for one in _COLUMNS), name="new")
    .render_derived(with_types=True)
)
_CHANGE_ALL = (
    update(_table)
    .where(_table.c.member_id == _NEW.c.member_id)
    .values({name: _NEW.c[name] for name in _FILLED})
)


class BeatWay:
    """Answers the usual beat; see lms.web.short_ways."""

    path = re.compile("/study/beats")
    endpoint = "study.beat"

    def __init__(self, app: Flask) -> None:
        self.tickets = Tickets(app.config["SECRET_KEY"])
        self.queue: Together[Report, Answer] = Together(app, take_batch)

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


def take_batch(connection: Connection, reports: Sequence[Report]) -> list[Answer | None]:
    """Count beats in one transaction; None for those whose window is over or takes the clock."""
    rows = connection.execute(_HOLD, {"ids": list({report.member_id for report in reports})})
    clocks = {row.member_id: load(row.state) for row in rows}
    changed = {}
    answers: list[Answer | None] = []
    for report in reports:
        clock = clocks.get(report.member_id)
        answers.append(None)
        if clock is None:
            continue
        try:
            after, answers[-1] = count(report, clock, actor=None)
        except (SeatNeeded, Expired):
            continue
        if after is not clock:
            clocks[report.member_id] = changed[report.member_id] = after
    if changed:
        _write(connection, changed)
    return answers


def _write(connection: Connection, changed: dict[int, Clock]) -> None:
    filled = {member_id: columns(clock) for member_id, clock in sorted(changed.items())}
    if connection.dialect.name == "postgresql":
        rows = [{"member_id": member_id, **_as_text(row)} for member_id, row in filled.items()]
        connection.execute(_CHANGE_ALL, {"rows": rows})
    else:
        rows = [{"of_member": member_id, **row} for member_id, row in filled.items()]
        connection.execute(_CHANGE, rows)


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    """The values of a row as JSON has them."""
    open_on = row["open_on"]
    return row | {
        "beat_at": row["beat_at"].isoformat(),
        "open_on": open_on and open_on.isoformat(),
    }
