"""Searching: what is found, by whom, in which order, and what the pages show."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.members.policy import Actor
from lms.search.queries import search
from lms.search.suggestions import suggest
from lms.search.terms import note_search, write_searches
from tests.search.conftest import SAFETY, Shelf, find_learner, titles


@pytest.fixture(params=["whoosh", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def headings(text: str, who: Actor) -> list[str]:
    return [
        f"{result.title.text} {passage.heading}".strip()
        for result in search(text, actor=who).results
        for passage in result.passages
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("安全生产法 第二十条", f"{SAFETY} 第二十条"),
        ("安全生产法第20条", f"{SAFETY} 第二十条"),
        ("安全生產法 第２０條第二款", f"{SAFETY} 第二十条"),
        ("中华人民共和国安全生产法20条", f"{SAFETY} 第二十条"),
        ("安全生产 第一责任人", f"{SAFETY} 第五条"),
        ("學而時習之", "论语 学而篇"),
        ("远方来不亦乐乎", "论语 学而篇"),
        ("学而时习之不亦说乎有朋", "论语 学而篇"),
        ("仁", "论语 学而篇"),
        ("gb 18030", "煤矿安全规程"),
        ("ＧＢ18030", "煤矿安全规程"),
        ("“负责人是本单位安全生产第一责任人，对本单位”", f"{SAFETY} 第五条"),
    ],
)
def test_the_paragraph_comes_first(
    library: Shelf, actor: Callable[[str], Actor], text: str, first: str
) -> None:
    assert headings(text, actor("learner"))[0] == first


def test_punctuation_may_be_left_out(library: Shelf, actor: Callable[[str], Actor]) -> None:
    found = search("时习之不亦说乎有朋自远方来", actor=actor("learner"))
    assert [result.title.text for result in found.whole] == ["论语"]


def test_an_exact_short_title_comes_first(library: Shelf, actor: Callable[[str], Actor]) -> None:
    assert titles("安全生产法", actor("learner"))[0] == SAFETY
    assert titles("《安全生产法》", actor("learner"))[0] == SAFETY


def test_without_and_phrase_and_fields(library: Shelf, actor: Callable[[str], Actor]) -> None:
    learner = actor("learner")
    assert "煤矿安全规程" in titles("主要负责人", learner)
    assert "煤矿安全规程" not in titles("主要负责人 -煤矿", learner)
    assert titles('"负责人主要"', learner) == []
    assert titles("title:条例", learner) == ["中华人民共和国安全生产法实施条例"]
    assert titles("安全生产 issuer:国务院", learner) == ["中华人民共和国安全生产法实施条例"]
    assert titles("issuer:没有这个机关", learner) == []


def test_facets_and_filters(library: Shelf, actor: Callable[[str], Actor]) -> None:
    learner = actor("learner")
    found = search("安全生产", actor=learner)
    assert {choice.value: choice.count for choice in found.facets["kind"]} == {"policy": 3}
    assert [choice.value for choice in found.facets["year"]] == ["2023", "2021"]
    narrowed = search("安全生产", actor=learner, filters={"year": ["2021"]})
    assert [result.title.text for result in narrowed.results] == [SAFETY]
    assert [choice.value for choice in narrowed.facets["year"]] == ["2023", "2021"]
    assert titles("安全生产", learner, filters={"kind": ["classic"]}) == []
    assert titles("安全生产 条件", learner, sort="date")[0] == "中华人民共和国安全生产法实施条例"


def test_partial_matches_follow_whole_ones(library: Shelf, actor: Callable[[str], Actor]) -> None:
    found = search("学而时习之 飞船", actor=actor("learner"))
    assert found.total == 0
    assert [result.title.text for result in found.partial] == ["论语"]
    assert found.unknown_words == ["飞船"]


def test_visibility_is_decided_in_the_query(
    shelf: Shelf, follow_all: Callable[[], None], actor: Callable[[str], Actor]
) -> None:
    people = shelf.people
    shelf.put("北方文件", "共同的词语甲", audience=people.north, owner=people.north)
    shelf.put("南方文件", "共同的词语甲", audience=people.south, owner=people.south)
    shelf.put(
        "草稿文件", "共同的词语甲", audience=people.north, owner=people.north, is_published=False
    )
    shelf.put("题目文件", "共同的词语甲", audience=None, owner=people.south)
    follow_all()
    expected = {
        "learner": {"北方文件"},
        "stranger": {"南方文件"},
        "owner": {"北方文件", "草稿文件"},
        "outsider": {"南方文件", "题目文件"},
        "chief": {"北方文件", "南方文件", "草稿文件", "题目文件"},
        "manager": {"北方文件"},
    }
    for number, seen in expected.items():
        found = search("共同的词语甲", actor=actor(number))
        assert {result.title.text for result in found.results} == seen, number
        assert found.total == len(seen)
        assert sum(choice.count for choice in found.facets["kind"]) == len(seen)
        suggested = {result.title.text for result in suggest("文件", actor=actor(number)).titles}
        assert suggested == seen, number


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=60))
def test_whatever_is_typed_never_fails(
    library: Shelf, actor: Callable[[str], Actor], text: str
) -> None:
    search(text, actor=actor("learner"))


@pytest.mark.parametrize(
    "text",
    [
        "安" * 10_000,
        "((((" * 2_500,
        '"' * 9_999,
        "-" * 100,
        "a:" * 5_000,
        "第" * 5000 + "条",
        "\x00",
        "😀",
    ],
)
def test_long_and_hostile_queries(library: Shelf, actor: Callable[[str], Actor], text: str) -> None:
    assert search(text, actor=actor("learner")).seconds < 2


def test_changes_and_removals_are_followed(
    library: Shelf, follow_all: Callable[[], None], actor: Callable[[str], Actor]
) -> None:
    learner = actor("learner")
    library.put("论语", ("学而篇", "子曰：温故而知新，可以为师矣。"), document_id=3, kind="classic")
    follow_all()
    assert titles("温故而知新", learner) == ["论语"]
    assert titles('"不亦乐乎"', learner) == []
    library.drop(3)
    follow_all()
    assert titles("温故而知新", learner) == []


def test_the_page_groups_marks_and_links(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("learner").get("/search?q=安全生产 第一责任人").text
    assert "<mark>安全生产第一责任人</mark>" in page
    assert 'href="/search?q=document-1#p1"' in page
    assert "现行有效" in page
    empty = client_of("learner").get("/search?q=飞船火箭").text
    assert "没有找到“飞船火箭”" in empty
    assert "怎样搜得准" in client_of("learner").get("/search").text
    hostile = client_of("learner").get(
        "/search?q=<script>alert(1)</script>&kind=%00&year=x&page=9999"
    )
    assert hostile.status_code == 200
    assert "<script>alert" not in hostile.text


def test_suggestions(library: Shelf, client_of: Callable[[str], FlaskClient]) -> None:
    client = client_of("learner")
    items = client.get("/search/suggest?q=安全生").get_json()["items"]
    assert items[0]["title"] == SAFETY
    by_pinyin = client.get("/search/suggest?q=lunyu").get_json()["items"]
    assert [item["title"] for item in by_pinyin] == ["论语"]
    assert client.get("/search/suggest?q=aqscf").get_json()["items"][0]["title"] == SAFETY
    assert client.get("/search/suggest?q=%25").get_json()["items"] == []


def suggested(client: FlaskClient, typed: str) -> list[str]:
    items = client.get("/search/suggest", query_string={"q": typed}).get_json()["items"]
    return [item["title"] for item in items]


def test_an_article_is_suggested_once_it_is_typed(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("learner")
    assert suggested(client, "安全生产法 第")[0] == SAFETY
    assert suggested(client, "安全生产法第二十")[0] == SAFETY
    (first, *_rest) = client.get("/search/suggest?q=安全生产法20条").get_json()["items"]
    assert first["title"] == f"{SAFETY} 第二十条"
    assert first["url"].endswith("#p2")
    assert first["kind"] == "法规 · 2021"


def test_titles_are_suggested_for_several_words_and_abbreviations(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("learner")
    assert suggested(client, "安全 条例") == ["中华人民共和国安全生产法实施条例"]
    assert suggested(client, "安产法") == [SAFETY]
    assert suggested(client, "安全，生产法")[0] == SAFETY
    assert suggested(client, "煤矿的规程") == []


def test_the_command_prints_json(library: Shelf, app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["search", "query", "安全生产法 第二十条", "--as", "learner", "--json", "--limit", "1"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)["documents"]
    assert [document["title"] for document in found] == [SAFETY]
    assert found[0]["passages"][0]["anchor"] == "p2"
    plain = app.test_cli_runner().invoke(args=["search", "query", "不亦乐乎"])
    assert "论语" in plain.output
    assert (
        app.test_cli_runner().invoke(args=["search", "query", "x", "--as", "nobody"]).exit_code == 1
    )


def test_check_and_rebuild(library: Shelf, app: Flask) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["search", "check"]).exit_code == 0
    rebuilt = runner.invoke(args=["search", "rebuild"])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert "11 entries" in rebuilt.output
    assert runner.invoke(args=["search", "check"]).exit_code == 0


def test_a_named_text_comes_first_though_it_holds_only_some_of_the_words(library: Shelf) -> None:
    found = search("安全生产法 第一责任人 饕餮", actor=find_learner())
    assert found.total == 0
    assert found.results[0].title.text == SAFETY
    assert found.results[0].is_partial


def test_little_is_shown_rather_than_nothing(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    page = client_of("learner").get("/search?q=饕餮龘鬻魑魅责任人").text
    assert "以下含有其中一部分" in page


def test_issuers_are_named_by_their_short_names(
    library: Shelf, follow_all: Callable[[], None]
) -> None:
    library.put("南北办法", "一段文字。", issuer="全国人民代表大会常务委员会")
    follow_all()
    assert search("issuer:全国人大 文字", actor=find_learner()).total == 1
    assert search("issuer:国务院 文字", actor=find_learner()).total == 0


def test_similar_passages(
    library: Shelf, follow_all: Callable[[], None], client_of: Callable[[str], FlaskClient]
) -> None:
    library.put(
        "本市规定", "主要负责人是本单位安全生产第一责任人，全面负责。", "无关的另一段文字。"
    )
    library.put("南方规定", "主要负责人是本单位安全生产第一责任人。", audience=library.people.south)
    follow_all()
    found = search("安全生产法 第五条", actor=find_learner())
    entry_id = found.results[0].passages[0].entry_id
    page = client_of("learner").get(f"/search/similar/{entry_id}").text
    assert "本市规定" in page
    assert "无关的另一段" not in page
    assert "南方规定" not in page
    assert client_of("stranger").get(f"/search/similar/{entry_id}").status_code == 200
    assert client_of("learner").get("/search/similar/987654").status_code == 404


def test_searches_in_vain_are_shown_to_administrators(
    library: Shelf, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("learner")
    client.get("/search?q=飞船火箭")
    client.get("/search?q=飞船火箭")
    client.get("/search?q=不亦乐乎")
    assert client.get("/search/empty").status_code == 403
    page = client_of("owner").get("/search/empty").text
    assert "飞船火箭" in page
    assert "2 次" in page
    assert "不亦乐乎" not in page


def test_frequent_searches_are_suggested_where_they_find_something(
    shelf: Shelf, follow_all: Callable[[], None], actor: Callable[[str], Actor]
) -> None:
    shelf.put("北方文件", "不亦乐乎", audience=shelf.people.north)
    follow_all()
    for _ in range(5):
        note_search("不亦乐乎", is_empty=False)
    write_searches()
    assert suggest("不亦", actor=actor("learner")).searches == ["不亦乐乎"]
    assert suggest("不亦", actor=actor("stranger")).searches == []
