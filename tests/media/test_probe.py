"""Probing: what files really are, and a clear reason for each that cannot be used."""

from pathlib import Path

import pytest

from lms.media.probe import Probe, Reason, Unusable, probe
from lms.media.words import REASONS
from tests.conftest import shared
from tests.media.clips import make_clip, make_sound

BROKEN = {
    "d-zero.mp4": Reason.EMPTY,
    "d-random.mp4": Reason.UNREADABLE,
    "d-polyglot-html.mp4": Reason.DISGUISED,
    "d-ssrf-playlist.mp4": Reason.PLAYLIST,
    "d-concat.mp4": Reason.PLAYLIST,
    "d-truncated-nomoov.mp4": Reason.TRUNCATED,
    "d-truncated-faststart.mp4": Reason.TRUNCATED,
    "d-huge16000.avi": Reason.TOO_MANY_PIXELS,
    "d-gbk.srt": Reason.UNREADABLE,
    "d-utf8.srt": Reason.UNREADABLE,
    "mdn-subtitles_en.vtt": Reason.UNREADABLE,
}
# name: container, seconds, video codec, size as shown, neither turned nor stretched, audio codec
GOOD = {
    "bbb-480p-30s.mp4": ("mov", 30.0, "h264", (854, 480), True, "aac"),
    "d-720p-8s.mp4": ("mov", 8.0, "h264", (1280, 720), True, "aac"),
    "d-audioonly.m4a": ("mov", 8.0, None, None, None, "aac"),
    "d-h264.mkv": ("matroska", 8.0, "h264", (1280, 720), True, "aac"),
    "d-mpeg4mp3.avi": ("avi", 5.0, "mpeg4", (640, 360), True, "mp3"),
    "d-noaudio.mp4": ("mov", 8.0, "h264", (1280, 720), True, None),
    "mb-ac3.mkv": ("matroska", 2.0, None, None, None, "ac3"),
    "mb-annex-b-avc.mkv": ("matroska", 35.2, "h264", (1920, 1080), True, None),
    "mb-cursed-vfr.mp4": ("mov", 8.7, "h264", (3026, 1386), True, None),
    "mb-frames.webm": ("matroska", 3.3, "vp9", (1080, 1080), True, None),
    "mb-rotate-buck-bunny.mp4": ("mov", 2.0, "h264", (1080, 1920), False, "aac"),
    "mb-sar_2x1.mp4": ("mov", 5.0, "h264", (1280, 360), False, None),
    "mb-video-h265.mp4": ("mov", 10.0, "hevc", (1920, 1080), True, "aac"),
    "mdn-rabbit320.mp4": ("mov", 7.8, "h264", (320, 240), True, "aac"),
    "mdn-rabbit320.webm": ("matroska", 7.8, "vp8", (320, 240), True, "vorbis"),
}


def refused(path: Path) -> Reason:
    with pytest.raises(Unusable) as caught:
        probe(path)
    return caught.value.reason


@pytest.mark.parametrize(("name", "reason"), BROKEN.items())
def test_broken_and_hostile_samples_are_refused_for_a_reason(name, reason):
    assert refused(shared("media-samples", name)) == reason


@pytest.mark.parametrize(("name", "expected"), GOOD.items())
def test_good_samples_are_understood(name, expected):
    container, seconds, codec, size, is_plain, audio = expected
    found = probe(shared("media-samples", name))
    video = found.video
    assert found.format.startswith(container)
    assert found.duration_seconds == pytest.approx(seconds, abs=0.1)
    assert (video and video.codec) == codec
    assert (video and (video.width, video.height)) == size
    assert (video and video.is_plain) == is_plain
    assert (found.audio and found.audio.codec) == audio


def test_every_sample_is_in_a_table():
    names = {path.name for path in shared("media-samples").iterdir()} - {"LICENCES.md"}
    assert names == set(BROKEN) | set(GOOD)


def test_every_reason_has_words():
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\x00" * 5000, Reason.UNREADABLE),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Reason.PLAYLIST),
        (b"\xef\xbb\xbf \n#EXTM3U\n", Reason.PLAYLIST),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", Reason.PLAYLIST),
        (b"<?xml version='1.0'?><MPD></MPD>", Reason.PLAYLIST),
        (b"<!DOCTYPE html><p>", Reason.DISGUISED),
        (
            b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x00\x10mdat12345678",
            Reason.TRUNCATED,
        ),
        (b"plain text, nothing else\n" * 50, Reason.UNREADABLE),
    ],
)
def test_made_up_files_are_refused_for_a_reason(tmp_path, content, reason):
    path = tmp_path / "lecture.mp4"
    path.write_bytes(content)
    assert refused(path) == reason


def test_missing_end_is_noticed_wherever_it_is_cut(tmp_path):
    whole = make_clip(tmp_path / "w.mp4", seconds=6, extra=("-movflags", "+faststart")).read_bytes()
    for share in (0.3, 0.6):
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(whole[: int(len(whole) * share)])
        assert refused(cut) == Reason.TRUNCATED


def test_measured_length_is_that_of_the_packets(tmp_path):
    found = probe(make_clip(tmp_path / "a.mp4", seconds=3, gop=25))
    assert isinstance(found, Probe)
    assert found.duration_seconds == pytest.approx(3.0, abs=0.1)
    assert found.video is not None
    assert found.video.key_gap_seconds == pytest.approx(1.0, abs=0.05)
    assert found.video.fps == pytest.approx(25, abs=0.5)


def test_sound_alone_is_audio(tmp_path):
    for suffix in ("mp3", "wav", "flac", "ogg"):
        found = probe(make_sound(tmp_path / f"a.{suffix}"))
        assert found.video is None
        assert found.audio is not None
        assert found.duration_seconds == pytest.approx(3.0, abs=0.15)


def test_endless_inspection_is_stopped(tmp_path, monkeypatch):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr("lms.media.probe.INSPECTOR", sleeper)
    with pytest.raises(Unusable) as caught:
        probe(tmp_path / "x.mp4", timeout_seconds=0.3)
    assert caught.value.reason == Reason.TOO_SLOW


def test_crash_of_the_inspector_is_contained(tmp_path, monkeypatch):
    crasher = tmp_path / "crasher.py"
    crasher.write_text("import os; os.abort()")
    monkeypatch.setattr("lms.media.probe.INSPECTOR", crasher)
    assert refused(tmp_path / "x.mp4") == Reason.CRASHED
