"""What the board needs from the database that it shares with the store.

Given by structure, not by import: the board knows no other adapter.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from domain.identifiers import ItemId
from domain.signals import Signal

T = TypeVar("T")


class Database(Protocol):
    """Runs functions on a connection, each as one transaction."""

    async def run(self, do: Callable[[Connection], T]) -> T:
        """Commit what the function did and return its result; undo it on an exception.

        The function may be run more than once; only its last run counts.
        """
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
