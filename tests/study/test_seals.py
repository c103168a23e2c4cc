"""Seals of days: they hold for what was entered, and name what was touched, even by direct SQL."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from lms import clock
from lms.db import db
from lms.study import jobs, proofs
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry, add
from lms.study.models import (
    POSTGRESQL_APPEND_ONLY,
    SQLITE_APPEND_ONLY,
    EntryKind,
    StudyEntry,
    StudyTitle,
)


def give(member_id, day, time, title="测试"):
    """Credit without a story; commits."""
    with clock.frozen(time.at):
        entry_id = add(
            NewEntry(
                member_id=member_id,
                kind=EntryKind.TEST,
                counts_as=CreditKind.TEST,
                day=day,
                title=title,
                at=clock.now(),
                credit=Decimal(1),
            )
        )
        db.session.commit()
    return entry_id


def tamper(statement):
    """Change the ledger as somebody with the database's password would."""
    if db.engine.dialect.name == "sqlite":
        again = [one for guards in SQLITE_APPEND_ONLY.values() for one in guards]
        drop = [f"DROP TRIGGER {one.split()[2]}" for one in again]
    else:
        tables = list(POSTGRESQL_APPEND_ONLY)
        drop = [f"ALTER TABLE {name} DISABLE TRIGGER {name}_append_only" for name in tables]
        again = [f"ALTER TABLE {name} ENABLE TRIGGER {name}_append_only" for name in tables]
    for one in (*drop, statement, *again):
        db.session.execute(text(one))
    db.session.commit()


@pytest.fixture
def sealed(people, time):
    """Three entries of one day and one of the next, both days sealed; gives the ids of all."""
    ids = [
        give(people.learner, date(2026, 11, 1), time, "第一讲"),
        give(people.learner, date(2026, 11, 2), time, "第二讲"),
        give(people.learner, date(2026, 11, 3), time, "第二讲"),
    ]
    time.pass_(86_400)
    ids.append(give(people.peer, date(2026, 11, 4), time, "第三讲"))
    time.pass_(86_400)
    with clock.frozen(time.at):
        assert jobs.seal() == 2
        assert jobs.seal() == 0
    return ids


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE study_entry SET reason = 'x' WHERE id = {id}", "记录 {id} 被改动过"),
        ("UPDATE study_entry SET recorded_on = '2020-01-01' WHERE id = {id}", "{id} 被删除了"),
        ("DELETE FROM study_entry WHERE id = {id}", "记录 {id} 被删除了"),
        ("UPDATE study_day_seal SET entries = 7", "封存本身被改动过"),
        ("UPDATE study_title SET text = '第二计' WHERE text = '第二讲'", "记录 {id} 被改动过"),
        (
            "UPDATE study_entry SET title_id = (SELECT id FROM study_title WHERE text = '第三讲') "
            "WHERE id = {id}",
            "记录 {id} 被改动过",
        ),
        ("UPDATE study_title SET text = '' WHERE text = '第三讲'", "记录 {last} 被改动过"),
    ],
)
def test_seals_name_the_entry_that_was_tampered_with(sealed, app, statement, words):
    runner = app.test_cli_runner()
    head = proofs.find_head().hash
    db.session.rollback()
    assert runner.invoke(args=["study", "verify", "--head", head]).exit_code == 0
    tamper(statement.format(id=sealed[1]))
    answer = runner.invoke(args=["study", "verify"])
    assert answer.exit_code == 1
    assert words.format(id=sealed[1], last=sealed[3]) in answer.output


def test_a_title_that_is_gone_is_missed_where_it_stood(sealed, app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses this itself")
    db.session.rollback()
    with db.engine.connect() as connection:
        raw = connection.connection
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("DROP TRIGGER study_title_no_delete")
        raw.execute("DELETE FROM study_title WHERE text = '第二讲'")
        raw.execute(SQLITE_APPEND_ONLY["study_title"][1])
        raw.execute("PRAGMA foreign_keys = ON")
    answer = app.test_cli_runner().invoke(args=["study", "verify"])
    assert f"记录 {sealed[1]} 被改动过" in answer.output


BROKEN = (
    "credit = 'x'",
    "recorded_at = 'x'",
    "recorded_at = 9223372036854775807",
    "day_on = '2026-13-41'",
    "is_required = 'x'",
    "started_at = 'x', stretches = 'c1000'",
    "stretches = x'00ff'",
)


@pytest.mark.parametrize("change", BROKEN)
def test_values_that_are_none_do_not_stop_the_search(sealed, app, change):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses this itself")
    tamper(f"UPDATE study_entry SET {change} WHERE id = {sealed[1]}")
    answer = app.test_cli_runner().invoke(args=["study", "verify"])
    assert f"记录 {sealed[1]} 被改动过" in answer.output


def test_entries_with_one_title_share_it(sealed):
    titles = db.session.query(StudyTitle.text).order_by(StudyTitle.id).all()
    assert [one.text for one in titles] == ["第一讲", "第二讲", "第三讲"]
    assert [db.session.get_one(StudyEntry, one).title for one in sealed] == [
        "第一讲",
        "第二讲",
        "第二讲",
        "第三讲",
    ]


def test_commands_rebuild_seal_and_verify(people, app, time):
    give(people.learner, date(2026, 11, 1), time)
    runner = app.test_cli_runner()
    assert "1 months rebuilt" in runner.invoke(args=["study", "rebuild"]).output
    with clock.frozen(time.at + timedelta(days=2)):
        assert "1 days sealed" in runner.invoke(args=["study", "seal"]).output
        assert "sound, sealed up to 2026-11-20" in runner.invoke(args=["study", "verify"]).output
    wrong = runner.invoke(args=["study", "verify", "--head", "0" * 64])
    assert wrong.exit_code == 1
