"""The database handle, the base of all models, and the column types that they share."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any

from flask import Flask, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    any_,
    cast,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from lms.turns import Turns


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; stored in UTC, given back in UTC whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("moments are stored aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SlimDateTime(TypeDecorator[datetime]):
    """The same for rows that are many: SQLite keeps whole microseconds since 1970 in 8 bytes.

    It has no type for moments; as text each would take 26.
    """

    impl = DateTime(timezone=True).with_variant(BigInteger(), "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        if value is None or dialect.name != "sqlite":
            return _MOMENT.process_bind_param(value, dialect)
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return _MOMENT.process_result_value(value, dialect)
        return _EPOCH + timedelta(microseconds=value)


_MOMENT = UtcDateTime()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Exact(TypeDecorator[Decimal]):
    """An exact decimal with four places, stored as a scaled integer so that SQL sums stay exact.

    SQLite has no decimal type of its own; an integer behaves alike on every database.
    """

    impl = BigInteger
    cache_ok = True
    places = 4

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"more than {self.places} decimal places: {value}")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else exact(int(value))


@lru_cache(maxsize=65_536)
def exact(units: int) -> Decimal:
    """The decimal that `Exact` stores as so many units; kept, as few differ among many rows."""
    return Decimal(units).scaleb(-Exact.places)


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
COLUMN_TYPES = {
    datetime: UtcDateTime,
    Decimal: Exact,
    dict[str, Any]: JSON,
    list[Any]: JSON,
}


class Base(DeclarativeBase):
    """Base of all models; the naming convention lets migrations name every constraint."""

    # Types and names stand in the registry because Flask-SQLAlchemy derives a base of its own
    # from this one, and the two share the registry.
    registry = registry(
        metadata=MetaData(naming_convention=NAMES), type_annotation_map=COLUMN_TYPES
    )
    metadata = registry.metadata


# SQLite hands out row ids only for columns of exactly the type INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")
Key = Annotated[int, mapped_column(BigId, primary_key=True)]

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
READS = "reads"  # marks a connection of PostgreSQL whose transaction cannot write


def init_db(app: Flask) -> None:
    """Bind the database to `app` and teach its engine how SQLite should behave."""
    db.init_app(app)
    with app.app_context():
        tune_engine(db.engine)


def tune_engine(engine: Engine) -> None:
    """Make SQLite safe for several processes: WAL, foreign keys, explicit BEGIN, busy wait.

    On PostgreSQL, let what only reads end without a rollback; see `_on_session_begin`.
    """
    if engine.dialect.name == "postgresql":
        event.listen(engine, "rollback", _on_postgresql_rollback)
        event.listen(engine, "checkin", _on_postgresql_checkin)
    if engine.dialect.name != "sqlite":
        return
    turns = Turns(Path(f"{engine.url.database}-turn"))
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", partial(_on_sqlite_begin, turns))
    event.listen(engine, "checkin", turns.give_back)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN is switched off: it starts a deferred transaction, and a deferred
    # transaction that later writes fails at once when another process has written in between.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 15000")
    cursor.execute("PRAGMA cache_size = -32000")
    cursor.close()


def begin_reading() -> None:
    """Begin a transaction that only reads: also outside of GET requests it locks nobody out.

    A transaction that is open ends without being committed.
    """
    db.session.rollback()
    db.session.connection(execution_options={"reads_only": True})


@contextmanager
def reading_apart() -> Iterator[None]:
    """What a request reads before it writes, in a transaction of its own that ends here.

    On SQLite others may write meanwhile; elsewhere readers never stand in the way, and nothing is
    done. Objects of the mapper are read anew afterwards, so keep plain values.
    """
    if db.engine.dialect.name != "sqlite" or _only_reads():
        yield
        return
    begin_reading()
    yield
    db.session.rollback()


def _only_reads() -> bool:
    return has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")


def _on_sqlite_begin(turns: Turns, connection: Connection) -> None:
    reading = connection.get_execution_options().get("reads_only", False) or _only_reads()
    if not reading:
        turns.take(connection.connection.info)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@event.listens_for(db.session, "after_begin")
def _on_session_begin(_session: object, _transaction: object, connection: Connection) -> None:
    # The driver forgets all prepared statements at a rollback, and every request that reads would
    # end in one, so that PostgreSQL planned each statement anew. Therefore a request that only
    # reads does so in a transaction that cannot write, and its rollback is turned into a commit.
    if connection.dialect.name == "postgresql" and _only_reads():
        _driver_of(connection).read_only = True
        connection.info[READS] = True


def _on_postgresql_rollback(connection: Connection) -> None:
    if connection.info.get(READS):
        _driver_of(connection).commit()


def _on_postgresql_checkin(driver: Any, record: Any) -> None:
    if record.info.pop(READS, None) and driver is not None:
        driver.read_only = None


def _driver_of(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def enum_column(kind: type[StrEnum], name: str, **options: Any) -> MappedColumn[Any]:
    """A column for a closed set: the values as text, with a CHECK named `name`."""
    return mapped_column(
        Enum(
            kind,
            native_enum=False,
            create_constraint=True,
            name=name,
            length=32,
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )


def is_one_of(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """The condition that a whole-number column is one of many: the list travels as one value."""
    if db.engine.dialect.name == "postgresql":
        numbers = "{" + ",".join(map(str, ids)) + "}"
        return column == any_(cast(literal(numbers, String), ARRAY(BigInteger)))
    values = func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(select(values.c.value))  # type: ignore[no-any-return]
