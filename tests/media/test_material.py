"""Material through HTTP: added by its administrators, prepared by the worker, used and deleted."""

from io import BytesIO

import pytest
from sqlalchemy import event

from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.files.actions import storage, store_bytes
from lms.files.models import Blob
from lms.jobs.models import Job, JobState
from lms.jobs.registry import LeaseLost
from lms.jobs.worker import run_pending
from lms.media import jobs
from lms.media.actions import add_asset, delete_asset, import_asset, retry_asset
from lms.media.models import AssetKind, AssetState, MediaAsset, Subtitle
from lms.media.probe import Reason
from lms.media.queries import get_asset
from tests.conftest import shared
from tests.files.test_uploads import TUS, encoded
from tests.media.clips import make_clip, make_sound, pdf_bytes, picture_bytes

SRT = "1\n00:00:00,500 --> 00:00:01,500\n你好\n".encode("gbk")


def upload(client, name, data):
    answer = client.post(
        "/files/uploads",
        data=data,
        content_type="application/offset+octet-stream",
        headers=TUS
        | {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {encoded(name)}"},
    )
    assert answer.status_code == 201
    return answer.headers["Location"].rsplit("/", 1)[1]


def now(asset_id):
    """The asset as it is in the database; no transaction stays open."""
    asset = db.session.get(MediaAsset, asset_id, populate_existing=True)
    if asset is not None:
        db.session.expunge(asset)
    db.session.rollback()
    return asset


@pytest.fixture
def add(app, people, actor):
    """Add material of the north directly; gives its row."""

    def make(data, name, prepare=True):
        owner = actor("owner")
        blob = store_bytes(data, name)
        asset_id = add_asset(blob, name=name, unit_id=people.north, by=owner).id
        db.session.commit()
        if prepare:
            run_pending(app)
        return now(asset_id)

    return make


def count(model):
    found = db.session.query(model).count()
    db.session.rollback()
    return found


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return make_clip(path, seconds=5, size="640x360", gop=100).read_bytes()


@pytest.fixture
def owner(client_of):
    return client_of("owner")


def test_upload_becomes_material_that_members_can_be_shown(app, owner, people, clip):
    token = upload(owner, "第一讲.mp4", clip)
    page = owner.get("/media/")
    assert "还没有素材" in page.text
    answer = owner.post("/media/", data={"upload": token, "unit_id": people.north})
    assert answer.status_code == 302
    assert "正在排队" in owner.get("/media/").text
    assert owner.get("/media/1/state").json == {
        "fraction": 0.0,
        "text": "正在排队",
        "is_over": False,
    }
    run_pending(app)
    asset = now(1)
    assert (asset.state, asset.kind, asset.name) == (AssetState.READY, AssetKind.VIDEO, "第一讲")
    assert asset.duration_seconds == pytest.approx(5.0, abs=0.1)
    assert set(asset.files) >= {"hls", "poster"}
    names = {stored.key.removeprefix(asset.folder + "/") for stored in storage().list(asset.folder)}
    assert {"master.m3u8", "poster.jpg", "360p/index.m3u8", "sound/index.m3u8"} <= names
    assert not any("log" in name for name in names)
    assert "application/vnd.apple.mpegurl" in owner.get("/media/1").text
    assert "可以使用" in owner.get("/media/").text
    assert owner.get("/media/1/state").json["is_over"]


def test_one_bad_file_keeps_no_other_back(owner, people):
    tokens = [
        upload(owner, "page.mp4", b"<html><script>"),
        upload(owner, "photo.jpg", picture_bytes()),
        "unknown",
    ]
    page = owner.post(
        "/media/", data={"upload": tokens, "unit_id": people.north}, follow_redirects=True
    )
    assert "“page.mp4”的内容不是音视频" in page.text
    assert "没有找到这次上传" in page.text
    assert "已添加 1 份素材" in page.text


def test_forgotten_file_is_said(owner, people):
    page = owner.post("/media/", data={"unit_id": people.north}, follow_redirects=True)
    assert "还没有选择文件" in page.text


def test_material_of_another_unit_does_not_exist(owner, client_of, people, add):
    asset = add(picture_bytes(), "p.jpg")
    outsider = client_of("outsider")
    assert "p.jpg" not in outsider.get("/media/").text
    for url in (f"/media/{asset.id}", f"/media/{asset.id}/state"):
        assert outsider.get(url).status_code == 404
    for deed in ("name", "retry", "delete", "subtitles", "subtitles/zh/delete"):
        assert outsider.post(f"/media/{asset.id}/{deed}", data={"name": "x"}).status_code == 404
    assert client_of("chief").get(f"/media/{asset.id}").status_code == 200
    assert client_of("learner").get("/media/").status_code == 403
    token = upload(outsider, "q.jpg", picture_bytes())
    refused = outsider.post("/media/", data={"upload": token, "unit_id": people.north})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("d-truncated-nomoov.mp4", Reason.TRUNCATED),
        ("d-truncated-faststart.mp4", Reason.TRUNCATED),
        ("d-huge16000.avi", Reason.TOO_MANY_PIXELS),
    ],
)
def test_unusable_material_says_why_and_can_be_tried_again(app, owner, add, name, reason):
    asset = add(shared("media-samples", name).read_bytes(), name)
    assert (asset.state, asset.error_code) == (AssetState.FAILED, reason)
    page = owner.get(f"/media/{asset.id}")
    assert "重试" in page.text
    job = db.session.query(Job).filter_by(task="media.prepare").one()
    assert (job.state, job.tries) == (JobState.FAILED, 1)
    assert job.error in page.text
    db.session.rollback()
    assert owner.post(f"/media/{asset.id}/retry").status_code == 302
    assert now(asset.id).state == AssetState.WAITING
    assert owner.post(f"/media/{asset.id}/retry").status_code == 409


