"""The words of the tus protocol."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.files.tus import (
    MAX_NAME_CHARS,
    BadHeader,
    Checksum,
    clean_name,
    parse_checksum,
    parse_metadata,
    parse_number,
)


@pytest.mark.parametrize("value", [None, "", "-1", "1.5", "abc", "１２", "9" * 19, " 5"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(BadHeader):
        parse_number(value, "Upload-Length")


def test_metadata():
    name = base64.b64encode("讲座.mp4".encode()).decode()
    assert parse_metadata(f"filename {name},is_confidential,filetype dmlkZW8=") == {
        "filename": "讲座.mp4",
        "is_confidential": "",
        "filetype": "video",
    }
    assert parse_metadata(None) == {}
    for bad in ("filename !!", "filename /w=="):
        with pytest.raises(BadHeader):
            parse_metadata(bad)


def test_checksum():
    assert parse_checksum("sha1 AAEC") == Checksum("sha1", "000102")
    assert parse_checksum("") is None
    for bad in ("crc32 AAEC", "sha1 !", "sha1"):
        if bad == "sha1":
            assert parse_checksum(bad) == Checksum("sha1", "")
            continue
        with pytest.raises(BadHeader):
            parse_checksum(bad)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("讲座.mp4", "讲座.mp4"),
        ("C:\\Users\\x\\a.doc", "a.doc"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n\u202ec.txt", "abc.txt"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
        ("y" * 300, "y" * 200),
    ],
)
def test_names_are_cleaned(name, clean):
    assert clean_name(name) == clean


@given(st.text(max_size=400))
def test_any_name_becomes_a_short_printable_one(name):
    clean = clean_name(name)
    assert 0 < len(clean) <= MAX_NAME_CHARS
    assert clean.isprintable()
    assert "/" not in clean
    assert "\\" not in clean
