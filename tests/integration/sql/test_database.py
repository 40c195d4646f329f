"""One file, one thread, shared commits, clear refusals."""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from adapters.sql.database import Database
from adapters.sql.group_commit import after_commit, driver_of
from domain.errors import Conflict, ToolFailed
from tests.integration.sql.conftest import run_together


@pytest.fixture
async def database(path: Path) -> AsyncGenerator[Database, None]:
    """A database with a table of ours whose promises are checked at the commit only."""
    async with Database(path) as database:
        await database.run(
            lambda c: c.execute(
                text(
                    "CREATE TABLE note (word TEXT PRIMARY KEY,"
                    " after TEXT REFERENCES note (word) DEFERRABLE INITIALLY DEFERRED)"
                )
            )
        )
        yield database


def write(connection: Connection, word: str, after: str | None = None) -> str:
    """Write a note down."""
    connection.execute(
        text("INSERT INTO note VALUES (:word, :after)"), {"word": word, "after": after}
    )
    return word


def read(connection: Connection) -> set[str]:
    """Return all notes."""
    return set(connection.execute(text("SELECT word FROM note")).scalars())


def refuse(connection: Connection) -> None:
    """Write, then think better of it."""
    write(connection, "unwanted")
    raise Conflict("no")


def writing(word: str, after: str | None = None) -> Callable[[Connection], str]:
    """Return a function that writes a note down."""
    return lambda connection: write(connection, word, after)


async def allow_pages(database: Database, more: int) -> None:
    """Let the database grow by so many pages: the disk is almost full."""

    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + more}").all()

    await database.run(limit)


def fill(connection: Connection) -> None:
    """Write more than there is room for."""
    for number in range(10_000):
        write(connection, f"{number}-{'x' * 1000}")


async def statements(database: Database, functions: int) -> list[str]:
    """Return what the driver was told while that many functions waited for the same commit."""
    said: list[str] = []
    await database.run(lambda c: driver_of(c).set_trace_callback(said.append))
    await run_together(database, *(writing(str(number)) for number in range(functions)))
    words = [line.split()[0] for line in said]
    ends = [place for place, word in enumerate(words) if word == "COMMIT"]
    return words[ends[1] + 1 : ends[2] + 1]  # after the trace was set, after the hold


async def test_functions_that_wait_together_share_one_commit(database: Database) -> None:
    assert await statements(database, 20) == ["BEGIN", *["INSERT"] * 20, "COMMIT"]
    assert len(await database.run(read)) == 20


async def test_where_one_of_several_fails_each_is_run_again_to_be_undone_alone(
    database: Database,
) -> None:
    runs: list[str] = []

    def counting(connection: Connection) -> str:
        runs.append("run")
        return write(connection, f"run {len(runs)}")

    results = await run_together(database, counting, refuse, writing("behind"))
    assert [type(result) for result in results] == [str, Conflict, str]
    assert await database.run(read) == {"run 2", "behind"}


async def test_a_lone_function_that_fails_is_undone(database: Database) -> None:
    with pytest.raises(Conflict):
        await database.run(refuse)
    assert await database.run(read) == set()


async def test_a_failing_commit_fails_all_that_share_it(database: Database) -> None:
    """Each of them may have seen what the others wrote."""
    results = await run_together(database, writing("good"), writing("bad", after="nothing"), refuse)
    assert [type(result) for result in results] == [ToolFailed] * 3
    assert "FOREIGN KEY" in str(results[0])
    assert await database.run(read) == set()
    assert await database.run(writing("later")) == "later"


async def test_a_full_disk_is_a_failed_tool_and_can_be_mended(database: Database) -> None:
    await allow_pages(database, 10)
    with pytest.raises(ToolFailed, match="full"):
        await database.run(fill)
    assert await database.run(writing("small")) == "small"
    await allow_pages(database, 1_000_000)
    await database.run(fill)


async def test_a_full_disk_fails_all_that_share_the_commit(database: Database) -> None:
    """SQLite itself undoes the whole transaction then, not the one function."""
    await allow_pages(database, 10)
    results = await run_together(database, writing("before"), fill, writing("behind"))
    assert [type(result) for result in results] == [ToolFailed] * 3
    assert "full" in str(results[2])
    assert await database.run(read) == set()


