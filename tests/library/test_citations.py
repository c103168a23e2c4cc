"""What is cited is found, and only what is certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.library.citations import Setting, find_references, is_amending
from lms.library.titles import base_name, name_key, names, short_title

SETTING = Setting(
    names={"专利法", "刑法", "民法典", "邮政法"},
    own_names={"示例细则"},
    own_anchors={f"art{n}" for n in range(1, 60)},
)


def found(text: str, setting: Setting = SETTING) -> list[tuple[str, str, str]]:
    return [
        (text[one.start : one.end], one.name, one.anchor) for one in find_references(text, setting)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "依照《中华人民共和国邮政法》第三十六条处理",
            [("《中华人民共和国邮政法》", "邮政法", ""), ("第三十六条", "邮政法", "art36")],
        ),
        (
            "《邮政法》（以下简称邮政法）第二条",
            [("《邮政法》", "邮政法", ""), ("第二条", "邮政法", "art2")],
        ),
        (
            "依照刑法第一百三十三条之一第二款的规定",
            [("第一百三十三条之一第二款", "刑法", "art133-1-p2")],
        ),
        ("违反本细则第五条第二款第（三）项的", [("第五条第二款第（三）项", "", "art5-p2-i3")]),
        ("符合本办法第八条第六项", [("第八条第六项", "", "art8-p1-i6")]),
        (
            "专利法第二条、第二十六条第三款、第四款、第二十七条第二款或者本细则第二十条",
            [
                ("第二条", "专利法", "art2"),
                ("第二十六条第三款", "专利法", "art26-p3"),
                ("第二十七条第二款", "专利法", "art27-p2"),
                ("第二十条", "", "art20"),
            ],
        ),
        ("第五条至第八条", [("第五条", "", "art5"), ("第八条", "", "art8")]),
        (
            "依照专利法第九条办理；该法第十条另有规定",
            [("第九条", "专利法", "art9"), ("第十条", "专利法", "art10")],
        ),
        ("依照某公约第五条、第六条", []),
        ("原第十五条改为第十六条", []),
        ("引文：“依照本法第五条处罚。”", []),
        ("本法第九十九条", []),
        ("《示例细则》第三条", [("第三条", "", "art3")]),
        ("第二十20条 第条 第一百千条", []),
        ("", []),
    ],
)
def test_references(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert found(text) == expected


def test_an_amendment_leaves_bare_numbers_alone() -> None:
    amending = Setting(names={"刑法"}, own_anchors={"art17"}, is_amending=True)
    assert found("将刑法第十七条修改为：“依照第十七条处罚。”", amending) == [
        ("第十七条", "刑法", "art17")
    ]
    assert is_amending("中华人民共和国刑法修正案（十一）")
    assert not is_amending("中华人民共和国刑法")


def test_a_volume_cites_the_other_volumes_by_the_name_of_the_whole() -> None:
    volume = Setting(own_anchors={"art463"}, whole_name="民法典")
    assert found("依据本法第五百一十条", volume) == [("第五百一十条", "民法典", "art510")]
    assert found("依据本法第四百六十三条", volume) == [("第四百六十三条", "", "art463")]


@given(st.text(alphabet="第一二十百条之款项《》（）()本法专利刑、和至“”依照0123", max_size=80))
def test_any_text_gives_ordered_references_within_it(text: str) -> None:
    last = 0
    for one in find_references(text, SETTING):
        assert last <= one.start < one.end <= len(text)
        last = one.end


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("中华人民共和国安全生产法", ("安全生产法",)),
        ("中华人民共和国民法典_合同编", ("民法典合同编", "民法典")),
        ("中华人民共和国宪法修正案（2018年）", ("宪法修正案(2018年)", "宪法修正案")),
        (
            "国务院关于职工工作时间的规定",
            ("国务院关于职工工作时间的规定", "关于职工工作时间的规定"),
        ),
        ("论语", ("论语",)),
    ],
)
def test_names_of_works(title: str, keys: tuple[str, ...]) -> None:
    assert names(title) == keys


def test_titles_compare_whatever_their_marks() -> None:
    assert name_key("《中华人民共和国 安全生产法》") == name_key("安全生产法")
    assert short_title("中华人民共和国消防法（2021年修正）") == "消防法"
    assert base_name("论语") == ""
