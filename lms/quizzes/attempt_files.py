"""Files handed in with essays: taken while the attempt runs, shown to its taker and to markers."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.files.actions import release_blob, take_upload
from lms.files.models import Blob
from lms.files.queries import get_upload
from lms.members.policy import Action, Actor
from lms.quizzes.actions import check_running
from lms.quizzes.attempt_queries import Asked, get_attempt, get_own_attempt
from lms.quizzes.definition import Definition
from lms.quizzes.file_models import AttemptFile
from lms.quizzes.handing import MOST_FILES, NO_FILES, HandedIn, Handing
from lms.quizzes.models import Attempt

FIELD = re.compile(r"q(\d{1,3})(?:\.(\d{1,2}))?")


def get_attempt_file(attempt_id: int, file_id: int, *, member: Actor) -> tuple[AttemptFile, Blob]:
    """A file and its bytes, for the taker and for those who may mark the paper."""
    attempt = get_attempt(attempt_id, member=member, action=Action.VIEW)
    file = db.session.get(AttemptFile, file_id)
    if file is None or file.attempt_id != attempt.id:
        raise NotFound(_("没有找到这个附件，它可能已被移走。"))
    return file, db.session.get_one(Blob, file.blob_id)


def take_attempt_file(
    attempt: Attempt, asked: Sequence[Asked], *, field: str, token: str, by: Actor, at: datetime
) -> AttemptFile:
    """The finished upload as a file of one answer; the answer itself names it when it is saved.

    Raises Invalid where no files are asked for, Conflict when the attempt is over or has enough.
    """
    check_running(attempt, at=at)
    if not _takes_files(asked, field):
        raise Invalid(_("这道题不收附件。"))
    count = select(func.count()).where(
        AttemptFile.attempt_id == attempt.id, AttemptFile.field == field
    )
    if (db.session.scalar(count) or 0) >= MOST_FILES:
        raise Conflict(_("一道题最多交 %(count)d 个附件。", count=MOST_FILES))
    blob = take_upload(token, by=by)
    # A blob keeps the name that the same bytes first came with, perhaps from somebody else.
    name = get_upload(token, member=by).name
    file = AttemptFile(
        attempt_id=attempt.id, field=field, blob_id=blob.id, name=name, created_at=at
    )
    db.session.add(file)
    db.session.flush()
    return file


def _takes_files(asked: Sequence[Asked], field: str) -> bool:
    found = FIELD.fullmatch(field)
    if not found or not 1 <= int(found[1]) <= len(asked):
        return False
    definition = asked[int(found[1]) - 1].definition
    if found[2] is None:
        return definition.allows_files
    parts = definition.parts
    return 1 <= int(found[2]) <= len(parts) and parts[int(found[2]) - 1].allows_files


def drop_attempt_file(attempt_id: int, file_id: int, *, by: Actor, at: datetime) -> None:
    """Take an own file back while the attempt runs."""
    attempt = get_own_attempt(attempt_id, member=by)
    check_running(attempt, at=at)
    file, blob = get_attempt_file(attempt_id, file_id, member=by)
    db.session.delete(file)
    db.session.flush()
    release_blob(blob)


def handing_of(attempt: Attempt, asked: Sequence[Asked], *, takes_more: bool = False) -> Handing:
    """The files of the attempt for its pages; no query where no question asks for files."""
    if not any(_asks_for_files(each.definition) for each in asked):
        return NO_FILES
    url = url_for("quizzes.add_attempt_file", attempt_id=attempt.id) if takes_more else ""
    rows = db.session.execute(
        select(AttemptFile, Blob.size_bytes)
        .join(Blob, Blob.id == AttemptFile.blob_id)
        .where(AttemptFile.attempt_id == attempt.id)
        .order_by(AttemptFile.id)
    )
    return Handing(url, tuple(shown_file(file, size_bytes) for file, size_bytes in rows))


def _asks_for_files(definition: Definition) -> bool:
    return definition.allows_files or any(part.allows_files for part in definition.parts)


def shown_file(file: AttemptFile, size_bytes: int) -> HandedIn:
    """A file as pages show it."""
    href = url_for("quizzes.attempt_file", attempt_id=file.attempt_id, file_id=file.id)
    return HandedIn(file.id, file.field, file.name, size_bytes, href)
