"""The chain of daily seals: a hash over a day's entries and the seal before, and where it breaks.

An entry is given as a sequence of plain values in a fixed order; its digest covers every one of
them. A day's digests are kept beside the seal, so that a broken seal can name the entry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import zip_longest

FIRST_HASH = "0" * 64
DIGEST_BYTES = 16
ID_BYTES = 8
ENTRY_BYTES = ID_BYTES + DIGEST_BYTES
_BEHIND_ALL = b"\xff" * ID_BYTES


@dataclass(frozen=True, slots=True)
class Sealed:
    """One day's seal as it was stored."""

    day: date
    entries: int
    digests: bytes
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Breach:
    """The first place at which the chain does not hold."""

    day: date
    fault: str  # changed, missing, added, seal, chain
    entry_id: int | None = None


def digest(entry_id: int, values: Sequence[object]) -> bytes:
    """The id and the digest of one entry; no value can run into the next one."""
    parts: list[bytes] = []
    for value in values:
        text = b"\xff" if value is None else str(value).encode()
        parts += (len(text).to_bytes(4, "big"), text)
    return entry_id.to_bytes(ID_BYTES, "big") + sha256(b"".join(parts)).digest()[:DIGEST_BYTES]


def seal_hash(day: date, previous_hash: str, digests: bytes | bytearray) -> str:
    """The hash that seals a day."""
    head = f"{day.isoformat()} {previous_hash} {len(digests) // ENTRY_BYTES}\n".encode()
    return sha256(head + digests).hexdigest()


def find_breach(sealed: Sealed, previous_hash: str, digests: Iterable[bytes]) -> Breach | None:
    """Where a day differs from its seal, or None; `digests` are of its entries by id."""
    if sealed.previous_hash != previous_hash:
        return Breach(sealed.day, "chain")
    whole = len(sealed.digests) == sealed.entries * ENTRY_BYTES
    if not whole or seal_hash(sealed.day, previous_hash, sealed.digests) != sealed.hash:
        return Breach(sealed.day, "seal")
    kept = (
        sealed.digests[at : at + ENTRY_BYTES] for at in range(0, len(sealed.digests), ENTRY_BYTES)
    )
    for was, now in zip_longest(kept, digests):
        if was != now:
            return _difference(sealed.day, was, now)
    return None


def _difference(day: date, was: bytes | None, now: bytes | None) -> Breach:
    """What the first two digests that differ tell; both rows are in the order of ids."""
    sealed_id = was[:ID_BYTES] if was else _BEHIND_ALL
    found_id = now[:ID_BYTES] if now else _BEHIND_ALL
    fault = "missing" if sealed_id < found_id else "added"
    if sealed_id == found_id:
        fault = "changed"
    return Breach(day, fault, int.from_bytes(min(sealed_id, found_id), "big"))
