"""Reading: the list, the page, links, hits, cited by, editions, notes; and who may see what."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from config import Settings
from lms.db import db
from lms.library import hits
from lms.library.fields import WorkKind
from lms.library.models import Document
from lms.library.runs import Span, cut, hits_in, whole_words
from lms.members.policy import Actor
from lms.members.scope import ContentState
from lms.search.indexer import follow, rebuild_index, silent
from lms.study.subjects import get_subject
from tests.factories import People
from tests.library.samples import RULES, make_document

Client = Callable[[str], FlaskClient]


@pytest.fixture
def fire_law(people: People) -> Document:
    text = "第一条 为了消防。\n\n第二条 消防工作贯彻预防为主。"
    return make_document(
        people.root, title="中华人民共和国消防法", text=text, issued_on=date(2021, 4, 29)
    )


def test_the_list_shows_and_filters(client_of: Client, rules: Document, fire_law: Document) -> None:
    client = client_of("learner")
    page = client.get("/library/").text
    assert "示例安全管理办法" in page
    assert "中华人民共和国消防法" in page
    narrowed = client.get("/library/?year=2021&kind=policy&status=in_force").text
    assert "消防法" in narrowed
    assert "示例安全管理办法" not in narrowed
    assert "没有符合条件的文献" in client.get("/library/?title=没有的").text
    assert client.get("/library/?year=abc&kind=x&status=y&page=-1&sort=z").status_code == 200


def test_a_text_is_read_with_anchors_and_links(
    client_of: Client, rules: Document, fire_law: Document
) -> None:
    page = client_of("learner").get(f"/library/{rules.id}").text
    for anchor in ("ch1", "art1", "art2-p1", "art2-p1-i2", "art3-p1"):
        assert f'id="{anchor}"' in page
    assert f'href="/library/{fire_law.id}?at=art2#art2">第二条</a>' in page
    assert f'href="/library/{rules.id}?at=art2#art2">第二条</a>' in page
    assert 'data-module="study-clock"' in page


def test_what_is_cited_but_may_not_be_seen_is_no_link(client_of: Client, people: People) -> None:
    rules = make_document(people.root)
    make_document(people.south, title="消防法", text="第一条 甲。\n\n第二条 乙。")
    assert "《消防法》</a>" not in client_of("learner").get(f"/library/{rules.id}").text
    assert "《消防法》</a>" in client_of("stranger").get(f"/library/{rules.id}").text


def test_hits_are_marked_in_any_spelling(client_of: Client, rules: Document) -> None:
    page = client_of("learner").get(f"/library/{rules.id}?q=責任制").text
    assert "<mark>责任制</mark>" in page
    assert "在本页有 1 处" in page
    for typed in ("（", "<script>alert(1)</script>", '"', "a" * 3000, "第20条 -安全", "%_"):
        assert (
            client_of("learner")
            .get("/library/" + str(rules.id), query_string={"q": typed})
            .status_code
            == 200
        )


LONG = "\n\n".join(
    f"## 第{n}卷\n\n" + "不相干的字。" * 4_000 + ("学而，时习之。" if n in (2, 4) else "")
    for n in range(1, 6)
)


def test_hits_of_a_long_text_are_counted_by_page(client_of: Client, people: People) -> None:
    book = make_document(people.north, title="长书", text=LONG, kind=WorkKind.CLASSIC)
    assert book.page_count == 5
    url = f"/library/{book.id}"
    answer = client_of("learner").get(f"{url}/hits?q=學而時習之").get_json()
    assert [(one["page"], one["count"]) for one in answer["pages"]] == [(2, 1), (4, 1)]
    assert answer["is_whole"]
    assert "<mark>学而，时习之</mark>" in client_of("learner").get(answer["pages"][1]["url"]).text
    for typed in ("", "%_", '"', "之" * 3000, "没有的字"):
        query = {"q": typed, "page": "9999999"}
        assert client_of("learner").get(f"{url}/hits", query_string=query).json["pages"] == []
    assert client_of("stranger").get(f"{url}/hits?q=学").status_code == 404


def test_search_leads_to_the_place_with_its_words_marked(
    app: Flask,
    client_of: Client,
    rules: Document,
    settings_with: Callable[..., Settings],
    tmp_path: Path,
) -> None:
    url = f"/library/{rules.id}"
    db.session.rollback()
    settings_with(data_dir=tmp_path)
    rebuild_index(silent)
    while follow():
        pass
    db.session.rollback()
    page = client_of("learner").get("/search?q=示例安全管理办法 組織演練").text
    link = f"{url}?at=art2&amp;q=组织演练#art2"
    assert link in unquote(page)
    assert "<mark>组织演练</mark>" in client_of("learner").get(f"{url}?at=art2&q=组织演练").text
    named = client_of("learner").get("/search?q=示例安全管理办法 第二条").text
    assert f'href="{url}?at=art2#art2"' in named
    app.extensions.pop("search_engines", None)


def test_of_a_very_long_text_the_pages_around_are_counted(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_document(people.north, title="长书", text=LONG, kind=WorkKind.CLASSIC)
    monkeypatch.setattr(hits, "MOST_CHARS", 60_000)
    found = hits.count_hits(book, "时习之", page=4)
    assert [one.page for one in found.pages] == [4]
    assert not found.is_whole


def test_who_may_read(client_of: Client, people: People) -> None:
    draft = make_document(people.north, title="草稿办法", state=ContentState.DRAFT)
    north = make_document(people.north, title="北方办法")
    for number, of_draft, of_north in (
        ("owner", 200, 200),
        ("learner", 404, 200),
        ("stranger", 404, 404),
    ):
        client = client_of(number)
        assert client.get(f"/library/{draft.id}").status_code == of_draft
        assert client.get(f"/library/{north.id}").status_code == of_north
        assert ("草稿办法" in client.get("/library/").text) == (of_draft == 200)
        assert client.get(f"/library/{north.id}/edit").status_code == (
            200 if number == "owner" else 403
        )
    assert client_of("outsider").get(f"/library/{north.id}/edit").status_code == 404
    assert (
        client_of("outsider")
        .post(f"/library/{north.id}/state", data={"state": "draft"})
        .status_code
        == 404
    )


def test_lasting_links_lead_to_the_nearest_place(client_of: Client, rules: Document) -> None:
    client = client_of("learner")
    answer = client.get(f"/library/at/{rules.id}/art2-p1-i9")
    assert answer.location.endswith(f"/library/{rules.id}?at=art2-p1#art2-p1")
    assert client.get(f"/library/at/{rules.id}/nowhere").location.endswith(f"/library/{rules.id}")
    assert client.get(f"/library/{rules.id}?at=nowhere&page=99").status_code == 200


def test_cited_by_names_the_texts_and_articles(
    client_of: Client, rules: Document, fire_law: Document
) -> None:
    client = client_of("learner")
    page = client.get(f"/library/{fire_law.id}").text
    assert "被引 1" in page
    assert "示例安全管理办法" in page
    cited = client.get(f"/library/{fire_law.id}/cited?at=art2").text
    assert "引用第二条的内容" in cited
    assert "示例安全管理办法" in cited


def test_editions_are_compared_and_an_old_one_points_to_the_new(
    client_of: Client, people: People
) -> None:
    old = make_document(people.root, key="o", issued_on=date(2010, 1, 1))
    new = make_document(people.root, key="n", text=RULES.replace("组织演练", "每年组织一次演练"))
    client = client_of("learner")
    assert "这是旧版本" in client.get(f"/library/{old.id}").text
    page = client.get(f"/library/{old.id}/compare/{new.id}").text
    assert "<ins>每年</ins>" in page
    assert "修改 1 段，增加 0 段，删去 0 段" in page
    assert client_of("learner").get(f"/library/{new.id}/compare/{old.id}").status_code == 200


def test_a_long_text_is_read_in_pages(client_of: Client, people: People) -> None:
    text = "\n".join(
        f"## 篇{n}\n" + "\n".join("字" * 200 + f"句{n}。" for _ in range(40)) for n in range(20)
    )
    long = make_document(people.root, title="长篇", text=text)
    client = client_of("learner")
    assert long.page_count > 3
    first, last = (
        client.get(f"/library/{long.id}").text,
        client.get(f"/library/{long.id}?at=h20-p3").text,
    )
    assert "句0。" in first
    assert "句19。" not in first
    assert "句19。" in last
    assert 'id="h20-p3" class="paragraph is-target"' in last
    assert f'href="/library/{long.id}?page=' in first


def test_the_card_is_changed_and_the_state_set(
    client_of: Client, rules: Document, people: People
) -> None:
    client = client_of("chief")
    form = {
        "title": "示例安全管理办法（修订）", "kind": "policy", "status": "amended",
        "issued_on": "2024-03-01",
        "implements": "消防法、安全生产法", "keywords": "安全，消防",
    }  # fmt: skip
    assert client.post(f"/library/{rules.id}/edit", data=form).status_code == 302
    page = client.get(f"/library/{rules.id}").text
    assert "示例安全管理办法（修订）" in page
    assert "《消防法》" in page
    assert client.post(f"/library/{rules.id}/edit", data=form | {"title": ""}).status_code == 422
    client.post(f"/library/{rules.id}/state", data={"state": "draft"})
    assert client_of("learner").get(f"/library/{rules.id}").status_code == 404
    assert client.post(f"/library/{rules.id}/state", data={"state": "x"}).status_code == 422


def test_revising_gives_back_the_same_text(client_of: Client, rules: Document) -> None:
    from lms.library.models import ImportDraft
    from lms.library.parse import parse

    client = client_of("chief")
    answer = client.post(f"/library/{rules.id}/revise")
    draft = db.session.scalars(select(ImportDraft)).one()
    before, after = parse(RULES), parse(draft.text, is_markdown=True)
    assert [(p.anchor, p.text) for p in before.paragraphs] == [
        (p.anchor, p.text) for p in after.paragraphs
    ]
    assert [(s.anchor, s.heading) for s in before.sections] == [
        (s.anchor, s.heading) for s in after.sections
    ]
    db.session.rollback()
    assert client.get(answer.location).status_code == 200


def test_attachments_go_to_those_who_may_read(client_of: Client, people: People) -> None:
    import io

    document = make_document(people.north, title="北方办法")
    data = {"file": (io.BytesIO(b"%PDF-1.4 form"), "表.pdf")}
    client_of("owner").post(
        f"/library/{document.id}/attachments", data=data, content_type="multipart/form-data"
    )
    assert "表.pdf" in client_of("learner").get(f"/library/{document.id}").text
    assert client_of("learner").get("/library/attachments/1").status_code == 302
    assert client_of("stranger").get("/library/attachments/1").status_code == 404


def test_a_text_is_a_subject_of_study(
    app: object, actor: Callable[[str], Actor], people: People
) -> None:
    from lms.errors import NotFound

    document = make_document(people.north, title="北方办法")
    with app.test_request_context("/"):  # type: ignore[attr-defined]
        subject = get_subject("document", document.id, actor=actor("learner"))
        assert (subject.title, subject.measure.chars) == ("北方办法", document.chars)
        with pytest.raises(NotFound):
            get_subject("document", document.id, actor=actor("stranger"))


def test_a_page_asks_the_database_a_fixed_number_of_times(
    client_of: Client, people: People
) -> None:
    small = make_document(people.root)
    big = make_document(
        people.root,
        title="大办法",
        text="\n".join(f"第{n}条 依照《消防法》第{n}条和本办法第1条办理。" for n in range(1, 200)),
    )
    client = client_of("learner")
    counts = []
    for document in (small, big):
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a, seen=seen: seen.append(a[2]))
        client.get(f"/library/{document.id}")
        counts.append(len(seen))
    assert counts[1] - counts[0] <= 2
    assert counts[0] < 30


@given(
    st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6)
)
def test_cutting_never_changes_the_text(text: str, places: list[tuple[int, int]]) -> None:
    spans = [Span(a, b, href="x") for a, b in places]
    assert "".join(run.text for run in cut(text, spans)) == text


@given(st.text(max_size=40), st.text(min_size=1, max_size=4))
def test_hits_lie_within_the_text(text: str, needle: str) -> None:
    for hit in hits_in(text, whole_words(needle)):
        assert 0 <= hit.start < hit.end <= len(text)


def test_an_old_anchor_leads_to_its_place_in_the_new_edition(
    client_of: Client, people: People
) -> None:
    old = make_document(people.root, key="o", issued_on=date(2010, 1, 1))
    longer = RULES.replace("## 第二章", "第三条 新的一条，说的是应急预案。\n\n## 第二章").replace(
        "第三条 违反", "第四条 违反"
    )
    new = make_document(people.root, key="n", text=longer)
    client = client_of("learner")
    moved = client.get(f"/library/{old.id}/in/{new.id}?at=art3").location
    assert moved.endswith(f"/library/{new.id}?at=art4#art4")
    same = client.get(f"/library/{old.id}/in/{new.id}?at=art2-p1-i2").location
    assert same.endswith("#art2-p1-i2")
    gone = client.get(f"/library/{new.id}/in/{old.id}?at=art3").location
    assert "/compare/" in gone
    assert client.get(f"/library/{old.id}/in/{new.id}?at=zz").location.endswith(
        f"/library/{new.id}"
    )


def test_a_link_to_a_younger_edition_says_so(client_of: Client, people: People) -> None:
    make_document(
        people.root,
        title="消防法",
        text="第一条 甲。\n\n第二条 乙。",
        issued_on=date(2025, 1, 1),
    )
    rules = make_document(people.root)
    assert "现行版本（2025 年 1 月 1 日）" in client_of("learner").get(f"/library/{rules.id}").text


def test_what_a_text_implements_is_read_from_it(client_of: Client, people: People) -> None:
    law = make_document(people.root, title="中华人民共和国消防法", text="第一条 甲。")
    rules = make_document(
        people.root,
        title="消防监督办法",
        text="第一条 根据《中华人民共和国消防法》（以下简称《消防法》），制定本办法。",
    )
    client = client_of("learner")
    assert "实施依据" in client.get(f"/library/{rules.id}").text
    page = client.get(f"/library/{law.id}").text
    assert "配套规定" in page
    assert f'href="/library/{rules.id}"' in page


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (
            "某条例",
            "第一条 根据《甲法》和《乙法》，制定本条例。",
            [("implements", "甲法"), ("implements", "乙法")],
        ),
        ("中华人民共和国刑法修正案（十一）", "一、改。", [("amends", "中华人民共和国刑法")]),
        ("关于修改《甲条例》的决定", "改。", [("amends", "甲条例")]),
        ("某条例", "为了规范，制定本条例。", []),
        ("某条例", "根据《某条例》，制定本条例。", []),
    ],
)
def test_relations_are_only_what_the_text_says(
    title: str, text: str, expected: list[tuple[str, str]]
) -> None:
    from lms.library.derive import derive_relations

    assert derive_relations(title, [text]) == expected


def test_facets_count_under_the_other_filters(
    actor: Callable[[str], Actor], people: People
) -> None:
    from lms.library.fields import WorkKind
    from lms.library.queries import Filter, count_facets

    make_document(people.root, title="甲法", issued_on=date(2021, 1, 1))
    make_document(people.root, title="乙法", issued_on=date(2022, 1, 1))
    make_document(people.root, title="论", issued_on=None, kind=WorkKind.CLASSIC)
    make_document(people.south, title="丙法", issued_on=date(2021, 5, 1))
    facets = count_facets(actor("learner"), Filter(kind="policy", year=2021))
    assert [(one.value, one.count) for one in facets["kind"]] == [("policy", 1)]
    assert [(one.value, one.count) for one in facets["year"]] == [("2022", 1), ("2021", 1)]
    assert [(one.value, one.count) for one in facets["status"]] == [("in_force", 1)]
    facets = count_facets(actor("learner"), Filter())
    assert [(one.value, one.count) for one in facets["kind"]] == [("policy", 2), ("classic", 1)]
