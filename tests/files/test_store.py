"""The store: a folder and an object store behave alike."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from lms.files.store import (
    FolderStorage,
    ObjectStorage,
    StoreError,
    as_file,
    open_storage,
)

DATA = os.urandom(700_000)


@pytest.fixture(params=["folder", "objects"])
def store(request, tmp_path):
    if request.param == "folder":
        return FolderStorage(tmp_path / "store")
    return ObjectStorage(MemoryStore())


def put(store, tmp_path, key, data=DATA):
    source = tmp_path / "source"
    source.write_bytes(data)
    store.put_file(key, source)
    return source


def everything(store, key):
    return b"".join(store.read(key, 0, store.find(key).size_bytes))


def test_what_is_put_is_there_and_its_source_is_taken(store, tmp_path):
    assert not put(store, tmp_path, "blobs/ab/abc").exists()
    assert store.find("blobs/ab/abc").size_bytes == len(DATA)
    assert everything(store, "blobs/ab/abc") == DATA
    assert store.find("blobs/ab/other") is None


@pytest.mark.parametrize(("start", "end"), [(0, 1), (5, 5), (300_000, 600_000), (699_999, 700_000)])
def test_ranges(store, tmp_path, start, end):
    put(store, tmp_path, "a/b")
    assert b"".join(store.read("a/b", start, end)) == DATA[start:end]


def test_putting_again_replaces_and_renews(store, tmp_path):
    put(store, tmp_path, "a/b", b"old")
    before = store.find("a/b").changed_at
    put(store, tmp_path, "a/b", b"new")
    assert everything(store, "a/b") == b"new"
    assert store.find("a/b").changed_at >= before


def test_folders(store, tmp_path):
    for name in ("a.txt", "sub/b.txt"):
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    store.put_folder("media/1/x", tmp_path / "made")
    assert not (tmp_path / "made").exists()
    keys = {stored.key for stored in store.list("media/1/x")}
    assert keys == {"media/1/x/a.txt", "media/1/x/sub/b.txt"}
    assert everything(store, "media/1/x/sub/b.txt") == b"sub/b.txt"
    store.delete_folder("media/1/x")
    store.delete_folder("media/1/x")
    assert list(store.list("media/1/x")) == []


def test_deleting_twice_is_no_fault(store, tmp_path):
    put(store, tmp_path, "a/b")
    store.delete("a/b")
    store.delete("a/b")
    assert store.find("a/b") is None


def test_as_file_reads_alike(store, tmp_path):
    put(store, tmp_path, "a/b.mp4")
    with as_file(store, "a/b.mp4", work_folder=tmp_path) as path:
        assert path.read_bytes() == DATA
    with pytest.raises(StoreError), as_file(store, "a/none"):
        raise AssertionError


def test_another_disk_is_copied_to(tmp_path, monkeypatch):
    store = FolderStorage(tmp_path / "store")
    rename, replace_file = Path.rename, Path.replace

    def across(move):
        def refuse(path, target):
            if "store" not in str(path):
                raise OSError(18, "Invalid cross-device link")
            return move(path, target)

        return refuse

    monkeypatch.setattr(Path, "rename", across(rename))
    monkeypatch.setattr(Path, "replace", across(replace_file))
    put(store, tmp_path, "a/b")
    assert everything(store, "a/b") == DATA
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "x").write_text("x")
    store.put_folder("media/1/y", tmp_path / "made")
    assert everything(store, "media/1/y/x") == b"x"


def test_settings_choose_the_store(app, tmp_path):
    settings = app.config["SETTINGS"]
    assert isinstance(open_storage(settings), FolderStorage)
    elsewhere = open_storage(replace(settings, storage_url=f"file://{tmp_path}/elsewhere"))
    assert isinstance(elsewhere, FolderStorage)
    s3 = replace(settings, storage_url="s3://b/p", storage_endpoint="http://127.0.0.1:9")
    assert isinstance(open_storage(s3), ObjectStorage)
    for url in ("ftp://x", "s3://"):
        with pytest.raises(StoreError):
            open_storage(replace(settings, storage_url=url))
