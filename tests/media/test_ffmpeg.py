"""The ffmpeg runner: ends well, ends in time, ends when told to, leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lms.media import ffmpeg

LONG = ["-re", "-f", "lavfi", "-i", "testsrc=duration=60:size=64x64:rate=5", "-f", "null", "-"]
SHORT = ["-f", "lavfi", "-i", "testsrc=duration=2:size=64x64:rate=5", "-f", "null", "-"]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_progress_reaches_the_length(tmp_path):
    seen: list[float] = []
    outcome = ffmpeg.run(
        SHORT, log_path=tmp_path / "log", timeout_seconds=30, on_progress=seen.append
    )
    assert outcome.out_seconds == pytest.approx(2.0, abs=0.25)
    assert seen == sorted(seen)


def test_error_carries_what_ffmpeg_said(tmp_path):
    with pytest.raises(ffmpeg.FfmpegError, match="missing"):
        ffmpeg.run(
            ["-i", "/missing.mp4", "-f", "null", "-"], log_path=tmp_path / "log", timeout_seconds=30
        )


def test_time_out_ends_it(tmp_path):
    started = time.monotonic()
    with pytest.raises(ffmpeg.FfmpegTimeout):
        ffmpeg.run(LONG, log_path=tmp_path / "log", timeout_seconds=1)
    assert time.monotonic() - started < 30


def test_cancelling_ends_it_at_once(tmp_path):
    class Cancelled(Exception):
        pass

    def stop(_seconds: float) -> None:
        raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        ffmpeg.run(LONG, log_path=tmp_path / "log", timeout_seconds=60, on_progress=stop)
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_killed_worker_takes_ffmpeg_along(tmp_path):
    script = (
        "import sys\nfrom pathlib import Path\nfrom lms.media import ffmpeg\n"
        f"ffmpeg.run({LONG!r}, log_path=Path(sys.argv[1]), timeout_seconds=60)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], cwd=Path(__file__).parents[2]
    )
    try:
        deadline = time.monotonic() + 60
        children: list[int] = []
        while not children and time.monotonic() < deadline:
            found = subprocess.run(
                ["ps", "--ppid", str(worker.pid), "-o", "pid=,comm="],
                capture_output=True,
                text=True,
            )
            children = [
                int(line.split()[0]) for line in found.stdout.splitlines() if "ffmpeg" in line
            ]
        assert children
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        while any(map(is_alive, children)) and time.monotonic() < deadline:
            continue
        assert not any(map(is_alive, children))
    finally:
        worker.kill()
        worker.wait()


def test_wheel_stands_in_where_the_machine_has_none(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    ffmpeg.find_ffmpeg.cache_clear()
    try:
        assert "imageio_ffmpeg" in ffmpeg.find_ffmpeg()
    finally:
        ffmpeg.find_ffmpeg.cache_clear()
