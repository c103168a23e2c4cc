"""Reading uploads and blobs."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.db import db
from lms.errors import NotFound
from lms.files.models import Blob, Upload, UploadState
from lms.members.policy import Actor


def get_upload(token: str, *, member: Actor) -> Upload:
    """The member's own upload; raises NotFound for others' as for unknown ones."""
    query = select(Upload).where(Upload.token == token, Upload.member_id == member.id)
    upload = db.session.scalar(query)
    if upload is None:
        raise NotFound(_("没有找到这次上传，它可能已过期。请重新选择文件上传。"), code="no_upload")
    return upload


def find_blob(sha256: str) -> Blob | None:
    """The blob with that content."""
    return db.session.scalar(select(Blob).where(Blob.sha256 == sha256))


def count_open_uploads(member_id: int) -> int:
    """How many uploads of the member are not finished."""
    query = select(func.count()).where(
        Upload.member_id == member_id, Upload.state == UploadState.OPEN
    )
    return db.session.scalar(query) or 0


def list_expired_uploads(at: datetime, limit: int = 200) -> Sequence[Upload]:
    """Uploads whose time is over, oldest first."""
    query = select(Upload).where(Upload.expires_at < at).order_by(Upload.expires_at).limit(limit)
    return db.session.scalars(query).all()


def list_known_digests(digests: Sequence[str]) -> set[str]:
    """Which of the digests belong to a blob or to an upload that waits to be taken."""
    blobs = select(Blob.sha256).where(Blob.sha256.in_(digests))
    uploads = select(Upload.sha256).where(Upload.sha256.in_(digests))
    return set(db.session.scalars(blobs)) | set(db.session.scalars(uploads))
