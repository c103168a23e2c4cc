"""Runs the migrations in the application's own database, as Alembic asks for."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from lms.db import db


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as what the database sees, so that old migrations stand alone."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__ == "lms.db":
        return f"sa.{item.impl!r}"
    return False


def run(connection: Connection) -> None:
    """Apply the migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


with current_app.app_context(), db.engine.connect() as main_connection:
    run(main_connection)
