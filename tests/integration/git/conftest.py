"""The world that all tests of git adapters live in."""

from pathlib import Path

import pytest

from tests.contracts.code_forge import BRANCH, FOLDER, MAIN, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.scene import Scene
from tests.integration.git.world import GitWorld


@pytest.fixture
async def world(tmp_path: Path) -> GitWorld:
    """A forge with one repository, its inspector and its workspaces."""
    made = GitWorld(tmp_path)
    await made.begin()
    return made


@pytest.fixture
async def scene(world: GitWorld) -> Scene:
    """The agent has just been given its workspace."""
    base = await world.forge.prepare_branch(
        REPO, BRANCH, base=MAIN, files={f"{FOLDER}/00.md": "x\n"}, message="open"
    )
    await world.workspaces.prepare(RUN, REPO, BRANCH, base)
    return Scene(world, base)
