"""How a page answers: JSON or HTML, and where to go back to."""

from urllib.parse import urlsplit

from flask import request


def wants_json() -> bool:
    """Whether the caller asked for JSON rather than a page."""
    accepted = request.accept_mimetypes
    return request.is_json or accepted.best == "application/json"


def safe_next(target: str | None, fallback: str) -> str:
    """`target` when it is a path on this server, else `fallback`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else fallback
