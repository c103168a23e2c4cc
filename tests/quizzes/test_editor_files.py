"""Pictures and sounds that authors put into questions from the editor."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select

from lms.db import db
from lms.files.actions import complete_upload, open_upload, staging, store_upload
from lms.members.policy import Actor
from lms.quizzes.bank_queries import newest_version
from lms.quizzes.file_models import BankFile
from lms.quizzes.models import Question
from tests.quizzes.test_bank_files import PIXEL
from tests.quizzes.test_editor import fields_of

Clients = Callable[[str], FlaskClient]
Actors = Callable[[str], Actor]
HALF = Decimal("0.5")


def uploaded(by: Actor, data: bytes, name: str) -> str:
    """The token of a finished upload."""
    upload = open_upload(name=name, size_bytes=len(data), by=by)
    staging().path(upload.token).write_bytes(data)
    complete_upload(upload, store_upload(upload.token, name))
    token = upload.token
    db.session.commit()
    return token


def test_a_picture_put_in_from_the_editor_is_seen_by_takers(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    token = uploaded(actor("owner"), PIXEL, "图.png")
    client = client_of("owner")
    answer = client.post(f"/quizzes/banks/{bank_id}/files", json={"token": token}).get_json()
    assert answer["kind"] == "image" and client.get(answer["url"]).data == PIXEL
    form = {
        "text": f'<p>看图<img src="{answer["url"]}" alt="" style="width: 10px"></p>',
        "text_format": "html",
        "answer": "true",
        "points": "1",
    }
    url = f"/quizzes/banks/{bank_id}/questions/new/true_false"
    assert client.post(url, data=form).status_code == 302
    question = db.session.scalars(select(Question)).one()
    blob_id = db.session.scalars(select(BankFile.blob_id)).one()
    assert newest_version(question).definition["text"] == (
        f'<p>看图<img src="file-id:{blob_id}" alt=""></p>'
    )
    question_id = question.id
    page = client.get(f"/quizzes/questions/{question_id}").text
    assert f"/{blob_id}/" in fields_of(page)["text"][0]  # the editor gets an address, not an id


def test_sounds_are_taken_and_played_inside_the_text(
    client_of: Clients, actor: Actors, bank_id: int
) -> None:
    token = uploaded(actor("owner"), b"ID3" + bytes(200), "听.mp3")
    client = client_of("owner")
    answer = client.post(f"/quizzes/banks/{bank_id}/files", json={"token": token}).get_json()
    assert answer["kind"] == "audio"
    sound = f'<p>听<audio controls src="{answer["url"]}" autoplay></audio></p>'
    form = {"text": sound, "text_format": "html", "answer": "true", "points": "1"}
    client.post(f"/quizzes/banks/{bank_id}/questions/new/true_false", data=form)
    question_id = db.session.scalars(select(Question.id)).one()
    page = html.document_fromstring(client.get(f"/quizzes/questions/{question_id}").text)
    shown = page.xpath("//div[@class='q-text']//audio")
    assert [dict(each.attrib) for each in shown] == [{"controls": "", "src": answer["url"]}]


@pytest.mark.parametrize(
    ("data", "name"), [(b"<html><script>", "x.png"), (b"%PDF-1.4", "x.pdf"), (b"MZ", "x.mp4")]
)
def test_only_what_browsers_show_is_taken(
    client_of: Clients, actor: Actors, bank_id: int, data: bytes, name: str
) -> None:
    token = uploaded(actor("owner"), data, name)
    response = client_of("owner").post(f"/quizzes/banks/{bank_id}/files", json={"token": token})
    assert response.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(BankFile)) == 0


def test_files_are_put_in_by_authors_only(client_of: Clients, actor: Actors, bank_id: int) -> None:
    url = f"/quizzes/banks/{bank_id}/files"
    for number, status in (("outsider", 404), ("learner", 403)):
        token = uploaded(actor(number), PIXEL, "图.png")
        assert client_of(number).post(url, json={"token": token}).status_code == status
    stolen = uploaded(actor("colleague"), PIXEL, "图.png")
    assert client_of("owner").post(url, json={"token": stolen}).status_code == 404
