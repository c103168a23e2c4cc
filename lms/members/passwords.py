"""Passwords and one-time codes: hashing, checking, making. Slow; never inside a write."""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()  # the library's defaults follow RFC 9106
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without 0 O 1 I L, which are misread
CODE_LENGTH = 12
SHORTEST = 8
LONGEST = 200


@cache
def _nobody() -> str:
    """Verified when there is no such person, so that an unknown number answers as slowly."""
    return HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password matches; takes equally long when there is no hash."""
    try:
        HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_weak(password: str, number: str) -> bool:
    """Whether a password is too easy: too short, one repeated sign, a plain run, or the number."""
    folded = password.lower()
    if len(password) < SHORTEST or len(set(folded)) < 4:
        return True
    if number and (folded in number.lower() or number.lower() in folded):
        return True
    runs = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
    return any(folded in run for run in runs) or folded in ("password", "password1", "12345678a")


def make_code() -> str:
    """A one-time code of some 59 bits, grouped for reading aloud: ABCD-EFGH-JKMN."""
    signs = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def hash_code(code: str) -> str:
    """The fingerprint under which a code is kept; case, blanks and dashes don't matter.

    A code is random and long enough that a plain hash protects it.
    """
    folded = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(folded.encode()).hexdigest()


def hash_token(token: str) -> str:
    """The fingerprint under which a session token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()
