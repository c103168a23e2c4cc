"""Files made to hurt: one sentence, nothing left behind, memory measured in a real process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quizzes.hostile import HOSTILE

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 300
# A small process starts the command, because a child's peak begins with that of its parent.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(done.returncode)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_sentence_within_bounded_memory(name: str, tmp_path: Path) -> None:
    make, sentence = HOSTILE[name]
    path, data = tmp_path / name, tmp_path / "data"
    path.write_bytes(make())
    env = os.environ | {"DATA_DIR": str(data), "SECRET_KEY": "x" * 40}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "quizzes", "preview", str(path)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *flask],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        timeout=120,
        check=False,
    )
    told = done.stdout + done.stderr
    assert "Traceback" not in told, told[-2000:]
    assert done.returncode in (0, 1), told[-2000:]
    if sentence:
        assert sentence in told, told[-2000:]
        assert len(done.stderr.splitlines()) <= 1, done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1]) < MOST_MB, done.stdout[-200:]
