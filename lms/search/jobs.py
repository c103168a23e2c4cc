"""What the worker does for search: follows the outbox, watches over the index, builds it again."""

import logging

from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.jobs.actions import enqueue
from lms.jobs.models import Job, JobState
from lms.jobs.registry import JobContext, every, task
from lms.search.engine import IndexBusy, IndexDamaged
from lms.search.engines import get_engine
from lms.search.indexer import (
    SMALL,
    count_entries,
    follow,
    is_damaged,
    rebuild_index,
    repair,
    silent,
)
from lms.web.settings import settings

log = logging.getLogger(__name__)
REBUILD = "search.rebuild"
NIGHT = (2, 3, 4)  # hours of the organisation's day


@every(seconds=1, name="search.follow")
def follow_changes() -> None:
    """Bring what has changed into the index, round by round until nothing is left."""
    heal()
    while follow():
        pass


def heal() -> None:
    """See to a new index when none works: a small one at once, a large one as a job."""
    if not is_damaged():
        return
    if count_entries() <= SMALL:
        try:
            rebuild_index(silent)
        except IndexBusy:
            log.info("another process is already healing the search index")
        return
    if _ask_for_rebuild():
        log.warning("the search index is missing or damaged; it is built again")


def _ask_for_rebuild() -> bool:
    """Enqueue a rebuild unless one is waiting or running; commits."""
    is_new = not _is_rebuild_waiting()
    if is_new:
        enqueue(REBUILD, subject="search")
    db.session.commit()
    return is_new


def _is_rebuild_waiting() -> bool:
    open_states = (JobState.QUEUED, JobState.RUNNING)
    query = select(Job.id).where(Job.task == REBUILD, Job.state.in_(open_states)).limit(1)
    return db.session.scalar(query) is not None


@task(REBUILD, tries=5)
def rebuild(job: JobContext) -> None:
    """Build the index again from the rows."""

    def progress(done: int, whole: int, _what: str) -> None:
        job.progress(done / max(whole, 1))

    rebuild_index(progress)


@every(seconds=600, name="search.compare")
def compare() -> None:
    """Compare index and rows, and mend what differs."""
    try:
        added, removed = repair()
    except (IndexBusy, IndexDamaged):
        return
    if added or removed:
        log.warning("search index mended: %s entries added, %s removed", added, removed)


@every(seconds=1800, name="search.tidy")
def tidy() -> None:
    """At night, build an index anew that many changes have scattered over many files."""
    if clock.now().astimezone(settings().zone).hour not in NIGHT:
        return
    try:
        if get_engine().is_scattered():
            _ask_for_rebuild()
    except IndexDamaged:
        return
