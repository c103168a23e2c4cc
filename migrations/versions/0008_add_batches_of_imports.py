"""Add batches of imports."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_import_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"],
            ["org_unit.id"],
            name=op.f("fk_library_import_batch_audience_unit_id_org_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_library_import_batch_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_library_import_batch_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_import_batch")),
    )
    with op.batch_alter_table("library_import_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_import_batch_member_id"), ["member_id"], unique=False
        )

    with op.batch_alter_table("library_import", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch_op.add_column(
            sa.Column("upload_token", sa.String(length=32), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("facts", sa.JSON(), server_default="{}", nullable=False))
        batch_op.create_index(batch_op.f("ix_library_import_batch_id"), ["batch_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("fk_library_import_blob_id_blob"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_library_import_batch_id_library_import_batch"),
            "library_import_batch",
            ["batch_id"],
            ["id"],
        )
        batch_op.drop_column("blob_id")


def downgrade() -> None:
    with op.batch_alter_table("library_import", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blob_id", sa.INTEGER(), nullable=True))
        batch_op.drop_constraint(
            batch_op.f("fk_library_import_batch_id_library_import_batch"), type_="foreignkey"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_library_import_blob_id_blob"), "blob", ["blob_id"], ["id"]
        )
        batch_op.drop_index(batch_op.f("ix_library_import_batch_id"))
        batch_op.drop_column("facts")
        batch_op.drop_column("upload_token")
        batch_op.drop_column("batch_id")

    with op.batch_alter_table("library_import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_library_import_batch_member_id"))

    op.drop_table("library_import_batch")
