"""Writing files: uploads from their first byte to a blob, and blobs made by the product itself.

Hashing and storing happen outside of transactions: what is slow takes plain values and gives plain
values, what is written to the database is short.
"""

import hashlib
import secrets
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from flask_babel import gettext as _

from lms import clock
from lms.db import db
from lms.errors import Conflict, DomainError, Invalid, TooLarge
from lms.files import sniff
from lms.files.models import Blob, Upload, UploadState
from lms.files.queries import count_open_uploads, find_blob, get_upload
from lms.files.staging import Staging
from lms.files.store import Storage, open_storage
from lms.files.tus import clean_name
from lms.jobs.actions import enqueue
from lms.members.policy import Actor
from lms.web.settings import settings

OPEN_LIFETIME = timedelta(days=2)  # from the last chunk that arrived
TAKEN_LIFETIME = timedelta(days=7)
MAX_OPEN_UPLOADS = 20
MEMBER_UPLOAD_BYTES = 100 * 1024 * 1024  # for people without a role
SPARE_BYTES = 512 * 1024 * 1024
HASH_CHUNK_BYTES = 1024 * 1024
REMOVE_AFTER = timedelta(hours=2)


class NoRoom(DomainError):
    """The disk of the server has no room for the file."""

    status = 507


@dataclass(frozen=True, slots=True)
class Content:
    """What bytes turned out to be, once they are in the store."""

    sha256: str
    size_bytes: int
    media_type: str

    def read(self) -> bytes:
        """All of it; slow, outside of any transaction."""
        return b"".join(storage().read(Blob(sha256=self.sha256).key, 0, self.size_bytes))


def staging() -> Staging:
    """The folder of unfinished uploads."""
    return Staging(settings().data_dir / "uploads")


def storage() -> Storage:
    """The store of the settings."""
    return open_storage(settings())


