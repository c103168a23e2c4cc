"""What media cost: probing, copying, encoding, uploading and delivering.

    python -m bench.bench_media [--seconds 8] [--clip FILE]

Prints one JSON line a case. The value of work on clips is CPU seconds per second of video;
`x_real_time` is seconds of video per second of waiting.
"""

import argparse
import logging
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lines import say
from config import Settings
from lms import create_app
from lms.files.actions import store_file
from lms.files.staging import Staging
from lms.files.store import FolderStorage
from lms.media import ffmpeg, hls
from lms.media.making import make
from lms.media.models import AssetKind
from lms.media.probe import probe

BENCH = "media"
MEBIBYTE = 1024 * 1024
CHUNK = 8 * MEBIBYTE
UPLOAD_MEBIBYTES = 128
SEGMENT_READS = 400


def cpu_seconds() -> float:
    """CPU used so far by this process and the children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Wall and CPU seconds of what is inside."""
    figures: dict[str, float] = {}
    wall, cpu = time.perf_counter(), cpu_seconds()
    yield figures
    figures["wall_seconds"] = time.perf_counter() - wall
    figures["cpu_seconds"] = cpu_seconds() - cpu


def make_clip(path: Path, seconds: int, *, gop: int) -> Path:
    """A lively 720p picture with noise and a tone, for whoever brings no clip."""
    picture = f"testsrc2=size=1280x720:rate=25:duration={seconds}"
    command = [ffmpeg.find_ffmpeg(), "-nostdin", "-v", "error", "-f", "lavfi", "-i", picture]
    command += ["-f", "lavfi", "-i", f"sine=duration={seconds}", "-vf", "noise=alls=12:allf=t"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", str(gop)]
    command += ["-b:v", "2M", "-c:a", "aac", "-ac", "2", "-y", str(path)]
    subprocess.run(command, check=True)
    return path


def bench_work(case: str, seconds: float, work: Callable[[], object]) -> None:
    """Measure work on a clip of that length."""
    with measured() as figures:
        work()
    cpu = figures["cpu_seconds"] / seconds
    real_time = seconds / figures["wall_seconds"]
    say(BENCH, case, cpu, "CPU s/s", video_seconds=seconds, x_real_time=real_time, **figures)


def bench_clips(folder: Path, seconds: int, clip: Path | None) -> None:
    """Probing, copying, encoding and pictures."""
    close = make_clip(folder / "close.mp4", seconds, gop=100)
    far = clip or make_clip(folder / "far.mp4", seconds, gop=2_000)
    for name, source in (("copy", close), ("encode", far)):
        found = probe(source)
        planned = hls.plan(found)
        length = found.duration_seconds
        assert planned.copies_video == (name == "copy") or clip
        bench_work(f"probe for {name}", length, lambda source=source: probe(source))
        target = folder / name
        target.mkdir()
        heights = "+".join(rendition.name for rendition in planned.renditions)
        bench_work(
            f"{name} {heights} with poster and storyboard",
            length,
            lambda source=source, target=target: make(
                AssetKind.VIDEO, source, target, lambda _share: None
            ),
        )
        board = hls.board_for(found.video, length) if found.video else None
        playlist = target / planned.renditions[-1].name / "index.m3u8"
        if board:
            arguments = hls.storyboard_arguments(board, playlist, folder / "board.jpg")
            bench_work(
                f"storyboard after {name}",
                length,
                lambda arguments=arguments: ffmpeg.run(
                    arguments, log_path=folder / "log", timeout_seconds=60
                ),
            )


def bench_upload(folder: Path) -> None:
    """Appending chunks durably, then hashing and moving into the store."""
    settings = Settings(folder / "data", "bench" * 8, f"sqlite:///{folder / 'bench.db'}")
    app = create_app(settings)
    logging.disable(logging.INFO)
    staging = Staging(folder / "staging")
    staging.create("bench")
    data = bytes(CHUNK)
    size = UPLOAD_MEBIBYTES * MEBIBYTE
    with measured() as figures:
        for offset in range(0, size, CHUNK):
            pieces = [data[at : at + 262_144] for at in range(0, CHUNK, 262_144)]
            staging.append("bench", offset, pieces, limit=size)
    rate = UPLOAD_MEBIBYTES / figures["wall_seconds"]
    say(BENCH, "upload, 8 MiB chunks made durable", rate, "MiB/s", mebibytes=UPLOAD_MEBIBYTES)
    with app.app_context(), measured() as figures:
        store_file(staging.path("bench"), "bench.mp4")
    rate = UPLOAD_MEBIBYTES / figures["wall_seconds"]
    say(BENCH, "hash and move into the store", rate, "MiB/s", mebibytes=UPLOAD_MEBIBYTES)


def bench_delivery(folder: Path) -> None:
    """Reading a segment of 1 MiB through the store, as delivery does."""
    store = FolderStorage(folder / "store")
    source = folder / "segment"
    source.write_bytes(bytes(MEBIBYTE))
    store.put_file("media/1/a/00000.m4s", source)
    with measured() as figures:
        for _ in range(SEGMENT_READS):
            sum(len(chunk) for chunk in store.read("media/1/a/00000.m4s", 0, MEBIBYTE))
    cpu_ms = 1000 * figures["cpu_seconds"] / SEGMENT_READS
    rate = SEGMENT_READS / figures["wall_seconds"]
    say(BENCH, "read a 1 MiB segment", rate, "reads/s", cpu_ms=cpu_ms)


def main() -> None:
    """Run all cases in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--clip", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="bench-media-") as name:
        folder = Path(name)
        bench_delivery(folder)
        bench_upload(folder)
        bench_clips(folder, given.seconds, given.clip)


if __name__ == "__main__":
    main()
