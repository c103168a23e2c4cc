"""Delivery: only by a link signed for the member, in ranges, without letting content act."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms import clock
from lms.db import db
from lms.files import signing
from lms.files.actions import storage, store_bytes
from lms.files.delivery import url_for_blob, url_for_stored
from lms.files.sniff import media_type_of
from lms.files.store import FolderStorage, StoreError, as_file, check_key

DATA = b"%PDF-1.4 " + bytes(range(256)) * 8


@pytest.fixture
def blob(people):
    found = store_bytes(DATA, "规定.pdf")
    db.session.commit()
    return found


@pytest.fixture
def link(app, blob, actor):
    def make(number="learner", **options):
        with app.test_request_context():
            return url_for_blob(blob, actor(number), **options)

    return make


@pytest.fixture
def learner(client_of):
    return client_of("learner")


def test_whole_file_with_its_headers(learner, link):
    answer = learner.get(link())
    assert (answer.status_code, answer.data) == (200, DATA)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%E8%A7%84")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        ("bytes=0-9", 206, DATA[:10]),
        ("bytes=5-", 206, DATA[5:]),
        ("bytes=-7", 206, DATA[-7:]),
        ("bytes=0-999999", 206, DATA),
        ("bytes=999999-", 416, b""),
        ("bytes=0-1,5-6", 200, DATA),
        ("lines=1-2", 200, DATA),
        ("nonsense", 200, DATA),
    ],
)
def test_ranges(learner, link, header, status, body):
    answer = learner.get(link(), headers={"Range": header})
    assert (answer.status_code, answer.data) == (status, body)
    if status == 206:
        assert answer.headers["Content-Length"] == str(len(body))
        assert answer.headers["Content-Range"].endswith(f"/{len(DATA)}")


def test_unchanged_and_changed_since(learner, link):
    etag = learner.get(link()).headers["ETag"]
    assert learner.get(link(), headers={"If-None-Match": etag}).status_code == 304
    fresh = {"Range": "bytes=0-3", "If-Range": etag}
    assert learner.get(link(), headers=fresh).status_code == 206
    assert learner.get(link(), headers=fresh | {"If-Range": '"other"'}).status_code == 200


def test_head_sends_no_body(learner, link):
    answer = learner.head(link())
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))


def test_link_of_another_member_leads_nowhere(learner, link, anonymous):
    assert learner.get(link("peer")).status_code == 404
    assert anonymous.get(link()).status_code == 302


def test_changed_link_leads_nowhere(learner, link, blob, people):
    other = store_bytes(b"secret", "s.txt")
    db.session.commit()
    url = link()
    assert learner.get(url.replace(f"/{blob.id}/", f"/{other.id}/")).status_code == 404
    assert learner.get(url + "?download=1").status_code == 404
    assert learner.get(url.replace("/b/", "/b/9")).status_code == 404


def test_link_expires_with_a_sentence(app, client_of, link):
    url = link()
    with clock.frozen(clock.now() + timedelta(hours=25)):
        answer = client_of("learner").get(url)
    assert answer.status_code == 410
    assert "过期" in answer.text


def test_download_is_an_attachment(learner, link):
    answer = learner.get(link(download=True, name="a b.pdf"))
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20b.pdf"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<html><script>alert(1)</script>", "a.html"),
        (b"<svg onload=alert(1)>", "a.svg"),
        (b"<?xml version='1.0'?><x/>", "a.xml"),
        (b"just text", "a.txt"),
        (b"PK\x03\x04....", "a.docx"),
        (b"<html>", "a.jpg"),
    ],
)
def test_what_could_act_is_never_shown(app, learner, actor, data, name):
    blob = store_bytes(data, name)
    db.session.commit()
    with app.test_request_context():
        url = url_for_blob(blob, actor("learner"))
    answer = learner.get(url)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_missing_bytes_are_not_found(app, learner, link, blob):
    storage().delete(blob.key)
    assert learner.get(link()).status_code == 404


@pytest.fixture
def folder(app, people, tmp_path):
    for name in ("master.m3u8", "720p/00000.m4s"):
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    storage().put_folder("media/1/aa", tmp_path / "made")
    return "media/1/aa"


def test_link_to_a_folder_opens_what_is_inside_and_nothing_else(app, learner, actor, folder):
    storage().put_file("media/1/bb/master.m3u8", _file(app, b"other"))
    with app.test_request_context():
        url = url_for_stored(folder, "master.m3u8", actor("learner"))
    answer = learner.get(url)
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert learner.get(url.replace("master.m3u8", "720p/00000.m4s")).data == b"720p/00000.m4s"
    for path in (
        "../../x",
        "720p/../../bb/master.m3u8",
        "",
        "missing.m4s",
        "%2e%2e/bb/master.m3u8",
    ):
        assert learner.get(url.replace("master.m3u8", path)).status_code == 404
    assert learner.get(url.replace("/aa/", "/bb/")).status_code == 404


def _file(app, data: bytes) -> Path:
    path = app.config["SETTINGS"].data_dir / "loose"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a\\b", "a\0b"])
def test_keys_stay_inside(tmp_path, key):
    with pytest.raises(StoreError):
        check_key(key)
    with pytest.raises(StoreError):
        FolderStorage(tmp_path).find(key)


def test_as_file_of_nothing(tmp_path):
    with pytest.raises(StoreError), as_file(_NoLocal(tmp_path), "a/b"):
        raise AssertionError


class _NoLocal(FolderStorage):
    def local_path(self, key):
        return None


def test_as_file_copies_what_is_not_here(tmp_path):
    store = _NoLocal(tmp_path / "s")
    source = tmp_path / "x"
    source.write_bytes(DATA)
    store.put_file("a/b.pdf", source)
    with as_file(store, "a/b.pdf") as path:
        assert path.read_bytes() == DATA
        assert path.suffix == ".pdf"
    assert not path.exists()


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (b"%PDF-1.7", "x", "application/pdf"),
        (b"\x00\x00\x00\x18ftypisom", "x.mp4", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "x", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "x.jpg", "image/heic"),
        (b"\x1aE\xdf\xa3", "x.webm", "video/webm"),
        (b"\x1aE\xdf\xa3", "x.mkv", "video/x-matroska"),
        (b"RIFF\0\0\0\0WEBP", "x", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "x", "audio/wav"),
        (b"ID3\x04", "x.mp3", "audio/mpeg"),
        (b"\xff\xfb\x90", "x.mp3", "audio/mpeg"),
        (b"\xff\xf1\x50", "x.aac", "audio/aac"),
        (
            b"PK\x03\x04",
            "x.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\x03\x04", "x.exe", "application/zip"),
        (b" \n<!DOCTYPE html>", "x.mp4", "text/html"),
        (b"<svg>", "x.svg", "image/svg+xml"),
        (b"WEBVTT", "x.vtt", "text/vtt"),
        (b"\xff\xfe1\x00", "x.srt", "application/x-subrip"),
        (b"MZ\x90\x00", "x.mp4", "application/octet-stream"),
        (b"", "x.mp4", "application/octet-stream"),
    ],
)
def test_bytes_tell_their_type(head, name, media_type):
    assert media_type_of(head, name) == media_type


moments = st.integers(1_700_000_000, 2_000_000_000)


@given(moments, st.integers(0, 11 * 3600))
def test_links_last_half_a_day_at_least_and_a_day_at_most(now, later):
    ends = signing.expiry(now)
    assert 12 * 3600 <= ends - now <= 24 * 3600
    token = signing.sign("secret", "blob:1", 7, ends)
    assert signing.check("secret", token, "blob:1", 7, now + later) > 0
    with pytest.raises(signing.PastLink):
        signing.check("secret", token, "blob:1", 7, ends)
    for subject, member in (("blob:2", 7), ("blob:1", 8)):
        with pytest.raises(signing.BadSignature):
            signing.check("secret", token, subject, member, now)
    with pytest.raises(signing.BadSignature):
        signing.check("other", token, "blob:1", 7, now)


@given(st.text(max_size=60))
@example("²-")
def test_made_up_tokens_are_refused(token):
    with pytest.raises(signing.BadSignature):
        signing.check("secret", token, "blob:1", 7, 1_700_000_000)
