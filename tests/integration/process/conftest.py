"""A runner of real processes, and nothing of it left behind."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.process.census import Census
from tests.integration.process.theatre import ProcessTheatre


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncGenerator[ProcessTheatre, None]:
    """A runner, a workspace, and agents that do as they are told."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    stage = ProcessTheatre(tmp_path / "data", workspace)
    yield stage
    for run in await stage.runner.live():
        await stage.runner.stop(run)
    await stage.runner.close()
    assert not Census(stage.data.resolve() / "runs").take()
