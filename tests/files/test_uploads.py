"""Resumable uploads over HTTP: what arrives stays, whatever breaks."""

import base64
import hashlib
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.files.actions import release_blob, staging, storage, store_bytes, take_upload
from lms.files.jobs import expire_uploads, sweep
from lms.files.models import Blob, Upload, UploadState
from lms.files.queries import find_blob
from lms.jobs.worker import run_pending

DATA = bytes(range(256)) * 40
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def create(client, size=10_240, name="讲座.bin", **headers):
    metadata = f"filename {encoded(name)}"
    return client.post(
        "/files/uploads",
        headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata} | headers,
    )


def patch(client, url, offset, data, **headers):
    return client.patch(
        url,
        data=data,
        content_type="application/offset+octet-stream",
        headers=TUS | {"Upload-Offset": str(offset)} | headers,
    )


def head(client, url):
    return client.open(url, method="HEAD", headers=TUS)


def token_of(url):
    return url.rsplit("/", 1)[1]


@pytest.fixture
def owner(client_of):
    return client_of("owner")


@pytest.fixture
def url(owner):
    return create(owner).headers["Location"]


def test_server_tells_what_it_can_do(anonymous):
    answer = anonymous.open("/files/uploads", method="OPTIONS")
    assert answer.status_code == 204
    assert "creation" in answer.headers["Tus-Extension"]


def test_upload_in_pieces_becomes_a_blob(owner, url, actor):
    assert patch(owner, url, 0, DATA[:5000]).headers["Upload-Offset"] == "5000"
    assert head(owner, url).headers["Upload-Offset"] == "5000"
    assert patch(owner, url, 5000, DATA[5000:]).status_code == 204
    blob = take_upload(token_of(url), by=actor("owner"))
    db.session.commit()
    assert blob.sha256 == hashlib.sha256(DATA).hexdigest()
    assert (blob.size_bytes, blob.name) == (len(DATA), "讲座.bin")
    assert b"".join(storage().read(blob.key, 0, len(DATA))) == DATA
    assert take_upload(token_of(url), by=actor("owner")).id == blob.id


def test_same_bytes_are_one_blob(owner, actor):
    taken = []
    for name in ("a.bin", "b.bin"):
        url = create(owner, name=name).headers["Location"]
        patch(owner, url, 0, DATA)
        taken.append(take_upload(token_of(url), by=actor("owner")).id)
        db.session.commit()
    assert taken[0] == taken[1]


def test_wrong_offset_is_refused_and_nothing_is_lost(owner, url):
    patch(owner, url, 0, DATA[:100])
    assert patch(owner, url, 50, DATA[50:]).status_code == 409
    assert patch(owner, url, 200, DATA[200:]).status_code == 409
    assert head(owner, url).headers["Upload-Offset"] == "100"


class BrokenBody(BytesIO):
    """A connection that breaks after some bytes."""

    def __init__(self, data, good):
        super().__init__(data)
        self.good = good

    def read(self, size=-1):
        if self.tell() >= self.good:
            raise ConnectionResetError
        return super().read(min(size, self.good - self.tell()) if size >= 0 else -1)

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def test_broken_connection_keeps_what_arrived(owner, url):
    patch(owner, url, 0, None, **{"Content-Length": str(len(DATA))})
    owner.patch(
        url,
        input_stream=BrokenBody(DATA, 3000),
        content_length=len(DATA),
        content_type="application/offset+octet-stream",
        headers=TUS | {"Upload-Offset": "0"},
    )
    assert head(owner, url).headers["Upload-Offset"] == "3000"
    assert patch(owner, url, 3000, DATA[3000:]).headers["Upload-Offset"] == str(len(DATA))


def test_newer_connection_takes_over(app, owner, url):
    token = token_of(url)
    folder = staging()

    def slow_body():
        yield DATA[:1000]
        assert head(owner, url).headers["Upload-Offset"] == "1000"
        yield DATA[1000:2000]

    from lms.files.staging import Superseded

    with pytest.raises(Superseded):
        folder.append(token, 0, slow_body(), limit=len(DATA))
    assert head(owner, url).headers["Upload-Offset"] == "1000"
    patch(owner, url, 1000, DATA[1000:])
    assert db.session.query(Upload).one().state == UploadState.COMPLETE


def test_checksum_guards_a_chunk(owner, url):
    good = base64.b64encode(hashlib.sha1(DATA[:10]).digest()).decode()
    bad = patch(owner, url, 0, DATA[10:20], **{"Upload-Checksum": f"sha1 {good}"})
    assert bad.status_code == 460
    assert head(owner, url).headers["Upload-Offset"] == "0"
    assert patch(owner, url, 0, DATA[:10], **{"Upload-Checksum": f"sha1 {good}"}).status_code == 204
    unknown = patch(owner, url, 10, DATA[10:], **{"Upload-Checksum": "crc9 AAAA"})
    assert unknown.status_code == 422


