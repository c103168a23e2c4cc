"""Let PostgreSQL know the days of the ledger by stretches of the table: a smaller index."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEX = "ix_study_entry_recorded_on"


def upgrade() -> None:
    """Made anew in another way; SQLite has one way only."""
    _make("brin", {"autosummarize": "on"})


def downgrade() -> None:
    """As it was."""
    _make("btree", {})


def _make(kind: str, options: dict[str, str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(INDEX, table_name="study_entry")
        op.create_index(
            INDEX,
            "study_entry",
            ["recorded_on"],
            postgresql_using=kind,
            postgresql_with=options,
        )
