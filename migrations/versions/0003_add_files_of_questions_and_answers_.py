"""Add files of questions and answers, conditions of papers."""

import re

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_condition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("needs_completion", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(course_id IS NULL) <> (programme_id IS NULL)",
            name=op.f("ck_paper_condition_one_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_paper_condition_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_condition_paper_id_paper")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_paper_condition_programme_id_programme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_condition")),
    )
    with op.batch_alter_table("paper_condition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_condition_course_id"), ["course_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_condition_paper_id"), ["paper_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_paper_condition_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "question_bank_file",
        sa.Column(
            "bank_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "blob_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["bank_id"],
            ["question_bank.id"],
            name=op.f("fk_question_bank_file_bank_id_question_bank"),
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_question_bank_file_blob_id_blob")
        ),
        sa.PrimaryKeyConstraint("bank_id", "blob_id", name=op.f("pk_question_bank_file")),
    )
    with op.batch_alter_table("question_bank_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_bank_file_blob_id"), ["blob_id"], unique=False
        )

    op.create_table(
        "attempt_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_file_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_attempt_file_blob_id_blob")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_file")),
    )
    with op.batch_alter_table("attempt_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attempt_file_attempt_id"), ["attempt_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attempt_file_blob_id"), ["blob_id"], unique=False)

    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.add_column(sa.Column("leave_limit", sa.Integer(), nullable=True))

    with op.batch_alter_table("paper_allowance", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reason", sa.String(length=200), nullable=False, server_default="")
        )
    note_files_in_use()


def note_files_in_use() -> None:
    """Let every bank show the files that its questions show already."""
    connection = op.get_bind()
    versions = connection.execute(
        sa.text(
            "SELECT question.bank_id, CAST(definition AS TEXT) FROM question_version "
            "JOIN question ON question.id = question_version.question_id "
            "WHERE CAST(definition AS TEXT) LIKE '%file-id:%'"
        )
    )
    shown = {
        (bank_id, int(blob_id))
        for bank_id, definition in versions
        for blob_id in re.findall(r"file-id:(\d{1,18})", definition)
    }
    known = set(connection.execute(sa.text("SELECT id FROM blob")).scalars())
    rows = [{"bank": bank, "blob": blob} for bank, blob in sorted(shown) if blob in known]
    if rows:
        connection.execute(
            sa.text("INSERT INTO question_bank_file (bank_id, blob_id) VALUES (:bank, :blob)"), rows
        )


def downgrade() -> None:
    with op.batch_alter_table("paper_allowance", schema=None) as batch_op:
        batch_op.drop_column("reason")

    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.drop_column("leave_limit")

    with op.batch_alter_table("attempt_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_file_blob_id"))
        batch_op.drop_index(batch_op.f("ix_attempt_file_attempt_id"))

    op.drop_table("attempt_file")
    with op.batch_alter_table("question_bank_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_bank_file_blob_id"))

    op.drop_table("question_bank_file")
    with op.batch_alter_table("paper_condition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_condition_programme_id"))
        batch_op.drop_index(batch_op.f("ix_paper_condition_paper_id"))
        batch_op.drop_index(batch_op.f("ix_paper_condition_course_id"))

    op.drop_table("paper_condition")
