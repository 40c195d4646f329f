"""The store: every port of ``ports.store`` on one database."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from adapters.sql.codec import EFFECTS, SIGNALS
from adapters.sql.database import Database
from adapters.sql.group_commit import after_commit
from adapters.sql.history import SqlHistory
from adapters.sql.marks import SqlMarks
from adapters.sql.prune import prune
from adapters.sql.queue import SqlQueue, forget_claims
from adapters.sql.runs import SqlRuns
from adapters.sql.spending import SqlSpending
from adapters.sql.tasks import SqlTasks
from domain.effects import Effect
from domain.identifiers import ItemId
from domain.signals import Signal
from ports.store import QueueName, Transaction

T = TypeVar("T")


class SqlTransaction:
    """What a function given to ``transact`` may touch."""

    __slots__ = ("connection", "history", "inbox", "marks", "outbox", "runs", "spending", "tasks")

    def __init__(
        self, connection: Connection, inbox: SqlQueue[Signal], outbox: SqlQueue[Effect]
    ) -> None:
        """Gather all that works on that connection."""
        self.connection = connection
        self.inbox = inbox
        self.outbox = outbox
        self.tasks = SqlTasks(connection)
        self.runs = SqlRuns(connection)
        self.spending = SqlSpending(connection)
        self.history = SqlHistory(connection)
        self.marks = SqlMarks(connection)


class SqlStore:
    """The store in a database. ``open`` it before anything else, ``close`` it at the end."""

    def __init__(self, database: Database) -> None:
        """Use that database, which others may use as well; it is opened and closed by us."""
        self._database = database
        self._changed = {name: asyncio.Event() for name in QueueName}
        self._last: SqlTransaction | None = None

    async def open(self) -> None:
        """Open the database; if nobody else can be at work in it, give all claims back.

        Raises what ``Database.open`` raises.
        """
        await self._database.open()
        if self._database.exclusive:
            await self._database.run(forget_claims)

    async def close(self) -> None:
        """Do what is still waiting and close the database."""
        await self._database.close()

    async def transact(self, do: Callable[[Transaction], T]) -> T:
        """Run the function as one transaction: committed on return, undone on an exception.

        Whoever waits at the same moment shares one commit; the failure of one function undoes
        that one alone. ToolFailed: nothing was written.
        """
        return await self._database.run(lambda connection: do(self._on(connection)))

    async def wait(self, queue: QueueName, *, at_most: timedelta) -> None:
        """Return when the queue may have got something to do since the last wait, or in time.

        What another process puts is not heard of, hence seen in time only.
        """
        changed = self._changed[queue]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most.total_seconds()):
                await changed.wait()
        changed.clear()

    async def ping(self) -> None:
        """Return if the database can be written to."""
        await self.transact(_ping)

    def announce(
        self,
        connection: Connection,
        signal: Signal,
        *,
        lane: str,
        key: str,
        at: datetime,
        item: ItemId | None,
    ) -> bool:
        """Put a signal into the inbox, from within a function given to the database's ``run``.

        For other adapters on the same database: their change and the news of it are one.
        """
        return self._on(connection).inbox.put(signal, lane=lane, key=key, at=at, item=item)

    async def prune(
        self, *, at: datetime, older_than: timedelta, keep: Collection[ItemId] = ()
    ) -> None:
        """Drop the contents of entries done longer ago than that, and after 30 days their keys.

        Small transactions, one after another: nobody waits long. Dead letters are kept, and so are
        the keys of the items in ``keep``.
        """
        await prune(self._database, at=at, older_than=older_than, keep=frozenset(keep))

    def _on(self, connection: Connection) -> SqlTransaction:
        """Return what works on that connection: the same as last time while that is the same."""
        if self._last is None or self._last.connection is not connection:
            inbox, outbox = self._inbox(connection), self._outbox(connection)
            self._last = SqlTransaction(connection, inbox, outbox)
        return self._last

    def _inbox(self, connection: Connection) -> SqlQueue[Signal]:
        wake = self._changed[QueueName.INBOX].set
        return SqlQueue(
            connection, QueueName.INBOX, SIGNALS, wake=lambda: after_commit(connection, wake)
        )

    def _outbox(self, connection: Connection) -> SqlQueue[Effect]:
        wake = self._changed[QueueName.OUTBOX].set
        return SqlQueue(
            connection, QueueName.OUTBOX, EFFECTS, wake=lambda: after_commit(connection, wake)
        )


def _ping(tx: Transaction) -> None:
    """Write something new: what is the same as before would not reach the disk."""
    tx.marks.put("pings", str(int(tx.marks.get("pings") or 0) + 1))
