"""What a media file really is: runs the inspection in an isolated process and types its answer."""

import json
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

INSPECTOR = Path(__file__).with_name("inspect_file.py")
TIMEOUT_SECONDS = 300.0


class Reason(StrEnum):
    """Why material cannot be used; `media/words.py` has a sentence for each."""

    EMPTY = "empty"  # no bytes
    UNREADABLE = "unreadable"  # no media format that we accept
    DISGUISED = "disguised"  # a web page or other text under a media name
    PLAYLIST = "playlist"  # refers to other files instead of holding media
    TRUNCATED = "truncated"  # the end is missing
    NO_STREAMS = "no_streams"  # neither picture nor sound inside
    UNDECODABLE = "undecodable"  # the pictures cannot be decoded
    TOO_MANY_PIXELS = "too_many_pixels"  # larger than any screen
    TOO_SLOW = "too_slow"  # took longer than any honest file
    ENCRYPTED = "encrypted"  # a PDF that asks for a password
    CRASHED = "crashed"  # the program that read it failed
    NO_SPACE = "no_space"  # the disk of the worker is full


class Unusable(Exception):
    """Material that cannot be used, and why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Video:
    """The picture of a file; width and height as shown, after rotation and pixel shape."""

    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    is_plain: bool  # neither rotated nor stretched: can be copied as it is
    fps: float
    bits_per_second: int
    key_gap_seconds: float


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound of a file."""

    codec: str
    profile: str
    channels: int
    sample_rate: int
    bits_per_second: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A media file: the container, the length measured from its packets, and its streams."""

    format: str
    duration_seconds: float
    video: Video | None
    audio: Audio | None


def probe(path: Path, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Probe:
    """Read the whole file once and say what is in it; raises Unusable.

    Only listed container formats are opened and only the file itself is read, so that a playlist
    under a media name reaches nothing else.
    """
    command = [sys.executable, "-I", str(INSPECTOR), str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Unusable(Reason.TOO_SLOW) from error
    if done.returncode != 0:
        raise Unusable(Reason.CRASHED, done.stderr.decode(errors="replace")[-500:])
    return parse(json.loads(done.stdout))


def parse(answer: dict[str, Any]) -> Probe:
    """The inspector's answer as values; raises Unusable."""
    if "refused" in answer:
        raise Unusable(Reason(answer["refused"]))
    found = answer["found"]
    return Probe(
        format=found["format"],
        duration_seconds=found["duration_seconds"],
        video=Video(**found["video"]) if found["video"] else None,
        audio=Audio(**found["audio"]) if found["audio"] else None,
    )