async def test_a_full_disk_that_a_function_overlooks_is_not_overlooked_by_us(
    database: Database,
) -> None:
    def careless(connection: Connection) -> None:
        with contextlib.suppress(OperationalError):
            fill(connection)

    await allow_pages(database, 10)
    with pytest.raises(ToolFailed):
        await database.run(careless)
    results = await run_together(database, writing("before"), careless, writing("behind"))
    assert [type(result) for result in results] == [ToolFailed] * 3
    assert await database.run(read) == set()


async def test_a_breach_that_a_function_expects_is_its_own_matter(database: Database) -> None:
    def twice(connection: Connection) -> bool:
        write(connection, "once")
        try:
            with connection.begin_nested():
                write(connection, "once")
        except IntegrityError:
            return True
        return False

    assert await database.run(twice)
    assert await database.run(read) == {"once"}


async def test_hooks_are_called_once_and_only_after_a_commit(database: Database) -> None:
    heard: list[str] = []

    def hook() -> None:
        heard.append("committed")

    def good(connection: Connection) -> None:
        for _ in range(3):
            after_commit(connection, hook)
        heard.append("ran")

    def bad(connection: Connection) -> None:
        after_commit(connection, hook)
        refuse(connection)

    with pytest.raises(Conflict):
        await database.run(bad)
    await asyncio.gather(database.run(bad), database.run(bad), return_exceptions=True)
    assert heard == []
    await database.run(good)
    assert heard == ["ran", "committed"]


async def test_closing_waits_for_what_was_asked_before(path: Path) -> None:
    database = Database(path)
    await database.open()
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(database.run(lambda _: 1)) for _ in range(300)]
        await asyncio.sleep(0)
        await database.close()
    assert [task.result() for task in asked] == [1] * 300


async def test_who_comes_after_closing_is_refused(path: Path) -> None:
    database = Database(path)
    with pytest.raises(ToolFailed, match="is not open"):
        await database.run(read)
    await database.open()
    await database.close()
    await database.close()
    with pytest.raises(ToolFailed, match="is not open"):
        await database.run(read)


async def test_what_nobody_waits_for_any_more_is_not_begun(database: Database) -> None:
    async def give_up() -> None:
        task = asyncio.ensure_future(database.run(writing("given up")))
        await asyncio.sleep(0)
        task.cancel()

    def hold(_: Connection) -> None:
        asyncio.run_coroutine_threadsafe(give_up(), loop).result(timeout=30)

    loop = asyncio.get_running_loop()
    await database.run(hold)
    assert await database.run(read) == set()


async def test_what_is_under_way_is_finished_though_nobody_waits(database: Database) -> None:
    def slow(connection: Connection) -> None:
        loop.call_soon_threadsafe(task.cancel)
        write(connection, "finished")

    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(database.run(slow))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.run(read) == {"finished"}


async def test_nothing_acknowledged_is_left_to_the_power_supply(database: Database) -> None:
    def pragma(connection: Connection, name: str) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()

    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = await database.run(lambda c: [pragma(c, name) for name in names])
    assert found == ["wal", 2, 1, 10_000]


async def test_another_connection_sees_what_was_committed(database: Database) -> None:
    await database.run(writing("word"))
    other = sqlite3.connect(database.path)
    assert other.execute("SELECT word FROM note").fetchall() == [("word",)]
    other.close()


@pytest.mark.parametrize(("kind", "warns"), [("nfs4", True), ("ext4", False)])
async def test_a_network_file_system_is_warned_of(
    path: Path,
    kind: str,
    warns: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="overlay"),
        SimpleNamespace(mountpoint=os.fspath(path.parent), fstype=kind),
        SimpleNamespace(mountpoint=os.fspath(path.parent / "deeper"), fstype="cifs"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    with caplog.at_level(logging.WARNING):
        async with Database(path):
            assert ("network file system" in caplog.text) is warns
