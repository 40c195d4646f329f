"""A workspace in the hands of an agent that wants out."""

import pytest

from domain.errors import Rejected
from domain.identifiers import CommitId
from tests.contracts.code_forge import BRANCH, REPO
from tests.contracts.workspaces import RUN
from tests.integration.git.world import GitWorld, git


class Scene:
    """A prepared workspace, and a trap that must not go off."""

    def __init__(self, world: GitWorld, base: CommitId) -> None:
        self.world = world
        self.base = base
        self.clone = world.clone(RUN)
        self.git_dir = self.clone / ".git"
        self.sprung = world.data / "sprung"
        self.trap = world.data / "trap"
        self.trap.write_text(f"#!/bin/sh\necho $0 $@ >> {self.sprung}\n")
        self.trap.chmod(0o755)

    async def harvest(self) -> CommitId:
        """What we take from it."""
        harvest = await self.world.workspaces.harvest(RUN, REPO, BRANCH, self.base)
        return harvest.head

    async def is_refused(self, match: str | None = None) -> None:
        """Nothing is taken, with a reason; no ref and no object is left behind."""
        before = self.inventory()
        with pytest.raises(Rejected, match=match):
            await self.harvest()
        assert self.inventory() == before

    def inventory(self) -> tuple[str, frozenset[str]]:
        """Our refs, and all of our object files."""
        files = {str(path) for path in (self.world.bare / "objects").rglob("*")}
        return git(self.world.bare, "for-each-ref"), frozenset(files)
