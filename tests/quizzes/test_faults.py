"""kill -9 under a running test: nothing acknowledged is lost, nothing is graded twice."""

import secrets
from pathlib import Path

import pytest

from bench.bench_study import make_learners
from bench.quizzes_load import storm
from config import Settings
from lms import create_app
from lms.db import db

pytestmark = pytest.mark.slow


def test_killed_servers_lose_no_acknowledged_answer(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        secret_key=secrets.token_hex(32),
        database_url=f"sqlite:///{tmp_path / 'xueshi.db'}",
        rate_limits=False,
        log_level="ERROR",
    )
    app = create_app(settings)
    with app.app_context():
        db.create_all()
        db.session.remove()
    learners, _lesson = make_learners(app, 16)
    report = storm(app, settings, learners, kills=2, seconds=8)
    assert report.acknowledged > 50
    assert (report.lost_answers, report.misgraded, report.graded_twice) == (0, 0, 0)
    assert (report.not_submitted, report.late) == (0, 0)
    with app.app_context():
        db.engine.dispose()
