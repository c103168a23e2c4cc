"""Names that people type: short, misspelt, in pinyin, with a number behind; shares in any form."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.members.queries import find_actor_by_number
from lms.search.queries import search
from lms.search.suggestions import search_as_meant
from tests.search.conftest import SAFETY, Shelf, find_learner, titles


@pytest.fixture(params=["whoosh", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_near_names_when_nothing_is_found(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("learner").get("/search?q=安全生育法 第5条").text
    assert "您要找的是不是" in page
    assert ">安全生产法 第5条</a>" in page


def test_names_near_to_an_article_are_those_of_rules(
    library: Shelf, follow_all: Callable[[], None]
) -> None:
    library.put("安全生产课", "一段文字。", kind="course")
    follow_all()
    asked = search_as_meant("安全生育课", actor=find_learner())
    with_article = search_as_meant("安全生育课 第5条", actor=find_learner())
    assert "安全生产课" in asked.near
    assert with_article.near[0] == "安全生产法 第5条"
    assert "安全生产课 第5条" not in with_article.near


@pytest.mark.parametrize("typed", ["安产法 第五条", "anquanshengchanfa 第5条", "按全生产法 第五条"])
def test_names_that_stand_nowhere_are_taken_as_they_were_meant(
    library: Shelf, client_of: Callable[[str], FlaskClient], app: Flask, typed: str
) -> None:
    page = client_of("learner").get("/search", query_string={"q": typed}).text
    assert "的结果" in page
    assert "第五条" in page.partition("search-results")[2]
    told = app.test_cli_runner().invoke(args=["search", "query", typed, "--json"])
    assert json.loads(told.output)["meant"].startswith("安全生产法")


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("安全生产法 20", "安全生产法 第20条", SAFETY),
        ("安全生产法第二十", "安全生产法 第二十条", SAFETY),
        ("安产法 条件", "安全生产法 条件", SAFETY),
        ("“安产法” 条件", "", "某细则"),
        ("安产法", "安全生产法", SAFETY),
        ("安全生产法 2023", "", "某细则"),  # it has no such article
        # The only name that ends so.
        ("实施条例 20", "安全生产法实施条例 第20条", f"{SAFETY}实施条例"),
    ],
)
def test_what_is_called_so_goes_before_what_speaks_of_it(
    library: Shelf, follow_all: Callable[[], None], typed: str, meant: str, first: str
) -> None:
    text = "安产法规定的条件：2023年起，违反安全生产法第二十一条、实施条例的，处20万元罚款。"
    library.put("某细则", text)
    follow_all()
    results = search_as_meant(typed, actor=find_learner())
    assert results.meant == meant
    assert results.results[0].title.text == first


def test_an_abbreviation_of_several_names_shows_all_of_them(
    library: Shelf, follow_all: Callable[[], None], client_of: Callable[[str], FlaskClient]
) -> None:
    for title in ("中华人民共和国消防法", "中华人民共和国消费者权益保护法"):
        library.put(title, "一段文字。")
    follow_all()
    page = client_of("learner").get("/search?q=消法").text
    near, _, shown = page.partition("search-results")
    for name in ("消防法", "消费者权益保护法"):
        assert f">{name}</a>" in near
        assert name in shown
    assert "没有找到" not in page


@pytest.mark.parametrize("typed", ["25%", "百分之二十五", "不低于25％", "“不低于25%”", "25 %"])
def test_shares_are_found_however_they_are_written(
    library: Shelf, follow_all: Callable[[], None], typed: str
) -> None:
    library.put("甲办法", "流动性比例不低于百分之二十五。")
    library.put("乙办法", "流动性比例不低于25%，不高于百分之九十。")
    library.put("丙办法", "25名代表，流动性比例不低于百分之五，二十五年。")
    library.put("丁办法", "流动性比例不高于90%，不低于30%；九十日内。")
    follow_all()
    results = search(typed, actor=find_learner())
    assert {result.title.text for result in results.whole} == {"甲办法", "乙办法"}
    beside = search("比例25%", actor=find_learner()).whole
    assert {result.title.text for result in beside} == {"甲办法", "乙办法"}
    assert titles("不高于90%", find_learner())[:2] == ["丁办法", "乙办法"]
    marked = {
        span.text
        for result in results.whole
        for span in result.passages[0].snippet.spans
        if span.is_hit
    }
    assert any("25%" in text for text in marked)
    assert any("百分之二十五" in text for text in marked)


def test_names_that_one_may_not_see_are_never_meant(
    library: Shelf, follow_all: Callable[[], None], client_of: Callable[[str], FlaskClient]
) -> None:
    library.put("南方规定办法", "一段文字。", audience=library.people.south)
    follow_all()
    page = client_of("learner").get("/search?q=nanfangguidingbanfa").text
    assert "没有找到" in page
    assert "南方规定办法" not in page


def test_names_change_with_the_index_and_are_those_that_the_person_may_see(
    library: Shelf, follow_all: Callable[[], None]
) -> None:
    def meant() -> list[str]:
        people = [find_actor_by_number(number) for number in ("learner", "outsider")]
        return [search_as_meant("防讯抗汉条例", actor=one).meant for one in people if one]

    name = "防汛抗旱条例"
    assert meant() == ["", ""]
    new = library.put(name, "一段文字。", audience=library.people.south)
    follow_all()
    assert meant() == ["", name]
    library.put(name, "一段文字。", document_id=new, audience=library.people.north)
    follow_all()
    assert meant() == [name, ""]
    library.drop(new)
    follow_all()
    assert meant() == ["", ""]


def test_numerals_that_texts_write_in_both_ways_lead_to_each_other(
    library: Shelf, follow_all: Callable[[], None], client_of: Callable[[str], FlaskClient]
) -> None:
    library.put("甲办法", "档案的保存期限为十年。")
    library.put("乙办法", "档案的保存期限为10年，账簿为20年。")
    follow_all()
    for typed, other in (("保存期限 10年", "保存期限 十年"), ("保存期限 十年", "保存期限 10年")):
        results = search_as_meant(typed, actor=find_learner())
        assert len(results.whole) == 1
        assert list(results.near) == [other]
    page = client_of("learner").get("/search?q=保存期限 10年").text
    assert ">保存期限 十年</a>" in page
    alone = search_as_meant("账簿 20年", actor=find_learner())
    assert alone.whole[0].title.text == "乙办法"
    assert list(alone.near) == []
