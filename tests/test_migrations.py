"""Tests of the migrations: they lead to what the models say, triggers included."""

import re
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import upgrade
from sqlalchemy import create_engine, inspect, text

from lms import create_app
from lms.db import db
from tests.conftest import test_settings

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": (
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
    ),
}


@pytest.fixture
def urls(tmp_path):
    """The addresses of two empty databases of the kind under test."""
    url = test_settings(tmp_path).database_url
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'a.db'}", f"sqlite:///{tmp_path / 'b.db'}"
        return
    names = ("xueshi_migrated", "xueshi_created")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
    yield tuple(re.sub(r"/[^/]+$", f"/{name}", url) for name in names)
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def triggers():
    with db.engine.connect() as connection:
        rows = connection.execute(text(TRIGGERS[db.engine.dialect.name])).all()
    return {name: re.sub(r"\s+", " ", sql) for name, sql in rows}


def test_migrations_lead_to_what_the_models_say(tmp_path, urls):
    migrated, created = (
        create_app(replace(test_settings(tmp_path), database_url=url)) for url in urls
    )
    with migrated.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []
            tables = set(inspect(connection).get_table_names())
        found = triggers()
        db.engine.dispose()
    with created.app_context():
        db.create_all()
        assert triggers() == found
        assert set(inspect(db.engine).get_table_names()) | {"alembic_version"} == tables
        db.engine.dispose()
