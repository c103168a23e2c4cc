"""A process of its own that sends beats for one member as fast as it can; run by test_concurrency.

Usage: python -m tests.study.hammer DATA_DIR DATABASE_URL MEMBER_NUMBER LESSON_ID SECONDS TAKE_OVER
Prints one line for every beat that was acknowledged: the item's counted seconds.
"""

import sys
import time
from pathlib import Path

from lms import clock, create_app
from lms.db import db
from lms.errors import DomainError
from lms.members.queries import find_actor_by_number
from lms.study import beats
from tests.conftest import test_settings
from tests.study.lessons import registered


def main() -> None:
    data_dir, url, number, lesson_id, seconds, take_over = sys.argv[1:]
    settings = test_settings(Path(data_dir))
    app = create_app(type(settings)(**{**settings.__dict__, "database_url": url}))
    with app.app_context():
        actor = find_actor_by_number(number)
        db.session.remove()
    assert actor is not None
    with registered(), app.test_request_context("/", method="POST"):
        opened = beats.open_session("lesson", int(lesson_id), actor=actor, at=clock.now())
        db.session.commit()
        ends, sequence = time.monotonic() + float(seconds), 0
        while time.monotonic() < ends:
            sequence += 1
            values = {
                "session": opened.token,
                "sequence": sequence,
                "active_seconds": 1_000,
                "take_over": take_over == "yes",
            }
            try:
                answer = beats.take_beat(values, actor=actor, at=clock.now())
                db.session.commit()
            except DomainError as error:
                db.session.rollback()
                sys.exit(f"refused: {error.message}")
            sys.stdout.write(f"{answer.counted_seconds}\n")
            sys.stdout.flush()
            db.session.remove()
            time.sleep(0.05)


if __name__ == "__main__":
    main()
