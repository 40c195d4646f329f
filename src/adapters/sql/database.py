"""One SQLite file, and the one thread that works on it.

Whoever waits at the same moment shares one commit, and with it one flush to the disk: that is
what makes ``synchronous=FULL`` affordable.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self, TypeVar, cast

import psutil
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.base import Executable

from adapters.sql import schema
from adapters.sql.group_commit import Job, commit_together, driver_of
from adapters.sql.lock import FileLock
from adapters.sql.prepared import Prepared
from domain.errors import Failure, Invalid, NotAllowed, ToolFailed

T = TypeVar("T")

_log = logging.getLogger(__name__)

_MOST_PER_COMMIT = 128
_BUSY_SECONDS = 10.0
_NETWORK = ("nfs", "cifs", "smb", "afs", "9p", "ceph", "lustre", "fuse.sshfs", "fuse.gluster")


class Database:
    """An SQLite database. What ``run`` has returned from survives a kill and a power cut."""

    def __init__(self, url: str | Path, *, exclusive: bool = True) -> None:
        """Name the file, as a path or as ``sqlite:///path``; nothing is opened yet.

        One process at a time may open it exclusively, to serve from it. Others may go in beside
        it with ``exclusive=False``, to look or to put something into a queue.
        """
        self.path = _file_of(url)
        self.exclusive = exclusive
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed: asyncio.Future[None] | None = None
        self._opened_as: tuple[int, int] | None = None

    async def open(self) -> None:
        """Open the file, made and migrated where needed.

        NotAllowed: another process serves from it, a newer version wrote it, or it cannot be
        written to. Invalid: it is no database.
        """
        if self._thread is not None:
            raise NotAllowed(f"{self.path} is open already")
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._closed = loop.create_future()
        self._thread = Thread(
            target=self._work, args=(loop, opened, self._closed), name=str(self.path), daemon=True
        )
        self._thread.start()
        try:
            await opened
        except Exception:
            self._thread = None
            raise

    async def close(self) -> None:
        """Do what is still waiting, then close the file. Nothing happens the second time."""
        thread, self._thread = self._thread, None
        if thread is not None and self._closed is not None:
            self._jobs.put(None)
            await self._closed
            thread.join()

    async def __aenter__(self) -> Self:
        """Open it for a block."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def run(self, do: Callable[[Connection], T]) -> T:
        """Run the function as one transaction: committed on return, undone on an exception.

        It runs on the database's own thread, does no other I/O and does not commit. It may be run
        more than once; only the last run counts. ToolFailed: nothing was written.
        """
        if self._thread is None:
            raise ToolFailed(f"the database {self.path} is not open")
        job = Job(do, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return cast(T, await job.done)

    def prepare(self, statement: Executable) -> Prepared:
        """Return the statement, compiled once for all the times that a function says it."""
        return Prepared(statement)

    # ── from here on: on the thread ──────────────────────────────────────────────────────────────

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        opened: asyncio.Future[None],
        closed: asyncio.Future[None],
    ) -> None:
        with contextlib.ExitStack() as stack:
            try:
                connection = self._connect(stack)
            except Exception as error:  # noqa: BLE001 — raised where `open` is awaited
                stack.close()
                _call(loop, partial(_tell, opened, error))
                return
            more = _call(loop, partial(_tell, opened, None))
            while more:
                jobs, more = self._gather()
                todo = [job for job in jobs if not job.done.cancelled()]
                if todo:
                    self._do(connection, todo)
                more = _call(loop, partial(_hand_back, todo)) and more
        _call(loop, partial(_tell, closed, None))

    def _is_in_place(self) -> bool:
        """Tell whether the file that is open is still the one of that name.

        If not, what we commit is lost with us; and another may serve from the new file already,
        whose agents would seem to belong to nobody.
        """
        return _identity(self.path) == self._opened_as

    def _do(self, connection: Connection, jobs: Sequence[Job]) -> None:
        if self._is_in_place():
            commit_together(connection, jobs)
            return
        refusal = ToolFailed(f"{self.path} was removed or replaced while it was open: start anew")
        for job in jobs:
            job.fail(refusal)

    def _gather(self) -> tuple[list[Job], bool]:
        """Wait for a job and take those that wait with it; False: they are the last ones."""
        jobs: list[Job] = []
        job = self._jobs.get()
        with contextlib.suppress(Empty):
            while job is not None:
                jobs.append(job)
                if len(jobs) == _MOST_PER_COMMIT:
                    break
                job = self._jobs.get_nowait()
        return jobs, job is not None

    def _connect(self, stack: contextlib.ExitStack) -> Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.exclusive:
                stack.enter_context(FileLock(self.path))
            connection = _connection(self.path, stack)
            self._migrate(connection)
        except OSError as error:
            raise NotAllowed(
                f"{self.path} cannot be opened: {error.strerror};"
                " make room there, give this user the right to write, or set database.url"
            ) from error
        except (sqlite3.Error, DBAPIError) as error:
            raise _refusal(self.path, error) from error
        _warn_of_network(self.path)
        self._opened_as = _identity(self.path)
        return connection

    def _migrate(self, connection: Connection) -> None:
        driver = driver_of(connection)
        driver.execute("BEGIN IMMEDIATE")
        driver.execute("PRAGMA user_version = 1")  # fails at once where writing would fail later
        if not schema.is_current(connection, self.path):
            alone = contextlib.nullcontext() if self.exclusive else FileLock(self.path)
            with alone:
                schema.upgrade(connection)
        driver.execute("COMMIT")


