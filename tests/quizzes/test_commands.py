"""flask quizzes on the command line, and the export pages."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.models import Bank, Question
from tests.conftest import shared
from tests.factories import People
from tests.quizzes.samples import make_paper


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["quizzes", *arguments])
    db.session.rollback()
    return result.exit_code, result.output


def test_preview_prints_what_an_import_would_bring(app: Flask) -> None:
    path = str(shared("formats", "gift", "examples.txt"))
    code, output = run(app, "preview", path, "--json")
    data = json.loads(output)
    assert (code, data["format"], data["count"]) == (0, "gift", 43)
    first = data["questions"][0]
    assert first["type"] == "single"
    assert [(each["text"], each["weight"]) for each in first["answers"]] == [
        ("Grant", "0"),
        ("Jefferson", "0"),
        ("no one", "1"),
    ]
    assert "43 good" in run(app, "preview", path)[1]


def test_an_unreadable_file_ends_with_one_sentence(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(b'<!DOCTYPE a [<!ENTITY b "c">]><quiz/>')
    code, output = run(app, "preview", str(path))
    assert code == 1
    assert "不安全" in output


@pytest.mark.parametrize("kind", ["excel", "gift", "moodle-xml", "qti", "docx"])
def test_import_and_export(
    app: Flask,
    people: People,
    actor: Callable[[str], Actor],
    client_of: Callable[[str], FlaskClient],
    tmp_path: Path,
    kind: str,
) -> None:
    made = make_paper(actor("owner"), people.north)
    code = db.session.get(Bank, made.bank_id).code
    path = str(shared("formats", "aiken", "questions.aiken.txt"))
    status, output = run(app, "import", path, "--bank", code)
    assert (status, "2 questions" in output) == (0, True)
    assert run(app, "import", path, "--bank", code)[0] == 1  # all of them are there already
    assert run(app, "import", path, "--bank", "nowhere")[0] == 1
    assert db.session.scalar(select(func.count()).select_from(Question)) == 6
    target = tmp_path / "out"
    status, output = run(app, "export", "--bank", code, "--format", kind, "--output", str(target))
    assert status == 0, output
    assert target.stat().st_size > 100
    client = client_of("owner")
    page = client.get(f"/quizzes/banks/{made.bank_id}/export/{kind}?anyway=1")
    assert page.status_code == 200
    assert client.get(f"/quizzes/banks/{made.bank_id}/export/{kind}").status_code == 200
    if kind == "docx":
        text = "\n".join(each.text for each in Document(BytesIO(page.data)).paragraphs)
        assert "1. 方针是什么？" in text and "参考答案" in text


def test_export_of_anothers_bank_is_not_found(
    people: People, actor: Callable[[str], Actor], client_of: Callable[[str], FlaskClient]
) -> None:
    made = make_paper(actor("owner"), people.north)
    assert (
        client_of("outsider").get(f"/quizzes/banks/{made.bank_id}/export/gift").status_code == 404
    )
    assert client_of("owner").get(f"/quizzes/banks/{made.bank_id}/export/x").status_code == 404
