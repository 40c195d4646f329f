"""The world that all tests of git adapters live in."""

from pathlib import Path

import pytest

from tests.integration.git.world import GitWorld


@pytest.fixture
async def world(tmp_path: Path) -> GitWorld:
    """A forge with one repository, its inspector and its workspaces."""
    made = GitWorld(tmp_path)
    await made.begin()
    return made
