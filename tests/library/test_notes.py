"""Notes that readers make in the margin: one's own, at a place of the text."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.db import db
from lms.library.models import Document, ReaderNote

Client = Callable[[str], FlaskClient]


def test_notes_are_ones_own(client_of: Client, rules: Document) -> None:
    learner, peer = client_of("learner"), client_of("peer")
    place = {"anchor": "art1-p1", "start": 2, "end": 6, "note": "记住"}
    answer = learner.post(f"/library/{rules.id}/notes", json=place)
    assert answer.json["quote"] == "保障安全"
    assert "记住" in learner.get("/library/notes").text
    assert (
        f'data-note="{answer.json["id"]}">保障安全</span>'
        in learner.get(f"/library/{rules.id}").text
    )
    assert "记住" not in peer.get("/library/notes").text
    assert "own-note" not in peer.get(f"/library/{rules.id}").text
    url = f"/library/notes/{answer.json['id']}"
    assert peer.post(url, data={"act": "delete"}).status_code == 404
    learner.post(url, data={"note": "改过"})
    assert "改过" in learner.get("/library/notes").text
    learner.post(url, data={"act": "delete"})
    assert db.session.scalars(select(ReaderNote)).all() == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"anchor": "art1-p1", "start": "x", "end": 3},
        {"anchor": "art1-p1", "start": 5, "end": 5},
        {"anchor": "nowhere", "start": 0, "end": 5},
        {"anchor": "art1-p1", "start": 0, "end": 5, "note": "长" * 3000},
        [],
    ],
)
def test_a_broken_note_is_refused(client_of: Client, rules: Document, asked: object) -> None:
    answer = client_of("learner").post(f"/library/{rules.id}/notes", json=asked)
    assert answer.status_code in (404, 422)
    assert answer.json["message"]
