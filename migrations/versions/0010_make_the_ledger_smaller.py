"""Make the ledger smaller.

Titles move to a table of their own, SQLite keeps moments as numbers, and what most rows leave empty
leaves the indexes. The values that seals cover stay what they were, so earlier seals go on holding:
run `flask study verify --head` with a seal that was kept elsewhere to see it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SLIM_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")

SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for table in ("study_entry", "study_title")
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL_GUARD = (
    "CREATE TRIGGER {0}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {0} "
    "FOR EACH STATEMENT EXECUTE FUNCTION study_entry_refuse()"
)

KEPT = (
    "id, member_id, unit_id, kind, counts_as, day_on, month, subject_kind, subject_id, seconds, "
    "credit, is_required, rule_id, actor_id, reason, reverses_id, award_key, stretches, recorded_on"
)
KEPT_OF_ITEMS = (
    "member_id, subject_kind, subject_id, counted_seconds, credit, frontier_ms, completed_at, "
    "length_seconds, waits_rule_id"
)


def upgrade() -> None:
    op.create_table(
        "study_title",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_title")),
    )
    op.create_index(op.f("ix_study_title_text"), "study_title", ["text"])
    op.execute(
        "INSERT INTO study_title (text) "
        "SELECT title FROM study_entry GROUP BY title ORDER BY min(id)"
    )
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_entries()
        _rebuild_items()
        _check_references()
        for statement in SQLITE_GUARDS:
            op.execute(statement)
    else:
        _alter_entries()
        op.drop_column("study_item", "changed_at")
        for table in ("study_entry", "study_title"):
            op.execute(POSTGRESQL_GUARD.format(table))


def _alter_entries() -> None:
    op.execute("DROP TRIGGER study_entry_append_only ON study_entry")
    op.add_column("study_entry", sa.Column("title_id", BIG_ID))
    op.execute(
        "UPDATE study_entry SET title_id = t.id FROM study_title t WHERE t.text = study_entry.title"
    )
    op.alter_column("study_entry", "title_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_study_entry_title_id_study_title"),
        "study_entry",
        "study_title",
        ["title_id"],
        ["id"],
    )
    op.drop_column("study_entry", "title")
    op.drop_constraint(op.f("uq_study_entry_member_id_award_key"), "study_entry", type_="unique")
    op.drop_constraint(op.f("uq_study_entry_reverses_id"), "study_entry", type_="unique")
    _index_what_is_set()


def _index_what_is_set() -> None:
    for name, columns in (
        ("ix_study_entry_award", ["member_id", "award_key"]),
        ("ix_study_entry_reverses", ["reverses_id"]),
    ):
        is_set = sa.text(f"{columns[-1]} IS NOT NULL")
        op.create_index(
            name,
            "study_entry",
            columns,
            unique=True,
            sqlite_where=is_set,
            postgresql_where=is_set,
        )


def _rebuild_entries() -> None:
    op.create_table(
        "study_entry_new",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("member_id", BIG_ID, nullable=False),
        sa.Column("unit_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "online",
                "completion",
                "offline",
                "test",
                "reflection",
                "adjustment",
                "reversal",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "counts_as",
            sa.Enum(
                "online",
                "offline",
                "test",
                "reflection",
                "adjustment",
                name="counts_as",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", BIG_ID),
        sa.Column("title_id", BIG_ID, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("rule_id", BIG_ID),
        sa.Column("actor_id", BIG_ID),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reverses_id", BIG_ID),
        sa.Column("award_key", sa.String(length=80)),
        sa.Column("started_at", SLIM_MOMENT),
        sa.Column("stretches", sa.Text()),
        sa.Column("recorded_at", SLIM_MOMENT, nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_study_entry_reversal")
        ),
        sa.CheckConstraint(
            "kind IN ('adjustment', 'reversal') OR (seconds >= 0 AND credit >= 0)",
            name=op.f("ck_study_entry_not_negative"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('adjustment', 'reversal') OR (actor_id IS NOT NULL AND reason <> '')",
            name=op.f("ck_study_entry_correction_is_explained"),
        ),
        sa.CheckConstraint(
            "month = CAST(month AS INTEGER) AND month > 190000", name=op.f("ck_study_entry_month")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_study_entry_{column}_{table}")
            )
            for column, table in (
                ("actor_id", "member"),
                ("member_id", "member"),
                ("reverses_id", "study_entry"),
                ("rule_id", "study_rule"),
                ("title_id", "study_title"),
                ("unit_id", "org_unit"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_entry")),
    )
    entry, title = "study_entry e", "study_title t"
    op.execute(
        f"INSERT INTO study_entry_new ({KEPT}, title_id, started_at, recorded_at) "
        f"SELECT {', '.join(f'e.{name}' for name in KEPT.split(', '))}, t.id, "
        f"{_microseconds('e.started_at')}, {_microseconds('e.recorded_at')} "
        f"FROM {entry} JOIN {title} ON t.text = e.title ORDER BY e.id"
    )
    op.drop_table("study_entry")
    op.rename_table("study_entry_new", "study_entry")
    op.create_index("ix_study_entry_member_day", "study_entry", ["member_id", "day_on"])
    op.create_index("ix_study_entry_recorded_on", "study_entry", ["recorded_on"])
    _index_what_is_set()


def _microseconds(column: str) -> str:
    """A moment that SQLite kept as '2026-01-05 01:00:00.123456' as microseconds since 1970."""
    seconds = f"CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER)"
    return f"{seconds} * 1000000 + CAST(substr({column}, 21) AS INTEGER)"


def _rebuild_items() -> None:
    op.create_table(
        "study_item_new",
        sa.Column("member_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("counted_seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("frontier_ms", BIG_ID, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("waits_rule_id", BIG_ID),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_item_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["waits_rule_id"],
            ["study_rule.id"],
            name=op.f("fk_study_item_waits_rule_id_study_rule"),
        ),
        sa.PrimaryKeyConstraint(
            "member_id", "subject_kind", "subject_id", name=op.f("pk_study_item")
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO study_item_new ({KEPT_OF_ITEMS}) SELECT {KEPT_OF_ITEMS} FROM study_item "
        "ORDER BY member_id, subject_kind, subject_id"
    )
    op.drop_table("study_item")
    op.rename_table("study_item_new", "study_item")
    op.create_index(
        "ix_study_item_waiting",
        "study_item",
        ["subject_kind", "subject_id"],
        sqlite_where=sa.text("waits_rule_id IS NOT NULL"),
    )


def _check_references() -> None:
    """Whatever points at an entry still finds it; otherwise nothing of this is done."""
    for table in ("study_entry", "study_offline_attendee", "study_query", "study_item"):
        if op.get_bind().exec_driver_sql(f"PRAGMA foreign_key_check({table})").first():
            raise RuntimeError(f"a row of {table} points at nothing")


def downgrade() -> None:
    raise RuntimeError("The ledger is not made larger again: take the backup of before.")
