"""Use cases on the embedded database and on tools in memory."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from tests.unit.application.bench import Bench

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqlStore, None]:
    store = SqlStore(Database(tmp_path / "store.db"))
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def bench(store: SqlStore, clock: SteppedClock) -> Bench:
    return Bench(store, clock)
