"""Scenarios are played in a world of their own, each on a copy of one blank database."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from adapters.sql.database import migrate
from tests.integration.scenarios.opening import world
from tests.integration.scenarios.world import World

Begin = Callable[..., Awaitable[World]]
_MEMORY = Path("/dev/shm")  # noqa: S108 - not shared: each test makes a folder of its own


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is ready and empty: migrating takes longer than many a scenario."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    asyncio.run(migrate(path))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Generator[Path, None, None]:
    """Where a service keeps everything: in memory where the machine has a folder there.

    What survives a power cut is tested elsewhere; here the disk would only take most of the time.
    """
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else tmp_path
    with TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"
        end_agents(folder)


def end_agents(folder: str) -> None:
    """Kill those that still hang: they outlive a service, as they should, but no test."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if process.environ().get("ORCHESTRATOR_BRIEF", "").startswith(f"{folder}/"):
                os.killpg(os.getpgid(process.pid), signal.SIGKILL)


@pytest.fixture
async def begin(data: Path, blank: Path) -> AsyncGenerator[Begin, None]:
    """Start a service; it is stopped when the test is over."""
    async with AsyncExitStack() as stack:

        async def start(**how: object) -> World:
            opened = world(data, blank, **how)  # type: ignore[arg-type]  # each test names its own
            return await stack.enter_async_context(opened)

        yield start
