"""Pages that belong to no part: health, language and the look that a person prefers."""

import logging

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from lms.db import db
from lms.web.i18n import LANGUAGES
from lms.web.pages import safe_next
from lms.web.settings import settings

log = logging.getLogger(__name__)
bp = Blueprint("web", __name__, template_folder="templates")

CHOICES = {
    "language": tuple(LANGUAGES),
    "theme": ("auto", "light", "dark"),
    "text": ("normal", "large"),
}
A_YEAR = 31_536_000


@bp.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: the database answers and the data folder can be written."""
    checks = {"database": _database_answers(), "data_dir": _data_dir_writable()}
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return False
    return True


def _data_dir_writable() -> bool:
    probe = settings().data_dir / ".writable"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError:
        return False
    return True


@bp.post("/preferences")
def set_preference() -> BaseResponse:
    """Remember language, theme or text size on this device; works signed out as well."""
    response = redirect(safe_next(request.form.get("next"), url_for("home.index")))
    for name, values in CHOICES.items():
        if request.form.get(name) in values:
            response.set_cookie(
                name,
                request.form[name],
                max_age=A_YEAR,
                samesite="Lax",
                secure=settings().secure_cookies,
            )
    return response
