"""Several functions, one commit: each is undone alone if it fails, all are if the commit does.

Transactions are spoken to the driver directly. SQLAlchemy believes itself in one that never ends,
which spares it half of its work for each function.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from domain.errors import ToolFailed

Hook = Callable[[], None]


def after_commit(connection: Connection, hook: Hook) -> None:
    """Call the hook on the event loop when the function now running on it has been committed.

    A hook given twice is called once.
    """
    connection.info["hooks"][hook] = None


@dataclass(slots=True, eq=False)
class Job:
    """A function, who waits for it, and what came of it."""

    do: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    hooks: dict[Hook, None] = field(default_factory=dict)

    def run(self, connection: Connection) -> None:
        """Keep what the function returns or raises, and forget what it did before, if it did."""
        self.error = None
        self.hooks.clear()
        connection.info["hooks"] = self.hooks
        try:
            self.result = self.do(connection)
        except BaseException as error:  # noqa: BLE001 — raised again where the result is awaited
            self.fail(_translated(error))

    def fail(self, error: BaseException) -> None:
        """Forget what it did."""
        self.result, self.error = None, error
        self.hooks.clear()

    def hand_back(self) -> None:
        """Tell who waits, on his event loop."""
        for hook in self.hooks:
            hook()
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


def commit_together(connection: Connection, jobs: Sequence[Job]) -> None:
    """Run the jobs in one transaction. Where it fails as a whole, each job gets a ToolFailed.

    Savepoints would be a fifth of all that is said to the database, and functions seldom fail: so
    they are run without, and once more with them where one of several has failed.
    """
    driver = driver_of(connection)
    try:
        driver.execute("BEGIN IMMEDIATE")
        if not _all_well(connection, driver, jobs):
            driver.rollback()
            if len(jobs) == 1:
                return
            driver.execute("BEGIN IMMEDIATE")
            for job in jobs:
                _run_beside_others(connection, driver, job)
        driver.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 — whatever it is, somebody waits for an answer
        failure = _failure(error) if isinstance(error, sqlite3.Error) else error
        for job in jobs:
            job.fail(failure)
        with contextlib.suppress(sqlite3.Error):
            driver.rollback()


def _all_well(connection: Connection, driver: sqlite3.Connection, jobs: Sequence[Job]) -> bool:
    """Run the jobs up to the first that fails; return whether none did."""
    for job in jobs:
        job.run(connection)
        if job.error is not None:
            return False
        if not driver.in_transaction:  # it overlooked that the disk is full, say: see below
            raise ToolFailed("the database undid everything by itself")
    return True


def _run_beside_others(connection: Connection, driver: sqlite3.Connection, job: Job) -> None:
    driver.execute("SAVEPOINT job")
    job.run(connection)
    if job.error is not None:
        if not driver.in_transaction:  # SQLite undid everything by itself: the disk is full, say
            raise ToolFailed(str(job.error))
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the connection beneath SQLAlchemy's."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def _failure(error: sqlite3.Error) -> ToolFailed:
    return ToolFailed(f"the database failed: {error}")


def _translated(error: BaseException) -> BaseException:
    """Return the database's failures as ours; what else is raised is the function's own matter."""
    if isinstance(error, sqlite3.Error) and not isinstance(
        error, sqlite3.IntegrityError | sqlite3.ProgrammingError
    ):
        return _failure(error)
    if isinstance(error, DatabaseError) and not isinstance(
        error, IntegrityError | ProgrammingError
    ):
        return ToolFailed(f"the database failed: {error.orig}")
    return error
