"""Many files at once: uploaded in pieces, read by a job, looked at in one list, saved together."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from lms.db import db
from lms.files.models import Upload
from lms.jobs.worker import run_pending
from lms.library import jobs
from lms.library.models import Document, ImportBatch, ImportDraft
from lms.members.scope import ContentState
from tests.factories import People
from tests.library.samples import make_document, make_docx
from tests.media.test_material import upload

Clients = Callable[[str], FlaskClient]


def law(number: int) -> bytes:
    return f"第{number}号办法\n第一条 这是第{number}份。\n第二条 依照《第1号办法》第一条。".encode()


def bring(client: FlaskClient, files: list[tuple[str, bytes]]) -> str:
    """Upload the files in pieces and hand them in; gives the address of their list."""
    tokens = [upload(client, name, data) for name, data in files]
    answer = client.post("/library/import", data={"upload": tokens})
    assert answer.status_code == 302, answer.text
    return answer.location


def states() -> list[str]:
    query = select(ImportDraft.state).order_by(ImportDraft.id)
    found = [state.value for state in db.session.scalars(query)]
    db.session.rollback()
    return found


@pytest.fixture
def many() -> list[tuple[str, bytes]]:
    """Twenty-five files, two of which cannot be read."""
    good = [(f"办法{number:02}.txt", law(number)) for number in range(1, 24)]
    return [*good, ("空.txt", b" "), ("坏.docx", b"PK\x03\x04")]


def test_many_files_are_read_looked_at_and_saved_together(
    app: Flask, client_of: Clients, people: People, many: list[tuple[str, bytes]]
) -> None:
    client = client_of("owner")
    url = bring(client, many)
    assert "正在识别" in client.get(url).text
    assert client.get(f"{url}/progress").get_json()["is_over"] is False
    run_pending(app)
    assert client.get(f"{url}/progress").get_json()["is_over"] is True
    page = client.get(url).text
    assert "保存 23 份到文库" in page
    assert "文件里没有文字。" in page
    assert "Word 文件已损坏" in page
    assert "第7号办法" in page
    assert "第7号办法" not in client.get(f"{url}?state=failed").text
    form = {"unit_id": people.north, "audience_unit_id": people.north_team, "act": "save"}
    assert client.post(url, data=form | {"is_published": "y"}).location == url
    assert client.post(url, data=form).status_code == 422  # while the first is under way
    run_pending(app)
    documents = db.session.scalars(select(Document)).all()
    assert len(documents) == 23
    assert {(one.unit_id, one.audience_unit_id, one.state) for one in documents} == {
        (people.north, people.north_team, ContentState.PUBLISHED)
    }
    db.session.rollback()
    done = client.get(url).text
    assert "新增 <b" in done
    assert "到文库" not in done
    assert "依照" in client.get(f"/library/{documents_id('第5号办法')}").text
    assert db.session.query(Upload).count() == 2  # of the files that could not be read


def documents_id(title: str) -> int:
    found = db.session.scalars(select(Document.id).where(Document.title == title)).one()
    db.session.rollback()
    return found


def test_a_draft_of_the_list_is_corrected_and_leads_back(
    app: Flask, client_of: Clients, people: People
) -> None:
    client = client_of("owner")
    url = bring(client, [("甲.txt", law(1)), ("乙.docx", make_docx())])
    run_pending(app)
    first = db.session.scalars(select(ImportDraft.id).order_by(ImportDraft.id)).first()
    db.session.rollback()
    form = {"title": "改过的办法", "kind": "policy", "status": "unknown", "text": "第一条 改了。",
            "unit_id": people.north, "audience_unit_id": people.north, "act": "save"}  # fmt: skip
    answer = client.post(f"/library/imports/{first}", data=form)
    assert answer.location == url
    assert states() == ["saved", "recognised"]
    assert "改过的办法" in client.get(url).text
    assert client.post(url, data={"act": "discard"}).location == "/library/import"
    assert states() == ["saved"]


def test_a_run_that_was_cut_off_goes_on_and_leaves_out_what_cut_it_off(
    app: Flask, client_of: Clients, monkeypatch: pytest.MonkeyPatch, people: People
) -> None:
    client = client_of("owner")
    url = bring(client, [(f"{number}.txt", law(number)) for number in (1, 2, 3)])
    read_file = jobs.read_file

    def killed(data: bytes, name: str) -> object:
        if name == "2.txt":
            raise KeyboardInterrupt
        return read_file(data, name)

    monkeypatch.setattr(jobs, "read_file", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.read_files(FakeJob(), batch_id=batch_id())
    db.session.remove()
    assert states() == ["recognised", "failed", "reading"]
    jobs.read_files(FakeJob(), batch_id=batch_id())
    assert states() == ["recognised", "failed", "recognised"]
    assert "读取这个文件时中断了" in client.get(url).text


class FakeJob:
    """What a handler needs of the worker, for runs that the test cuts off."""

    job_id = 0

    def progress(self, fraction: float, text: str = "") -> None:
        assert 0 <= fraction < 1

    def check(self) -> None:
        pass


def batch_id() -> int:
    found = db.session.scalars(select(ImportBatch.id)).one()
    db.session.rollback()
    return found


def test_files_of_one_batch_do_not_replace_each_other(
    app: Flask, client_of: Clients, people: People
) -> None:
    make_document(people.north, title="第1号办法", key="old", issued_on=None)
    client = client_of("owner")
    url = bring(client, [("甲.txt", law(1)), ("乙.txt", law(1) + b"!"), ("丙.txt", law(2))])
    run_pending(app)
    assert client.get(url).text.count("将存为新版本") == 2
    form = {"unit_id": people.north, "audience_unit_id": people.north, "act": "save"}
    client.post(url, data=form)
    run_pending(app)
    assert states() == ["saved", "recognised", "saved"]
    page = client.get(url).text
    assert "标题和日期都相同" in page
    assert "保存 1 份到文库" in page


def test_a_batch_is_seen_and_saved_by_its_owner_only(
    app: Flask, client_of: Clients, people: People
) -> None:
    url = bring(client_of("owner"), [("甲.txt", law(1)), ("乙.txt", law(2))])
    run_pending(app)
    for who, status in (("colleague", 404), ("outsider", 404), ("learner", 403)):
        assert client_of(who).get(url).status_code == status
        assert client_of(who).get(f"{url}/progress").status_code == status
        assert client_of(who).post(url, data={"act": "save"}).status_code == status
    elsewhere = {"unit_id": people.south, "audience_unit_id": people.north, "act": "save"}
    assert client_of("owner").post(url, data=elsewhere).status_code == 422
    assert states() == ["recognised", "recognised"]
    token = upload(client_of("outsider"), "他人.txt", law(3))
    stolen = client_of("owner").post("/library/import", data={"upload": [token, token + "x"]})
    assert stolen.status_code == 422
    assert client_of("owner").post("/library/import", data={"upload": token}).status_code == 404


def test_one_uploaded_file_is_shown_at_once(client_of: Clients, people: People) -> None:
    location = bring(client_of("owner"), [("甲.txt", law(1))])
    assert location.startswith("/library/imports/")
    assert "第1号办法" in client_of("owner").get(location).text
    assert db.session.query(Upload).count() == 0


def test_the_list_asks_the_database_a_fixed_number_of_times_and_reads_no_texts(
    app: Flask, people: People, client_of: Clients
) -> None:
    client = client_of("owner")
    files = {"files": [(io.BytesIO(law(number)), f"{number}.txt") for number in range(1, 9)]}
    url = client.post("/library/import", data=files).location
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    client.get(url)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) < 20
    assert not any("library_import.text" in statement for statement in statements)
