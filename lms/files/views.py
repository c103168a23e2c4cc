"""The resumable upload endpoint (tus 1.0) and the delivery of stored bytes."""

from collections.abc import Iterator

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import ClientDisconnected

from lms.db import db
from lms.errors import Conflict, DomainError, Invalid, NotFound
from lms.files import tus
from lms.files.actions import (
    complete_upload,
    drop_upload,
    note_received,
    open_upload,
    staging,
    store_upload,
)
from lms.files.delivery import (
    FOLDER_DEPTH,
    Delivery,
    blob_subject,
    check_link,
    deliver,
    type_of,
)
from lms.files.models import Blob, Upload, UploadState
from lms.files.queries import get_upload
from lms.files.staging import ChecksumMismatch, OffsetMismatch, Superseded
from lms.members.session import current_actor
from lms.web.settings import settings

bp = Blueprint("files", __name__, template_folder="templates", url_prefix="/files")

READ_BYTES = 256 * 1024
SILENCE_SECONDS = 60.0


class WrongVersion(DomainError):
    """The client speaks another version of tus."""

    status = 412


class WrongChecksum(DomainError):
    """tus: the bytes were damaged on their way."""

    status = 460


class Locked(DomainError):
    """Another connection writes to this upload."""

    status = 423


@bp.after_request
def add_tus_headers(response: Response) -> Response:
    """Every answer about an upload names the version."""
    if "/uploads" in request.path:
        response.headers["Tus-Resumable"] = tus.VERSION
        response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
def describe_uploads() -> Response:
    """What this server can do."""
    response = Response(status=204)
    response.headers["Tus-Version"] = tus.VERSION
    response.headers["Tus-Extension"] = tus.EXTENSIONS
    response.headers["Tus-Checksum-Algorithm"] = ",".join(tus.ALGORITHMS)
    response.headers["Tus-Max-Size"] = str(settings().max_upload_bytes)
    return response


@bp.post("/uploads")
def create_upload() -> Response:
    """Announce a file: its size and name; the answer says where its bytes go."""
    _check_version()
    size = _number("Upload-Length")
    try:
        name = tus.parse_metadata(request.headers.get("Upload-Metadata")).get("filename", "")
    except tus.BadHeader as error:
        raise Invalid(_("上传请求不完整，请刷新页面再试。"), code="bad_header") from error
    upload = open_upload(name=name, size_bytes=size, by=current_actor())
    token = upload.token
    db.session.commit()
    offset = 0
    if request.mimetype == tus.CONTENT_TYPE or size == 0:
        offset = _receive(token, 0, size, upload.name)
    response = _offset_answer(offset, status=201)
    response.headers["Location"] = url_for("files.append_upload", token=token)
    return response


@bp.route("/uploads/<token>", methods=["HEAD"], provide_automatic_options=False)
def show_upload(token: str) -> Response:
    """How far the upload is; also ends a connection that still hangs on it."""
    _check_version()
    upload = get_upload(token, member=current_actor())
    size, expires_at = upload.size_bytes, upload.expires_at
    is_open = upload.state == UploadState.OPEN
    db.session.rollback()
    response = _offset_answer(_offset_of(token) if is_open else size, status=200)
    response.headers["Upload-Length"] = str(size)
    response.headers["Upload-Expires"] = tus.http_date(expires_at)
    return response


@bp.patch("/uploads/<token>")
def append_upload(token: str) -> Response:
    """Take the next bytes."""
    _check_version()
    if request.mimetype != tus.CONTENT_TYPE:
        raise Invalid(_("上传请求不完整，请刷新页面再试。"), code="bad_type")
    offset = _number("Upload-Offset")
    upload = get_upload(token, member=current_actor())
    size, name, is_open = upload.size_bytes, upload.name, upload.state == UploadState.OPEN
    if not is_open:
        if offset != size:
            raise Conflict(_("上传的进度对不上，正在重新核对。"), code="offset")
        return _offset_answer(size, status=204)
    return _offset_answer(_receive(token, offset, size, name), status=204)