def test_more_bytes_than_announced_are_not_kept(owner, actor):
    url = create(owner, size=10).headers["Location"]
    patch(owner, url, 0, DATA)
    assert take_upload(token_of(url), by=actor("owner")).size_bytes == 10


def test_others_uploads_do_not_exist(owner, url, client_of, actor):
    colleague = client_of("colleague")
    assert head(colleague, url).status_code == 404
    assert patch(colleague, url, 0, DATA).status_code == 404
    assert colleague.delete(url, headers=TUS).status_code == 404
    with pytest.raises(NotFound):
        take_upload(token_of(url), by=actor("colleague"))


def test_signed_out_is_told_so(anonymous):
    assert anonymous.open("/files/uploads/x", method="HEAD", headers=TUS).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "abc"}, 422),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "99999999999999"}, 413),
        ({"Upload-Metadata": "filename ***"}, 422),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_bad_announcements_are_refused(owner, headers, status):
    assert create(owner, **headers).status_code == status


def test_people_without_a_role_upload_small_files_only(client_of):
    assert create(client_of("learner"), size=200 * 1024 * 1024).status_code == 413
    assert create(client_of("owner"), size=200 * 1024 * 1024).status_code == 201


def test_too_many_open_uploads(owner):
    statuses = [create(owner, size=5).status_code for _ in range(21)]
    assert statuses == [201] * 20 + [409]


def test_full_disk_is_said(owner, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    assert create(owner).status_code == 507


def test_bytes_may_come_with_the_announcement(owner):
    answer = owner.post(
        "/files/uploads",
        data=b"hello",
        content_type="application/offset+octet-stream",
        headers=TUS | {"Upload-Length": "5", "Upload-Metadata": f"filename {encoded('x')}"},
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")


def test_empty_file_is_complete_at_once(owner, actor):
    url = create(owner, size=0).headers["Location"]
    assert take_upload(token_of(url), by=actor("owner")).size_bytes == 0


def test_termination_forgets(owner, url):
    assert owner.delete(url, headers=TUS).status_code == 204
    assert head(owner, url).status_code == 404
    assert not staging().path(token_of(url)).exists()


def test_unfinished_upload_cannot_be_taken(owner, url, actor):
    patch(owner, url, 0, DATA[:10])
    with pytest.raises(Conflict):
        take_upload(token_of(url), by=actor("owner"))


def test_wrong_kind_cannot_be_taken(owner, url, actor):
    patch(owner, url, 0, DATA)
    with pytest.raises(Invalid):
        take_upload(token_of(url), by=actor("owner"), kinds=("image/",))


def test_killed_between_the_last_byte_and_the_end(owner, url, actor):
    staging().append(token_of(url), 0, [DATA], limit=len(DATA))
    assert head(owner, url).headers["Upload-Offset"] == str(len(DATA))
    assert take_upload(token_of(url), by=actor("owner")).size_bytes == len(DATA)


def test_finished_upload_answers_a_repeated_end(owner, url):
    patch(owner, url, 0, DATA)
    assert patch(owner, url, len(DATA), b"").status_code == 204
    assert patch(owner, url, 5, b"x").status_code == 409


def test_given_up_uploads_expire(owner, url):
    patch(owner, url, 0, DATA[:10])
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert expire_uploads() == 0
    with clock.frozen(clock.now() + timedelta(days=3)):
        assert expire_uploads() == 1
    assert not staging().path(token_of(url)).exists()


def test_sweep_removes_only_what_no_row_knows(app, people):
    kept = store_bytes(b"kept", "kept.txt")
    db.session.commit()
    lost = store_bytes(b"lost", "lost.txt").key
    db.session.rollback()
    with clock.frozen(clock.now() + timedelta(days=9)):
        assert sweep() >= 1
    assert storage().find(lost) is None
    assert storage().find(kept.key) is not None


def test_released_blob_goes_unless_its_content_comes_back(app, people):
    for comes_back in (False, True):
        blob = store_bytes(b"material", "m.txt")
        key = blob.key
        db.session.commit()
        assert release_blob(blob)
        db.session.commit()
        if comes_back:
            store_bytes(b"material", "m.txt")
            db.session.commit()
        with clock.frozen(clock.now() + timedelta(hours=3)):
            assert run_pending(app) == 1
        assert (storage().find(key) is not None) == comes_back
        assert (find_blob(key.rpartition("/")[2]) is not None) == comes_back


def test_blob_in_use_is_not_released(owner, url, actor, people):
    from lms.media.models import AssetKind, MediaAsset

    blob = store_bytes(b"\xff\xd8\xff picture", "p.jpg")
    now = clock.now()
    db.session.add(
        MediaAsset(
            kind=AssetKind.IMAGE,
            name="p",
            unit_id=people.north,
            blob_id=blob.id,
            created_by_id=people.owner,
            created_at=now,
            changed_at=now,
        )
    )
    db.session.flush()
    assert not release_blob(blob)
    assert db.session.query(Blob).count() == 1
