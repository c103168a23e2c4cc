"""Add mentions of texts by other parts; search reads lessons, questions, tests again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

READ_AGAIN = ("lesson", "question", "paper")


def upgrade() -> None:
    op.create_table(
        "library_mention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("target_anchor", sa.String(length=80), nullable=False),
        sa.Column("target_article", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_mention")),
    )
    with op.batch_alter_table("library_mention", schema=None) as batch_op:
        batch_op.create_index("ix_library_mention_subject", ["source", "subject_id"], unique=False)
        batch_op.create_index(
            "ix_library_mention_target", ["name_key", "target_article"], unique=False
        )

    op.execute("DELETE FROM library_citation WHERE document_id IS NULL")
    with op.batch_alter_table("library_citation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_library_citation_one_source"), type_="check")
        batch_op.drop_index(batch_op.f("ix_library_citation_lesson_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_library_citation_lesson_id_lesson"), type_="foreignkey"
        )
        batch_op.drop_column("lesson_id")
        batch_op.alter_column(
            "document_id",
            existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        )
    for source in READ_AGAIN:
        op.execute(
            "INSERT INTO search_change (source, subject_id, changed_at)"
            f" SELECT '{source}', id, CURRENT_TIMESTAMP FROM {source}"
        )


def downgrade() -> None:
    with op.batch_alter_table("library_citation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_library_citation_lesson_id_lesson"),
            "lesson",
            ["lesson_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_index(
            batch_op.f("ix_library_citation_lesson_id"), ["lesson_id"], unique=False
        )
        batch_op.alter_column(
            "document_id",
            existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_library_citation_one_source"),
            "(document_id IS NULL) <> (lesson_id IS NULL)",
        )

    op.drop_table("library_mention")
