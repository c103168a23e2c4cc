"""The built front end: content-hashed names from the manifest that the build writes."""

import json
import os
from pathlib import Path

from flask import Flask, Response, has_request_context, request, url_for

DIST = Path(__file__).parent / "static" / "dist"
MANIFEST = str(DIST / "manifest.json")
A_YEAR = 31_536_000


class Assets:
    """Looks names up in the manifest; reads it again when a new build has replaced it."""

    def __init__(self) -> None:
        self.read_at = 0
        self.names: dict[str, str] = {}
        self.addresses: dict[
            tuple[str | None, str], str
        ] = {}  # a page asks for many, again and again

    def __call__(self, name: str) -> str:
        """The address of the built file `name`, such as "main.css"; raises KeyError."""
        changed_at = _changed_at(MANIFEST)
        if changed_at != self.read_at:
            self.names = json.loads(Path(MANIFEST).read_text()) if changed_at else {}
            self.addresses = {}
            self.read_at = changed_at
        key = (request.script_root if has_request_context() else None, name)
        address = self.addresses.get(key)
        if address is None:
            address = url_for("static", filename=f"dist/{self.names.get(name, name)}")
            self.addresses[key] = address
        return address


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 (many times for every page)
    except OSError:
        return 0


def init_assets(app: Flask) -> None:
    """Offer `asset()` to templates and let browsers keep hashed files for a year."""
    app.jinja_env.globals["asset"] = Assets()
    app.after_request(keep_hashed_files)


def keep_hashed_files(response: Response) -> Response:
    """Hashed files never change; the manifest and everything else are asked for again."""
    if request.endpoint == "static" and response.status_code in (200, 304):
        hashed = request.path.startswith("/static/dist/") and not request.path.endswith(".json")
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = A_YEAR if hashed else 300
        response.cache_control.immutable = hashed
    return response
