"""A statement of SQLAlchemy Core, compiled once and said to the driver directly.

Executing a Core statement costs SQLAlchemy many times what SQLite needs to do it: parameters,
context, cursor and result are made anew each time. Store and board say the same few dozen
statements over and over, so all of that is done once here. Core still writes the SQL, for each
database in turn; types still translate their values.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, TextClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.expression import ReturnsRows
from sqlalchemy.types import TypeEngine

from adapters.sql.group_commit import driver_of

_DIALECT = sqlite.dialect(paramstyle="named")
_Process = Callable[[Any], Any]


class Prepared:
    """One statement, ready to be said."""

    def __init__(self, statement: Executable) -> None:
        """Compile it."""
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # all ours are clauses
        self._sql = str(compiled)
        self._constants: dict[str, Any] = {}
        self._processes: list[tuple[str, _Process]] = []
        for name, bind in compiled.binds.items():
            process = _binding(bind.type)
            if not bind.required:
                value = bind.effective_value
                self._constants[name] = value if process is None else process(value)
            elif process is not None:
                self._processes.append((name, process))
        self._row, self._results = _row_of(statement)
        self._first = dict(self._results).get(0)

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Say it; return how many rows it changed."""
        return self._say(connection, values).rowcount

    def add(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Say it; return the id of the row that it added.

        Asking SQLite for it by RETURNING takes three times as long as the whole statement.
        """
        cursor = self._say(connection, values)
        return cast(int, cursor.lastrowid)  # None is for statements that add nothing

    def change_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Say it once for each row of values."""
        driver_of(connection).executemany(self._sql, [self._parameters(row) for row in rows])

    def read(self, connection: Connection, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Say it; return its rows, whose columns are attributes."""
        rows = self._say(connection, values or {}).fetchall()
        if not self._results:
            return [self._row._make(row) for row in rows]
        return [self._row._make(self._processed(row)) for row in rows]

    def value(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Any:
        """Say it; return the first column of its first row, None if there is none."""
        rows = self._say(connection, values or {}).fetchall()
        if not rows:
            return None
        process = self._first
        return rows[0][0] if process is None else process(rows[0][0])

    def _say(self, connection: Connection, values: Mapping[str, Any]) -> sqlite3.Cursor:
        return driver_of(connection).execute(self._sql, self._parameters(values))

    def _parameters(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values as the driver wants them, by their names; those not asked for stay."""
        if not self._constants and not self._processes:
            return values
        parameters = {**self._constants, **values}
        for name, process in self._processes:
            parameters[name] = process(parameters[name])
        return parameters

    def _processed(self, row: Sequence[Any]) -> list[Any]:
        cells = list(row)
        for place, process in self._results:
            cells[place] = process(cells[place])
        return cells


def _binding(kind: TypeEngine[Any]) -> _Process | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _row_of(statement: Executable) -> tuple[Any, list[tuple[int, _Process]]]:
    """Return the type of its rows, and which columns must be translated by what."""
    if isinstance(statement, TextClause) or not isinstance(statement, ReturnsRows):
        return namedtuple("Row", []), []  # noqa: PYI024 - its names are known only now
    columns = list(statement.exported_columns)
    results = []
    for place, column in enumerate(columns):
        process = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
        if process is not None:
            results.append((place, process))
    names = [column.key for column in columns]
    return namedtuple("Row", names, rename=True), results  # noqa: PYI024
