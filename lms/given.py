"""Rows that travel to the database as one value, which it reads as a table.

So one statement writes many rows in one round trip, and can tell which of them it wrote.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from operator import methodcaller
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Text, bindparam, cast, column, func, select
from sqlalchemy.sql.expression import ColumnCollection, FromClause

PARAMETER = "given"
_as_text = methodcaller("isoformat")


class GivenRows:
    """A table of rows that the statement is given, with columns like those of real tables."""

    def __init__(self, dialect: Dialect, columns: Mapping[str, Column[Any]]) -> None:
        self._types = {name: one.type for name, one in columns.items()}
        self._write: dict[str, Callable[[Any], Any]] = {}
        is_postgresql = dialect.name == "postgresql"
        for name, type_ in self._types.items():
            write = type_.dialect_impl(dialect).bind_processor(dialect)
            if write is not None and not (is_postgresql and isinstance(type_, JSON)):
                self._write[name] = write
        self.table = self._recordset() if is_postgresql else self._each()

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
        return {PARAMETER: json.dumps(written, default=_as_text, ensure_ascii=False)}

    def _recordset(self) -> FromClause:
        columns = (column(name, type_) for name, type_ in self._types.items())
        read = func.json_to_recordset(cast(bindparam(PARAMETER, type_=Text), JSON))
        return read.table_valued(*columns, name="given").render_derived(with_types=True)

    def _each(self) -> FromClause:
        rows = func.json_each(bindparam(PARAMETER, type_=Text)).table_valued("value")
        columns = (
            func.json_extract(rows.c.value, f"$.{name}", type_=type_).label(name)
            for name, type_ in self._types.items()
        )
        return select(*columns).subquery("given")
