"""Telegram notices, over a Bot API server that is as strict as the real one."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.memory.clock import SteppedClock
from adapters.sql.database import Database
from adapters.sql.store import SqlStore
from adapters.telegram.bot_api import BotApi
from tests.integration.telegram_fake.chats import Chat
from tests.integration.telegram_fake.server import TOKEN, FakeTelegram, served

GROUP = -4005001


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(datetime(2026, 11, 25, 12, 0, tzinfo=UTC))


@pytest.fixture
def fake(clock: SteppedClock) -> FakeTelegram:
    return FakeTelegram(clock.now)


@pytest.fixture
def group(fake: FakeTelegram) -> Chat:
    return fake.add(Chat(id=GROUP, type="group", title="Riders"))


@pytest.fixture
async def address(fake: FakeTelegram) -> AsyncGenerator[str]:
    async with served(fake) as address:
        yield address


@pytest.fixture
async def api(address: str) -> AsyncGenerator[BotApi]:
    api = BotApi(TOKEN, address, time_limit=timedelta(seconds=5))
    yield api
    await api.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqlStore]:
    store = SqlStore(Database(tmp_path / "orchestrator.db"))
    await store.open()
    yield store
    await store.close()
