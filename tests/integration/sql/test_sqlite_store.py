"""The store on SQLite keeps the contract."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from tests.contracts.store import StoreContract


class TestSqliteStore(StoreContract):
    """In a file, as it is in use."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncGenerator[SqlStore, None]:
        """A new database."""
        store = SqlStore(Database(tmp_path / "store.db"))
        await store.open()
        yield store
        await store.close()
