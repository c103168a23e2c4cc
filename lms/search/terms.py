"""What is searched for: counted without names, in batches beside the request's transaction."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms import clock
from lms.db import db
from lms.search.models import SearchTerm
from lms.search.text import fold

MOST_CHARS = 100
MOST_WAITING = 500  # different texts
WAIT_SECONDS = 5.0


class Tally:
    """Searches of this process that are not written yet; a lost process loses a few of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: dict[str, tuple[int, int, datetime]] = {}
        self.since = time.monotonic()

    def note(self, text: str, *, is_empty: bool) -> None:
        """Count one search."""
        with self.lock:
            count, empty_count, _at = self.waiting.get(text, (0, 0, None))
            self.waiting[text] = (count + 1, empty_count + is_empty, clock.now())

    def take(self, *, at_once: bool) -> dict[str, tuple[int, int, datetime]]:
        """What is to be written now; empty while waiting is better."""
        with self.lock:
            is_due = time.monotonic() - self.since > WAIT_SECONDS
            if not (at_once or is_due or len(self.waiting) >= MOST_WAITING):
                return {}
            taken, self.waiting, self.since = self.waiting, {}, time.monotonic()
            return taken


def _tally() -> Tally:
    tally: Tally = current_app.extensions.setdefault("search_tally", Tally())
    return tally


def note_search(typed: str, *, is_empty: bool) -> None:
    """Count a search and whether it found nothing; writes now and then."""
    text = " ".join(fold(typed).split())[:MOST_CHARS]
    if text:
        _tally().note(text, is_empty=is_empty)
        write_searches(at_once=False)


def write_searches(*, at_once: bool = True) -> None:
    """Write what was counted, in a transaction of its own."""
    taken = _tally().take(at_once=at_once)
    if not taken:
        return
    dialect: Any = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    added = dialect.insert(SearchTerm)
    changes = {
        "count": SearchTerm.count + added.excluded.count,
        "empty_count": SearchTerm.empty_count + added.excluded.empty_count,
        "last_at": added.excluded.last_at,
    }
    upsert = added.on_conflict_do_update(index_elements=["text"], set_=changes)
    rows = [
        {"text": text, "count": count, "empty_count": empty_count, "last_at": last_at}
        for text, (count, empty_count, last_at) in sorted(taken.items())
    ]
    with db.engine.begin() as connection:
        connection.execute(upsert, rows)
    # What the request reads after this, it reads anew.
    db.session.rollback()


def list_frequent(typed: str, *, least: int, limit: int) -> Sequence[str]:
    """What others often searched for, beginning with what has been typed so far."""
    text = " ".join(fold(typed).split())
    query = (
        select(SearchTerm.text)
        .where(SearchTerm.text.startswith(text, autoescape=True), SearchTerm.text != text)
        .where(SearchTerm.count >= least, SearchTerm.empty_count == 0)
        .order_by(SearchTerm.count.desc(), SearchTerm.text)
    )
    return db.session.scalars(query.limit(limit)).all()


def list_empty(limit: int = 200) -> Sequence[SearchTerm]:
    """What was searched for in vain, the most frequent first."""
    query = select(SearchTerm).where(SearchTerm.empty_count > 0)
    order = (SearchTerm.empty_count.desc(), SearchTerm.last_at.desc())
    return db.session.scalars(query.order_by(*order).limit(limit)).all()
