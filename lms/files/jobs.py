"""Keeping the store tidy: uploads that were given up, bytes that nothing refers to."""

from datetime import timedelta

from lms import clock
from lms.db import db
from lms.files.actions import REMOVE_AFTER, drop_upload, storage
from lms.files.queries import list_expired_uploads, list_known_digests
from lms.jobs.registry import JobContext, every, task

ORPHAN_AGE = timedelta(days=3)  # longer than an upload waits to be taken
BATCH = 500


@every(seconds=600, name="files.expire_uploads")
def expire_uploads() -> int:
    """Forget uploads whose time is over; gives how many."""
    expired = list_expired_uploads(clock.now())
    for upload in expired:
        drop_upload(upload)
    db.session.commit()
    return len(expired)


@task("files.remove", tries=5)
def remove_unreferenced(job: JobContext, key: str) -> None:
    """Remove the bytes of a released blob, unless the same content has come back since."""
    _remove_if_unknown([key], older_than=REMOVE_AFTER / 2)


@every(seconds=86_400, name="files.sweep")
def sweep() -> int:
    """Remove content that no row knows: uploads never taken, transactions rolled back."""
    removed = 0
    batch: list[str] = []
    for stored in storage().list("blobs"):
        if clock.now() - stored.changed_at > ORPHAN_AGE:
            batch.append(stored.key)
        if len(batch) >= BATCH:
            removed += _remove_if_unknown(batch, older_than=ORPHAN_AGE)
            batch = []
    return removed + _remove_if_unknown(batch, older_than=ORPHAN_AGE)


def _remove_if_unknown(keys: list[str], *, older_than: timedelta) -> int:
    """Delete those that no row knows and that were not written lately; gives how many.

    Storing content again renews its age, so an upload that is about to get its row is safe.
    """
    known = list_known_digests([key.rpartition("/")[2] for key in keys])
    db.session.rollback()
    old = [key for key in keys if key.rpartition("/")[2] not in known and _is_old(key, older_than)]
    for key in old:
        storage().delete(key)
    return len(old)


def _is_old(key: str, age: timedelta) -> bool:
    stored = storage().find(key)
    return stored is not None and clock.now() - stored.changed_at > age
