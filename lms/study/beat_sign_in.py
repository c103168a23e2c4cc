"""Who sends a beat: the signed session, checked against the database every half minute only.

Beats are by far the most frequent request, and loading the person costs more than counting. A
sign-in that is revoked is therefore noticed up to half a minute late; the page itself, and
everything else, notices at once.
"""

import threading
from datetime import datetime, timedelta

from flask import session

from lms.db import db
from lms.members.session import find_actor

KEEP = timedelta(seconds=30)
MOST_KEPT = 20_000

_lock = threading.Lock()
_known: dict[str, tuple[int, datetime]] = {}


def find_member_id(at: datetime) -> int | None:
    """The id of the signed-in person at `at`, None when nobody is signed in."""
    token = session.get("_user_id")
    if not isinstance(token, str):
        return None
    known = _known.get(token)
    if known is not None and timedelta(0) <= at - known[1] < KEEP:
        return known[0]
    actor = find_actor()
    # Reading the person has begun a transaction, which would keep others from writing.
    db.session.commit()
    with _lock:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        if actor is None:
            _known.pop(token, None)
        else:
            _known[token] = (actor.id, at)
    return actor.id if actor else None
