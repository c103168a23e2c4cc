"""Files made to hurt: one sentence, nothing left behind, memory measured in a real process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.quizzes.hostile import HOSTILE
from tests.warm import Warm

MOST_MB = 300
SECONDS = 120
MAIN = "from flask.cli import main; main()"
COMMAND = "flask --app wsgi quizzes preview"


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm("import flask.cli, lms") as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_sentence_within_bounded_memory(
    name: str, tmp_path: Path, warm: Warm
) -> None:
    make, sentence = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(make())
    env = {"DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "x" * 40}
    argv = [*COMMAND.split(), str(path)]
    done = warm.run(MAIN, argv, tmp_path, seconds=SECONDS, **env)
    told = done.out + done.err
    assert "Traceback" not in told, told[-2000:]
    assert done.code in (0, 1), told[-2000:]
    if sentence:
        assert sentence in told, told[-2000:]
        assert len(done.err.splitlines()) <= 1, done.err[-2000:]
    assert done.peak_mb < MOST_MB, told[-200:]
