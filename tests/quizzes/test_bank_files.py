"""The files that questions show: only those of their bank, whoever writes which number."""

import base64
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.db import db
from lms.errors import Invalid
from lms.files.actions import store_bytes
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.bank_files import add_files
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.definition import Definition, Kind, Option, Rule
from lms.quizzes.file_models import BankFile
from lms.quizzes.imports import import_parsed, parse
from lms.quizzes.models import Bank, Question
from tests.factories import People

Actors = Callable[[str], Actor]
Clients = Callable[[str], FlaskClient]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def question_with(text: str) -> Definition:
    options = (Option("a", "甲", weight=1), Option("b", "乙"))  # type: ignore[arg-type]
    return Definition(
        kind=Kind.SINGLE, rule=Rule.WEIGHTED, text=text, is_html=True, options=options
    )


@pytest.fixture
def banks(actor: Actors, people: People) -> tuple[int, int, int]:
    """A bank of the north, one of the south, and a file that only the south may show."""
    owner, outsider = actor("owner"), actor("outsider")
    north = create_bank(code="n", title="北", unit_id=people.north, by=owner)
    south = create_bank(code="s", title="南", unit_id=people.south, by=outsider)
    blob = store_bytes(PIXEL, "南.png")
    add_files(south, [blob.id])
    ids = north.id, south.id, blob.id
    db.session.commit()
    return ids


def test_a_question_shows_only_files_of_its_bank(
    actor: Actors, banks: tuple[int, int, int]
) -> None:
    north, south, blob_id = banks
    shows = question_with(f'<p>看图<img src="file-id:{blob_id}"></p>')
    with pytest.raises(Invalid, match="不是这个题库的"):
        create_question(db.session.get_one(Bank, north), shows, by=actor("owner"))
    db.session.rollback()
    created = create_question(db.session.get_one(Bank, south), shows, by=actor("outsider"))
    assert f"file-id:{blob_id}" in str(newest_version(created).definition)


def test_who_writes_for_both_banks_may_take_a_file_along(
    actor: Actors, banks: tuple[int, int, int]
) -> None:
    north, _south, blob_id = banks
    shows = question_with(f'<img src="file-id:{blob_id}">')
    create_question(db.session.get_one(Bank, north), shows, by=actor("chief"))
    assert db.session.get(BankFile, (north, blob_id)) is not None


def test_a_file_from_outside_cannot_name_a_file_of_ours(
    actor: Actors, banks: tuple[int, int, int]
) -> None:
    north, _south, blob_id = banks
    source = f"""<?xml version="1.0"?><quiz><question type="truefalse">
      <questiontext format="html"><text><![CDATA[<p>是吗<img src="file-id:{blob_id}"></p>]]></text>
      </questiontext><answer fraction="100"><text>true</text></answer>
      <answer fraction="0"><text>false</text></answer></question></quiz>"""
    parsed = parse("题.xml", source.encode())
    import_parsed(db.session.get_one(Bank, north), parsed, by=actor("owner"))
    stored = newest_version(db.session.scalars(select(Question)).one()).definition
    assert "file-id" not in str(stored) and "是吗" in stored["text"]


def test_pictures_of_an_import_belong_to_the_bank(
    client_of: Clients, banks: tuple[int, int, int]
) -> None:
    north = banks[0]

    encoded = base64.b64encode(PIXEL).decode()
    source = f"""<?xml version="1.0"?><quiz><question type="truefalse">
      <questiontext format="html"><text><![CDATA[<p><img src="@@PLUGINFILE@@/a.png"></p>]]></text>
      <file name="a.png" path="/" encoding="base64">{encoded}</file></questiontext>
      <answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text>
      </answer></question></quiz>"""
    client = client_of("owner")
    given = {"file": (BytesIO(source.encode()), "题.xml")}
    preview = client.post(f"/quizzes/banks/{north}/import", data=given).location
    assert client.post(preview + "/confirm").status_code == 302
    shown = db.session.scalars(select(BankFile.blob_id).where(BankFile.bank_id == north)).all()
    question_id = db.session.scalars(select(Question.id)).one()
    db.session.rollback()
    page = client.get(f"/quizzes/questions/{question_id}").text
    assert len(shown) == 1 and f"/{shown[0]}/" in page and "/files/b/" in page