@bp.delete("/uploads/<token>")
def delete_upload(token: str) -> Response:
    """Forget the upload."""
    _check_version()
    drop_upload(get_upload(token, member=current_actor()))
    db.session.commit()
    return Response(status=204)


def _receive(token: str, offset: int, size: int, name: str) -> int:
    """Write the body behind `offset`; no transaction is open while the body is read."""
    db.session.rollback()
    try:
        checksum = tus.parse_checksum(request.headers.get("Upload-Checksum"))
        reached = staging().append(
            token, offset, _chunks(), limit=size, sha=str(checksum) if checksum else ""
        )
    except tus.BadHeader as error:
        raise Invalid(_("上传请求不完整，请刷新页面再试。"), code="bad_checksum") from error
    except OffsetMismatch as error:
        raise Conflict(_("上传的进度对不上，正在重新核对。"), code="offset") from error
    except Superseded as error:
        raise Locked(_("这个文件正在另一个连接里上传。")) from error
    except ChecksumMismatch as error:
        raise WrongChecksum(_("数据在传输中损坏，正在重传。")) from error
    except FileNotFoundError as error:
        raise NotFound(_("没有找到这次上传，它可能已过期。请重新选择文件上传。")) from error
    _record(token, reached, store_upload(token, name) if reached == size else None)
    return reached


def _record(token: str, reached: int, content: object) -> None:
    upload: Upload = get_upload(token, member=current_actor())
    if content is None:
        note_received(upload, reached)
    else:
        complete_upload(upload, content)  # type: ignore[arg-type]
    db.session.commit()


def _chunks() -> Iterator[bytes]:
    """The body to its end, or until the connection breaks or is silent: what has come is kept."""
    # gunicorn's threads would wait for ever for a telephone that has left the network.
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(SILENCE_SECONDS)
    while True:
        try:
            chunk = request.stream.read(READ_BYTES)
        except (ClientDisconnected, OSError):
            return
        if not chunk:
            return
        yield chunk


def _offset_of(token: str) -> int:
    try:
        return staging().offset(token)
    except FileNotFoundError as error:
        raise NotFound(_("没有找到这次上传，它可能已过期。请重新选择文件上传。")) from error


def _offset_answer(offset: int, *, status: int) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(offset)
    return response


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        raise WrongVersion(_("上传程序的版本不对，请刷新页面再试。"))


def _number(header: str) -> int:
    try:
        return tus.parse_number(request.headers.get(header), header)
    except tus.BadHeader as error:
        raise Invalid(_("上传请求不完整，请刷新页面再试。"), code="bad_header") from error


@bp.get("/b/<token>/<int:blob_id>/<path:name>")
def show_blob(token: str, blob_id: int, name: str) -> Response:
    """A blob, by a link that was made for this member."""
    download = request.args.get("download") == "1"
    seconds = check_link(token, blob_subject(blob_id, download), current_actor())
    blob = db.session.get(Blob, blob_id)
    if blob is None:
        raise NotFound(_("没有找到这个文件。"))
    delivery = Delivery(blob.key, blob.media_type, name, seconds, is_download=download)
    db.session.rollback()
    return deliver(delivery)


@bp.get("/f/<token>/<path:path>")
def show_stored(token: str, path: str) -> Response:
    """A file in a folder that the link was made for."""
    parts = path.split("/")
    if ".." in parts or "" in parts or len(parts) <= FOLDER_DEPTH:
        raise NotFound(_("没有找到这个文件。"))
    folder = "/".join(parts[:FOLDER_DEPTH])
    seconds = check_link(token, f"folder:{folder}", current_actor())
    db.session.rollback()
    return deliver(Delivery(path, type_of(parts[-1]), parts[-1], seconds))
