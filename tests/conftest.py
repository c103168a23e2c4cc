"""What all tests share: the application on a real database, people, signed-in clients."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from config import Settings
from lms import create_app
from lms.db import db
from lms.members import passwords
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number, today
from tests.chromium import CHROMIUM, FLAGS, MISSING
from tests.databases import Stage, stage_of
from tests.factories import People, make_people
from tests.pages import LintingClient, sign_in

SHARED = Path(os.environ.get("SHARED_DIR") or Path(__file__).parents[2] / "shared")

# No test depends on how fast the machine is.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")
expect.set_options(timeout=20_000)

# These start a product of their own.
OWN = ("test_story.py", "test_axe.py", "test_faults.py")
# The longest files begin first, so that no process of the run is left alone with one of them.
LONGEST = (
    "browser/test_story.py",
    "browser/test_axe.py",
    "browser/test_faults.py",
    "browser/",
    "media/",
    "files/",
    "study/test_rule_preview.py",
    "search/",
    "reports/",
    "quizzes/",
)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file stays in one process, and so do the files that share a running product."""

    def _split_scope(self, nodeid: str) -> str:
        path = Path(nodeid.split("::")[0])
        return "browser" if path.parent.name == "browser" and path.name not in OWN else str(path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    """How several processes share the tests."""
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays.

    With a database of its own (TEST_DATABASE_URL) only what uses one is run.
    """
    if server_database():
        others = [item for item in items if not uses_database(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if uses_database(item)]
    names = [f"tests/{name}" for name in LONGEST]

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((i for i, name in enumerate(names) if name in path), len(names))

    items.sort(key=place)


def uses_database(item: pytest.Item) -> bool:
    """Whether a test works on the application's database, or on one that it makes itself."""
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    # Tests of migrations have addresses of empty databases; what is slow starts the whole product.
    uses = {"session_app", "urls"} & set(fixtures)
    return bool(uses) or item.get_closest_marker("slow") is not None


def shared(*parts: str) -> Path:
    """A file or folder of the shared samples; the test is skipped where they are missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared samples are not here: {'/'.join(parts)}")
    return path


def server_database() -> str:
    """TEST_DATABASE_URL for this process of the test run; empty for SQLite."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return os.environ.get("TEST_DATABASE_URL", "").format(worker=worker)


def test_settings(data_dir: Path) -> Settings:
    """Settings for one application under test."""
    return Settings(
        data_dir=data_dir,
        secret_key="for tests only, long enough to be a secret",
        database_url=server_database() or f"sqlite:///{data_dir / 'xueshi.db'}",
        zone=ZoneInfo("Asia/Shanghai"),
        rate_limits=False,
        log_level="ERROR",
        content_dir=data_dir / "content",
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def shipped_hasher() -> PasswordHasher:
    """Hashes passwords at the least cost in this process alone; gives what the product uses."""
    shipped = passwords.HASHER
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return shipped


@pytest.fixture(scope="session")
def session_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Stage]]:
    """One application a process and its database."""
    app = create_app(test_settings(tmp_path_factory.mktemp("data")))
    app.config["TESTING"] = True
    yield app, stage_of(app, tmp_path_factory.mktemp("kept"))
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(session_app: tuple[Flask, Stage]) -> Iterator[Flask]:
    """The application on an empty database, inside an application context."""
    app, stage = session_app
    settings = app.config["SETTINGS"]
    with app.app_context():
        db.session.remove()
        stage.empty()
        yield app
        db.session.remove()
        app.config["SETTINGS"] = settings


@pytest.fixture
def settings_with(app: Flask) -> Callable[..., Settings]:
    """Change settings for one test."""

    def change(**changes: object) -> Settings:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **changes)  # type: ignore[arg-type]
        return app.config["SETTINGS"]

    return change


@pytest.fixture(scope="session")
def people_of_today(session_app: tuple[Flask, Stage]) -> Callable[[], People]:
    """Puts the people into the empty database: made once for each day, copied after that."""
    stage = session_app[1]
    made: dict[date, People] = {}

    def put() -> People:
        if today() in made:
            stage.put(str(today()))
        else:
            made[today()] = make_people()
            stage.keep(str(today()))
        return made[today()]

    return put


@pytest.fixture
def people(app: Flask, people_of_today: Callable[[], People]) -> People:
    """The same people in every test: see tests.factories.People."""
    return people_of_today()


@pytest.fixture
def actor(people: People) -> Callable[[str], Actor]:
    """The person with that number as the rules see them."""

    def find(number: str) -> Actor:
        found = find_actor_by_number(number)
        assert found is not None
        db.session.rollback()
        return found

    return find


@pytest.fixture
def client_of(app: Flask, people: People) -> Callable[[str], FlaskClient]:
    """A client signed in as the person with that number; every page it fetches is linted."""

    def client(number: str) -> FlaskClient:
        return sign_in(LintingClient(app), number)

    return client


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """A client of nobody."""
    return LintingClient(app)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module; other tests run event loops of their own."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()
