"""Put the wide columns of the ledger first, and keep in four bytes what never needs eight.

PostgreSQL pads a value to a multiple of its own width, so the order of columns costs bytes in every
row. SQLite does not pad, and keeps each number in as few bytes as it needs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEVER_NULL = (
    *("id", "member_id", "credit", "recorded_at", "unit_id", "title_id", "day_on", "month"),
    *("seconds", "recorded_on", "is_required", "kind", "counts_as", "subject_kind", "reason"),
)
COPY = """
CREATE TABLE study_entry_new AS
SELECT id, member_id, subject_id, credit, actor_id, reverses_id, started_at, recorded_at,
    unit_id::integer, title_id::integer, rule_id::integer, day_on, month, seconds, recorded_on,
    is_required, kind, counts_as, subject_kind, reason, award_key, stretches
FROM study_entry ORDER BY id
"""
# All that hangs on the table, as statements that make it anew: keys first, which others refer to.
HANGING = """
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
    pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE 'study_entry'::regclass IN (conrelid, confrelid) AND contype IN ('p', 'c', 'f')
    ORDER BY contype <> 'p', conname
"""
INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = 'study_entry'::regclass AND NOT indisprimary
"""
TRIGGERS = """
SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE tgrelid = 'study_entry'::regclass AND NOT tgisinternal
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("LOCK TABLE study_entry")
    hanging = [
        statement
        for query in (HANGING, INDEXES, TRIGGERS)
        for statement in connection.execute(sa.text(query)).scalars()
    ]
    op.execute(COPY)
    op.execute("ALTER SEQUENCE study_entry_id_seq OWNED BY NONE")
    op.execute("DROP TABLE study_entry CASCADE")
    op.rename_table("study_entry_new", "study_entry")
    for name in NEVER_NULL:
        op.alter_column("study_entry", name, nullable=False)
    op.alter_column("study_entry", "id", server_default=sa.text("nextval('study_entry_id_seq')"))
    op.execute("ALTER SEQUENCE study_entry_id_seq OWNED BY study_entry.id")
    for statement in hanging:
        connection.exec_driver_sql(statement)  # PostgreSQL's own words, with no parameters in them
    op.execute("ANALYZE study_entry")


def downgrade() -> None:
    """The order and the width of columns are seen by nobody; what was there is all there."""
