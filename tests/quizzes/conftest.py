"""What several tests of this part begin with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from lms.search.indexer import follow, rebuild_index, silent


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
