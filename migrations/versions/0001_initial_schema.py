"""Initial schema.

Long, because it makes every table; a migration that was applied somewhere is not cut up again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER study_entry_no_update BEFORE UPDATE ON study_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER study_entry_no_delete BEFORE DELETE ON study_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION study_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION USING MESSAGE = ''the ledger is append-only''; END'",
        "CREATE TRIGGER study_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON study_entry FOR EACH STATEMENT EXECUTE FUNCTION study_entry_refuse()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_blob_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
        sa.UniqueConstraint("sha256", name=op.f("uq_blob_sha256")),
    )
    op.create_table(
        "content_item",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_content_item")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("progress_fraction", sa.Float(), nullable=False),
        sa.Column("progress_text", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("max_tries", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_state_run_at", ["state", "run_at"], unique=False)
        batch_op.create_index("ix_job_subject", ["subject"], unique=False)

    op.create_table(
        "job_schedule",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_schedule")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "active",
                "suspended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("number", name=op.f("uq_member_number")),
    )
    op.create_table(
        "org_unit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["org_unit.id"], name=op.f("fk_org_unit_parent_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_org_unit_code")),
        sa.UniqueConstraint("path", name=op.f("uq_org_unit_path")),
    )
    with op.batch_alter_table("org_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_org_unit_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "search_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "search_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("folded_title", sa.String(length=500), nullable=False),
        sa.Column("pinyin", sa.String(length=2000), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("context", sa.String(length=500), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=False),
        sa.Column("column_name", sa.String(length=120), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("link_values", sa.JSON(), nullable=False),
        sa.Column("owner_unit_id", sa.Integer(), nullable=False),
        sa.Column("audience_unit_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint(
            "source", "subject_id", name=op.f("uq_search_document_source_subject_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("search_document", schema=None) as batch_op:
        batch_op.create_index("ix_search_document_kind", ["kind"], unique=False)

    op.create_table(
        "search_term",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("empty_count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_term")),
        sa.UniqueConstraint("text", name=op.f("uq_search_term_text")),
    )
    op.create_table(
        "search_vector",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("column_code", sa.Integer(), nullable=False),
        sa.Column(
            "names",
            sa.JSON().with_variant(postgresql.ARRAY(sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "title", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True
        ),
        sa.Column(
            "tokens", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_search_vector")),
    )
    with op.batch_alter_table("search_vector", schema=None) as batch_op:
        batch_op.create_index("ix_search_vector_document_id", ["document_id"], unique=False)
        batch_op.create_index(
            "ix_search_vector_title", ["title"], unique=False, postgresql_using="gin"
        )
        batch_op.create_index(
            "ix_search_vector_tokens", ["tokens"], unique=False, postgresql_using="gin"
        )

    op.create_table(
        "study_day_seal",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day_on", name=op.f("pk_study_day_seal")),
        sa.UniqueConstraint("hash", name=op.f("uq_study_day_seal_hash")),
    )
    op.create_table(
        "activation_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_activation_code_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_activation_code_code_hash")),
    )
    with op.batch_alter_table("activation_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activation_code_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_audit_event_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_event_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "ix_audit_event_subject", ["subject_kind", "subject_id"], unique=False
        )

    op.create_table(
        "course",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column(
            "cover_blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("no_skip", sa.Boolean(), nullable=False),
        sa.Column("attention_checks", sa.Boolean(), nullable=False),
        sa.Column("is_sequential", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"], ["org_unit.id"], name=op.f("fk_course_audience_unit_id_org_unit")
        ),
        sa.ForeignKeyConstraint(
            ["cover_blob_id"], ["blob.id"], name=op.f("fk_course_cover_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_course_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
    )
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_course_audience_unit_id"), ["audience_unit_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_course_category"), ["category"], unique=False)
        batch_op.create_index(batch_op.f("ix_course_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "library_work",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "classic",
                "policy",
                "speech",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_key", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_library_work_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_work")),
        sa.UniqueConstraint("unit_id", "kind", "title_key", "issuer", name="uq_library_work_title"),
    )
    op.create_table(
        "media_asset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "video",
                "audio",
                "image",
                "document",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "working",
                "ready",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("error_code", sa.String(length=32), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("char_count", sa.Integer(), nullable=False),
        sa.Column("folder", sa.String(length=100), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column(
            "created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_media_asset_duration")),
        sa.CheckConstraint("page_count >= 0", name=op.f("ck_media_asset_pages")),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_media_asset_blob_id_blob")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["member.id"], name=op.f("fk_media_asset_created_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_media_asset_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_asset")),
    )
    with op.batch_alter_table("media_asset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_asset_blob_id"), ["blob_id"], unique=False)
        batch_op.create_index("ix_media_asset_unit_kind", ["unit_id", "kind"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= since_on", name=op.f("ck_membership_dates")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_membership_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_membership_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_member_since", ["member_id", "since_on"], unique=False)
        batch_op.create_index("ix_membership_unit_since", ["unit_id", "since_on"], unique=False)
        batch_op.create_index(
            "uq_membership_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("until_on IS NULL"),
            postgresql_where=sa.text("until_on IS NULL"),
        )

    op.create_table(
        "paper",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "best",
                "last",
                "average",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "marking",
            sa.Enum(
                "plain",
                "certainty",
                name="marking",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("pass_fraction", sa.BigInteger(), nullable=False),
        sa.Column(
            "showing",
            sa.Enum(
                "nothing",
                "score",
                "answers",
                "explanations",
                name="showing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("shows_after_close", sa.Boolean(), nullable=False),
        sa.Column("shuffles_options", sa.Boolean(), nullable=False),
        sa.Column("one_at_a_time", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("attempts_allowed >= 0", name=op.f("ck_paper_attempts_allowed")),
        sa.CheckConstraint(
            "pass_fraction BETWEEN 0 AND 10000", name=op.f("ck_paper_pass_fraction")
        ),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"], ["org_unit.id"], name=op.f("fk_paper_audience_unit_id_org_unit")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_paper_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    with op.batch_alter_table("paper", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_audience_unit_id"), ["audience_unit_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "programme",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"],
            ["org_unit.id"],
            name=op.f("fk_programme_audience_unit_id_org_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_programme_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_programme_audience_unit_id"), ["audience_unit_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_programme_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "question_bank",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"],
            ["org_unit.id"],
            name=op.f("fk_question_bank_audience_unit_id_org_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_question_bank_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_bank")),
        sa.UniqueConstraint("code", name=op.f("uq_question_bank_code")),
    )
    with op.batch_alter_table("question_bank", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_bank_audience_unit_id"), ["audience_unit_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_question_bank_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "report_export",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column(
            "format",
            sa.Enum(
                "xlsx", "csv", name="format", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_report_export_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_report_export_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_report_export_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_export")),
    )
    with op.batch_alter_table("report_export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_export_member_id"), ["member_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "manager",
                "operator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= since_on", name=op.f("ck_role_grant_dates")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_role_grant_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_role_grant_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_role_grant_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "search_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.String(length=120), nullable=False),
        sa.Column("heading", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link_values", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["search_document.id"],
            name=op.f("fk_search_entry_document_id_search_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("search_entry", schema=None) as batch_op:
        batch_op.create_index("ix_search_entry_document", ["document_id", "position"], unique=False)

    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_sign_in_session_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_session_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "study_clock",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sessions", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_on", sa.Date(), nullable=True),
        sa.Column("open_seconds", sa.Integer(), nullable=False),
        sa.Column("open_kind", sa.String(length=16), nullable=False),
        sa.Column(
            "open_subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_clock_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_study_clock")),
        postgresql_with={"fillfactor": "50"},
    )
    with op.batch_alter_table("study_clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_study_clock_open",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )

    op.create_table(
        "study_exemption",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= since_on", name=op.f("ck_study_exemption_dates")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["member.id"], name=op.f("fk_study_exemption_ended_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["member.id"], name=op.f("fk_study_exemption_granted_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_exemption_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_exemption")),
    )
    with op.batch_alter_table("study_exemption", schema=None) as batch_op:
        batch_op.create_index(
            "ix_study_exemption_member_since", ["member_id", "since_on"], unique=False
        )

    op.create_table(
        "study_item",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column(
            "subject_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("counted_seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column(
            "frontier_ms", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_item_member_id_member")
        ),
        sa.PrimaryKeyConstraint(
            "member_id", "subject_kind", "subject_id", name=op.f("pk_study_item")
        ),
    )
    op.create_table(
        "study_month",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("required_credit", sa.BigInteger(), nullable=False),
        sa.Column("online_credit", sa.BigInteger(), nullable=False),
        sa.Column("offline_credit", sa.BigInteger(), nullable=False),
        sa.Column("test_credit", sa.BigInteger(), nullable=False),
        sa.Column("reflection_credit", sa.BigInteger(), nullable=False),
        sa.Column("adjustment_credit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_month_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", "month", name=op.f("pk_study_month")),
    )
    with op.batch_alter_table("study_month", schema=None) as batch_op:
        batch_op.create_index("ix_study_month_month", ["month"], unique=False)

    op.create_table(
        "study_month_closing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "closed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["member.id"], name=op.f("fk_study_month_closing_closed_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_study_month_closing_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_month_closing")),
        sa.UniqueConstraint("unit_id", "month", name=op.f("uq_study_month_closing_unit_id_month")),
    )
    with op.batch_alter_table("study_month_closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_month_closing_month"), ["month"], unique=False)

    op.create_table(
        "study_offline_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "approved",
                "refused",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("ended_at > started_at", name=op.f("ck_study_offline_event_times")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["member.id"],
            name=op.f("fk_study_offline_event_created_by_id_member"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["member.id"],
            name=op.f("fk_study_offline_event_decided_by_id_member"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_study_offline_event_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_offline_event")),
    )
    with op.batch_alter_table("study_offline_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_study_offline_event_unit_state", ["unit_id", "state"], unique=False
        )

    op.create_table(
        "study_requirement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "manager",
                "operator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("since_month", sa.Integer(), nullable=False),
        sa.Column("month_hours", sa.BigInteger(), nullable=True),
        sa.Column("year_hours", sa.BigInteger(), nullable=True),
        sa.Column("required_part_hours", sa.BigInteger(), nullable=True),
        sa.Column(
            "carry_over",
            sa.Enum(
                "none",
                "quarter",
                "year",
                name="carry_over",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "member_id IS NULL OR role IS NULL", name=op.f("ck_study_requirement_one_override")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_requirement_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["member.id"],
            name=op.f("fk_study_requirement_published_by_id_member"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_study_requirement_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_requirement")),
    )
    with op.batch_alter_table("study_requirement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_study_requirement_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(
            "ix_study_requirement_unit_since", ["unit_id", "since_month"], unique=False
        )

    op.create_table(
        "study_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["member.id"], name=op.f("fk_study_rule_created_by_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_rule")),
    )
    with op.batch_alter_table("study_rule", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_study_rule_effective_on"), ["effective_on"], unique=False
        )

    op.create_table(
        "study_setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["member.id"], name=op.f("fk_study_setting_changed_by_id_member")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_study_setting")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "complete",
                "taken",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "received_bytes BETWEEN 0 AND size_bytes", name=op.f("ck_upload_received")
        ),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_upload_size")),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_upload_blob_id_blob")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_upload_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("token", name=op.f("uq_upload_token")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_upload_state_expires_at", ["state", "expires_at"], unique=False)

    op.create_table(
        "chapter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_chapter_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter")),
    )
    with op.batch_alter_table("chapter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chapter_course_id"), ["course_id"], unique=False)

    op.create_table(
        "library_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "classic",
                "policy",
                "speech",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("short_title", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("repealed_on", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "in_force",
                "not_yet",
                "amended",
                "repealed",
                "ended",
                "unknown",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_note", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("edition", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fields_digest", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "replaced_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("paragraph_count", sa.Integer(), nullable=False),
        sa.Column("article_count", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "audience_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "archived",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["audience_unit_id"],
            ["org_unit.id"],
            name=op.f("fk_library_document_audience_unit_id_org_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["library_document.id"],
            name=op.f("fk_library_document_replaced_by_id_library_document"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_library_document_unit_id_org_unit")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["library_work.id"], name=op.f("fk_library_document_work_id_library_work")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_document")),
    )
    with op.batch_alter_table("library_document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_document_audience_unit_id"), ["audience_unit_id"], unique=False
        )
        batch_op.create_index(
            "ix_library_document_list", ["is_current", "kind", "issued_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_library_document_replaced_by_id"), ["replaced_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_library_document_topic"), ["topic"], unique=False)
        batch_op.create_index(batch_op.f("ix_library_document_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_library_document_work_id"), ["work_id"], unique=False)
        batch_op.create_index(
            "uq_library_document_source",
            ["unit_id", "source_key"],
            unique=True,
            sqlite_where=sa.text("replaced_by_id IS NULL"),
            postgresql_where=sa.text("replaced_by_id IS NULL"),
        )

    op.create_table(
        "library_work_name",
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["library_work.id"], name=op.f("fk_library_work_name_work_id_library_work")
        ),
        sa.PrimaryKeyConstraint("work_id", "name_key", name=op.f("pk_library_work_name")),
    )
    with op.batch_alter_table("library_work_name", schema=None) as batch_op:
        batch_op.create_index("ix_library_work_name_key", ["name_key"], unique=False)

    op.create_table(
        "paper_allowance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("extra_seconds", sa.Integer(), nullable=False),
        sa.Column("extra_attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(member_id IS NULL) <> (unit_id IS NULL)",
            name=op.f("ck_paper_allowance_member_or_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_paper_allowance_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_allowance_paper_id_paper")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_paper_allowance_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_allowance")),
    )
    with op.batch_alter_table("paper_allowance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_allowance_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_allowance_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "paper_section",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("shuffles", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_paper_section_paper_id_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_section")),
    )
    with op.batch_alter_table("paper_section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_section_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "programme_course",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "programme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_programme_course_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_programme_course_programme_id_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_course")),
        sa.UniqueConstraint(
            "programme_id", "course_id", name=op.f("uq_programme_course_programme_id_course_id")
        ),
    )
    with op.batch_alter_table("programme_course", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_programme_course_course_id"), ["course_id"], unique=False
        )

    op.create_table(
        "question_category",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id"],
            ["question_bank.id"],
            name=op.f("fk_question_category_bank_id_question_bank"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["question_category.id"],
            name=op.f("fk_question_category_parent_id_question_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_category")),
        sa.UniqueConstraint("bank_id", "path", name=op.f("uq_question_category_bank_id_path")),
    )
    with op.batch_alter_table("question_category", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_category_parent_id"), ["parent_id"], unique=False
        )

    op.create_table(
        "question_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["question_bank.id"], name=op.f("fk_question_import_bank_id_question_bank")
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_question_import_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_question_import_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_import")),
    )
    with op.batch_alter_table("question_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_import_bank_id"), ["bank_id"], unique=False)

    op.create_table(
        "study_closed_month",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "closing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.Column("required", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "met",
                "on_track",
                "behind",
                "exempt",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["closing_id"],
            ["study_month_closing.id"],
            name=op.f("fk_study_closed_month_closing_id_study_month_closing"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_closed_month_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_study_closed_month_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("member_id", "month", name=op.f("pk_study_closed_month")),
    )
    with op.batch_alter_table("study_closed_month", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_study_closed_month_closing_id"), ["closing_id"], unique=False
        )
        batch_op.create_index("ix_study_closed_month_month", ["month"], unique=False)

    op.create_table(
        "study_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("award_key", sa.String(length=80), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stretches", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["actor_id"], ["member.id"], name=op.f("fk_study_entry_actor_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["study_entry.id"], name=op.f("fk_study_entry_reverses_id_study_entry")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["study_rule.id"], name=op.f("fk_study_entry_rule_id_study_rule")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_study_entry_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_entry")),
        sa.UniqueConstraint(
            "member_id", "award_key", name=op.f("uq_study_entry_member_id_award_key")
        ),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_study_entry_reverses_id")),
    )
    with op.batch_alter_table("study_entry", schema=None) as batch_op:
        batch_op.create_index("ix_study_entry_member_day", ["member_id", "day_on"], unique=False)
        batch_op.create_index("ix_study_entry_recorded_on", ["recorded_on"], unique=False)

    op.create_table(
        "study_offline_evidence",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_study_offline_evidence_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["study_offline_event.id"],
            name=op.f("fk_study_offline_evidence_event_id_study_offline_event"),
        ),
        sa.PrimaryKeyConstraint("event_id", "blob_id", name=op.f("pk_study_offline_evidence")),
    )
    op.create_table(
        "subtitle",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("cues", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"],
            ["media_asset.id"],
            name=op.f("fk_subtitle_asset_id_media_asset"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subtitle")),
        sa.UniqueConstraint("asset_id", "language", name=op.f("uq_subtitle_asset_id_language")),
    )
    op.create_table(
        "lesson",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "chapter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"], ["chapter.id"], name=op.f("fk_lesson_chapter_id_chapter")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_lesson_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
    )
    with op.batch_alter_table("lesson", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_chapter_id"), ["chapter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_course_id"), ["course_id"], unique=False)

    op.create_table(
        "library_attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_library_attachment_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_attachment_document_id_library_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_attachment")),
    )
    with op.batch_alter_table("library_attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_attachment_document_id"), ["document_id"], unique=False
        )

    op.create_table(
        "library_import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reading",
                "recognised",
                "saved",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_markdown", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_library_import_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_import_document_id_library_document"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_library_import_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["org_unit.id"], name=op.f("fk_library_import_unit_id_org_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_import")),
    )
    with op.batch_alter_table("library_import", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_import_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "library_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("anchor", sa.String(length=80), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_note_document_id_library_document"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_library_note_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_note")),
    )
    with op.batch_alter_table("library_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_note_document_id"), ["document_id"], unique=False
        )
        batch_op.create_index("ix_library_note_place", ["member_id", "document_id"], unique=False)

    op.create_table(
        "library_relation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "amends",
                "replaced_by",
                "implements",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("target_title", sa.String(length=200), nullable=False),
        sa.Column("target_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_relation_document_id_library_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_relation")),
    )
    with op.batch_alter_table("library_relation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_relation_document_id"), ["document_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_library_relation_target_key"), ["target_key"], unique=False
        )

    op.create_table(
        "library_section",
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opening",
                "part",
                "subpart",
                "chapter",
                "section",
                "annex",
                "heading",
                "article",
                "point",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("anchor", sa.String(length=80), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("parent_position", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_section_document_id_library_document"),
        ),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_library_section")),
        sa.UniqueConstraint(
            "document_id", "anchor", name=op.f("uq_library_section_document_id_anchor")
        ),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "multiple",
                "true_false",
                "fill_in",
                "numeric",
                "short",
                "matching",
                "ordering",
                "cloze",
                "essay",
                "material",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "reviewed",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("difficulty", sa.Integer(), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name=op.f("ck_question_difficulty")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["question_bank.id"], name=op.f("fk_question_bank_id_question_bank")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["question_category.id"],
            name=op.f("fk_question_category_id_question_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(
            "ix_question_bank_pool", ["bank_id", "state", "kind", "difficulty"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_question_category_id"), ["category_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_digest"), ["digest"], unique=False)

    op.create_table(
        "study_offline_attendee",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["study_entry.id"],
            name=op.f("fk_study_offline_attendee_entry_id_study_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["study_offline_event.id"],
            name=op.f("fk_study_offline_attendee_event_id_study_offline_event"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_offline_attendee_member_id_member")
        ),
        sa.PrimaryKeyConstraint("event_id", "member_id", name=op.f("pk_study_offline_attendee")),
    )
    with op.batch_alter_table("study_offline_attendee", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_study_offline_attendee_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "study_query",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "granted",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "adjustment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("credit", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["adjustment_id"],
            ["study_entry.id"],
            name=op.f("fk_study_query_adjustment_id_study_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["member.id"], name=op.f("fk_study_query_answered_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["study_entry.id"], name=op.f("fk_study_query_entry_id_study_entry")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_study_query_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_query")),
    )
    with op.batch_alter_table("study_query", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_query_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_study_query_state", ["state"], unique=False)
        batch_op.create_index(
            "uq_study_query_waiting",
            ["entry_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "submitted",
                "void",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "submitted_by",
            sa.Enum(
                "member",
                "server",
                "invigilator",
                name="submitted_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("max_points", sa.BigInteger(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=True),
        sa.Column("is_pending", sa.Boolean(), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_slot", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_attempt_lesson_id_lesson"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_attempt_member_id_member")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_attempt_paper_id_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "paper_id", "member_id", "number", name=op.f("uq_attempt_paper_id_member_id_number")
        ),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_lesson_id"), ["lesson_id"], unique=False)
        batch_op.create_index(
            "ix_attempt_member_started", ["member_id", "started_at"], unique=False
        )
        batch_op.create_index("ix_attempt_state_deadline", ["state", "deadline_at"], unique=False)

    op.create_table(
        "course_progress",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "last_lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_progress_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["last_lesson_id"],
            ["lesson.id"],
            name=op.f("fk_course_progress_last_lesson_id_lesson"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_course_progress_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_progress")),
        sa.UniqueConstraint(
            "member_id", "course_id", name=op.f("uq_course_progress_member_id_course_id")
        ),
    )
    with op.batch_alter_table("course_progress", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_course_progress_course_id"), ["course_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_course_progress_last_lesson_id"), ["last_lesson_id"], unique=False
        )
        batch_op.create_index(
            "ix_course_progress_member_seen", ["member_id", "seen_at"], unique=False
        )

    op.create_table(
        "lesson_asset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("asset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=500), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["media_asset.id"], name=op.f("fk_lesson_asset_asset_id_media_asset")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_lesson_asset_lesson_id_lesson"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_asset")),
    )
    with op.batch_alter_table("lesson_asset", schema=None) as batch_op:
        batch_op.create_index("ix_lesson_asset_asset", ["asset_id"], unique=False)
        batch_op.create_index(
            "ix_lesson_asset_lesson_position", ["lesson_id", "position"], unique=False
        )

    op.create_table(
        "lesson_progress",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("fraction", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "fraction BETWEEN 0 AND 10000", name=op.f("ck_lesson_progress_fraction")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_progress_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_lesson_progress_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_progress")),
        sa.UniqueConstraint(
            "member_id", "lesson_id", name=op.f("uq_lesson_progress_member_id_lesson_id")
        ),
    )
    with op.batch_alter_table("lesson_progress", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lesson_progress_lesson_id"), ["lesson_id"], unique=False
        )

    op.create_table(
        "library_citation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("paragraph_position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("target_anchor", sa.String(length=80), nullable=False),
        sa.Column("target_article", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(document_id IS NULL) <> (lesson_id IS NULL)",
            name=op.f("ck_library_citation_one_source"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_document.id"],
            name=op.f("fk_library_citation_document_id_library_document"),
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_library_citation_lesson_id_lesson"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_citation")),
    )
    with op.batch_alter_table("library_citation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_library_citation_document", ["document_id", "paragraph_position"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_library_citation_lesson_id"), ["lesson_id"], unique=False
        )
        batch_op.create_index(
            "ix_library_citation_target", ["name_key", "target_article"], unique=False
        )

    op.create_table(
        "library_paragraph",
        sa.Column(
            "document_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("section_position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "paragraph",
                "item",
                "subitem",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("anchor", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id", "section_position"],
            ["library_section.document_id", "library_section.position"],
            name=op.f("fk_library_paragraph_document_id_section_position_library_section"),
        ),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_library_paragraph")),
        sa.UniqueConstraint(
            "document_id", "anchor", name=op.f("uq_library_paragraph_document_id_anchor")
        ),
    )
    with op.batch_alter_table("library_paragraph", schema=None) as batch_op:
        batch_op.create_index("ix_library_paragraph_page", ["document_id", "page"], unique=False)

    op.create_table(
        "library_text_lesson",
        sa.Column(
            "lesson_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_library_text_lesson_lesson_id_lesson"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_library_text_lesson")),
    )
    op.create_table(
        "library_text_lesson_image",
        sa.Column(
            "lesson_id",
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
            ["blob_id"], ["blob.id"], name=op.f("fk_library_text_lesson_image_blob_id_blob")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_library_text_lesson_image_lesson_id_lesson"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lesson_id", "blob_id", name=op.f("pk_library_text_lesson_image")),
    )
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "section_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("draw_count", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "multiple",
                "true_false",
                "fill_in",
                "numeric",
                "short",
                "matching",
                "ordering",
                "cloze",
                "essay",
                "material",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("difficulty_from", sa.Integer(), nullable=False),
        sa.Column("difficulty_to", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(question_id IS NULL) <> (bank_id IS NULL)",
            name=op.f("ck_paper_entry_question_or_bank"),
        ),
        sa.CheckConstraint("draw_count >= 1", name=op.f("ck_paper_entry_draw_count")),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["question_bank.id"], name=op.f("fk_paper_entry_bank_id_question_bank")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["question_category.id"],
            name=op.f("fk_paper_entry_category_id_question_category"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_paper_entry_question_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["paper_section.id"],
            name=op.f("fk_paper_entry_section_id_paper_section"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
    )
    with op.batch_alter_table("paper_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_entry_bank_id"), ["bank_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_paper_entry_question_id"), ["question_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_paper_entry_section_id"), ["section_id"], unique=False)

    op.create_table(
        "question_tag",
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_tag_question_id_question")
        ),
        sa.PrimaryKeyConstraint("question_id", "tag", name=op.f("pk_question_tag")),
    )
    with op.batch_alter_table("question_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_tag_tag"), ["tag"], unique=False)

    op.create_table(
        "question_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["member.id"], name=op.f("fk_question_version_created_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_version_question_id_question")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_version")),
        sa.UniqueConstraint(
            "question_id", "number", name=op.f("uq_question_version_question_id_number")
        ),
    )
    op.create_table(
        "watched",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "lesson_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["lesson.id"],
            name=op.f("fk_watched_lesson_id_lesson"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_watched_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched")),
        sa.UniqueConstraint("member_id", "lesson_id", name=op.f("uq_watched_member_id_lesson_id")),
    )
    with op.batch_alter_table("watched", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watched_lesson_id"), ["lesson_id"], unique=False)

    op.create_table(
        "wrong_question",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("wrong_count", sa.Integer(), nullable=False),
        sa.Column("right_count", sa.Integer(), nullable=False),
        sa.Column("last_wrong_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_mastered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_wrong_question_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_wrong_question_question_id_question")
        ),
        sa.PrimaryKeyConstraint("member_id", "question_id", name=op.f("pk_wrong_question")),
    )
    op.create_table(
        "attempt_answer",
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("spent_seconds", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_answer_attempt_id_attempt")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "slot", name=op.f("pk_attempt_answer")),
    )
    op.create_table(
        "attempt_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_event_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_attempt_event_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_event")),
    )
    with op.batch_alter_table("attempt_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attempt_event_attempt_id"), ["attempt_id"], unique=False
        )

    op.create_table(
        "attempt_grade",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("max_points", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "machine",
                "person",
                "regrade",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column(
            "graded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_grade_attempt_id_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["graded_by_id"], ["member.id"], name=op.f("fk_attempt_grade_graded_by_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_attempt_grade_question_id_question")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["question_version.id"],
            name=op.f("fk_attempt_grade_version_id_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_grade")),
    )
    with op.batch_alter_table("attempt_grade", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_grade_attempt_slot", ["attempt_id", "slot"], unique=False)
        batch_op.create_index("ix_attempt_grade_question", ["question_id"], unique=False)

    # Triggers keep the append-only tables append-only, whoever writes to them.
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("there is nothing below the first migration")
