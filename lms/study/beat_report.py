"""A beat as it comes in, before the database is asked: whose it is, which window, what it says."""

from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from lms.study.clock_state import Beat, Item, Steady
from lms.study.wire import Malformed, read_beat

SESSION_MS = 24 * 3_600_000  # how long one opening of a page may go on
MOST_KNOWN = 20_000  # tickets whose signature has been checked and need no second check


class Foreign(ValueError):
    """The ticket is forged or somebody else's."""


class Outdated(ValueError):
    """The window has been open for too long."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed session says: whose it is, which window, which item."""

    member_id: int
    number: int
    item: Item
    opened_ms: int
    large_text: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A beat whose shape, ticket and owner have been checked."""

    member_id: int
    ticket: Ticket
    beat: Beat
    at_ms: int
    steady: Steady | None = None  # lms.clock.steady at that moment


class Tickets:
    """Signs tickets and reads them back."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="study-session")
        self._known: dict[str, Ticket] = {}

    def sign(self, ticket: Ticket) -> str:
        """The ticket as the page gets it."""
        kind, subject_id = ticket.item
        values = [ticket.member_id, ticket.number, kind, subject_id]
        text: str = self._signer.dumps([*values, ticket.opened_ms, ticket.large_text])
        return text

    def read(self, token: object) -> Ticket:
        """The ticket of a token; raises Foreign."""
        if not isinstance(token, str):
            raise Foreign
        if (known := self._known.get(token)) is not None:
            return known
        try:
            member_id, number, kind, subject_id, opened_ms, large = self._signer.loads(token)
        except (BadData, TypeError, ValueError) as error:
            raise Foreign from error
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        ticket = Ticket(member_id, number, (kind, subject_id), opened_ms, large)
        return self._known.setdefault(token, ticket)


def read_report(
    values: Any, tickets: Tickets, *, member_id: int, at_ms: int, steady: Steady | None = None
) -> Report:
    """The beat in a JSON body of that member; raises Malformed, Foreign or Outdated."""
    if not isinstance(values, dict):
        raise Malformed("")
    ticket = tickets.read(values.get("session"))
    if ticket.member_id != member_id:
        raise Foreign
    if abs(at_ms - ticket.opened_ms) > SESSION_MS:
        raise Outdated
    beat = read_beat(values, session=ticket.number, item=ticket.item)
    return Report(member_id, ticket, beat, at_ms, steady)
