"""Slow work on material: preparing it for members, and clearing away what is no longer shown."""

import errno
import logging
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.files.actions import storage
from lms.files.models import Blob
from lms.files.store import StoreError, as_file
from lms.jobs.models import JobState
from lms.jobs.registry import JobContext, every, task
from lms.media.actions import TASK, fail_work, finish_work, new_folder, start_work
from lms.media.ffmpeg import FfmpegError, FfmpegTimeout
from lms.media.making import Made, make
from lms.media.models import AssetKind, MediaAsset
from lms.media.probe import Reason, Unusable
from lms.media.queries import list_unsettled
from lms.media.words import REASONS
from lms.web.settings import settings

log = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 1.0
LEFTOVER_AGE = timedelta(days=2)


@task(TASK, tries=3)
def prepare(job: JobContext, asset_id: int) -> None:
    """Make what members are shown of an asset.

    Each run works in a folder of its own and switches the asset to it at the end, in one short
    transaction; a run that was killed leaves nothing that anybody sees.
    """
    asset = db.session.get(MediaAsset, asset_id)
    if asset is None:
        return
    key, kind = db.session.get_one(Blob, asset.blob_id).key, asset.kind
    start_work(asset)
    db.session.commit()
    folder = new_folder(asset_id)
    try:
        made = _make_and_store(job, asset_id, key, kind, folder)
    except Unusable as error:
        _give_up(asset_id, error.reason, error.detail)
    except FfmpegTimeout:
        _give_up(asset_id, Reason.TOO_SLOW, "time-out")
    except FfmpegError as error:
        _give_up(asset_id, Reason.CRASHED, str(error))
    except StoreError as error:
        _give_up(asset_id, Reason.EMPTY, str(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _give_up(asset_id, Reason.NO_SPACE, str(error))
    else:
        job.check()
        _switch(asset_id, made, folder)


def _make_and_store(job: JobContext, asset_id: int, key: str, kind: AssetKind, folder: str) -> Made:
    """Work in a folder of this run; what a killed run of the same asset has left goes first."""
    work_root = settings().data_dir / "work"
    work_root.mkdir(parents=True, exist_ok=True)
    prefix = f"media-{asset_id}-"
    for left_over in work_root.glob(f"{prefix}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    with TemporaryDirectory(dir=work_root, prefix=prefix, ignore_cleanup_errors=True) as name:
        with as_file(storage(), key, work_folder=work_root) as source:
            made = make(kind, source, Path(name), _reporter(job))
        job.check()
        storage().put_folder(folder, Path(name))
    return made


def _reporter(job: JobContext) -> Callable[[float], None]:
    """Store progress at most once a second; a job that was taken away stops at once."""
    last = 0.0

    def report(fraction: float) -> None:
        nonlocal last
        job.check()
        if time.monotonic() - last >= PROGRESS_EVERY_SECONDS:
            job.progress(fraction, _("正在处理"))
            last = time.monotonic()

    return report


def _switch(asset_id: int, made: Made, folder: str) -> None:
    db.session.rollback()
    asset = db.session.get(MediaAsset, asset_id)
    if asset is None:
        storage().delete_folder(folder)
        return
    finish_work(asset, made, folder)
    db.session.commit()


def _give_up(asset_id: int, reason: Reason, detail: str) -> None:
    """Note why on the asset and end the job with the same sentence; trying again would not help."""
    log.warning("asset %s cannot be used: %s %s", asset_id, reason, detail)
    db.session.rollback()
    asset = db.session.get(MediaAsset, asset_id)
    if asset is not None:
        fail_work(asset, reason)
        db.session.commit()
    raise Invalid(str(REASONS[reason]), code=reason)


@task("media.remove_folder", tries=5)
def remove_folder(job: JobContext, folder: str) -> None:
    """Free a folder that no asset shows any more."""
    is_shown = db.session.scalar(select(MediaAsset.id).where(MediaAsset.folder == folder))
    db.session.rollback()
    if is_shown is None:
        storage().delete_folder(folder)


@every(seconds=15, name="media.settle")
def settle() -> int:
    """Give assets whose job ended without a word their end: the worker died in every try."""
    settled = 0
    for asset, job_state in list_unsettled():
        if job_state in (JobState.FAILED, JobState.CANCELLED):
            fail_work(asset, Reason.CRASHED)
            settled += 1
    if settled:
        db.session.commit()
    return settled


@every(seconds=86_400, name="media.sweep")
def sweep() -> int:
    """Remove what killed runs have left: working folders here, folders in the store."""
    shown = set(db.session.scalars(select(MediaAsset.folder)))
    db.session.rollback()
    found: dict[str, bool] = {}
    for stored in storage().list("media"):
        folder = "/".join(stored.key.split("/")[:3])
        is_old = clock.now() - stored.changed_at > LEFTOVER_AGE
        found[folder] = found.get(folder, True) and is_old
    left_over = [folder for folder, is_old in found.items() if is_old and folder not in shown]
    for folder in left_over:
        storage().delete_folder(folder)
    return len(left_over) + _sweep_work_folders()


def _sweep_work_folders() -> int:
    removed = 0
    for path in (settings().data_dir / "work").glob("media-*"):
        if clock.now().timestamp() - path.stat().st_mtime > LEFTOVER_AGE.total_seconds():
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed
