"""Runs ffmpeg as a child that cannot outlive us, hang, ask questions or fail in silence."""

import ctypes
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imageio_ffmpeg

NICENESS = 10
TERMINATE_SECONDS = 3.0
POLL_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
SAFE_INPUT = {"protocol_whitelist": "file"}
_libc = ctypes.CDLL(None, use_errno=True)


class FfmpegError(Exception):
    """ffmpeg ended with an error; the argument holds the last lines that it wrote."""


class FfmpegTimeout(FfmpegError):
    """ffmpeg took longer than it was given."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a successful run reported: how much media time it wrote, and what it took."""

    out_seconds: float
    wall_seconds: float


@cache
def find_ffmpeg() -> str:
    """The ffmpeg of the machine, else the one that comes with the imageio-ffmpeg wheel."""
    return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


def run(
    arguments: Sequence[str],
    *,
    log_path: Path,
    timeout_seconds: float,
    on_progress: Callable[[float], None] = lambda seconds: None,
) -> Outcome:
    """Run ffmpeg with `arguments` (without the program) and wait for its end.

    `on_progress` gets the seconds of media written so far, at least every POLL_SECONDS; whatever it
    raises ends ffmpeg and is passed on: that is how a job is cancelled. What ffmpeg writes on
    stderr goes to `log_path`. A truncated input does not make ffmpeg fail: compare `out_seconds`
    with what was expected. Raises FfmpegError or FfmpegTimeout.
    """
    command = [find_ffmpeg(), "-nostdin", "-hide_banner", "-loglevel", "warning", "-nostats"]
    command += ["-progress", "pipe:1", "-y", *arguments]
    started = time.monotonic()
    with log_path.open("wb") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            preexec_fn=_bind_to_parent,
        )
        try:
            written = _follow(child, started + timeout_seconds, on_progress)
        finally:
            _end(child)
    if child.returncode != 0:
        raise FfmpegError(_tail(log_path))
    return Outcome(out_seconds=written, wall_seconds=time.monotonic() - started)


def _bind_to_parent() -> None:
    """In the child, before exec: die with the worker, and let the web server go first."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(NICENESS)


def _follow(
    child: "subprocess.Popen[bytes]", deadline: float, on_progress: Callable[[float], None]
) -> float:
    """Read the progress until the child closes it; gives the seconds of media written."""
    assert child.stdout is not None
    written = 0.0
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise FfmpegTimeout("time-out")
            if selector.select(POLL_SECONDS):
                chunk = os.read(child.stdout.fileno(), 65536)
                if not chunk:
                    break
                *lines, pending = (pending + chunk).split(b"\n")
                written = max(written, *map(_out_seconds, lines), 0.0)
            on_progress(written)
    try:
        child.wait(timeout=max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise FfmpegTimeout("time-out") from error
    return written


def _out_seconds(line: bytes) -> float:
    """The value of an `out_time_us=` line in seconds, 0 for any other line."""
    name, _, value = line.partition(b"=")
    if name != b"out_time_us" or not value.strip().lstrip(b"-").isdigit():
        return 0.0
    return int(value) / 1_000_000


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Leave nothing of the child's process group behind."""
    if child.stdout is not None:
        child.stdout.close()
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        try:
            os.killpg(child.pid, sign)
        except ProcessLookupError:
            break
        try:
            child.wait(timeout=TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def _tail(log_path: Path) -> str:
    return log_path.read_bytes()[-2000:].decode(errors="replace").strip()
