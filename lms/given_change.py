"""A change of many rows that are given as one value, sent with as few calls as there can be."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from psycopg import Error
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.dml import UpdateBase

from lms.given import PARAMETER, GivenRows

_numbers = count(1)  # names on a connection outlive the object, whose id may come again


class GivenChange:
    """An UPDATE or INSERT of given rows that returns what it wrote."""

    def __init__(self, given: GivenRows, statement: UpdateBase, dialect: Dialect) -> None:
        self._given = given
        self._statement = statement
        self._name = f"given_{next(_numbers)}".encode()
        if dialect.name == "postgresql":
            numbered = type(dialect)(paramstyle="numeric_dollar")
            compiled: Any = statement.compile(dialect=numbered)
            self._text = str(compiled)
            self._parameters = [
                (name, str(compiled.params[name]).encode()) for name in compiled.positiontup
            ]

    def run(
        self, connection: Connection, rows: Iterable[Mapping[str, Any]]
    ) -> Sequence[Sequence[Any]]:
        """Change them and give the rows of RETURNING; raises SQLAlchemyError."""
        values = self._given.fill(rows)
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            return connection.execute(self._statement, values).all()
        return self._run_at_once(connection, values[PARAMETER])

    def _run_at_once(self, connection: Connection, value: str) -> Sequence[Sequence[Any]]:
        # psycopg sends, waits and reads in steps. At each it lets the other threads in and has to
        # wait for its turn again, so a statement of a busy process took most of its time for that;
        # libpq does all of it in one call.
        driver: Any = connection.connection.dbapi_connection
        prepared: set[bytes] = connection.info.setdefault("given_changes", set())
        values = [value.encode() if name == PARAMETER else own for name, own in self._parameters]
        try:
            if self._name not in prepared:
                self._check(driver.pgconn.prepare(self._name, self._text.encode()))
                prepared.add(self._name)
            result = self._check(driver.pgconn.exec_prepared(self._name, values))
        except Error as error:
            raise OperationalError(self._text, None, error) from error
        reader = Transformer.from_context(driver)
        reader.set_pgresult(result)
        return reader.load_rows(0, result.ntuples, tuple)

    def _check(self, result: Any) -> Any:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result)
        return result
