"""Delivering stored bytes: signed addresses, ranges, and headers that keep content from acting."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, request, url_for
from flask_babel import gettext as _
from werkzeug.http import parse_range_header, quote_etag

from lms import clock
from lms.errors import Expired, NotFound
from lms.files import signing
from lms.files.actions import storage
from lms.files.models import Blob
from lms.members.policy import Actor
from lms.web.settings import settings

FOLDER_DEPTH = 3  # a signed folder is named by three parts, such as media/12/5f3a
TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "vtt": "text/vtt",
    "pdf": "application/pdf",
}
# What a browser shows without running anything; all else is offered as a download.
SAFE_TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.apple.mpegurl",
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/vtt",
        "video/iso.segment",
        "video/mp4",
        "video/webm",
    }
)
INERT = "default-src 'none'; sandbox"
VIEWER = "default-src 'none'; style-src 'unsafe-inline'"  # a sandbox would stop the PDF viewer


@dataclass(frozen=True, slots=True)
class Delivery:
    """What to deliver and how: `seconds` is how long it may be kept."""

    key: str
    media_type: str
    name: str
    seconds: int
    is_download: bool = False


def url_for_blob(blob: Blob, actor: Actor, *, name: str = "", download: bool = False) -> str:
    """The address of the blob for this member, good for half a day to a day."""
    ends = signing.expiry(clock.now().timestamp())
    subject = blob_subject(blob.id, download)
    return url_for(
        "files.show_blob",
        token=signing.sign(settings().secret_key, subject, actor.id, ends),
        blob_id=blob.id,
        name=name or blob.name,
        download=1 if download else None,
    )


def blob_subject(blob_id: int, download: bool) -> str:
    """What the signature of a blob's address covers."""
    return f"{'download' if download else 'blob'}:{blob_id}"


def url_for_stored(folder: str, name: str, actor: Actor) -> str:
    """The address of a file in a folder of the store; relative addresses inside it work as well."""
    ends = signing.expiry(clock.now().timestamp())
    token = signing.sign(settings().secret_key, f"folder:{folder}", actor.id, ends)
    return url_for("files.show_stored", token=token, path=f"{folder}/{name}")


def check_link(token: str, subject: str, actor: Actor) -> int:
    """The seconds that a link still lasts; raises NotFound or Expired with a sentence."""
    try:
        return signing.check(
            settings().secret_key, token, subject, actor.id, clock.now().timestamp()
        )
    except signing.BadSignature as error:
        raise NotFound(_("没有找到这个文件。")) from error
    except signing.PastLink as error:
        raise Expired(_("这个链接已经过期，请刷新页面再打开。")) from error


def type_of(name: str) -> str:
    """The media type of a file that the product made itself."""
    return TYPES.get(name.rpartition(".")[2], "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes to send, from `start` up to but not including `end`."""

    start: int
    end: int
    is_partial: bool


def deliver(delivery: Delivery) -> Response:
    """The bytes, or the range of them that was asked for."""
    stored = storage().find(delivery.key)
    if stored is None:
        raise NotFound(_("没有找到这个文件。"))
    # What lies under a key never changes: the key is the content's digest or a folder of its own.
    etag = quote_etag(hashlib.sha256(delivery.key.encode()).hexdigest()[:24])
    if request.if_none_match.contains_raw(etag):
        response = Response(status=304)
    elif (span := wanted_span(stored.size_bytes, etag)) is None:
        response = Response(status=416)
        response.headers["Content-Range"] = f"bytes */{stored.size_bytes}"
        return response
    else:
        response = Response(_body(delivery.key, span), status=206 if span.is_partial else 200)
        response.headers["Content-Length"] = str(span.end - span.start)
        if span.is_partial:
            total = stored.size_bytes
            response.headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{total}"
    _describe(response, delivery, etag)
    return response


def _body(key: str, span: Span) -> Iterator[bytes]:
    return iter(()) if request.method == "HEAD" else storage().read(key, span.start, span.end)


def wanted_span(size: int, etag: str) -> Span | None:
    """What the request asks for; all of it when several ranges are asked for; None: impossible."""
    whole = Span(0, size, is_partial=False)
    header = request.headers.get("Range")
    if header is None or request.headers.get("If-Range", etag) != etag:
        return whole
    parsed = parse_range_header(header)
    if parsed is None or parsed.units != "bytes" or len(parsed.ranges) != 1:
        return whole
    found = parsed.range_for_length(size)
    return Span(*found, is_partial=True) if found else None


def _describe(response: Response, delivery: Delivery, etag: str) -> None:
    headers = response.headers
    is_safe = delivery.media_type in SAFE_TYPES
    headers["Content-Type"] = delivery.media_type if is_safe else "application/octet-stream"
    how = "inline" if is_safe and not delivery.is_download else "attachment"
    headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(delivery.name, safe='')}"
    headers["Content-Security-Policy"] = (
        VIEWER if delivery.media_type == "application/pdf" else INERT
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Accept-Ranges"] = "bytes"
    headers["ETag"] = etag
    headers["Cache-Control"] = f"private, max-age={delivery.seconds}, immutable"
