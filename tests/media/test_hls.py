"""HLS: what is copied, what is encoded, and what the playlists say."""

from dataclasses import replace

import pytest

from lms.media import hls
from lms.media.probe import Audio, Probe, Video

VIDEO = Video("h264", "High", "yuv420p", 1280, 720, True, 25.0, 1_500_000, 4.0)
AUDIO = Audio("aac", "LC", 2, 48_000, 96_000)
PROBE = Probe("mov,mp4", 60.0, VIDEO, AUDIO)


@pytest.mark.parametrize(
    ("changes", "copies"),
    [
        ({}, True),
        ({"codec": "hevc"}, False),
        ({"pixel_format": "yuv422p10le"}, False),
        ({"is_plain": False}, False),
        ({"key_gap_seconds": 6.1}, False),
        ({"bits_per_second": 9_000_000}, False),
        ({"width": 3840, "height": 2160}, False),
        ({"width": 720, "height": 1280}, True),
    ],
)
def test_what_browsers_play_already_is_copied(changes, copies):
    assert hls.can_copy_video(replace(VIDEO, **changes)) is copies


@pytest.mark.parametrize(
    ("changes", "copies"),
    [
        ({}, True),
        ({"codec": "mp3"}, False),
        ({"channels": 6}, False),
        ({"profile": "HE-AAC"}, False),
    ],
)
def test_sound_that_browsers_play_already_is_copied(changes, copies):
    assert hls.can_copy_audio(replace(AUDIO, **changes)) is copies


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (1920, 1080, [(1280, 720), (640, 360)]),
        (1280, 720, [(1280, 720), (640, 360)]),
        (854, 480, [(854, 480), (640, 360)]),
        (640, 360, [(640, 360)]),
        (320, 240, [(320, 240)]),
        (1080, 1920, [(720, 1280), (360, 640)]),
        (3026, 1386, [(1572, 720), (786, 360)]),
        (1280, 360, [(1280, 360)]),
    ],
)
def test_renditions_are_never_larger_than_the_source(width, height, sizes):
    video = replace(VIDEO, codec="vp9", width=width, height=height)
    planned = hls.plan(replace(PROBE, video=video))
    assert [(r.width, r.height) for r in planned.renditions] == sizes
    assert not planned.copies_video


def test_one_command_writes_all_renditions(tmp_path):
    video = replace(VIDEO, codec="vp9")
    arguments = hls.arguments(
        hls.plan(replace(PROBE, video=video)),
        tmp_path / "in.webm",
        tmp_path,
        demuxer="matroska,webm",
    )
    text = " ".join(arguments)
    assert arguments.count("-i") == 1
    assert "-protocol_whitelist file" in text
    assert "-f matroska" in text
    assert (
        text.count("-var_stream_map v:0,name:720p,agroup:sound v:1,name:360p,agroup:sound a:0") == 1
    )


def test_plan_needs_a_picture():
    with pytest.raises(ValueError, match="video"):
        hls.plan(replace(PROBE, video=None))


def test_playlist_is_read_back():
    text = "#EXTM3U\n#EXTINF:4.0,\n00000.m4s\n#EXTINF:1.5,\n00001.m4s\n#EXT-X-ENDLIST\n"
    found = hls.read_playlist(text)
    assert found.duration_seconds == 5.5
    assert found.segments == ("00000.m4s", "00001.m4s")
    assert found.is_ended
    assert not hls.read_playlist(text.replace("#EXT-X-ENDLIST\n", "")).is_ended


@pytest.mark.parametrize(
    ("written", "expected", "is_whole"),
    [(8.0, 8.0, True), (7.2, 8.0, True), (6.5, 8.0, False), (98.1, 100, True), (97.9, 100, False)],
)
def test_truncated_output_is_seen_by_its_length(written, expected, is_whole):
    assert hls.is_whole(written, expected) is is_whole


def test_rates_leave_out_a_last_crumb():
    assert hls.rates([1000, 1000, 900], [4.0, 4.0, 0.1]) == (2000, int(2900 * 8 / 8.1))
    assert hls.rates([], []) == (1, 1)


def test_master_names_codecs_sizes_and_sound():
    rendition = hls.Rendition("720p", 1280, 720)
    text = hls.master_playlist(
        [hls.Variant(rendition, "avc1.64001f", 2_000_000, 1_500_000)], fps=25, audio_bits=96_000
    )
    assert 'CODECS="avc1.64001f,mp4a.40.2"' in text
    assert "BANDWIDTH=2096000" in text
    assert 'URI="sound/index.m3u8"' in text
    silent = hls.master_playlist([], fps=25, audio_bits=0)
    assert "AUDIO" not in silent


def test_codec_is_read_from_the_initialisation_segment():
    assert hls.codec_of(b"....avcC\x01\x64\x00\x1f\xff") == "avc1.64001f"
    with pytest.raises(ValueError, match="avcC"):
        hls.codec_of(b"nothing")
