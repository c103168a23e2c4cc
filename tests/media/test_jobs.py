"""Preparing material when something goes wrong, and tidying up afterwards."""

import os
from datetime import timedelta

import pytest

from lms import clock
from lms.db import db
from lms.errors import Invalid
from lms.files.actions import storage, store_bytes
from lms.files.store import StoreError
from lms.media import jobs, making
from lms.media.actions import add_asset
from lms.media.ffmpeg import FfmpegError, FfmpegTimeout, Outcome
from lms.media.inspect_file import Refused, inspect
from lms.media.models import AssetKind, AssetState, MediaAsset
from lms.media.probe import Reason, Unusable
from tests.conftest import shared
from tests.media.clips import make_clip, make_sound, picture_bytes
from tests.media.test_material import FakeJob


@pytest.fixture
def asset_id(app, people):
    found = add_asset(
        store_bytes(picture_bytes(), "p.jpg"), name="p.jpg", unit_id=people.north, by=None
    ).id
    db.session.commit()
    return found


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FfmpegError("boom"), Reason.CRASHED),
        (FfmpegTimeout("time-out"), Reason.TOO_SLOW),
        (StoreError("nothing there"), Reason.EMPTY),
        (Unusable(Reason.UNDECODABLE, "detail"), Reason.UNDECODABLE),
    ],
)
def test_every_failure_ends_in_a_sentence(asset_id, monkeypatch, error, reason):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr(jobs, "make", fail)
    with pytest.raises(Invalid):
        jobs.prepare(FakeJob(99), asset_id)
    asset = db.session.get_one(MediaAsset, asset_id)
    assert (asset.state, asset.error_code) == (AssetState.FAILED, reason)


def test_other_faults_are_left_to_the_worker(asset_id, monkeypatch):
    def fail(*_arguments):
        raise PermissionError("no")

    monkeypatch.setattr(jobs, "make", fail)
    with pytest.raises(PermissionError):
        jobs.prepare(FakeJob(99), asset_id)


def test_left_over_folders_are_swept_and_shown_ones_stay(app, asset_id, tmp_path):
    jobs.prepare(FakeJob(99), asset_id)
    shown = db.session.get_one(MediaAsset, asset_id).folder
    db.session.rollback()
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "x").write_text("x")
    storage().put_folder("media/999/dead", tmp_path / "made")
    work = app.config["SETTINGS"].data_dir / "work" / "media-999-dead"
    work.mkdir()
    assert storage().find("media/999/dead/x") is not None
    jobs.sweep()
    assert storage().find("media/999/dead/x") is not None
    long_ago = clock.now().timestamp() - 9 * 86_400
    os.utime(work, (long_ago, long_ago))
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert jobs.sweep() >= 2
    assert storage().find("media/999/dead/x") is None
    assert not work.exists()
    assert storage().find(f"{shown}/small.webp") is not None


def test_less_than_went_in_is_noticed(tmp_path, monkeypatch):
    source = make_clip(tmp_path / "a.mp4", seconds=4)
    real = making.ffmpeg.run

    def cut_short(arguments, **options):
        outcome = real(arguments, **options)
        return Outcome(out_seconds=1.0, wall_seconds=outcome.wall_seconds)

    monkeypatch.setattr(making.ffmpeg, "run", cut_short)
    (tmp_path / "out").mkdir()
    with pytest.raises(Unusable) as caught:
        making.make(AssetKind.VIDEO, source, tmp_path / "out", lambda share: None)
    assert caught.value.reason == Reason.TRUNCATED


@pytest.mark.parametrize("text", ["", "#EXTM3U\n#EXTINF:1.0,\n1.m4s\n#EXT-X-ENDLIST\n"])
def test_playlist_without_an_end_or_too_short_is_noticed(tmp_path, text):
    (tmp_path / "index.m3u8").write_text(text)
    with pytest.raises(Unusable):
        making.check_playlist(tmp_path, 60.0)


def test_video_without_a_still_picture_is_a_video(tmp_path, monkeypatch):
    source = make_clip(tmp_path / "a.mp4", seconds=3, gop=75)
    real = making.ffmpeg.run

    def no_pictures(arguments, **options):
        if "image2" in arguments:
            raise FfmpegError("no picture")
        return real(arguments, **options)

    monkeypatch.setattr(making.ffmpeg, "run", no_pictures)
    (tmp_path / "out").mkdir()
    made = making.make(AssetKind.VIDEO, source, tmp_path / "out", lambda share: None)
    assert set(made.files) == {"hls"}


def test_progress_only_grows(tmp_path):
    source = make_clip(tmp_path / "a.mp4", seconds=3, gop=500)
    (tmp_path / "out").mkdir()
    seen = []
    making.make(AssetKind.VIDEO, source, tmp_path / "out", seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1


def test_inspection_itself(tmp_path):
    found = inspect(str(make_clip(tmp_path / "a.mp4", seconds=2)))
    assert found["video"]["codec"] == "h264"
    assert found["audio"]["channels"] == 2
    assert inspect(str(make_sound(tmp_path / "a.mp3")))["video"] is None
    for name, reason in (("d-zero.mp4", "empty"), ("d-concat.mp4", "playlist")):
        with pytest.raises(Refused, match=reason):
            inspect(str(shared("media-samples", name)))
    for name, reason in (
        ("d-truncated-nomoov.mp4", "truncated"),
        ("d-truncated-faststart.mp4", "truncated"),
        ("d-random.mp4", "unreadable"),
        ("d-huge16000.avi", "too_many_pixels"),
        ("d-polyglot-html.mp4", "disguised"),
    ):
        with pytest.raises(Refused, match=reason):
            inspect(str(shared("media-samples", name)))
