"""Rows that travel to the database as one value, which it reads as a table.

So one statement writes many rows in one round trip, and can tell which of them it wrote.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import methodcaller
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    Insert,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.sql.expression import ColumnCollection, FromClause

PARAMETER = "given"
# Made once: json.dumps would make one for every statement.
_encode = json.JSONEncoder(default=methodcaller("isoformat"), check_circular=False).encode


class GivenRows:
    """A table of rows that the statement is given, with columns like those of real tables."""

    def __init__(self, dialect: Dialect, columns: Mapping[str, Column[Any]]) -> None:
        self._types = {name: one.type for name, one in columns.items()}
        self._write: dict[str, Callable[[Any], Any]] = {}
        for name, type_ in self._types.items():
            # Within the text of the rows JSON is a text too, so that the database takes it as it
            # is: it refuses to read what some people paste, such as \u0000.
            is_json = isinstance(type_, JSON)
            write = json.dumps if is_json else type_.dialect_impl(dialect).bind_processor(dialect)
            if write is not None:
                self._write[name] = write
        self.table = self._recordset() if dialect.name == "postgresql" else self._each()

    @property
    def c(self) -> ColumnCollection[str, Any]:
        """The columns."""
        return self.table.c

    def fill(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """The parameter of a statement that reads these rows."""
        written = [
            {
                name: self._write[name](value) if name in self._write else value
                for name, value in row.items()
            }
            for row in rows
        ]
        return {PARAMETER: _encode(written)}

    def _recordset(self) -> FromClause:
        rows = func.json_to_recordset(cast(bindparam(PARAMETER, type_=Text), JSON)).table_valued(
            *(
                column(name, Text if isinstance(type_, JSON) else type_)
                for name, type_ in self._types.items()
            )
        )
        read = rows.render_derived(with_types=True)
        columns = (cast(read.c[name], type_).label(name) for name, type_ in self._types.items())
        return select(*columns).subquery("given")

    def _each(self) -> FromClause:
        rows = func.json_each(bindparam(PARAMETER, type_=Text)).table_valued("value")
        columns = (
            func.json_extract(rows.c.value, f"$.{name}", type_=type_).label(name)
            for name, type_ in self._types.items()
        )
        return select(*columns).subquery("given")


def insert_many(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows that all have the same columns, in their order.

    PostgreSQL gets them as one value: a statement for each would cost both sides more than the
    rows do. SQLite is in this process and has no such costs.
    """
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(statement, rows)
        return
    given, at_once = _from_given(statement, tuple(rows[0]), connection.dialect)
    connection.execute(at_once, given.fill(rows))


@lru_cache
def _from_given(
    statement: Insert, names: tuple[str, ...], dialect: Dialect
) -> tuple[GivenRows, Insert]:
    columns = statement.table.c
    given = GivenRows(dialect, {name: columns[name] for name in names})
    return given, statement.from_select(names, select(*(given.c[name] for name in names)))
