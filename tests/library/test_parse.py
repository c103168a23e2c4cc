"""Texts are recognised: parts, chapters, articles, items, and anchors that stay."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.courses.outline import chinese_number
from lms.library.encodings import decode
from lms.library.front_matter import split
from lms.library.lines import ParagraphKind, SectionKind
from lms.library.numerals import read_number
from lms.library.paging import MOST_CHARS, WHOLE_CHARS, paginate
from lms.library.parse import MOST_PARAGRAPHS, Body, parse
from lms.library.problems import Reason, Unreadable

LAW = """
## 第一章 总 则

第一条 为了举例，制定本办法。

第二条 有下列情形之一的，适用本办法：

（一）第一种情形；

（二）第二种情形：

1. 甲；

2. 乙。

前款规定不适用于其他情形。

### 第一节 职责

第三条之一 按照第二条办理。

## 第二章 附则

第四条 本办法自公布之日起施行。
"""


def anchors(body: Body) -> list[str]:
    return [one.anchor for one in body.sections] + [one.anchor for one in body.paragraphs]


def test_a_law_is_read_into_chapters_articles_and_items() -> None:
    body = parse(LAW)
    assert [(s.kind.value, s.label, s.title, s.anchor, s.depth) for s in body.sections] == [
        ("chapter", "第一章", "总则", "ch1", 0),
        ("article", "第一条", "", "art1", 1),
        ("article", "第二条", "", "art2", 1),
        ("section", "第一节", "职责", "ch1-sec1", 1),
        ("article", "第三条之一", "", "art3-1", 2),
        ("chapter", "第二章", "附则", "ch2", 0),
        ("article", "第四条", "", "art4", 1),
    ]
    assert [(p.anchor, p.kind) for p in body.paragraphs[1:7]] == [
        ("art2-p1", ParagraphKind.PARAGRAPH),
        ("art2-p1-i1", ParagraphKind.ITEM),
        ("art2-p1-i2", ParagraphKind.ITEM),
        ("art2-p1-i2-s1", ParagraphKind.SUBITEM),
        ("art2-p1-i2-s2", ParagraphKind.SUBITEM),
        ("art2-p2", ParagraphKind.PARAGRAPH),
    ]
    assert body.paragraphs[0].text == "为了举例，制定本办法。"
    assert [problem.reason for problem in body.problems] == [Reason.ARTICLE_GAP]


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("第一条 正文", True),
        ("第一条　全角空格", True),
        ("第 一 条  有空格", True),
        ("第1条 阿拉伯数字", True),
        ("第１条 全角数字", True),
        ("第一条：冒号", True),
        ("第一条【目的】为了", True),
        ("第一条为了规范", True),
        ("第一条规定的情形除外。", False),
        ("第一条、第二条适用于此。", False),
        ("第一条第二款的规定。", False),
        ("“第一条 引文中的条文", False),
        ("依照第一条办理。", False),
    ],
)
def test_only_the_opening_of_an_article_opens_one(line: str, opens: bool) -> None:
    body = parse(line + "\n后面的话。")
    assert (body.sections[0].kind is SectionKind.ARTICLE) == opens


def test_a_number_in_running_text_is_an_article_only_in_its_turn() -> None:
    body = parse("第一条甲。\n第七条乙。\n第二条丙。")
    assert [s.label for s in body.sections] == ["第一条", "第二条"]
    assert body.paragraphs[1].text == "第七条乙。"


def test_articles_that_follow_on_one_line_are_taken_apart() -> None:
    body = parse("第一条 甲。 第二条 乙，见 第九条 的规定。 第三条 丙。")
    assert [s.label for s in body.sections] == ["第一条", "第二条", "第三条"]


def test_what_is_quoted_opens_nothing() -> None:
    body = parse("一、在第五条后增加一条：“第六条 新的内容。\n第七条 也是引文。”\n二、删去第九条。")
    assert [(s.kind, s.label) for s in body.sections] == [
        (SectionKind.POINT, "一"),
        (SectionKind.POINT, "二"),
    ]


def test_a_table_of_contents_is_left_out() -> None:
    contents = "目　录\n第一章 总则 ........ 1\n第二章 附则 …… 9\n"
    body = parse(contents + "第一章 总则\n第一条 甲。\n第二章 附则\n第二条 乙。")
    assert [s.label for s in body.sections] == ["第一章", "第一条", "第二章", "第二条"]


def test_numbers_that_come_again_get_anchors_of_their_own() -> None:
    body = parse("第一条 甲。\n附件：样表\n第一条 乙。\n附件二\n第一条 丙。\n第一条 丁。")
    found = anchors(body)
    assert len(found) == len(set(found))
    assert {"art1", "annex-art1", "annex2-art1", "annex2-art1_2"} <= set(found)


def test_anchors_of_articles_do_not_move_when_text_is_added_elsewhere() -> None:
    before = {s.anchor: s.label for s in parse(LAW).sections if s.kind is SectionKind.ARTICLE}
    longer = LAW.replace("## 第一章", "前言一句。\n\n又一句。\n\n## 第一章")
    after = {s.anchor: s.label for s in parse(longer).sections if s.kind is SectionKind.ARTICLE}
    assert before == after


TEXT_LINES = st.lists(
    st.one_of(
        st.builds("第{}条 {}".format, st.integers(1, 40).map(chinese_number), st.text(max_size=20)),
        st.builds(
            "{} 第{}章 {}".format,
            st.sampled_from(["", "#", "##"]),
            st.integers(1, 9),
            st.text(max_size=8),
        ),
        st.builds("（{}）{}".format, st.integers(1, 12).map(chinese_number), st.text(max_size=12)),
        st.builds("{}、{}".format, st.integers(1, 12).map(chinese_number), st.text(max_size=12)),
        st.sampled_from(["附件一", "目录", "#", "“开引号", "闭引号”", "---", "1. 甲"]),
        st.text(max_size=40),
    ),
    max_size=40,
)


@given(TEXT_LINES)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_unique_anchors_and_loses_no_words(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        body = parse(text)
    except Unreadable as error:
        assert error.reason is Reason.EMPTY
        return
    found = anchors(body)
    assert len(found) == len(set(found))
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", anchor) for anchor in found)
    assert [p.section for p in body.paragraphs] == sorted(p.section for p in body.paragraphs)
    for section in body.sections:
        assert section.parent is None or section.parent < section.position
    shown = "".join(s.heading for s in body.sections) + "".join(p.text for p in body.paragraphs)
    if "目录" not in text:
        for word in re.findall(r"[\u4e00-\u9fff]{3,}", text):
            assert word[:3] in shown.replace(" ", "")


def test_limits_are_told() -> None:
    with pytest.raises(Unreadable) as caught:
        parse("字\n" * (MOST_PARAGRAPHS + 1))
    assert caught.value.reason is Reason.TOO_MANY_PARAGRAPHS
    assert caught.value.found == MOST_PARAGRAPHS + 1


def test_a_long_text_is_cut_into_pages_at_headings() -> None:
    chapter = "## 章名\n" + "段落" * 200 + "\n"
    body = parse(chapter * 400)
    sections, paragraphs = paginate(body)
    assert body.chars > WHOLE_CHARS
    assert sections == sorted(sections)
    assert paragraphs == sorted(paragraphs)
    sizes: dict[int, int] = {}
    for page, paragraph in zip(paragraphs, body.paragraphs, strict=True):
        sizes[page] = sizes.get(page, 0) + len(paragraph.text)
    assert max(sizes.values()) <= MOST_CHARS + 400
    assert [sections[p.section] for p in body.paragraphs] == paragraphs


def test_paragraphs_without_any_heading_are_cut_as_well() -> None:
    _sections, pages = paginate(parse(("字" * 300 + "\n") * 1000))
    assert pages[0] == 1
    assert pages[-1] > 3


@pytest.mark.parametrize("number", [1, 10, 11, 20, 100, 101, 110, 133, 1000, 1010, 1259, 9999])
def test_numerals_are_read_as_they_are_written(number: int) -> None:
    assert read_number(chinese_number(number)) == number
    assert read_number(str(number)) == number


@given(st.integers(1, 9999))
def test_every_numeral_reads_back(number: int) -> None:
    assert read_number(chinese_number(number)) == number


@given(st.text(max_size=12))
def test_reading_a_number_never_fails(text: str) -> None:
    found = read_number(text)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_are_recognised(encoding: str) -> None:
    text = "第一条 为了规范《办法》，𠮷字也要认得。\nabc\n"
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \n\t ", Reason.EMPTY),
        ("\ufeff".encode(), Reason.EMPTY),
        (bytes(range(256)) * 8, Reason.NOT_TEXT),
        (b"\x00\x01\x02\x03" * 100, Reason.NOT_TEXT),
        (b"\xff\xfe\x00", Reason.NOT_TEXT),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(data)
    assert caught.value.reason is reason


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        assert decode(data).text.strip()
    except Unreadable as error:
        assert error.reason in (Reason.EMPTY, Reason.NOT_TEXT)


def test_front_matter_is_split_off_and_aliases_are_refused() -> None:
    head, body = split("---\r\ntitle: 甲\r\ndate: 2024-01-02\r\nkeywords: [乙, 丙]\r\n---\r\n正文")
    assert head == {"title": "甲", "date": "2024-01-02", "keywords": ["乙", "丙"]}
    assert body == "正文"
    assert split("没有说明") == ({}, "没有说明")
    bomb = "---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: [*b, *b]\n---\n正文"
    for broken in (
        bomb,
        "---\n- 一\n- 二\n---\n",
        "---\na: [\n---\n正文",
        "---\n? !!python/object:os\n---\n",
    ):
        with pytest.raises(Unreadable) as caught:
            split(broken)
        assert caught.value.reason is Reason.BROKEN_FRONT_MATTER
