"""What all tests share: the application on a real database, people, signed-in clients."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
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
from sqlalchemy import text
from xdist.scheduler import LoadScopeScheduling

from config import Settings
from lms import create_app
from lms.db import db
from lms.members import passwords
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number, today
from tests.factories import People, make_people
from tests.pages import LintingClient, sign_in

SHARED = Path(os.environ.get("SHARED_DIR") or Path(__file__).parents[2] / "shared")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order within a file stays."""
    names = [f"tests/{name}" for name in LONGEST]

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((i for i, name in enumerate(names) if name in path), len(names))

    items.sort(key=place)


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
def session_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Path | None]]:
    """One application a process, with an empty database to copy from before each test."""
    data_dir = tmp_path_factory.mktemp("data")
    app = create_app(test_settings(data_dir))
    app.config["TESTING"] = True
    with app.app_context():
        db.drop_all()
        db.create_all()
        engine = db.engine
        engine.dispose()
    blank = None
    if app.config["SETTINGS"].database_url.startswith("sqlite"):
        blank = data_dir / "blank.db"
        with app.app_context():
            with db.engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        shutil.copy(data_dir / "xueshi.db", blank)
    yield app, blank
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(session_app: tuple[Flask, Path | None]) -> Iterator[Flask]:
    """The application on an empty database, inside an application context."""
    app, blank = session_app
    settings = app.config["SETTINGS"]
    with app.app_context():
        _empty_database(blank, settings.data_dir)
        yield app
        db.session.remove()
        app.config["SETTINGS"] = settings


def _empty_database(blank: Path | None, data_dir: Path) -> None:
    db.session.remove()
    if blank is None:
        names = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
        with db.engine.begin() as connection:
            # The ledger's own triggers refuse to be emptied; a test database may be.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        return
    _restore(blank, data_dir)


def _restore(copy: Path, data_dir: Path) -> None:
    # SQLite's own backup copies page by page under its locks, so that a connection which an
    # earlier test left open sees a proper change instead of a file pulled from under it.
    with closing(sqlite3.connect(copy)) as source, closing(_raw(data_dir)) as target:
        source.backup(target)


def _raw(data_dir: Path) -> sqlite3.Connection:
    return sqlite3.connect(data_dir / "xueshi.db", timeout=15)


@pytest.fixture
def settings_with(app: Flask) -> Callable[..., Settings]:
    """Change settings for one test."""

    def change(**changes: object) -> Settings:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], **changes)  # type: ignore[arg-type]
        return app.config["SETTINGS"]

    return change


@pytest.fixture(scope="session")
def people_of_today(session_app: tuple[Flask, Path | None]) -> Callable[[], People]:
    """Puts the people into the empty database: made once for each day, copied after that."""
    app, blank = session_app
    made: dict[date, People] = {}

    def put() -> People:
        if blank is None:
            return make_people()
        data_dir, copy = app.config["SETTINGS"].data_dir, blank.with_name(f"{today()}.db")
        if today() in made:
            _restore(copy, data_dir)
        else:
            made[today()] = make_people()
            with closing(_raw(data_dir)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
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
        pytest.skip("no Chromium on this machine: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()
