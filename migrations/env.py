"""Runs the migrations in the application's own database, as Alembic asks for."""

from collections.abc import Iterator
from contextlib import contextmanager

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
    """Apply each migration in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with without_foreign_keys(connection), context.begin_transaction():
        context.run_migrations()


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Let SQLite change a table by putting another one in its place, as its manual asks for.

    With foreign keys, dropping the old table would first delete its rows. SQLite hears this
    between transactions only.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.rollback()
        connection.connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]


with current_app.app_context(), db.engine.connect() as main_connection:
    run(main_connection)