async def migrate(url: str | Path) -> str:
    """Bring the database to the newest schema and return that. NotAllowed: it is in use."""
    async with Database(url):
        return schema.head()


def _file_of(url: str | Path) -> Path:
    if isinstance(url, Path) or "://" not in url:
        return Path(url)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Invalid("database.url", "not a URL", "use sqlite:///path/to/file") from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database[0] == ":":
        raise Invalid("database.url", f"{parsed!r} names no file", "use sqlite:///path/to/file")
    return Path(parsed.database)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what file stands under that name, whatever it holds; None for none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - before each commit: Path's own takes twice as long
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connection(path: Path, stack: contextlib.ExitStack) -> Connection:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={
            "isolation_level": None,  # the driver's own BEGIN would leave the first read outside
            "timeout": _BUSY_SECONDS,
            "cached_statements": 256,
        },
    )
    stack.callback(engine.dispose)
    connection = stack.enter_context(engine.connect())
    driver = driver_of(connection)
    driver.execute("PRAGMA journal_mode=WAL")
    driver.execute("PRAGMA synchronous=FULL")  # NORMAL may lose acknowledged work with the power
    driver.execute("PRAGMA wal_autocheckpoint=8000")  # 32 MB: hot pages are copied back once
    driver.execute("PRAGMA foreign_keys=ON")
    return connection


def _refusal(path: Path, error: sqlite3.Error | DBAPIError) -> Failure:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = str(getattr(cause, "sqlite_errorname", ""))
    if code == "SQLITE_NOTADB":
        return Invalid("database.url", f"{path} is not an SQLite database", "name another file")
    if code.startswith("SQLITE_READONLY"):
        return NotAllowed(f"{path} is read-only; give this user the right to write to it")
    if code.startswith("SQLITE_CANTOPEN"):
        return NotAllowed(f"{path} cannot be opened; is its directory there and writable?")
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return ToolFailed(f"{path} cannot be used: {cause}; see whether its disk is full")
    return ToolFailed(f"{path} cannot be used: {cause}")


def _warn_of_network(path: Path) -> None:
    """Say so where the file lies on another machine: SQLite's log cannot be trusted there."""
    place = path.resolve()
    mounts = [m for m in psutil.disk_partitions(all=True) if place.is_relative_to(m.mountpoint)]
    if mounts:
        mount = max(mounts, key=lambda m: len(m.mountpoint))
        if mount.fstype.startswith(_NETWORK):
            _log.warning(
                "%s lies on a network file system (%s), where SQLite may lose or damage data:"
                " move it to a local disk, or use PostgreSQL",
                path,
                mount.fstype,
            )


def _call(loop: asyncio.AbstractEventLoop, do: Callable[[], None]) -> bool:
    """Have something done on the event loop; False if that has ended without closing us."""
    try:
        loop.call_soon_threadsafe(do)
    except RuntimeError:
        return False
    return True


def _tell(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _hand_back(jobs: list[Job]) -> None:
    for job in jobs:
        job.hand_back()
