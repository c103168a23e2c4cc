"""Makes of a source file what members are shown; plain files in, plain files out."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lms.media import ffmpeg, hls, pdfs, pictures
from lms.media.models import AssetKind
from lms.media.probe import Probe, Reason, Unusable, probe

Progress = Callable[[float], None]

PROBED = 0.04  # the share of the work that is done once the file is known
ENCODED = 0.95
TIMEOUT_FACTOR = 20.0  # a busy machine with one slow core still encodes faster than this
TIMEOUT_FLOOR_SECONDS = 300.0
POSTER = "poster.jpg"
BOARD = "board.jpg"
PAGES = "pages.json"
AUDIO = "audio.m4a"
PAGE = "page.webp"


@dataclass(frozen=True, slots=True)
class Made:
    """What was made and measured; `files` names the files by their role."""

    kind: AssetKind
    duration_seconds: float = 0.0
    width: int = 0
    height: int = 0
    page_count: int = 0
    char_count: int = 0
    files: dict[str, Any] = field(default_factory=dict)


def make(kind: AssetKind, source: Path, folder: Path, on_progress: Progress) -> Made:
    """Make everything for a source of that kind into the empty `folder`.

    Raises Unusable when the source is broken, FfmpegError when the making failed, and whatever
    `on_progress` raises. A video without a picture comes out as audio.
    """
    if kind is AssetKind.IMAGE:
        picture = pictures.make_sizes(source, folder)
        return Made(kind, width=picture.width, height=picture.height, files=picture.files)
    if kind is AssetKind.DOCUMENT:
        return _make_document(source, folder)
    found = probe(source)
    on_progress(PROBED)
    if found.video is None:
        return _make_audio(found, source, folder, on_progress)
    return _make_video(found, source, folder, on_progress)


def _make_document(source: Path, folder: Path) -> Made:
    pdf = pdfs.inspect_pdf(source, folder / PAGE)
    (folder / PAGES).write_text(json.dumps(pdf.texts, ensure_ascii=False))
    return Made(
        AssetKind.DOCUMENT,
        width=pdf.width,
        height=pdf.height,
        page_count=pdf.page_count,
        char_count=pdf.char_count,
        files={"poster": PAGE, "pages": PAGES},
    )


def _make_audio(found: Probe, source: Path, folder: Path, on_progress: Progress) -> Made:
    arguments = hls.audio_arguments(found, source, folder / AUDIO)
    _encode(arguments, found.duration_seconds, folder, on_progress)
    return Made(AssetKind.AUDIO, duration_seconds=found.duration_seconds, files={"audio": AUDIO})


def _make_video(found: Probe, source: Path, folder: Path, on_progress: Progress) -> Made:
    video = found.video
    assert video is not None
    planned = hls.plan(found)
    arguments = hls.arguments(planned, source, folder, demuxer=found.format)
    _encode(arguments, found.duration_seconds, folder, on_progress)
    _write_master(planned, folder)
    on_progress(ENCODED)
    files: dict[str, Any] = {"hls": hls.MASTER}
    if _draw(hls.poster_arguments(found, source, folder / POSTER), folder / POSTER):
        files["poster"] = POSTER
    board = hls.board_for(video, found.duration_seconds)
    smallest = folder / planned.renditions[-1].name / "index.m3u8"
    if _draw(hls.storyboard_arguments(board, smallest, folder / BOARD), folder / BOARD):
        files |= {"storyboard": BOARD, "board": asdict(board)}
    return Made(
        AssetKind.VIDEO,
        duration_seconds=found.duration_seconds,
        width=video.width,
        height=video.height,
        files=files,
    )


def _encode(arguments: list[str], seconds: float, folder: Path, on_progress: Progress) -> None:
    """Run ffmpeg with progress; raises Unusable when less came out than went in."""
    log_path = folder / "ffmpeg.log"
    outcome = ffmpeg.run(
        arguments,
        log_path=log_path,
        timeout_seconds=max(TIMEOUT_FLOOR_SECONDS, seconds * TIMEOUT_FACTOR),
        on_progress=lambda done: on_progress(
            PROBED + (ENCODED - PROBED) * min(1.0, done / max(seconds, 0.1))
        ),
    )
    log_path.unlink(missing_ok=True)
    if not hls.is_whole(outcome.out_seconds, seconds):
        raise Unusable(Reason.TRUNCATED, f"{outcome.out_seconds:.1f} of {seconds:.1f} s came out")


def _write_master(planned: hls.Plan, folder: Path) -> None:
    variants = []
    for rendition in planned.renditions:
        playlist = check_playlist(folder / rendition.name, planned.duration_seconds)
        sizes = [(folder / rendition.name / name).stat().st_size for name in playlist.segments]
        peak, mean = hls.rates(sizes, playlist.lengths)
        init = next((folder / rendition.name).glob("init*.mp4")).read_bytes()
        variants.append(hls.Variant(rendition, hls.codec_of(init), peak, mean))
    audio_bits = 0
    if planned.has_audio:
        sound = check_playlist(folder / hls.SOUND, 0.0)
        sizes = [(folder / hls.SOUND / name).stat().st_size for name in sound.segments]
        audio_bits = hls.rates(sizes, sound.lengths)[0]
    text = hls.master_playlist(variants, fps=planned.fps, audio_bits=audio_bits)
    (folder / hls.MASTER).write_text(text)


def check_playlist(folder: Path, expected_seconds: float) -> hls.Playlist:
    """The playlist in the folder, if it has its end and its length; raises Unusable."""
    playlist = hls.read_playlist((folder / "index.m3u8").read_text())
    if not playlist.is_ended or not playlist.segments:
        raise Unusable(Reason.TRUNCATED, f"{folder.name} has no end")
    if not hls.is_whole(playlist.duration_seconds, expected_seconds):
        raise Unusable(Reason.TRUNCATED, f"{folder.name} is {playlist.duration_seconds:.1f} s")
    return playlist


def _draw(arguments: list[str], target: Path) -> bool:
    """Make a still picture; a video without one is still a video."""
    log_path = target.with_suffix(".log")
    try:
        ffmpeg.run(arguments, log_path=log_path, timeout_seconds=60.0)
    except ffmpeg.FfmpegError:
        return False
    finally:
        log_path.unlink(missing_ok=True)
    return target.is_file()
