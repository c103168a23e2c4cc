"""What several tests of this part begin with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank
from lms.search.indexer import follow, rebuild_index, silent
from tests.factories import People


@pytest.fixture
def index(
    app: Flask, tmp_path: Path, settings_with: Callable[..., Settings]
) -> Iterator[Callable[[], None]]:
    """An empty index, and what brings the changes into it."""
    settings_with(data_dir=tmp_path)
    rebuild_index(silent)

    def follow_all() -> None:
        while follow():
            pass

    yield follow_all
    app.extensions.pop("search_engines", None)


@pytest.fixture
def bank_id(actor: Callable[[str], Actor], people: People) -> int:
    """An empty bank of the north."""
    bank = create_bank(code="b", title="题库", unit_id=people.north, by=actor("owner"))
    db.session.commit()
    return bank.id
