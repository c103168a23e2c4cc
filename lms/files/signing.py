"""Signatures of delivery links: bound to what is delivered, to the member and to a last moment."""

import base64
import hashlib
import hmac

HOUR = 3600
LIFETIME_HOURS = 12
SIGNATURE_CHARS = 32


class BadSignature(ValueError):
    """The link was not made by us for this member."""


class PastLink(ValueError):
    """The link was good once."""


def expiry(now: float) -> int:
    """When a link made now ends: 12 to 24 hours ahead.

    It is the same for half a day, so that pages made meanwhile name the same address and browsers
    find the picture in their cache.
    """
    step = LIFETIME_HOURS * HOUR
    return (int(now) // step + 2) * step


def sign(secret: str, subject: str, member_id: int, ends: int) -> str:
    """The token of a link to `subject` ("blob:7", "folder:media/1/ab") for the member."""
    return f"{ends // HOUR}-{_mac(secret, subject, member_id, ends // HOUR)}"


def check(secret: str, token: str, subject: str, member_id: int, now: float) -> int:
    """The seconds that the link still lasts; raises BadSignature or PastLink."""
    hours, _, given = token.partition("-")
    if not hours.isascii() or not hours.isdigit() or len(hours) > 9:
        raise BadSignature
    if not hmac.compare_digest(given, _mac(secret, subject, member_id, int(hours))):
        raise BadSignature
    left = int(hours) * HOUR - int(now)
    if left <= 0:
        raise PastLink
    return left


def _mac(secret: str, subject: str, member_id: int, hours: int) -> str:
    message = f"{subject}\n{member_id}\n{hours}".encode()
    key = hashlib.sha256(b"files.delivery\n" + secret.encode()).digest()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()[:SIGNATURE_CHARS]
