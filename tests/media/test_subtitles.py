"""Captions: files as people have them become clean WebVTT."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.media.subtitles import BadSubtitles, Cue, parse, plain, stamp, to_webvtt
from tests.conftest import shared

SRT = "1\n00:00:01,000 --> 00:00:03,500\n你好，世界\n\n2\n00:00:04,000 --> 00:00:06,000\n第二句\n"
CUES = (Cue(1.0, 3.5, "你好，世界"), Cue(4.0, 6.0, "第二句"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_that_people_use(encoding):
    assert parse(SRT.encode(encoding)) == CUES


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_newlines(newline):
    assert parse(SRT.replace("\n", newline).encode()) == CUES


def test_samples():
    expected = (Cue(1.0, 3.5, "你好，世界"), Cue(4.0, 6.0, "C & D < E"))
    for name in ("d-gbk.srt", "d-utf8.srt"):
        assert parse(shared("media-samples", name).read_bytes()) == expected
    assert len(parse(shared("media-samples", "mdn-subtitles_en.vtt").read_bytes())) == 3


def test_vtt_without_hours_with_settings_styles_and_notes():
    text = (
        "WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE a remark\n\n"
        "intro\n00:01.000 --> 00:02.500 align:start position:10%\n<v 张三>你<c.loud>好</c></v>\n"
    )
    assert parse(text.encode()) == (Cue(1.0, 2.5, "张三：你好"),)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<i>斜</i><b>粗</b>", "斜粗"),
        ('<font color="#f00">红</font>', "红"),
        (r"{\an8}上面\N下面", "上面\n下面"),
        ("<00:00:01.500>卡拉", "卡拉"),
        ("a < b &amp; c", "a < b & c"),
        ("5 <6> 7", "5 7"),
        ("行尾  空格 ", "行尾 空格"),
        ("\u202e倒\u202c", "倒"),
    ],
)
def test_markup_becomes_plain_text(markup, text):
    assert plain(markup) == text


def test_scripts_come_out_as_harmless_text():
    cues = parse(b"1\n00:00:01,000 --> 00:00:02,000\n<script>alert(1)</script>&lt;img src=x&gt;\n")
    assert "<script" not in to_webvtt(cues).lower()
    assert "<img" not in to_webvtt(cues)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_cues"),
        ("没有时间的文字".encode(), "no_cues"),
        (b"\x00\xff\xfe\x81" * 20, "encoding"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
        (b"1\n00:00:05,000 --> 00:00:04,000\nbackward\n", "no_cues"),
    ],
)
def test_unusable_files_have_a_reason(data, reason):
    with pytest.raises(BadSubtitles) as caught:
        parse(data)
    assert caught.value.reason == reason


def test_out_of_order_cues_are_sorted():
    late_first = "1\n00:00:09,000 --> 00:00:10,000\nb\n\n2\n00:00:01,000 --> 00:00:02,000\na\n"
    assert [cue.text for cue in parse(late_first.encode())] == ["a", "b"]


def test_stamp():
    assert stamp(3725.5) == "01:02:05.500"


lines = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60
)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**5), lines), max_size=8))
def test_written_captions_read_back_the_same(rows):
    cues = tuple(
        Cue(start / 1000, (start + length) / 1000, text)
        for start, length, raw in rows
        if (text := plain(raw)) and plain(text) == text and "-->" not in text
    )
    ordered = tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))
    if ordered:
        assert parse(to_webvtt(ordered).encode()) == ordered


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_refused(data):
    try:
        cues = parse(data)
    except BadSubtitles:
        return
    assert all(cue.end > cue.start and cue.text for cue in cues)
