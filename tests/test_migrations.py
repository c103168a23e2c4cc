"""Tests of the migrations: they lead to what the models say, triggers included."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from lms import create_app
from lms.db import db
from lms.study import proofs
from lms.study.credit import CreditKind
from lms.study.models import EntryKind, StudyEntry
from lms.study.seal import FIRST_HASH, digest
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


# What SQLite has of these is compared as metadata. Of checks only the names are the same: what
# PostgreSQL says of one differs when it has read its own words again.
CATALOG = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass || '.' || conname, "
    "CASE contype WHEN 'c' THEN '' ELSE pg_get_constraintdef(oid) END "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "SELECT table_name || '.' || column_name, concat(ordinal_position, data_type, column_default) "
    "FROM information_schema.columns WHERE table_name = 'study_entry'",
)


def catalog():
    """PostgreSQL's own words on the indexes, the constraints and the columns of the ledger."""
    if db.engine.dialect.name != "postgresql":
        return {}
    with db.engine.connect() as connection:
        rows = [row for query in CATALOG for row in connection.execute(text(query)).all()]
    return {name: said for name, said in rows if not name.startswith("alembic_version")}


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
        found = triggers(), catalog()
        db.engine.dispose()
    with created.app_context():
        db.create_all()
        assert (triggers(), catalog()) == found
        assert set(inspect(db.engine).get_table_names()) | {"alembic_version"} == tables
        db.engine.dispose()


NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
# The order in which seals take the values.
OLD_COLUMNS = (
    *("id", "member_id", "unit_id", "kind", "counts_as", "day_on", "month", "subject_kind"),
    *("subject_id", "title", "seconds", "credit", "is_required", "rule_id", "actor_id", "reason"),
    *("reverses_id", "award_key", "started_at", "stretches", "recorded_at", "recorded_on"),
)
USUAL = dict.fromkeys(OLD_COLUMNS) | {"member_id": 1, "unit_id": 1, "day_on": DAY, "month": 202611}
USUAL |= {"seconds": 0, "is_required": False, "reason": "", "recorded_at": NOON, "recorded_on": DAY}
USUAL |= {"subject_kind": "quiz", "subject_id": 3, "kind": "test", "counts_as": "test"}
# Three entries as the ledger had them before it was made smaller, with all that seals cover.
OLD_ENTRIES = (
    USUAL
    | {"id": 1, "kind": "online", "counts_as": "online", "subject_kind": "lesson", "subject_id": 7}
    | {"title": "第一讲", "seconds": 866, "credit": Decimal("0.3207"), "is_required": True}
    | {"started_at": NOON, "stretches": "c400000 h31000 c466900/466000"},
    USUAL
    | {"id": 2, "title": "第一讲", "credit": Decimal("0.5000"), "award_key": "test:quiz:3"}
    | {"recorded_at": NOON.replace(microsecond=120)},
    USUAL
    | {"id": 3, "kind": "reversal", "title": "测验", "credit": Decimal("-0.5000"), "actor_id": 1}
    | {"reason": "误判", "reverses_id": 2, "recorded_at": NOON.replace(microsecond=123456)},
)
# The seal that was put on them then.
OLD_HEAD = "887742e1a867d5ec1a079c50a8207591c4994a9af3aa3ca93789b9c852cc0ae8"


def write_old_ledger():
    """A member with entries, a question on one, and their day's seal, as revision 0009 has them."""
    digests = b"".join(digest(row["id"], list(row.values())) for row in OLD_ENTRIES)
    on_sqlite = db.engine.dialect.name == "sqlite"

    def kept(value):
        if isinstance(value, Decimal):
            return int(value * 10_000)
        if isinstance(value, datetime) and on_sqlite:
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        return value.isoformat() if type(value) is date and on_sqlite else value

    rows = {
        "org_unit": [{"id": 1, "path": "/1/", "code": "u", "name": "单位", "position": 0}],
        "member": [{"id": 1, "number": "m", "name": "学员", "state": "active"}],
        "study_entry": [dict(row) for row in OLD_ENTRIES],
        "study_query": [
            {"id": 1, "member_id": 1, "entry_id": 2, "text": "？", "stretch": 0, "state": "waiting"}
            | {"answer": "", "asked_at": NOON}
        ],
        "study_item": [
            {"member_id": 1, "subject_kind": "lesson", "subject_id": 7, "counted_seconds": 866}
            | {"credit": Decimal("0.3207"), "frontier_ms": 5, "length_seconds": 9}
            | {"changed_at": NOON, "completed_at": NOON},
            {"member_id": 1, "subject_kind": "quiz", "subject_id": 3, "counted_seconds": 0}
            | {"credit": 0, "frontier_ms": 0, "length_seconds": 0, "changed_at": NOON},
        ],
        "study_day_seal": [
            {"day_on": DAY, "entries": 3, "digests": digests, "previous_hash": FIRST_HASH}
            | {"hash": OLD_HEAD, "sealed_at": NOON}
        ],
    }
    with db.engine.begin() as connection:
        for table, values in rows.items():
            columns = {one["name"]: one for one in inspect(connection).get_columns(table)}
            for row in values:
                for name in ("created_at", "changed_at"):
                    row |= {name: NOON} if name in columns else {}
                names = ", ".join(row)
                marks = ", ".join(f":{name}" for name in row)
                connection.execute(
                    text(f"INSERT INTO {table} ({names}) VALUES ({marks})"),
                    {name: kept(value) for name, value in row.items()},
                )
        if not on_sqlite:
            last = len(OLD_ENTRIES)
            connection.execute(text(f"SELECT setval('study_entry_id_seq', {last})"))


def test_a_sealed_ledger_goes_on_holding_when_it_is_made_smaller(tmp_path, urls):
    app = create_app(replace(test_settings(tmp_path), database_url=urls[0]))
    with app.app_context():
        upgrade(revision="0009")
        write_old_ledger()
        upgrade()
        proofs.rebuild()
        db.session.commit()
        assert list(proofs.verify()) == []
        assert proofs.has_seal(OLD_HEAD)
        entries = db.session.query(StudyEntry).order_by(StudyEntry.id).all()
        for entry, old in zip(entries, OLD_ENTRIES, strict=True):
            assert {name: getattr(entry, name) for name in old} == old
        facts = {"member_id": 1, "unit_id": 1, "title_id": 1, "day_on": DAY, "month": 202611}
        facts |= {"recorded_at": NOON, "recorded_on": DAY}
        entry = StudyEntry(kind=EntryKind.ONLINE, counts_as=CreditKind.ONLINE, **facts)
        db.session.add(entry)
        db.session.flush()
        assert entry.id == len(OLD_ENTRIES) + 1
        db.session.rollback()
        for table in ("study_entry", "study_title"):
            with pytest.raises(DBAPIError, match="append-only"):
                db.session.execute(text(f"DELETE FROM {table}"))
            db.session.rollback()
        with pytest.raises(DBAPIError):
            db.session.execute(text("DELETE FROM member"))  # foreign keys are back
        db.session.remove()
        db.engine.dispose()