@pytest.mark.parametrize(
    "name",
    ["d-zero.mp4", "d-random.mp4", "d-polyglot-html.mp4", "d-concat.mp4", "d-ssrf-playlist.mp4"],
)
def test_what_is_plainly_no_medium_is_not_even_added(people, actor, name):
    owner = actor("owner")
    blob = store_bytes(shared("media-samples", name).read_bytes(), name)
    with pytest.raises(Invalid):
        add_asset(blob, name=name, unit_id=people.north, by=owner)


def test_other_kinds_are_prepared(add, tmp_path):
    picture = add(picture_bytes((3000, 2000)), "p.jpg")
    assert (picture.kind, picture.width) == (AssetKind.IMAGE, 3000)
    assert set(picture.files) == {"small", "medium", "large"}
    document = add(pdf_bytes(4), "d.pdf")
    assert (document.kind, document.page_count) == (AssetKind.DOCUMENT, 4)
    sound = add(make_sound(tmp_path / "a.mp3").read_bytes(), "a.mp3")
    assert (sound.kind, set(sound.files)) == (AssetKind.AUDIO, {"audio"})
    wrapped = add(make_sound(tmp_path / "a.mkv").read_bytes(), "a.mkv")
    assert wrapped.kind == AssetKind.AUDIO


def test_pages_of_every_kind(owner, add, tmp_path):
    for data, name in (
        (picture_bytes(), "p.jpg"),
        (pdf_bytes(), "d.pdf"),
        (make_sound(tmp_path / "a.mp3").read_bytes(), "a.mp3"),
        (b"%PDF-1.4 broken", "e.pdf"),
    ):
        asset = add(data, name)
        assert owner.get(f"/media/{asset.id}").status_code == 200
    for query in ("?kind=image", "?kind=nonsense", "?q=p", "?q=nothing", "?page=99"):
        assert owner.get(f"/media/{query}").status_code == 200


def test_captions_are_added_replaced_delivered_and_deleted(owner, client_of, add, clip):
    asset = add(clip, "c.mp4")
    for text in (SRT, "WEBVTT\n\n00:01.000 --> 00:02.000\n<b>新</b>的\n".encode()):
        data = {"language": "zh", "file": (BytesIO(text), "c.srt")}
        assert owner.post(f"/media/{asset.id}/subtitles", data=data).status_code == 302
    assert db.session.query(Subtitle).one().cues == [[1.0, 2.0, "新的"]]
    db.session.rollback()
    page = owner.get(f"/media/{asset.id}").text
    url = page.split('<track kind="captions" src="')[1].split('"')[0].replace("&amp;", "&")
    answer = owner.get(url)
    assert answer.mimetype == "text/vtt"
    assert "新的" in answer.text
    assert client_of("colleague").get(url).status_code == 404
    assert owner.post(f"/media/{asset.id}/subtitles/zh/delete").status_code == 302
    assert owner.get(url).status_code == 404


