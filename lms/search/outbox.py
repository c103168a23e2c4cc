"""Telling search of a change: one row in the transaction of the change itself."""

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
