"""Scenarios are played in a world of their own, each on a copy of one blank database."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from adapters.sql.database import migrate
from tests.integration.scenarios.opening import world
from tests.integration.scenarios.world import World

Begin = Callable[..., Awaitable[World]]


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is ready and empty: migrating takes longer than many a scenario."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    asyncio.run(migrate(path))
    return path


@pytest.fixture
async def begin(tmp_path: Path, blank: Path) -> AsyncGenerator[Begin, None]:
    """Start a service; it is stopped when the test is over."""
    async with AsyncExitStack() as stack:

        async def start(**how: object) -> World:
            opened = world(tmp_path / "data", blank, **how)  # type: ignore[arg-type]
            return await stack.enter_async_context(opened)

        yield start
