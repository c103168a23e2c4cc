"""Long texts are corrected part by part, in a browser, before they are saved."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.db import db
from lms.library import parts
from lms.library.models import Document, ImportDraft, Paragraph
from lms.library.parts import replace_part, split_parts
from tests.factories import People
from tests.library.samples import make_document
from tests.library.test_import import draft_form, upload
from tests.media.test_material import upload as upload_in_pieces

Clients = Callable[[str], FlaskClient]
LINE = "这是正文里的一句话，说的是同一件事。" * 10
LONG = "长长的管理规定\n\n" + "\n".join(
    f"第{number}章 章名{number}\n第{number}条 {LINE}\n"
    + "\n".join(f"{LINE}编号{number}之{place}。" for place in range(60))
    for number in range(1, 31)
)


def test_a_long_text_is_cut_at_its_headings() -> None:
    found = split_parts(LONG, is_markdown=False)
    assert len(LONG) > 300_000
    assert 10 < len(found) < 20
    assert [part.title for part in found[:2]] == ["第1章 章名1", "第3章 章名3"]
    assert all(part.of(LONG).startswith(part.title) for part in found[1:])
    assert all(part.end - part.start < 60_000 for part in found)


@pytest.mark.parametrize(
    "text",
    [
        "短文。\n第一章 总则\n",
        LINE * 2_000,  # one line
        "无标点" * 100_000,
        "\n" * 90_000 + "x",
        f"{LINE}\r\n" * 600,
    ],
)
def test_parts_joined_are_the_text(text: str) -> None:
    found = split_parts(text, is_markdown=True)
    assert "".join(part.of(text) for part in found) == text
    assert all(part.end - part.start <= 2 * parts.MOST_CHARS for part in found)


SOURCES = st.text(alphabet="第一章条 #\n\r。文", max_size=300)


@given(SOURCES, st.text(max_size=20), st.integers(0, 30))
def test_any_text_is_cut_and_corrected_without_loss(text: str, new: str, number: int) -> None:
    limits = (parts.WHOLE_CHARS, parts.FULL_CHARS, parts.MOST_CHARS)
    parts.WHOLE_CHARS, parts.FULL_CHARS, parts.MOST_CHARS = 10, 10, 20
    try:
        found = split_parts(text, is_markdown=True)
    finally:
        parts.WHOLE_CHARS, parts.FULL_CHARS, parts.MOST_CHARS = limits
    assert "".join(part.of(text) for part in found) == text
    part = found[number % len(found)]
    corrected = replace_part(text, part, new)
    assert corrected.startswith(text[: part.start] + new)
    assert corrected.endswith(text[part.end :])


def hidden(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match
    return match[1]


def source(page: str) -> str:
    match = re.search(r"<textarea[^>]*name=\"text\"[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    assert match
    return unescape(match[1])


@pytest.fixture
def draft_url(client_of: Clients, people: People) -> str:
    client = client_of("owner")
    token = upload_in_pieces(client, "长.txt", LONG.encode())
    location: str = client.post("/library/import", data={"upload": token}).location
    return location


def form_of(page: str, url: str, **more: str) -> dict[str, str]:
    draft = draft_form(int(url.rsplit("/", 1)[1]))
    shown = {"part": hidden(page, "part"), "digest": hidden(page, "digest"), "text": source(page)}
    return draft | shown | more


def test_a_part_is_corrected_with_its_structure_shown_and_the_rest_stays(
    client_of: Clients, draft_url: str
) -> None:
    client = client_of("owner")
    first = client.get(draft_url).text
    assert "分 15 部分修改" in first
    third = client.get(f"{draft_url}?part=2").text
    assert "<b>第5章 章名5</b>" in third
    assert "<b>第1章 章名1</b>" not in third
    assert source(third).startswith("第5章 章名5")
    form = form_of(third, draft_url, act="go", to="3")
    form["text"] = form["text"].replace("第5条 这是", "第5条 改过的是").replace("章名5", "新章名")
    assert client.post(draft_url, data=form).location == f"{draft_url}?part=3#source"
    again = client.get(f"{draft_url}?part=2").text
    assert "<b>第5章 新章名</b>" in again
    saved = client.post(draft_url, data=form_of(again, draft_url, act="save"))
    document_id = int(saved.location.rsplit("/", 1)[1])
    texts = db.session.scalars(
        select(Paragraph.text).where(Paragraph.document_id == document_id)
    ).all()
    assert sum(text.startswith("改过的是") for text in texts) == 1
    assert len(texts) == 30 * 61
    assert db.session.get_one(Document, document_id).article_count == 30


def test_a_part_that_has_changed_meanwhile_is_not_written_over(
    client_of: Clients, draft_url: str
) -> None:
    client = client_of("owner")
    page = client.get(f"{draft_url}?part=1").text
    form = form_of(page, draft_url, act="check")
    assert client.post(draft_url, data=form | {"text": form["text"] + "补。"}).status_code == 200
    late = client.post(draft_url, data=form | {"text": "我的修改"})
    assert late.status_code == 409
    assert "已在别处改过" in late.text
    assert client.post(draft_url, data=form | {"part": "999"}).status_code == 409


def test_an_emptied_text_is_refused_and_the_draft_stays(client_of: Clients, people: People) -> None:
    client = client_of("owner")
    url = upload(client, "甲办法\n第一条 乙。".encode(), "甲.txt").location
    form = draft_form(int(url.rsplit("/", 1)[1]))
    answer = client.post(url, data=form | {"text": "　 \n", "act": "check"})
    assert answer.status_code == 422
    assert "文件里没有文字" in answer.text
    assert "第一条" in client.get(url).text
    assert db.session.query(ImportDraft).count() == 1


def test_a_saved_long_text_is_revised_part_by_part(client_of: Clients, people: People) -> None:
    document_id = make_document(people.north, title="长规定", text=LONG).id
    client = client_of("owner")
    assert "修订正文" in client.get(f"/library/{document_id}/edit").text
    url = client.post(f"/library/{document_id}/revise").location
    page = client.get(f"{url}?part=1").text
    form = form_of(page, url, act="save")
    form["text"] = form["text"].replace("这是正文", "修订的正文", 1)
    saved = client.post(url, data=form).location
    assert saved != f"/library/{document_id}"
    compared = client.get(f"/library/{document_id}/compare/{saved.rsplit('/', 1)[1]}").text
    assert "修改 1 段，增加 0 段，删去 0 段" in compared
