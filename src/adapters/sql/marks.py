"""Small facts that must survive a restart."""

from sqlalchemy import Connection, bindparam, select, text

from adapters.sql.prepared import Prepared
from adapters.sql.tables import MarkRow, table

_mark = table(MarkRow)

_GET = Prepared(select(_mark.c.value).where(_mark.c.name == bindparam("name")))
_PUT = Prepared(
    text(
        "INSERT INTO mark (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    )
)


class SqlMarks:
    """The marks, within a transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on that connection."""
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return the mark."""
        value: str | None = _GET.value(self._connection, {"name": name})
        return value

    def put(self, name: str, value: str) -> None:
        """Set the mark."""
        _PUT.change(self._connection, {"name": name, "value": value})