def open_upload(*, name: str, size_bytes: int, by: Actor) -> Upload:
    """A new upload of a file with that name and size; raises TooLarge, Conflict, NoRoom."""
    limit = settings().max_upload_bytes if by.grants else MEMBER_UPLOAD_BYTES
    if size_bytes > limit:
        raise TooLarge(
            _("文件太大了，最大可以上传 %(mb)s MB。", mb=limit // 1024 // 1024), code="too_large"
        )
    if count_open_uploads(by.id) >= MAX_OPEN_UPLOADS:
        raise Conflict(_("还有太多没传完的文件，请先完成或取消它们。"), code="too_many_uploads")
    folder = staging()
    if shutil.disk_usage(folder.root).free < size_bytes + SPARE_BYTES:
        raise NoRoom(_("服务器磁盘空间不足，暂时不能上传这个文件。请联系系统管理员。"))
    now = clock.now()
    upload = Upload(
        token=secrets.token_urlsafe(18),
        member_id=by.id,
        name=clean_name(name),
        size_bytes=size_bytes,
        received_bytes=0,
        created_at=now,
        expires_at=now + OPEN_LIFETIME,
    )
    folder.create(upload.token)
    db.session.add(upload)
    db.session.flush()
    return upload


def note_received(upload: Upload, received_bytes: int) -> None:
    """Record how much has safely arrived; the upload lives on."""
    upload.received_bytes = max(upload.received_bytes, received_bytes)
    upload.expires_at = clock.now() + OPEN_LIFETIME


def store_upload(token: str, name: str) -> Content:
    """Move a finished upload's bytes into the store; slow, outside of any transaction."""
    return store_file(staging().path(token), name)


def store_file(source: Path, name: str) -> Content:
    """Hash the file and move it into the store; slow, outside of any transaction."""
    with source.open("rb") as file:
        head = file.read(sniff.HEAD_BYTES)
        file.seek(0)
        content = Content(
            sha256=sha256_of(file),
            size_bytes=file.tell(),
            media_type=sniff.media_type_of(head, name),
        )
    storage().put_file(Blob(sha256=content.sha256).key, source)
    return content


def sha256_of(file: BinaryIO) -> str:
    """The digest of the rest of the file."""
    digest = hashlib.sha256()
    while chunk := file.read(HASH_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def complete_upload(upload: Upload, content: Content) -> None:
    """Record that all bytes are in the store."""
    if upload.state == UploadState.OPEN:
        upload.state = UploadState.COMPLETE
        upload.received_bytes = upload.size_bytes
        upload.sha256 = content.sha256
        upload.media_type = content.media_type
        upload.expires_at = clock.now() + OPEN_LIFETIME


def take_upload(token: str, *, by: Actor, kinds: Collection[str] = ()) -> Blob:
    """The blob of a finished upload; the caller's transaction refers to it and commits.

    `kinds` are accepted media types or their beginnings ("image/", "application/pdf"); empty
    accepts all. Taking twice gives the same blob. Raises NotFound, Conflict while bytes are
    missing, Invalid for another kind.
    """
    upload = get_upload(token, member=by)
    if upload.state == UploadState.TAKEN and upload.blob_id is not None:
        return db.session.get_one(Blob, upload.blob_id)
    if upload.state == UploadState.OPEN:
        _finish_cut_off(upload)
    if kinds and not upload.media_type.startswith(tuple(kinds)):
        raise Invalid(
            _("“%(name)s”不是这里可以使用的文件类型。", name=upload.name), code="wrong_type"
        )
    content = Content(upload.sha256, upload.size_bytes, upload.media_type)
    blob = add_blob(content, upload.name)
    upload.blob_id = blob.id
    upload.state = UploadState.TAKEN
    upload.expires_at = clock.now() + TAKEN_LIFETIME
    return blob


def look_into_upload(token: str, *, by: Actor) -> Content:
    """What a finished upload holds, for reading it once from the store without keeping a blob.

    Raises NotFound, and Conflict while bytes are missing.
    """
    upload = get_upload(token, member=by)
    if upload.state == UploadState.OPEN:
        _finish_cut_off(upload)
    return Content(upload.sha256, upload.size_bytes, upload.media_type)


def _finish_cut_off(upload: Upload) -> None:
    """The server stopped between the last byte and the end: do now what is left to do."""
    path = staging().path(upload.token)
    if not path.is_file() or path.stat().st_size < upload.size_bytes:
        raise Conflict(_("文件还没有传完，请等上传结束再提交。"), code="unfinished")
    complete_upload(upload, store_upload(upload.token, upload.name))


def add_blob(content: Content, name: str) -> Blob:
    """The blob row of stored content; one row however often the same bytes come."""
    blob = find_blob(content.sha256)
    if blob is None:
        blob = Blob(
            sha256=content.sha256,
            size_bytes=content.size_bytes,
            media_type=content.media_type,
            name=clean_name(name),
            created_at=clock.now(),
        )
        db.session.add(blob)
        db.session.flush()
    return blob


def store_bytes(data: bytes, name: str) -> Blob:
    """A blob of bytes that are at hand; for small things, as it writes inside the transaction."""
    folder = staging().root
    with NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        shutil.copyfileobj(BytesIO(data), file)
    path = Path(file.name)
    try:
        return add_blob(store_file(path, name), name)
    finally:
        path.unlink(missing_ok=True)


def release_blob(blob: Blob) -> bool:
    """Forget the blob unless something still refers to it; gives whether it is gone.

    The bytes go later, when it is sure that nobody has stored the same content meanwhile.
    """
    key = blob.key
    for upload in db.session.query(Upload).filter_by(blob_id=blob.id):
        upload.blob_id = None
    db.session.flush()
    if _is_referred_to(blob.id):
        return False
    db.session.delete(blob)
    db.session.flush()
    enqueue("files.remove", {"key": key}, subject="files", run_at=clock.now() + REMOVE_AFTER)
    return True


def _is_referred_to(blob_id: int) -> bool:
    """Whether any table has a row that points to the blob."""
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == Blob.__tablename__:
                query = db.select(key.parent).where(key.parent == blob_id).limit(1)
                if db.session.execute(query).first():
                    return True
    return False


def drop_upload(upload: Upload) -> None:
    """Forget the upload; what it has left in the staging folder goes with it."""
    staging().remove(upload.token)
    db.session.delete(upload)
