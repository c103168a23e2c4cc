"""Let entries with shares such as 25% be indexed again: they are found by their words now."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ENTRIES = sa.table("search_entry", sa.column("mark", sa.Integer), sa.column("text", sa.Text))


def upgrade() -> None:
    """The index holds another mark than the row, and mends that by itself."""
    holds = (ENTRIES.c.text.contains(sign, autoescape=True) for sign in "%％﹪‰")
    op.execute(ENTRIES.update().where(sa.or_(*holds)).values(mark=ENTRIES.c.mark + 1))


def downgrade() -> None:
    """What is indexed besides does no harm."""
