"""Importing: by command and by upload, repeatable, with old revisions kept."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.db import db
from lms.library.actions import import_text
from lms.library.importing import Importer, list_files
from lms.library.models import Citation, Document, ImportDraft, Paragraph, Section, Work
from lms.library.queries import find_nearest_anchor
from lms.members.scope import ContentState
from lms.search.models import SearchChange
from tests.conftest import shared
from tests.factories import People
from tests.library.samples import RULES, make_document, make_docx

HEAD = (
    '---\nid: {id}\ntitle: "{title}"\nkind: policy\nissuer: 示例集团\n'
    'date: "2024-03-01"\nstatus: "现行有效"\n---\n\n'
)


def write(folder: Path, name: str, *, id: str, title: str, text: str = RULES) -> None:
    (folder / name).write_text(HEAD.format(id=id, title=title) + text, encoding="utf-8")


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["library", "import", "--quiet", *arguments])
    return result.exit_code, result.output


def test_a_folder_is_imported_once(app: Flask, people: People, tmp_path: Path) -> None:
    write(tmp_path, "a.md", id="a", title="甲办法")
    write(tmp_path, "b.md", id="b", title="乙办法")
    (tmp_path / "README.md").write_text("not a text of the library")
    code, output = run(app, str(tmp_path))
    assert (code, output.splitlines()[0]) == (0, "2 files: 2 added.")
    before = [
        count(model) for model in (Work, Document, Section, Paragraph, Citation, SearchChange)
    ]
    db.session.rollback()
    code, output = run(app, str(tmp_path))
    assert (code, output.splitlines()[0]) == (0, "2 files: 2 unchanged.")
    after = [count(model) for model in (Work, Document, Section, Paragraph, Citation, SearchChange)]
    assert before == after


def test_a_changed_text_is_a_new_revision_and_the_old_one_stays(
    app: Flask, people: People, tmp_path: Path
) -> None:
    write(tmp_path, "a.md", id="a", title="甲办法")
    run(app, str(tmp_path))
    write(tmp_path, "a.md", id="a", title="甲办法", text=RULES.replace("组织演练", "每月组织演练"))
    assert run(app, str(tmp_path))[1].splitlines()[0] == "1 files: 1 revised."
    old, new = db.session.scalars(select(Document).order_by(Document.id)).all()
    assert (old.replaced_by_id, old.is_current, old.revision) == (new.id, False, 1)
    assert (new.replaced_by_id, new.is_current, new.revision) == (None, True, 2)
    assert old.work_id == new.work_id
    assert find_nearest_anchor(old.id, "art2-p1-i2") == "art2-p1-i2"
    assert count(Work) == 1


def test_a_changed_card_changes_the_card_alone(app: Flask, people: People, tmp_path: Path) -> None:
    write(tmp_path, "a.md", id="a", title="甲办法")
    run(app, str(tmp_path))
    text = (tmp_path / "a.md").read_text().replace("现行有效", "已废止")
    (tmp_path / "a.md").write_text(text)
    assert run(app, str(tmp_path))[1].splitlines()[0] == "1 files: 1 card_changed."
    document = db.session.scalars(select(Document)).one()
    assert document.status == "repealed"
    assert document.revision == 1


def test_two_editions_of_a_work_have_one_current(app: Flask, people: People) -> None:
    newer = make_document(people.root, key="n")
    from datetime import date

    older = make_document(
        people.root, key="o", issued_on=date(2010, 1, 1), text=RULES + "\n第四条 旧。"
    )
    db.session.refresh(newer)
    assert newer.work_id == older.work_id
    assert (newer.is_current, older.is_current) == (True, False)


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(
    app: Flask, people: People, tmp_path: Path
) -> None:
    write(tmp_path, "a.md", id="a", title="甲办法")
    write(tmp_path, "b.md", id="a", title="同号的办法")
    (tmp_path / "c.docx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "d.txt").write_bytes(b"")
    (tmp_path / "e.txt").write_bytes("某规定\n第一条 甲。\n第四条 乙。".encode("gb18030"))
    report = tmp_path / "report.csv"
    code, output = run(app, str(tmp_path), "--report", str(report))
    assert code == 1
    assert "2 added, 3 refused" in output
    assert "c.docx：" in output or "c.docx:" in output
    rows = list(csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert {(row["file"], row["reason"]) for row in rows} == {
        ("b.md", "same_key"),
        ("c.docx", "broken_docx"),
        ("d.txt", "empty"),
        ("e.txt", "article_gap"),
    }
    assert all(row["sentence"] for row in rows)


def test_an_import_that_was_stopped_goes_on(
    app: Flask, people: People, tmp_path: Path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    for number in range(6):
        write(tmp_path, f"{number}.md", id=f"k{number}", title=f"第{number}号办法")
    monkeypatch.setattr("lms.library.importing.BATCH_FILES", 2)
    files = list_files(tmp_path)

    def stop_at_five(done: int) -> None:
        stop_at_five.count += done  # type: ignore[attr-defined]
        if stop_at_five.count == 5:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    stop_at_five.count = 0  # type: ignore[attr-defined]
    try:
        Importer(unit_id=people.root).run(files, base=tmp_path, step=stop_at_five)
    except KeyboardInterrupt:
        db.session.rollback()
    assert count(Document) == 4
    db.session.rollback()
    report = Importer(unit_id=people.root).run(files, base=tmp_path)
    assert dict(report.counts) == {"unchanged": 4, "added": 2}


def test_texts_of_one_import_cite_each_other_whatever_their_order(
    app: Flask, people: People, tmp_path: Path
) -> None:
    write(tmp_path, "a.md", id="a", title="甲办法", text="第一条 依照乙条例第二条办理。")
    write(tmp_path, "b.md", id="b", title="中华人民共和国乙条例")
    run(app, str(tmp_path))
    rows = db.session.execute(select(Citation.name_key, Citation.target_anchor)).all()
    assert ("乙条例", "art2") in [tuple(row) for row in rows]


def test_the_corpus_is_imported(app: Flask, people: People) -> None:
    folder = shared("corpus", "rules")
    code, output = run(app, str(folder))
    assert (code, output.splitlines()[0]) == (0, "29 files: 29 added.")


def test_a_content_folder_imports_by_id(app: Flask, people: People) -> None:
    data = (HEAD.format(id="demo", title="示例办法") + RULES).encode()
    first = import_text(name="demo.md", data=data, unit_id=people.root)
    db.session.commit()
    again = import_text(name="demo.md", data=data, unit_id=people.root)
    assert again.document_id == first.document_id
    assert again.outcome == "unchanged"


def upload(client: FlaskClient, data: bytes, name: str):  # type: ignore[no-untyped-def]
    return client.post(
        "/library/import",
        data={"files": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )


def draft_form(draft_id: int) -> dict[str, str]:
    from lms.library.drafts import from_json
    from lms.library.forms import card_values

    draft = db.session.get_one(ImportDraft, draft_id)
    values = {
        k: str(v) for k, v in card_values(from_json(draft.fields)).items() if v not in (None, ())
    }
    values |= {
        "text": draft.text,
        "unit_id": str(draft.unit_id),
        "audience_unit_id": str(draft.unit_id),
    }
    db.session.rollback()
    return values | {"is_published": "y"}


def test_an_uploaded_text_is_looked_at_corrected_and_saved(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    client = client_of("owner")
    assert client.get("/library/import").status_code == 200
    answer = upload(client, make_docx(), "消防.docx")
    assert answer.status_code == 302
    page = client.get(answer.location)
    assert "第一章 总则" in page.text
    assert "示集安〔2025〕12号" in page.text
    draft_id = int(answer.location.rsplit("/", 1)[1])
    form = draft_form(draft_id)
    form["text"] += "\n第二条 补上的一条。"
    checked = client.post(answer.location, data=form | {"act": "check"})
    assert checked.status_code == 200
    assert "补上的一条" in checked.text
    saved = client.post(answer.location, data=form | {"act": "save"})
    assert saved.status_code == 302
    shown = client.get(saved.location)
    assert "补上的一条" in shown.text
    document = db.session.scalars(select(Document)).one()
    assert (document.state, document.unit_id) == (ContentState.PUBLISHED, people.north)
    db.session.rollback()
    assert client.post(answer.location, data=form | {"act": "save"}).status_code == 409
    assert client.get(answer.location).status_code == 302


def test_uploading_the_text_of_the_same_day_again_revises_it(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    client = client_of("owner")
    for _round in range(2):
        answer = upload(client, make_docx(), "消防.docx")
        form = draft_form(int(answer.location.rsplit("/", 1)[1]))
        form["text"] += f"\n第二条 第{_round}次。"
        client.post(answer.location, data=form | {"act": "save"})
    documents = db.session.scalars(select(Document).order_by(Document.id)).all()
    assert [(d.revision, d.is_current) for d in documents] == [(1, False), (2, True)]


def test_a_bad_upload_gets_a_sentence_and_changes_nothing(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    client = client_of("owner")
    for data, name, sentence in (
        (b"", "a.txt", "文件里没有文字"),
        (b"PK\x03\x04", "a.docx", "Word 文件已损坏"),
        (make_docx(bomb=True), "a.docx", "恶意文件"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "不支持这种文件"),
    ):
        answer = upload(client, data, name)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert client.post("/library/import", data={}).status_code == 422
    assert count(ImportDraft) == 0


def test_only_administrators_import_and_only_their_own_drafts_open(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    location = upload(client_of("owner"), make_docx(), "a.docx").location
    assert client_of("colleague").get(location).status_code == 404
    assert client_of("learner").get("/library/import").status_code == 403
    assert upload(client_of("learner"), make_docx(), "a.docx").status_code == 403
    form = draft_form(int(location.rsplit("/", 1)[1]))
    elsewhere = form | {"act": "save", "unit_id": str(people.south)}
    assert client_of("owner").post(location, data=elsewhere).status_code == 422
    assert count(Document) == 0


def test_a_draft_can_be_thrown_away(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    client = client_of("owner")
    location = upload(client, make_docx(), "a.docx").location
    assert client.post(location, data={"act": "discard"}).status_code == 302
    assert client.get(location).status_code == 404


def test_without_scripts_several_files_at_once_wait_in_one_list(
    client_of: Callable[[str], FlaskClient], people: People
) -> None:
    files = [
        (io.BytesIO(make_docx()), "甲.docx"),
        (io.BytesIO("乙规定\n第一条 丙。".encode()), "乙.txt"),
        (io.BytesIO(b""), "空.txt"),
    ]
    client = client_of("owner")
    answer = client.post(
        "/library/import", data={"files": files}, content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert "示例集团消防安全管理办法" in page
    assert "乙规定" in page
    assert "文件里没有文字。" in page
    assert answer.location in client.get("/library/import").text


def test_names_that_come_later_are_linked_by_the_command(app: Flask, people: People) -> None:
    make_document(people.root, title="甲办法", text="第一条 依照乙条例第二条办理。")
    make_document(people.root, title="乙条例")
    runner = app.test_cli_runner()
    assert runner.invoke(args=["library", "link", "--quiet"]).output == (
        "2 texts: 1 with other citations.\n"
    )
    names = db.session.scalars(select(Citation.name_key)).all()
    assert "乙条例" in names
    db.session.rollback()
    assert runner.invoke(args=["library", "link", "--quiet"]).output == (
        "2 texts: 0 with other citations.\n"
    )
