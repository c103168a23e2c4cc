"""Files of essay answers: handing in, taking back, opening."""

from dataclasses import asdict

from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from lms import clock
from lms.db import db
from lms.files.delivery import url_for_blob
from lms.files.models import Blob
from lms.members.session import current_actor
from lms.quizzes.attempt_files import (
    drop_attempt_file,
    get_attempt_file,
    handing_of,
    shown_file,
    take_attempt_file,
)
from lms.quizzes.attempt_queries import asked_in, get_own_attempt, sheet_of
from lms.quizzes.views import bp


@bp.get("/attempts/<int:attempt_id>/files")
def attempt_files(attempt_id: int) -> Response:
    """All files of an own attempt, for a page that learns of one from another device."""
    attempt = get_own_attempt(attempt_id, member=current_actor())
    handing = handing_of(attempt, asked_in(sheet_of(attempt)))
    return jsonify(files=[asdict(file) for file in handing.files])


@bp.post("/attempts/<int:attempt_id>/files")
def add_attempt_file(attempt_id: int) -> Response:
    actor = current_actor()
    attempt = get_own_attempt(attempt_id, member=actor)
    data = request.get_json(silent=True)
    data = data if isinstance(data, dict) else {}
    file = take_attempt_file(
        attempt,
        asked_in(sheet_of(attempt)),
        field=str(data.get("field", "")),
        token=str(data.get("token", "")),
        by=actor,
        at=clock.now(),
    )
    answer = asdict(shown_file(file, db.session.get_one(Blob, file.blob_id).size_bytes))
    db.session.commit()
    return jsonify(answer)


@bp.get("/attempts/<int:attempt_id>/files/<int:file_id>")
def attempt_file(attempt_id: int, file_id: int) -> Response:
    actor = current_actor()
    file, blob = get_attempt_file(attempt_id, file_id, member=actor)
    return redirect(url_for_blob(blob, actor, name=file.name, download=True))


@bp.post("/attempts/<int:attempt_id>/files/<int:file_id>/drop")
def drop_file(attempt_id: int, file_id: int) -> tuple[str, int]:
    drop_attempt_file(attempt_id, file_id, by=current_actor(), at=clock.now())
    db.session.commit()
    return "", 204
