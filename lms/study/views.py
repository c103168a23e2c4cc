"""The study clock's two endpoints: opening a session and taking a beat."""

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.db import db
from lms.errors import DomainError
from lms.members.session import current_actor
from lms.study import beats
from lms.study.blueprint import bp as bp
from lms.web.short_ways import note_sign_in

BEAT_SECONDS = 15
IDLE_SECONDS = 120


@bp.post("/sessions")
def open_session() -> Response:
    """Open a study session for the item on the page."""
    values = request.get_json(silent=True)
    kind = values.get("kind") if isinstance(values, dict) else None
    subject_id = values.get("id") if isinstance(values, dict) else None
    if not isinstance(kind, str) or not isinstance(subject_id, int) or not 0 < subject_id < 2**63:
        raise DomainError(_("学习计时的数据无法识别。"), code="malformed")
    opened = beats.open_session(
        kind,
        subject_id,
        actor=current_actor(),
        at=clock.now(),
        large_text=values.get("large_text") is True,
    )
    db.session.commit()
    return jsonify(
        session=opened.token,
        counted_seconds=opened.counted_seconds,
        media=opened.is_media,
        beat_seconds=BEAT_SECONDS,
        idle_seconds=IDLE_SECONDS,
    )


@bp.post("/beats")
def beat() -> ResponseReturnValue:
    """Take a beat by itself; what it answers has been committed. See beat_queue.py."""
    at, actor = clock.now(), current_actor()
    answer = beats.take_beat(request.get_json(silent=True), actor=actor, at=at)
    db.session.commit()
    note_sign_in(actor.id)
    return jsonify(answer.to_json())
