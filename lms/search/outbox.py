"""Telling search of a change: one row in the transaction of the change itself."""

from collections.abc import Iterable

from sqlalchemy import insert

from lms import clock
from lms.db import db
from lms.search.models import SearchChange


def note_changed(source: str, subject_id: int) -> None:
    """Note that a thing of `source` was created, changed or removed.

    Call it in the transaction of the change, after the flush that gives a new thing its id; the
    indexer reads the thing again after the commit.
    """
    change = SearchChange(source=source, subject_id=subject_id, changed_at=clock.now())
    db.session.add(change)


def note_all_changed(source: str, subject_ids: Iterable[int]) -> None:
    """The same for many things at once."""
    now = clock.now()
    rows = [{"source": source, "subject_id": one, "changed_at": now} for one in subject_ids]
    if rows:
        db.session.execute(insert(SearchChange), rows)
