"""The built front end: content-hashed names from the manifest that the build writes."""

import json
import os
from pathlib import Path

from flask import Flask, Response, g, request, url_for

DIST = Path(__file__).parent / "static" / "dist"
MANIFEST = DIST / "manifest.json"
A_YEAR = 31_536_000


class Assets:
    """Looks names up in the manifest; reads it again when a new build has replaced it."""

    def __init__(self) -> None:
        self.read_at = 0
        self.names: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The address of the built file `name`, such as "main.css".

        A page shows dozens of icons out of one file, so a request looks each name up once.
        """
        known: dict[str, str] = g.setdefault("asset_addresses", {})
        if name not in known:
            if not known:
                self._read()
            known[name] = url_for("static", filename=f"dist/{self.names.get(name, name)}")
        return known[name]

    def _read(self) -> None:
        try:
            changed_at = os.stat(MANIFEST).st_mtime_ns  # noqa: PTH116 (for every page)
        except FileNotFoundError:
            changed_at = 0
        if changed_at != self.read_at:
            self.names = json.loads(MANIFEST.read_text()) if changed_at else {}
            self.read_at = changed_at


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
