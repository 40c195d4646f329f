"""Who may open a database, and what is said to those who may not."""

import os
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.sql.database import Database
from adapters.sql.schema import head
from adapters.sql.store import SqlStore
from domain.errors import Invalid, NotAllowed, ToolFailed
from tests.contracts.store_steps import after, claim, drained, put, taken


@pytest.fixture
def anywhere() -> Generator[Path, None, None]:
    """A folder that any user can reach, which pytest's own is not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def without_privileges() -> Generator[None, None, None]:
    """Do without root's right to write everywhere."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


async def test_a_database_is_made_where_it_is_named(tmp_path: Path) -> None:
    place = tmp_path / "var" / "lib"
    for named, found in (
        (place / "a what? 100%.db", place / "a what? 100%.db"),
        (f"{place}/b what? 100%.db", place / "b what? 100%.db"),
        (f"sqlite:///{place}/c.db", place / "c.db"),
    ):
        async with Database(named):
            assert found.is_file()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "postgresql://db/name", "mysql://x", "://"]
)
def test_what_names_no_sqlite_file_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"database\.url"):
        Database(url)


async def test_what_was_written_is_there_after_opening_again(path: Path) -> None:
    for number in range(3):
        store = SqlStore(Database(path))
        await store.open()
        assert await put(store, str(number))
        assert not await put(store, "0")
        await store.close()
    store = SqlStore(Database(path))
    await store.open()
    assert await drained(store) == ["0", "1", "2"]
    await store.close()


async def test_a_second_one_that_would_serve_is_told_who_does(path: Path) -> None:
    async with Database(path):
        with pytest.raises(
            NotAllowed, match=rf"store.db is in use by process {os.getpid()} \(started 20.* UTC\)"
        ):
            await Database(path).open()
    async with Database(path):
        pass


async def test_one_that_was_refused_can_try_again(path: Path) -> None:
    second = Database(path)
    async with Database(path):
        with pytest.raises(NotAllowed):
            await second.open()
    async with second:
        assert await second.run(lambda _: 1) == 1


async def test_one_whose_file_is_taken_away_or_replaced_does_nothing_more(path: Path) -> None:
    """Another may serve from a new file of that name: ours knows nothing of its runs."""
    store = SqlStore(Database(path))
    await store.open()
    try:
        await put(store, "before")
        path.rename(path.with_suffix(".away"))
        for lock in path.parent.glob("*.lock"):
            lock.unlink()
        with pytest.raises(ToolFailed, match="removed or replaced"):
            await store.ping()
        other = SqlStore(Database(path))
        await other.open()
        with pytest.raises(ToolFailed, match="removed or replaced"):
            await put(store, "after")
        await other.ping()
        await other.close()
    finally:
        await store.close()


async def test_it_is_opened_once(path: Path) -> None:
    async with Database(path) as database:
        with pytest.raises(NotAllowed, match="is open already"):
            await database.open()
        assert await database.run(lambda _: 1) == 1


async def test_one_may_look_in_and_put_something_beside_the_one_that_serves(path: Path) -> None:
    serving = SqlStore(Database(path))
    beside = SqlStore(Database(path, exclusive=False))
    await serving.open()
    await put(serving, "first", lane="a")
    await taken(serving)
    await beside.open()
    assert await put(beside, "second", lane="b")
    assert await claim(serving, at=after(1), owner="a third") is not None
    assert await claim(serving, at=after(1), owner="a third") is None
    await beside.close()
    await serving.close()


async def test_looking_in_makes_the_database_where_there_is_none(path: Path) -> None:
    async with Database(path, exclusive=False), Database(path):
        pass


async def test_who_opens_it_to_serve_takes_over_all_claims(path: Path) -> None:
    """Its last owner is dead, or it could not be opened; attempts stay, for he may have acted."""
    for attempts in (1, 2, 3):
        store = SqlStore(Database(path))
        await store.open()
        await put(store, "key")
        held = await taken(store)
        assert held.entry.attempts == attempts
        await store.close()


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("To whom it may concern: " * 100)
    with pytest.raises(Invalid, match=r"store\.db is not an SQLite database"):
        await Database(path).open()
    assert path.read_text().startswith("To whom")


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    async with Database(path):
        pass
    file = sqlite3.connect(path)
    with file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotAllowed, match=f"has schema 9999, which is newer than .* {head()}"):
        await Database(path).open()
    assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    file.close()


async def test_a_folder_that_cannot_be_written_to_is_refused(anywhere: Path) -> None:
    anywhere.chmod(0o555)
    with without_privileges(), pytest.raises(NotAllowed, match="Permission denied"):
        await Database(anywhere / "store.db").open()
    with without_privileges(), pytest.raises(NotAllowed, match="Permission denied"):
        await Database(anywhere / "deeper" / "store.db").open()


async def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotAllowed, match="cannot be opened"):
        await Database(tmp_path / "file" / "store.db").open()


async def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(NotAllowed, match="cannot be opened"):
        await Database(path).open()


async def test_a_file_that_cannot_be_written_to_is_refused(anywhere: Path) -> None:
    path = anywhere / "store.db"
    async with Database(path):
        pass
    path.chmod(0o444)
    anywhere.chmod(0o777)
    with without_privileges(), pytest.raises(NotAllowed, match="read-only"):
        await Database(path, exclusive=False).open()
