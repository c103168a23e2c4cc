"""The database of a test process: emptied before each test, filled again from what was kept."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from flask import Flask
from sqlalchemy import text

from lms.db import db

# A loop in the database instead of TRUNCATE, which makes the files of all tables anew for a few
# rows in some of them. The ledger's own triggers refuse to be emptied; a test database may be.
EMPTY = """
DO $$ DECLARE one text; is_filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO is_filled;
    IF is_filled THEN EXECUTE 'DELETE FROM ' || one; END IF;
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
KEEP = """
DO $$ DECLARE one text; is_filled boolean; BEGIN
  DROP SCHEMA IF EXISTS "{name}" CASCADE;
  CREATE SCHEMA "{name}";
  FOR one IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO is_filled;
    IF is_filled THEN
      EXECUTE 'CREATE TABLE "{name}".' || one || ' AS TABLE public.' || one;
    END IF;
  END LOOP;
  CREATE TABLE "{name}"."sequences of all" AS
    SELECT format('%I', sequencename) AS name, last_value
      FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
PUT = """
DO $$ DECLARE one text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT quote_ident(tablename) FROM pg_tables
      WHERE schemaname = '{name}' AND tablename <> 'sequences of all' LOOP
    EXECUTE 'INSERT INTO public.' || one || ' TABLE "{name}".' || one;
  END LOOP;
  PERFORM setval(name::regclass, last_value) FROM "{name}"."sequences of all";
END $$
"""


class Stage(Protocol):
    """The database on which the tests of a process play, one after the other."""

    def empty(self) -> None:
        """Take out everything."""

    def keep(self, name: str) -> None:
        """Remember all that there is now under a name."""

    def put(self, name: str) -> None:
        """Put what was kept into the empty database."""


class FileStage:
    """SQLite; what is kept is a file beside it."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._file, self._folder = app.config["SETTINGS"].data_dir / "xueshi.db", folder
        self.keep("blank")

    def empty(self) -> None:
        """Copy the blank database over it."""
        self.put("blank")

    def keep(self, name: str) -> None:
        """Copy it."""
        with closing(self._open()) as source, closing(sqlite3.connect(self._kept(name))) as target:
            source.backup(target)

    def put(self, name: str) -> None:
        """Copy it back, page by page under SQLite's locks, so that a connection which an earlier
        test left open sees a proper change instead of a file pulled from under it.
        """
        with closing(sqlite3.connect(self._kept(name))) as source, closing(self._open()) as target:
            source.backup(target)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=15)

    def _kept(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class ServerStage:
    """PostgreSQL; what is kept is a schema beside the tables."""

    def empty(self) -> None:
        """Delete the rows and begin counting anew."""
        self._run(EMPTY)

    def keep(self, name: str) -> None:
        """Copy the tables that have rows."""
        self._run(KEEP.format(name=name))

    def put(self, name: str) -> None:
        """Copy the rows back."""
        self._run(PUT.format(name=name))

    def _run(self, block: str) -> None:
        with db.engine.begin() as connection:
            connection.execute(text(block))


def stage_of(app: Flask, folder: Path) -> Stage:
    """All tables of the application, empty; `folder` is for what is kept."""
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.engine.dispose()
        is_file = db.engine.dialect.name == "sqlite"
        return FileStage(app, folder) if is_file else ServerStage()
