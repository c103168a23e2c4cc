"""The words of the tus 1.0 protocol: header values in, plain values out."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
ALGORITHMS = ("sha1", "sha256", "md5")
CONTENT_TYPE = "application/offset+octet-stream"
MAX_NAME_CHARS = 200


class BadHeader(ValueError):
    """A header of the protocol is missing or cannot be understood; the argument names it."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request should hash to."""

    algorithm: str
    hex_digest: str

    def __str__(self) -> str:
        return f"{self.algorithm} {self.hex_digest}"


def parse_number(value: str | None, header: str) -> int:
    """A header that holds a number of bytes; raises BadHeader."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadHeader(header)
    return int(value)


def parse_metadata(value: str | None) -> dict[str, str]:
    """Upload-Metadata: pairs of a key and a text in base64; raises BadHeader."""
    found = {}
    for pair in (value or "").split(","):
        key, _, encoded = pair.strip().partition(" ")
        if not key:
            continue
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadHeader("Upload-Metadata") from error
    return found


def parse_checksum(value: str | None) -> Checksum | None:
    """Upload-Checksum: an algorithm and a digest in base64; raises BadHeader."""
    if not value:
        return None
    algorithm, _, encoded = value.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader("Upload-Checksum")
    try:
        return Checksum(algorithm, base64.b64decode(encoded, validate=True).hex())
    except binascii.Error as error:
        raise BadHeader("Upload-Checksum") from error


def clean_name(name: str) -> str:
    """A file name fit to be shown and stored: no folders, no control characters, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(char for char in last if char.isprintable()).strip(" .")
    if len(shown) <= MAX_NAME_CHARS:
        return shown or "file"
    stem, dot, suffix = shown.rpartition(".")
    if not dot or len(suffix) > 10:
        return shown[:MAX_NAME_CHARS]
    return f"{stem[: MAX_NAME_CHARS - len(suffix) - 1]}.{suffix}"


def http_date(moment: datetime) -> str:
    """The moment as HTTP headers write it."""
    return format_datetime(moment, usegmt=True)
