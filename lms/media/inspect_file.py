"""The program that opens an unknown media file with libav and prints what it found as JSON.

It runs in a process of its own (see probe.py), isolated from the application: a file made to crash
or exhaust the decoder takes only this process with it. It imports nothing of the house.
"""

import json
import math
import resource
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

MEMORY_BYTES = 3 * 1024**3
MAX_PIXELS = 8192 * 4352  # 8K and a little more; above it decoding is an attack, not a lecture
MAX_STREAMS = 32
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,asf,flv,mp3,aac,ogg,wav,flac"
OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}


class Refused(Exception):
    """The file is not usable; the argument is a reason code of probe.Reason."""


def inspect(path: str) -> dict[str, Any]:
    """What is in the file; raises Refused."""
    with Path(path).open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused("empty")
    refuse_text(head)
    try:
        container = av.open(path, options=OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Refused("truncated" if is_unfinished_mp4(path) else "unreadable") from error
    with container:
        return describe(container, path)


def refuse_text(head: bytes) -> None:
    """Playlists, pages and other text are never media, whatever their name says."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"#extm3u", b"ffconcat", b"<mpd", b"<?xml", b"<smil")):
        raise Refused("playlist")
    if start.startswith((b"<html", b"<!doctype", b"<script", b"<svg")):
        raise Refused("disguised")


def is_unfinished_mp4(path: str) -> bool:
    """Whether it begins like an MP4 but the index at its end is missing."""
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        offset = 0
        seen = []
        while offset + 8 <= size and len(seen) < 64:
            file.seek(offset)
            length = int.from_bytes(file.read(4), "big")
            seen.append(file.read(4))
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            if length < 8:
                break
            offset += length
    return seen[:1] == [b"ftyp"] and b"moov" not in seen


def describe(container: Any, path: str) -> dict[str, Any]:
    """The streams worth keeping and their measured lengths."""
    if len(container.streams) > MAX_STREAMS:
        raise Refused("unreadable")
    video = next((s for s in container.streams.video if not is_cover(s)), None)
    audio = next((s for s in container.streams.audio if s.codec_context is not None), None)
    if video is None and audio is None:
        raise Refused("no_streams")
    if video is not None:
        check_picture(video)
    claimed = (container.duration or 0) / av.time_base
    shape = display_shape(path) if video is not None else None
    with av.open(path, options=OPTIONS) as again:
        lengths = measure(again, [s.index for s in (video, audio) if s is not None])
    duration = max(found["end"] for found in lengths.values())
    duration -= min(max(0.0, found["start"]) for found in lengths.values())
    if duration <= 0:
        raise Refused("no_streams")
    # The index knows how long the whole file was to be; the packets say what is really there.
    if claimed and duration < claimed - max(1.0, 0.03 * claimed):
        raise Refused("truncated")
    return {
        "format": container.format.name,
        "duration_seconds": round(duration, 3),
        "video": video and describe_video(video, lengths[video.index], shape),
        "audio": audio and describe_audio(audio, lengths[audio.index]),
    }


def is_cover(stream: Any) -> bool:
    """Album art is carried as a video stream of one picture."""
    return bool(int(stream.disposition) & 0x400) or stream.codec_context is None


def check_picture(stream: Any) -> None:
    """Refuse pictures that no screen shows and that fill the memory."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MAX_PIXELS:
        raise Refused("too_many_pixels")
    if width < 16 or height < 16:
        raise Refused("unreadable")


def display_shape(path: str) -> tuple[int, str]:
    """Rotation in degrees and pixel format of the first picture; proves that it can be decoded."""
    failures = 0
    with av.open(path, options=OPTIONS) as container:
        stream = next(s for s in container.streams.video if not is_cover(s))
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return int(frame.rotation) % 360, frame.format.name
            except av.FFmpegError:
                failures += 1
                if failures > 50:
                    break
    raise Refused("undecodable")


def measure(container: Any, wanted: list[int]) -> dict[int, dict[str, Any]]:
    """Start, end, bytes and key moments of the wanted streams, from their packets."""
    found: dict[int, dict[str, Any]] = {
        index: {"start": math.inf, "end": 0.0, "bytes": 0, "packets": 0, "keys": []}
        for index in wanted
    }
    try:
        for packet in container.demux([container.streams[index] for index in wanted]):
            if packet.pts is None or packet.size == 0 or packet.is_corrupt:
                continue
            length = found[packet.stream_index]
            base = packet.time_base
            at = float(packet.pts * base)
            length["start"] = min(length["start"], at)
            length["end"] = max(length["end"], at + float((packet.duration or 0) * base))
            length["bytes"] += packet.size
            length["packets"] += 1
            if packet.is_keyframe and packet.stream.type == "video":
                length["keys"].append(at)
    except av.FFmpegError as error:
        raise Refused("truncated") from error
    kept = {index: length for index, length in found.items() if length["packets"]}
    if not kept:
        raise Refused("no_streams")
    for index in wanted:
        kept.setdefault(index, {"start": 0.0, "end": 0.0, "bytes": 0, "packets": 0, "keys": []})
    return kept


def longest_gap(keys: list[float], end: float) -> float:
    """The longest stretch without a key frame, in seconds."""
    moments = [*sorted(keys), end]
    return max((b - a for a, b in pairwise(moments)), default=end)


def describe_video(stream: Any, length: dict[str, Any], shape: Any) -> dict[str, Any]:
    """The video stream as plain values; width and height are those of the screen."""
    context = stream.codec_context
    rotation, pixel_format = shape
    pixel = stream.sample_aspect_ratio or context.sample_aspect_ratio
    ratio = float(pixel) if pixel else 1.0
    if not 0.05 < ratio < 20:
        ratio = 1.0
    width, height = round(context.width * ratio), context.height
    if rotation in (90, 270):
        width, height = height, width
    seconds = max(0.04, length["end"] - length["start"])
    return {
        "codec": context.codec.canonical_name,
        "profile": str(context.profile or ""),
        "pixel_format": pixel_format,
        "width": width,
        "height": height,
        "is_plain": rotation == 0 and abs(ratio - 1.0) < 0.01,
        "fps": round(length["packets"] / seconds, 3),
        "bits_per_second": int(length["bytes"] * 8 / seconds),
        "key_gap_seconds": round(longest_gap(length["keys"], length["end"]), 3),
    }


def describe_audio(stream: Any, length: dict[str, Any]) -> dict[str, Any]:
    """The audio stream as plain values."""
    context = stream.codec_context
    seconds = max(0.02, length["end"] - length["start"])
    return {
        "codec": context.codec.canonical_name,
        "profile": str(context.profile or ""),
        "channels": context.channels,
        "sample_rate": context.sample_rate,
        "bits_per_second": int(length["bytes"] * 8 / seconds),
    }


def main() -> None:
    """Inspect the file named by the argument within bounded memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    av.logging.set_level(av.logging.PANIC)
    try:
        result: dict[str, Any] = {"found": inspect(sys.argv[1])}
    except Refused as refusal:
        result = {"refused": str(refusal)}
    except MemoryError:
        result = {"refused": "too_many_pixels"}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
