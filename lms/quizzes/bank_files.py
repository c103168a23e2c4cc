"""The pictures, sounds and films of a bank: which of them its questions may show. No commits."""

from collections.abc import Collection, Iterable

from flask_babel import gettext as _
from sqlalchemy import insert, select

from lms.db import db
from lms.errors import Invalid
from lms.files.actions import take_upload
from lms.files.models import Blob
from lms.members.policy import Actor
from lms.members.scope import editable_by
from lms.quizzes.file_models import BankFile
from lms.quizzes.models import Bank

# What every browser plays or shows without a converter.
KINDS = (
    *("image/png", "image/jpeg", "image/gif", "image/webp"),
    *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac", "audio/aac"),
    *("video/mp4", "video/webm"),
)
PICTURE_BYTES = 10 * 1024 * 1024
MEDIA_BYTES = 500 * 1024 * 1024


def take_bank_file(bank: Bank, token: str, *, by: Actor) -> Blob:
    """The finished upload as a file of the bank; Invalid for other kinds and what is too large."""
    blob = take_upload(token, by=by)
    if blob.media_type not in KINDS:
        raise Invalid(
            _("题目里可以放 PNG、JPEG、GIF、WebP 图片，MP3、M4A、OGG、WAV 音频和 MP4、WebM 视频。"),
            code="wrong_type",
        )
    limit = PICTURE_BYTES if blob.media_type.startswith("image/") else MEDIA_BYTES
    if blob.size_bytes > limit:
        raise Invalid(_("文件太大了，最大可以用 %(mb)s MB。", mb=limit // 1024 // 1024))
    add_files(bank, [blob.id])
    return blob


def add_files(bank: Bank, blob_ids: Iterable[int]) -> None:
    """Let the bank's questions show these files."""
    wanted = set(blob_ids)
    rows = [
        {"bank_id": bank.id, "blob_id": each}
        for each in sorted(wanted - _known_files(bank.id, wanted))
    ]
    if rows:
        db.session.execute(insert(BankFile), rows)


def _known_files(bank_id: int, blob_ids: Collection[int]) -> set[int]:
    if not blob_ids:
        return set()
    query = select(BankFile.blob_id).where(
        BankFile.bank_id == bank_id, BankFile.blob_id.in_(blob_ids)
    )
    return set(db.session.scalars(query))


def admit_files(bank: Bank, blob_ids: Collection[int], *, by: Actor | None) -> None:
    """Let the bank show files that a question names; Invalid for files that are none of theirs.

    A file comes in with an upload or an import; what another bank of the same author shows may be
    shown here too. Anything else would hand out files that its reader has no right to.
    """
    missing = set(blob_ids) - _known_files(bank.id, blob_ids)
    if not missing:
        return
    found = select(Blob.id).where(Blob.id.in_(missing))
    if by is not None:
        found = (
            select(BankFile.blob_id)
            .join(Bank, Bank.id == BankFile.bank_id)
            .where(BankFile.blob_id.in_(missing), editable_by(by, Bank))
        )
    if missing - set(db.session.scalars(found)):
        raise Invalid(_("题目里有一个文件不是这个题库的，请重新上传它。"))
    add_files(bank, missing)
