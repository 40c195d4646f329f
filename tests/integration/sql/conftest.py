"""What the tests of the SQL store share."""

import asyncio
import shutil
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from adapters.sql.database import Database, migrate
from adapters.sql.store import SqlStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is to be."""
    return tmp_path / "store.db"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was migrated once for all tests."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    asyncio.run(migrate(path))
    return path


@pytest.fixture
async def database(path: Path, template: Path) -> AsyncGenerator[Database, None]:
    """A new database, open."""
    shutil.copy(template, path)
    async with Database(path) as database:
        yield database


@pytest.fixture
async def store(path: Path, template: Path) -> AsyncGenerator[SqlStore, None]:
    """A new store, open."""
    shutil.copy(template, path)
    store = SqlStore(Database(path))
    await store.open()
    yield store
    await store.close()


async def run_together(
    database: Database, *functions: Callable[[Connection], object]
) -> list[object]:
    """Run the functions so that they wait for the same commit; return what came of each."""
    loop = asyncio.get_running_loop()
    held, release = asyncio.Event(), threading.Event()

    def hold(_: Connection) -> None:
        loop.call_soon_threadsafe(held.set)
        assert release.wait(timeout=30)

    holding = asyncio.gather(database.run(hold))
    await held.wait()
    together = asyncio.gather(*(database.run(do) for do in functions), return_exceptions=True)
    await asyncio.sleep(0)
    release.set()
    await holding
    return list(await together)
