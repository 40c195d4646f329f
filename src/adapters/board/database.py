"""What the board needs from the database that it shares with the store.

Given by structure, not by import: the board knows no other adapter.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.sql.base import Executable

from domain.identifiers import ItemId
from domain.signals import Signal

T = TypeVar("T")


class Statement(Protocol):
    """A statement, ready to be said on a connection."""

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Say it; return how many rows it changed."""
        ...

    def add(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Say it; return the id of the one row that it added."""
        ...

    def read(self, connection: Connection, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Say it; return its rows."""
        ...

    def value(self, connection: Connection, values: Mapping[str, Any] | None = None) -> Any:
        """Say it; return the first column of its first row, None if there is none."""
        ...


class Database(Protocol):
    """Runs functions on a connection, each as one transaction."""

    async def run(self, do: Callable[[Connection], T]) -> T:
        """Commit what the function did and return its result; undo it on an exception.

        The function may be run more than once; only its last run counts.
        """
        ...

    def prepare(self, statement: Executable) -> Statement:
        """Return the statement, compiled once for all the times that it is said."""
        ...


class Announce(Protocol):
    """Puts a signal into the pipeline's inbox, within the transaction that makes it true."""

    def __call__(
        self,
        connection: Connection,
        signal: Signal,
        *,
        lane: str,
        key: str,
        at: datetime,
        item: ItemId,
    ) -> bool:
        """Return False, and do nothing else, if the key was put before."""
        ...
