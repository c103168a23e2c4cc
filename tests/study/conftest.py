"""What the tests of study share: material, and windows that send beats at given times."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import clock
from lms.db import db
from tests.factories import People
from tests.study.lessons import Material, make_material, registered

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def people(app: Flask, people_of_today: Callable[[], People]) -> People:
    """The usual people, who joined and were entrusted long before the time of these tests."""
    with clock.frozen(NOON - timedelta(days=400)):
        return people_of_today()


@pytest.fixture
def material(people: People) -> Iterator[Material]:
    """A course of the north with a text and a clip."""
    with registered():
        yield make_material(people.north)


class Time:
    """A clock that tests move by hand; the whole test runs inside it."""

    def __init__(self) -> None:
        self.at = NOON

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


class Window:
    """An open page of one member."""

    def __init__(self, client: FlaskClient, time: Time, subject: int, kind: str = "lesson") -> None:
        self.client, self.time, self.sequence = client, time, 0
        db.session.rollback()
        with clock.frozen(time.at):
            answer = client.post("/study/sessions", json={"kind": kind, "id": subject})
        assert answer.status_code == 200, answer.text
        self.token = answer.get_json()["session"]

    def send(self, **values: Any) -> Any:
        self.sequence += 1
        body = {"session": self.token, "sequence": self.sequence, "active_seconds": 1000, **values}
        db.session.rollback()  # a test that has looked at rows holds no lock while a page writes
        with clock.frozen(self.time.at):
            return self.client.post("/study/beats", json=body)

    def beat(self, after: float = 0, **values: Any) -> dict[str, Any]:
        self.time.pass_(after)
        answer = self.send(**values)
        assert answer.status_code == 200, answer.text
        return answer.get_json()


@pytest.fixture
def window(client_of: Callable[[str], FlaskClient], time: Time) -> Callable[..., Window]:
    """Open a page as a member."""

    def open_page(number: str, subject: int, client: FlaskClient | None = None) -> Window:
        with clock.frozen(time.at):
            client = client or client_of(number)
        return Window(client, time, subject)

    return open_page
