"""The S3 path on a real server: set TEST_S3_ENDPOINT and the AWS_ variables (see swift.py)."""

import os
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest
from obstore import sign
from obstore.exceptions import BaseError
from obstore.store import S3Store

from lms.db import db
from lms.files.actions import store_bytes
from lms.files.delivery import url_for_blob
from lms.files.store import StoreError, as_file, open_storage
from lms.jobs.worker import run_pending
from lms.media.actions import add_asset
from lms.media.models import AssetState, MediaAsset
from tests.media.clips import make_clip

ENDPOINT = os.environ.get("TEST_S3_ENDPOINT", "")
BUCKET = "xueshi-test"
pytestmark = pytest.mark.skipif(
    not ENDPOINT, reason="no S3 server: set TEST_S3_ENDPOINT, see tests/files/swift.py"
)
DATA = bytes(range(256)) * 4096


@pytest.fixture(scope="module", autouse=True)
def bucket():
    """Make the bucket by a presigned PUT of its own address: obstore has no call for it."""
    root = S3Store(BUCKET, endpoint=ENDPOINT, client_options={"allow_http": True})
    url = sign(root, "PUT", "", timedelta(minutes=5))
    urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=20).close()


@pytest.fixture
def s3(app):
    """The application with its files in the bucket."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before, storage_url=f"s3://{BUCKET}/files", storage_endpoint=ENDPOINT
    )
    yield open_storage(app.config["SETTINGS"])
    app.config["SETTINGS"] = before


def test_objects_are_kept_read_in_ranges_listed_and_removed(s3, tmp_path):
    source = tmp_path / "x"
    source.write_bytes(DATA)
    s3.put_file("a/b/x.bin", source)
    assert not source.exists()
    assert s3.find("a/b/x.bin").size_bytes == len(DATA)
    assert s3.find("a/b/y.bin") is None
    assert b"".join(s3.read("a/b/x.bin", 100, 300)) == DATA[100:300]
    assert b"".join(s3.read("a/b/x.bin", 0, len(DATA))) == DATA
    assert b"".join(s3.read("a/b/x.bin", 5, 5)) == b""
    assert s3.local_path("a/b/x.bin") is None
    with as_file(s3, "a/b/x.bin") as path:
        assert path.read_bytes() == DATA
    assert [stored.key for stored in s3.list("a")] == ["a/b/x.bin"]
    s3.delete("a/b/x.bin")
    s3.delete("a/b/x.bin")
    assert s3.find("a/b/x.bin") is None


def test_large_files_go_in_parts(s3, tmp_path):
    source = tmp_path / "x"
    source.write_bytes(os.urandom(20 * 1024 * 1024))
    size = source.stat().st_size
    s3.put_file("big/x.bin", source)
    assert s3.find("big/x.bin").size_bytes == size
    s3.delete_folder("big")


def test_folders_come_and_go_as_a_whole(s3, tmp_path):
    folder = tmp_path / "made"
    (folder / "720p").mkdir(parents=True)
    for name in ("master.m3u8", "720p/1.m4s", "720p/2.m4s"):
        (folder / name).write_text(name)
    s3.put_folder("media/1/aa", folder)
    assert len(list(s3.list("media/1/aa"))) == 3
    s3.delete_folder("media/1/aa")
    s3.delete_folder("media/1/aa")
    assert list(s3.list("media/1/aa")) == []


def test_wrong_signature_is_refused_by_the_server(app):
    forged = S3Store(
        BUCKET,
        endpoint=ENDPOINT,
        secret_access_key="wrong",
        client_options={"allow_http": True},
    )
    with pytest.raises((BaseError, OSError)):
        forged.put("x", b"x")


def test_settings_that_make_no_sense_are_refused(app):
    with pytest.raises(StoreError):
        open_storage(replace(app.config["SETTINGS"], storage_url="ftp://x"))


def test_blob_is_delivered_from_the_bucket(app, s3, people, actor, client_of):
    who = actor("learner")
    blob = store_bytes(b"%PDF-1.4 in the bucket", "a.pdf")
    db.session.commit()
    with app.test_request_context():
        url = url_for_blob(blob, who)
    db.session.rollback()
    learner = client_of("learner")
    assert learner.get(url).data == b"%PDF-1.4 in the bucket"
    part = learner.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data) == (206, b"DF-")


def test_material_is_prepared_out_of_and_into_the_bucket(app, s3, people, tmp_path):
    data = make_clip(tmp_path / "a.mp4", seconds=4, gop=100).read_bytes()
    asset_id = add_asset(store_bytes(data, "a.mp4"), name="a.mp4", unit_id=people.north, by=None).id
    db.session.commit()
    run_pending(app)
    asset = db.session.get_one(MediaAsset, asset_id)
    assert asset.state == AssetState.READY
    names = {stored.key.removeprefix(f"{asset.folder}/") for stored in s3.list(asset.folder)}
    assert {"master.m3u8", "poster.jpg"} <= names
    db.session.rollback()
