"""Long texts are saved in bounded steps: unseen until they are whole, gone on with when cut off."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice, pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from lms import clock
from lms.db import db
from lms.jobs.worker import run_pending
from lms.library import actions, draft_views, jobs
from lms.library.actions import Placement, Saved, save_in_steps
from lms.library.fields import Fields, WorkKind
from lms.library.models import Citation, Document, Outcome, Paragraph, Section
from lms.library.prepare import Prepared, prepare
from lms.library.reading import Reading
from lms.library.searchable import SOURCE
from lms.members.scope import ContentState
from tests.factories import People
from tests.library.samples import make_document
from tests.library.test_batches import bring
from tests.library.test_import import draft_form

Clients = Callable[[str], FlaskClient]
TEXT = "\n".join(
    f"第{number}条 依照《消防法》第{number}条，这是第{number}款。" for number in range(1, 301)
)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "STEP_ROWS", 100)


def prepared(text: str = TEXT) -> Prepared:
    fields = Fields(title="长办法", kind=WorkKind.POLICY, source_key="long")
    return prepare(Reading(fields, text, True), source_key="long", known_names=frozenset())


def steps_of(people: People, text: str = TEXT) -> Iterator[Saved | None]:
    return save_in_steps(prepared(text), Placement(people.north, people.north), by=None)


def count_rows() -> int:
    models = (Section, Paragraph, Citation)
    return sum(db.session.scalar(select(func.count()).select_from(one)) or 0 for one in models)


def test_every_commit_holds_a_bounded_number_of_rows(app: Flask, people: People) -> None:
    sizes: list[int] = []

    def note(_session: object) -> None:
        sizes.append(count_rows())

    event.listen(db.session, "before_commit", note)
    for _step in steps_of(people):
        db.session.commit()
    event.remove(db.session, "before_commit", note)
    assert sizes[-1] == 300 + 300 + 600
    assert max(after - before for before, after in pairwise([0, *sizes])) == 100


def test_nobody_sees_a_text_before_it_is_whole(
    app: Flask, people: People, client_of: Clients
) -> None:
    old = make_document(people.north, title="长办法", text="第一条 旧。", key="long")
    old_id, work_id = old.id, old.work_id
    steps = steps_of(people)
    list(islice(steps, 4))
    db.session.commit()
    new_id = db.session.scalars(select(Document.id).where(Document.id != old_id)).one()
    db.session.rollback()
    for who in ("owner", "learner"):
        client = client_of(who)
        assert client.get(f"/library/{new_id}").status_code == 404
        assert f'href="/library/{old_id}"' in client.get("/library/").text
        assert f"/library/{new_id}" not in client.get("/library/").text
        assert "各个版本" not in client.get(f"/library/{old_id}").text
    assert new_id not in SOURCE.list_ids()
    for step in steps:
        saved = step
        db.session.commit()
    assert saved == Saved(new_id, Outcome.REVISED)
    shown = db.session.get_one(Document, new_id)
    assert (shown.is_current, shown.state, shown.revision) == (True, ContentState.PUBLISHED, 2)
    assert db.session.get_one(Document, old_id).replaced_by_id == new_id
    assert shown.work_id == work_id
    db.session.rollback()
    assert "这是第300款" in client_of("learner").get(f"/library/{new_id}").text


def test_a_run_that_was_cut_off_is_gone_on_with(app: Flask, people: People) -> None:
    list(islice(steps_of(people), 5))
    db.session.commit()
    list(islice(steps_of(people), 3))  # this one was cut off before its last commit
    db.session.rollback()
    before = count_rows()
    assert before == 500
    db.session.rollback()
    *_steps, saved = steps_of(people)
    db.session.commit()
    assert saved is not None
    assert count_rows() == 1200
    assert db.session.query(Document).count() == 1
    texts = db.session.scalars(select(Paragraph.text).order_by(Paragraph.position)).all()
    assert [text[-5:] for text in texts[98:101]] == ["第99款。", "100款。", "101款。"]
    db.session.rollback()
    (again,) = steps_of(people)
    assert again == Saved(saved.document_id, Outcome.UNCHANGED)


def test_what_was_never_finished_is_removed_after_some_days(app: Flask, people: People) -> None:
    make_document(people.north)
    kept = count_rows()
    list(islice(steps_of(people), 5))
    db.session.commit()
    jobs.drop_unfinished()
    assert count_rows() == kept + 500
    db.session.rollback()
    with clock.frozen(clock.now() + timedelta(days=3)):
        jobs.drop_unfinished()
    assert count_rows() == kept
    assert db.session.query(Document).count() == 1


def test_a_text_that_takes_long_is_saved_by_a_job(
    app: Flask, people: People, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of("owner")
    url = bring(client, [("长办法.txt", f"长办法\n{TEXT}".encode())])
    monkeypatch.setattr(draft_views, "PARSED_CHARS", 1_000)
    form = draft_form(int(url.rsplit("/", 1)[1]))
    form["text"] = form["text"].replace("这是第7款", "这是改过的第7款")
    listed = client.post(url, data=form | {"act": "save"}).location
    assert "/library/imports/batches/" in listed
    assert "正在保存" in client.get(listed).text
    run_pending(app)
    assert "新增 <b" in client.get(listed).text
    document_id = db.session.scalars(select(Document.id)).one()
    db.session.rollback()
    assert "这是改过的第7款" in client.get(f"/library/{document_id}").text