@pytest.mark.parametrize(
    ("language", "data", "sentence"),
    [
        ("zh", b"no cues here", "没有找到字幕"),
        ("zh", b"\x00\xff\xfe\x81" * 9, "编码"),
        ("xx", SRT, "请选择字幕文件和它的语言"),
        ("zh", None, "请选择字幕文件和它的语言"),
    ],
)
def test_bad_captions_are_refused_in_words(owner, add, clip, language, data, sentence):
    asset = add(clip, "c.mp4", prepare=False)
    form = {"language": language}
    if data is not None:
        form["file"] = (BytesIO(data), "c.srt")
    answer = owner.post(f"/media/{asset.id}/subtitles", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_name_is_changed(owner, add):
    asset = add(picture_bytes(), "p.jpg")
    assert owner.post(f"/media/{asset.id}/name", data={"name": " 新名 "}).status_code == 302
    assert now(asset.id).name == "新名"
    assert owner.post(f"/media/{asset.id}/name", data={"name": ""}).status_code == 422


def test_deleted_material_takes_its_blob_along_unless_shared(owner, add):
    first, second = add(picture_bytes(), "p.jpg"), add(picture_bytes(), "q.jpg")
    assert first.blob_id == second.blob_id
    assert owner.post(f"/media/{first.id}/delete").status_code == 302
    assert count(Blob) == 1
    assert owner.post(f"/media/{second.id}/delete").status_code == 302
    assert count(Blob) == 0
    assert owner.get(f"/media/{first.id}").status_code == 404


class FakeJob:
    """A claim whose lease is lost at the n-th check."""

    job_id = 1

    def __init__(self, checks):
        self.checks = checks

    def check(self):
        self.checks -= 1
        if self.checks < 0:
            raise LeaseLost

    def progress(self, fraction, text=""):
        self.check()


@pytest.mark.parametrize("checks", [0, 1, 3])
def test_run_that_loses_its_lease_changes_nothing_and_the_next_one_does_it_all(
    app, add, clip, checks
):
    asset = add(clip, "c.mp4", prepare=False)
    with pytest.raises(LeaseLost):
        jobs.prepare(FakeJob(checks), asset.id)
    db.session.rollback()
    assert now(asset.id).state == AssetState.WORKING
    assert list((app.config["SETTINGS"].data_dir / "work").glob("media-*")) == []
    run_pending(app)
    db.session.rollback()
    assert now(asset.id).state == AssetState.READY


def test_preparing_again_switches_to_a_new_folder(app, add, clip):
    asset = add(clip, "c.mp4")
    before = asset.folder
    jobs.prepare(FakeJob(999), asset.id)
    db.session.rollback()
    after = now(asset.id).folder
    assert after != before
    assert storage().find(f"{before}/master.m3u8") is not None
    jobs.remove_folder(FakeJob(1), before)
    jobs.remove_folder(FakeJob(1), after)
    assert storage().find(f"{before}/master.m3u8") is None
    assert storage().find(f"{after}/master.m3u8") is not None


def test_deleted_while_it_was_prepared(app, actor, add, clip, monkeypatch):
    asset = add(clip, "c.mp4", prepare=False)
    asset_id = asset.id
    before = sorted(stored.key for stored in storage().list(f"media/{asset_id}"))
    make = jobs.make

    def make_slowly(*arguments):
        made = make(*arguments)
        owner = actor("owner")
        delete_asset(get_asset(asset_id, member=owner), by=owner)
        db.session.commit()
        return made

    monkeypatch.setattr(jobs, "make", make_slowly)
    jobs.prepare(FakeJob(999), asset_id)
    assert now(asset_id) is None
    assert sorted(stored.key for stored in storage().list(f"media/{asset_id}")) == before
    jobs.prepare(FakeJob(999), asset_id)


def test_full_disk_is_told_and_can_be_tried_again(add, clip, monkeypatch):
    asset = add(clip, "c.mp4", prepare=False)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "make", full)
    with pytest.raises(Invalid, match="磁盘空间不足"):
        jobs.prepare(FakeJob(999), asset.id)
    assert now(asset.id).error_code == Reason.NO_SPACE


def test_lost_bytes_are_told(add, clip):
    asset = add(clip, "c.mp4", prepare=False)
    storage().delete(db.session.get_one(Blob, asset.blob_id).key)
    with pytest.raises((Invalid, FileNotFoundError)):
        jobs.prepare(FakeJob(999), asset.id)


def test_material_whose_worker_died_in_every_try_is_settled(app, add, clip):
    asset = add(clip, "c.mp4", prepare=False)
    assert jobs.settle() == 0
    job = db.session.query(Job).filter_by(task="media.prepare").one()
    job.state = JobState.FAILED
    db.session.commit()
    assert jobs.settle() == 1
    assert now(asset.id).error_code == Reason.CRASHED


def test_content_folders_bring_material_once(people, tmp_path):
    path = tmp_path / "p.jpg"
    path.write_bytes(picture_bytes())
    first = import_asset(path, unit_id=people.north)
    assert import_asset(path, unit_id=people.north).id == first.id


def test_loader_and_actions_refuse(people, actor, add):
    asset = add(picture_bytes(), "p.jpg")
    with pytest.raises(NotFound):
        get_asset(asset.id, member=actor("outsider"))
    with pytest.raises(NotFound):
        get_asset(999, member=actor("owner"))
    with pytest.raises(Conflict):
        retry_asset(asset, by=actor("owner"))


def test_list_takes_the_same_queries_however_long_it_is(owner, add):
    add(picture_bytes((40, 40)), "first.jpg")
    few = count_statements(owner, "/media/")
    for number in range(4):
        add(picture_bytes((50 + number, 50)), f"{number}.jpg")
    assert count_statements(owner, "/media/") == few


def count_statements(client, path):
    seen = []

    def note(*_arguments):
        seen.append(None)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
