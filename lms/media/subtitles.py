"""Captions: reads .srt and .vtt as people have them, writes clean WebVTT.

ffmpeg drops cues in GBK in silence, so the conversion is done here.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_BYTES = 2 * 1024 * 1024
MAX_CUES = 20_000
MAX_CUE_CHARS = 500
# A file that is neither UTF-8 nor marked otherwise was saved by Chinese Windows.
ENCODINGS = ("utf-8-sig", "gb18030")

TIMING = re.compile(
    r"^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*"
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]{1,60})>", re.IGNORECASE)
TAG = re.compile(
    r"</?(?:i|b|u|s|c|v|font|ruby|rt|lang|span|p|br)\b[^<>]*>|<\d[\d:.]*>", re.IGNORECASE
)
OVERRIDE = re.compile(r"\{\\[^}]*\}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class BadSubtitles(ValueError):
    """The file holds no captions that can be used; `reason` is too_large, encoding or no_cues."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: plain text shown from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def decode(data: bytes) -> str:
    """The text of a caption file in UTF-8, UTF-16 with a mark, or GBK; raises BadSubtitles."""
    if len(data) > MAX_BYTES:
        raise BadSubtitles("too_large")
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadSubtitles("encoding")


def parse(data: bytes) -> tuple[Cue, ...]:
    """The cues of an .srt or .vtt file in order of time; raises BadSubtitles.

    Markup, styles, positions and scripts are dropped: a cue is plain text.
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    cues = []
    for block in re.split(r"\n[ \t]*\n", text):
        cue = _cue(block.split("\n"))
        if cue is not None:
            cues.append(cue)
    if not cues:
        raise BadSubtitles("no_cues")
    if len(cues) > MAX_CUES:
        raise BadSubtitles("too_large")
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))


def _cue(lines: list[str]) -> Cue | None:
    for index, line in enumerate(lines):
        match = TIMING.match(line)
        if match is None:
            continue
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        text = plain("\n".join(lines[index + 1 :]))
        return Cue(start, end, text) if end > start and text else None
    return None


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000


def plain(markup: str) -> str:
    """Cue text without markup; a speaker's name stays, before a colon."""
    text = VOICE.sub(lambda match: f"{match[1].strip()}：", markup)
    text = TAG.sub("", OVERRIDE.sub("", text)).replace("\\N", "\n")
    text = CONTROL.sub("", html.unescape(text))
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)[:MAX_CUE_CHARS]


def to_webvtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file."""
    blocks = ["WEBVTT"]
    for cue in cues:
        text = html.escape(cue.text, quote=False).replace("--&gt;", "→")
        blocks.append(f"{stamp(cue.start)} --> {stamp(cue.end)}\n{text}")
    return "\n\n".join(blocks) + "\n"


def stamp(seconds: float) -> str:
    """hh:mm:ss.mmm"""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, rest = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}.{rest:03}"
